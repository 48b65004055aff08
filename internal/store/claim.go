package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	labelIdentity = `UPDATE identities SET unionid = $3, open_account = $4 WHERE appid = $1 AND openid = $2`

	// vouched tells whether WeChat itself told that the unionid is the user's.
	vouched = `SELECT 1 FROM identities i WHERE i.user_id = $1 AND i.open_account = $2 AND i.unionid = $3 LIMIT 1`

	// waitingFor finds who has met the user $1 by a unionid that was only asserted
	// of them until WeChat tells it of the identity ($4, $5): nothing but that kept
	// the setting from deciding.
	waitingFor = `SELECT u.id FROM (SELECT f.id, f.state, f.reason, f.second_user AS other FROM merges f WHERE f.first_user = $1
			UNION ALL SELECT s.id, s.state, s.reason, s.first_user FROM merges s WHERE s.second_user = $1) m
		JOIN users u ON u.id = m.other
		WHERE m.state = 'pending' AND m.reason = '` + string(identity.MergeLateUnionID) + `'
			AND EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.open_account = $2 AND i.unionid = $3)
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = $1 AND i.open_account = $2 AND i.unionid = $3
				AND NOT (i.appid = $4 AND i.openid = $5))
		ORDER BY m.id LIMIT 1`
)

// errMeeting says that a login shows two users to be one person: their rows have
// to be locked in one order, before anything else is.
var errMeeting = errors.New("two users meet")

// relabel gives the identity of h the unionid that WeChat told, and moves the
// claims on unionids. The new one goes to its user; if somebody has it, the two
// users meet. The old one is given up when no identity of the user carries it
// any more. h.person is who it is then. What was only asserted, and is not so,
// ends: see unlink; and what is so is WeChat's word from then on, also for who has
// met the user by it before.
func (db *DB) relabel(ctx context.Context, tx queryer, l *session.Login, h *held, locked couple) error {
	wrong := contradicts(l, h)
	if wrong {
		if done, err := db.unlink(ctx, tx, l, h); done || err != nil {
			return err
		}
	}
	who, old := &h.person.Identity, h.person.Identity.UnionID
	confirmed := h.openAccount == "" && old == l.UnionID
	// WeChat told none before, or none that could link.
	late := old == "" || confirmed
	if _, err := tx.ExecContext(ctx, labelIdentity, l.AppID, l.OpenID, l.UnionID, l.OpenAccount); err != nil {
		return err
	}
	who.UnionID, h.openAccount = l.UnionID, l.OpenAccount
	if l.OpenAccount != "" {
		owner, err := db.claim(ctx, tx, l, who.UserID)
		if err == nil && confirmed && owner == who.UserID {
			owner, err = whoWaitsFor(ctx, tx, l, owner)
		}
		if err != nil {
			return err
		}
		if owner != who.UserID {
			if db.d.locksRows && locked != coupleOf(who.UserID, owner) {
				return errMeeting
			}
			if err := db.meet(ctx, tx, l, h, owner, late); err != nil {
				return err
			}
		}
	}
	if old == "" {
		return nil
	}
	if err := db.giveUp(ctx, tx, loss{who.UserID, old, wrong, l.At}); err != nil || late {
		return err
	}
	e := audit.New(l.At, audit.System, audit.UnionRelabelled)
	e.AppID, e.UserID = l.AppID, who.UserID
	return appendAudit(ctx, tx, e)
}

// claim makes the user the owner of the login's unionid unless somebody is, and
// tells who is.
func (db *DB) claim(ctx context.Context, tx queryer, l *session.Login, user id.UserID) (owner id.UserID, err error) {
	if _, err := tx.ExecContext(ctx, insertUnion, l.OpenAccount, l.UnionID, user); err != nil {
		return "", err
	}
	err = tx.QueryRowContext(ctx, db.stmts.lockUnion, l.OpenAccount, l.UnionID).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errRace // it was given up meanwhile
	}
	return owner, err
}

// whoWaitsFor finds whom a user has met by the login's unionid before WeChat told
// it of them; if there is nobody, it is the user.
func whoWaitsFor(ctx context.Context, tx queryer, l *session.Login, user id.UserID) (other id.UserID, err error) {
	err = tx.QueryRowContext(ctx, waitingFor, string(user), string(l.OpenAccount), string(l.UnionID), string(l.AppID), string(l.OpenID)).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return user, nil
	}
	return other, err
}

// giveUp ends that a unionid is a user's wherever none of its identities carries
// it: see passLoose. Most have it in one open account; an app may have moved since.
func (db *DB) giveUp(ctx context.Context, tx queryer, g loss) error {
	// Locked first: a login that is being linked by it must be seen by the
	// statement that looks who carries it.
	if _, err := tx.ExecContext(ctx, db.stmts.lockClaims, string(g.user), string(g.union)); err != nil {
		return err
	}
	return db.passLoose(ctx, tx, g)
}

// meet decides about two users of whom a unionid says that they are one person:
// that of the login, and the owner of the unionid. Both are locked.
func (db *DB) meet(ctx context.Context, tx queryer, l *session.Login, h *held, owner id.UserID, late bool) error {
	user := h.person.User.ID
	reason := identity.MergeUnionIDChanged
	if late {
		reason = identity.MergeLateUnionID
	}
	listed, err := db.listPair(ctx, tx, l, coupleOf(user, owner), reason)
	if err != nil || !listed || !late {
		return err
	}
	// The other half must be WeChat's word, too.
	told, err := exists(ctx, tx, vouched, owner, l.OpenAccount, l.UnionID)
	if err != nil || !told {
		return err
	}
	m, err := readMeeting(ctx, tx, coupleOf(user, owner))
	if err != nil || !session.MergesAtOnce(l.Merge, m.pair) {
		return err
	}
	m.by, m.at, m.until = identity.MergedByItself, l.At, l.RevokedUntil
	if err := db.mergeUsers(ctx, tx, m); err != nil {
		return err
	}
	err = tx.QueryRowContext(ctx, findUser, m.survivor.id).Scan(userFields(&h.person.User)...)
	h.person.Identity.UserID = h.person.User.ID
	return err
}
