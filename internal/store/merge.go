package store

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	// hasOrders is where orders come in, once there are any: whether the user u,
	// or one merged into it, has one.
	hasOrders = `false`

	// sidesOf reads two users, the older first, with what keeps them from being
	// merged.
	sidesOf = `SELECT u.id, u.created_at, u.disabled_at, u.nickname, u.avatar_url, COALESCE(u.external_id, ''),
			u.phone_masked, u.phone_sealed, u.phone_hash, u.phone_appid, u.phone_at, ` + hasOrders + `,
			EXISTS (SELECT 1 FROM users m WHERE m.merged_into = u.id AND m.phone_hash IS NOT NULL),
			EXISTS (SELECT 1 FROM users m WHERE m.merged_into = u.id AND m.external_id IS NOT NULL)
		FROM users u WHERE u.id IN ($1, $2) AND u.merged_into IS NULL ORDER BY u.created_at, u.id`

	inOneApp = `SELECT 1 FROM identities a JOIN identities b ON b.user_id = $2 AND b.appid = a.appid WHERE a.user_id = $1 LIMIT 1`

	setProfile = `UPDATE users SET disabled_at = $2, nickname = $3, avatar_url = $4, external_id = $5,
		phone_masked = $6, phone_sealed = $7, phone_hash = $8, phone_appid = $9, phone_at = $10 WHERE id = $1`

	appsOfUser = `SELECT DISTINCT i.appid FROM identities i WHERE i.user_id = $1 ORDER BY i.appid`

	markMerged = `UPDATE users SET merged_into = $1, merged_at = $3 WHERE id = $2`

	moveIdentities = `UPDATE identities SET user_id = $1 WHERE user_id = $2`

	moveUnions = `UPDATE unions SET user_id = $1 WHERE user_id = $2`

	moveMerged = `UPDATE users SET merged_into = $1 WHERE merged_into = $2`

	moveAvatars = `UPDATE avatars SET user_id = $1 WHERE user_id = $2`

	findUser = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1`
)

// movedByMerge lists what hangs on a user's id and goes over: from $2 to $1.
// That includes the users who were merged before, so that merged_into always
// names one who is not. What hangs on (appid, openid) follows its identity.
func movedByMerge() []string {
	return []string{moveIdentities, moveUnions, moveMerged}
}

// couple is two users, the smaller id first; the zero value is nobody.
type couple [2]id.UserID

func coupleOf(a, b id.UserID) couple { return couple{min(a, b), max(a, b)} }

// meeting is two users who are about to become one.
type meeting struct {
	survivor, loser mergingUser
	pair            identity.Pair
	// by decided at that time; until is when the last access token of the two
	// will have expired.
	by        string
	at, until time.Time
}

// mergingUser is the row of a user as far as a merge changes it.
type mergingUser struct {
	id                    id.UserID
	createdAt, disabledAt time.Time
	nickname, avatarURL   string
	externalID            string
	phone                 heldPhone
}

type heldPhone struct {
	masked                  string
	sealed, hash, appid, at any // nil: NULL
}

func (p *heldPhone) none() bool { return p.masked == "" && p.hash == nil }

// readMeeting reads two users who are locked.
func readMeeting(ctx context.Context, tx queryer, c couple) (meeting, error) {
	var m meeting
	rows, err := tx.QueryContext(ctx, sidesOf, c[0], c[1])
	if err != nil {
		return m, err
	}
	defer rows.Close()
	users, n := [2]*mergingUser{&m.survivor, &m.loser}, 0
	for ; rows.Next() && n < len(users); n++ {
		u, side := users[n], &m.pair.Sides[n]
		err := rows.Scan(&u.id, stamp{&u.createdAt}, stamp{&u.disabledAt}, &u.nickname, &u.avatarURL, &u.externalID,
			&u.phone.masked, &u.phone.sealed, &u.phone.hash, &u.phone.appid, &u.phone.at, &side.Orders, &side.Phone, &side.ExternalID)
		if err != nil {
			return m, err
		}
		side.Disabled = !u.disabledAt.IsZero()
		side.Phone = side.Phone || !u.phone.none()
		side.ExternalID = side.ExternalID || u.externalID != ""
	}
	if err := rows.Err(); err != nil {
		return m, err
	}
	if n != len(users) {
		return m, errRace // one was merged or erased meanwhile
	}
	m.pair.InOneApp, err = exists(ctx, tx, inOneApp, c[0], c[1])
	return m, err
}

// takeOver gives the survivor what it lacks and the loser has, and tells what.
// What both have stays where it is, so that nothing is lost.
func (m *meeting) takeOver() (fields []string) {
	to, from := &m.survivor, &m.loser
	take := func(field string, lacks bool, swap func()) {
		if lacks {
			swap()
			fields = append(fields, field)
		}
	}
	take("nickname", to.nickname == "" && from.nickname != "", func() { to.nickname, from.nickname = from.nickname, "" })
	take("avatar_url", to.avatarURL == "" && from.avatarURL != "", func() { to.avatarURL, from.avatarURL = from.avatarURL, "" })
	take("external_id", to.externalID == "" && from.externalID != "", func() { to.externalID, from.externalID = from.externalID, "" })
	// As it is: what is sealed says for whom it was.
	take("phone", to.phone.none() && !from.phone.none(), func() { to.phone, from.phone = from.phone, heldPhone{} })
	if to.disabledAt.IsZero() {
		to.disabledAt = from.disabledAt
	}
	return fields
}

// mergeUsers makes one user of two who are locked. If one of them is disabled,
// so is who is left, as DisableUser does it.
func (db *DB) mergeUsers(ctx context.Context, tx queryer, m meeting) error {
	to, from := m.survivor.id, m.loser.id
	e, err := auditOfMerge(ctx, tx, &m)
	if err != nil {
		return err
	}
	e.Details.Fields = m.takeOver()
	for _, u := range []*mergingUser{&m.loser, &m.survivor} { // the external id is free before it is taken
		err := updateOne(ctx, tx, setProfile, u.id, millis(u.disabledAt), u.nickname, u.avatarURL, orNull(u.externalID),
			u.phone.masked, u.phone.sealed, u.phone.hash, u.phone.appid, u.phone.at)
		if err != nil {
			return err
		}
	}
	if m.loser.avatarURL == "" { // the picture follows its address
		if _, err := tx.ExecContext(ctx, moveAvatars, to, from); err != nil {
			return err
		}
	}
	for _, query := range movedByMerge() {
		if _, err := tx.ExecContext(ctx, query, to, from); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, markMerged, to, from, millis(m.at)); err != nil {
		return err
	}
	if e.MergeID, err = db.mergePairs(ctx, tx, &m); err != nil {
		return err
	}
	if !m.survivor.disabledAt.IsZero() {
		d := identity.Disabling{UserID: to, At: m.at, Until: m.until}
		if err := shutOut(ctx, tx, d); err != nil {
			return err
		}
	}
	return appendAudit(ctx, tx, e)
}

// auditOfMerge tells what is about to move: ids alone.
func auditOfMerge(ctx context.Context, tx queryer, m *meeting) (audit.Entry, error) {
	actor := audit.System
	if m.by != identity.MergedByItself {
		actor = audit.Actor(m.by)
	}
	e := audit.New(m.at, actor, audit.UserMerged)
	e.UserID, e.OtherUserID = m.survivor.id, m.loser.id
	var err error
	if e.Details.Apps, err = scanWords[id.AppID](tx.QueryContext(ctx, appsOfUser, m.loser.id)); err != nil {
		return e, err
	}
	e.Details.Users, err = scanWords[id.UserID](tx.QueryContext(ctx, mergedIDs, m.loser.id))
	return e, err
}

// lockMeeting locks the two users whom a login meets, if there are two.
func (db *DB) lockMeeting(ctx context.Context, tx queryer, l *session.Login) (couple, error) {
	users, err := scanWords[id.UserID](tx.QueryContext(ctx, usersOfLogin, l.AppID, l.OpenID, l.OpenAccount, l.UnionID))
	if err == nil && len(users) == 1 {
		var other id.UserID
		other, err = whoWaitsFor(ctx, tx, l, users[0])
		users = append(users, other)
	}
	if err != nil || len(users) != 2 || users[0] == users[1] {
		return couple{}, err
	}
	c := coupleOf(users[0], users[1])
	return c, db.lockCouple(ctx, tx, c)
}

const usersOfLogin = `SELECT i.user_id FROM identities i WHERE i.appid = $1 AND i.openid = $2
	UNION SELECT n.user_id FROM unions n WHERE n.open_account = $3 AND n.unionid = $4`

// lockCouple locks all that a merge of the two writes, in the order in which
// others do: first the identities, in the order in which groups of logins lock
// them; then the claims, as a first login that is linked; then the users, by
// id. Whoever is in between holds none of what comes later and waits for what
// comes before.
func (db *DB) lockCouple(ctx context.Context, tx queryer, c couple) error {
	if !db.d.locksRows {
		return nil
	}
	locked, err := scanWords[string](tx.QueryContext(ctx, lockIdentitiesOfTwo, c[0], c[1]))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, lockUnionsOfTwo, c[0], c[1]); err != nil {
		return err
	}
	users, err := scanWords[string](tx.QueryContext(ctx, lockTwoUsers, c[0], c[1]))
	if err != nil {
		return err
	}
	// From here on nobody can add an identity to either of them.
	var n int
	if err := tx.QueryRowContext(ctx, countIdentitiesOfTwo, c[0], c[1]).Scan(&n); err != nil {
		return err
	}
	if len(users) != len(c) || n != len(locked) {
		return errRace
	}
	return nil
}

// These run where rows are locked alone.
const (
	lockIdentitiesOfTwo  = `SELECT i.openid FROM identities i WHERE i.user_id IN ($1, $2) ORDER BY i.appid, i.openid FOR UPDATE OF i`
	lockUnionsOfTwo      = `SELECT 1 FROM unions n WHERE n.user_id IN ($1, $2) ORDER BY n.open_account, n.unionid FOR UPDATE OF n`
	lockTwoUsers         = `SELECT u.id FROM users u WHERE u.id IN ($1, $2) AND u.merged_into IS NULL ORDER BY u.id FOR UPDATE OF u`
	countIdentitiesOfTwo = `SELECT COUNT(*) FROM identities i WHERE i.user_id IN ($1, $2)`
)
