package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	hasOtherIdentity = `SELECT 1 FROM identities WHERE user_id = $1 AND NOT (appid = $2 AND openid = $3) LIMIT 1`

	inAppByAnother = `SELECT 1 FROM identities WHERE user_id = $1 AND appid = $2 AND openid <> $3 LIMIT 1`

	isInApp = `SELECT 1 FROM identities WHERE user_id = $1 AND appid = $2 LIMIT 1`

	moveIdentity = `UPDATE identities SET user_id = $3, unionid = $4, open_account = $5 WHERE appid = $1 AND openid = $2`
)

// contradicts tells whether WeChat, in its first word about an identity, tells
// another unionid than the one by which a business's service had it linked:
// nobody has logged in by WeChat there as long as no session_key is held.
func contradicts(l *session.Login, h *held) bool {
	old := h.person.Identity.UnionID
	return len(h.keys) == 0 && h.openAccount == "" && old != "" && old != l.UnionID && l.OpenAccount != ""
}

// unlink takes an identity away from a user who has others, whom it was linked to
// by an assertion that WeChat contradicts, and gives it to whom WeChat says. Left
// there, it would let whoever may assert for one app become the user of another.
// If either of the two is disabled, h says so and nothing was changed. done is false for
// the user's only identity, which is relabelled as any other.
func (db *DB) unlink(ctx context.Context, tx queryer, l *session.Login, h *held) (done bool, err error) {
	who := &h.person.Identity
	from, old := who.UserID, who.UnionID
	others, err := exists(ctx, tx, hasOtherIdentity, string(from), string(l.AppID), string(l.OpenID))
	if err != nil || !others {
		return false, err
	}
	if h.person.User.Disabled() { // nobody leaves who is shut out, to come in as another
		return true, nil
	}
	_, rival, err := db.ownerOrNew(ctx, tx, l, &h.person.User)
	if err != nil || h.person.User.Disabled() {
		return true, err
	}
	to := h.person.User.ID
	if to == from { // another of their identities has it
		return false, nil
	}
	err = updateOne(ctx, tx, moveIdentity, string(l.AppID), string(l.OpenID), string(to), string(l.UnionID), string(l.OpenAccount))
	if err != nil {
		return true, err
	}
	who.UserID, who.UnionID, h.openAccount = to, l.UnionID, l.OpenAccount
	// A phone number that came by the app came by this identity.
	stays, err := exists(ctx, tx, isInApp, string(from), string(l.AppID))
	if err == nil && !stays {
		_, err = tx.ExecContext(ctx, forgetPhoneOfApp, string(from), string(l.AppID))
	}
	if err = cmp.Or(err, db.giveUp(ctx, tx, loss{from, old, true, l.At})); err != nil {
		return true, err
	}
	if rival != "" {
		if _, err := db.listPair(ctx, tx, l, coupleOf(to, rival), identity.MergeOneApp); err != nil {
			return true, err
		}
	}
	e := audit.New(l.At, audit.System, audit.UnionRelabelled)
	e.AppID, e.UserID, e.OtherUserID = l.AppID, to, from
	return true, appendAudit(ctx, tx, e)
}

// ownerOrNew makes user the owner of the login's unionid, or a new one who has it
// from now on. An owner whom the app knows by another openid is somebody else for
// WeChat: then user is a new one without the unionid, and rival is the owner. An
// owner who is disabled is nobody's rival, so that no second openid gets in.
func (db *DB) ownerOrNew(ctx context.Context, tx queryer, l *session.Login, user *identity.User) (isNew bool, rival id.UserID, err error) {
	var owner identity.User
	err = tx.QueryRowContext(ctx, db.stmts.unionForLogin, string(l.OpenAccount), string(l.UnionID)).Scan(userFields(&owner)...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return false, "", err
	default:
		taken, err := exists(ctx, tx, inAppByAnother, string(owner.ID), string(l.AppID), string(l.OpenID))
		if err != nil || !taken || owner.Disabled() {
			*user = owner
			return false, "", err
		}
		rival = owner.ID
	}
	*user = newPerson(l).User
	return true, rival, makeUser(ctx, tx, l, rival == "") // errRace: somebody was faster
}
