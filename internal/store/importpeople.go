package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	heldColumns = `u.nickname <> '', u.phone_hash IS NOT NULL, COALESCE(u.external_id, '')`

	// Who was merged into another keeps the row, and so the name.
	findExternals = `SELECT external_id, COALESCE(merged_into, id) FROM users WHERE external_id IN (%s)`

	importUsers = `INSERT INTO users (id, created_at, nickname, external_id, phone_sealed, phone_hash, phone_masked, phone_appid, phone_at)`

	// Without an open account: what a file tells is no word of WeChat's, as with
	// what is asserted. The first login confirms the unionid, or ends the link.
	importIdentities = `INSERT INTO identities (appid, openid, user_id, unionid, created_at, last_login_at, session_keys)`

	importUnions = `INSERT INTO unions (open_account, unionid, user_id)`

	elseRace = ` ON CONFLICT DO NOTHING`

	fillNickname = `UPDATE users SET nickname = $2 WHERE id = $1 AND nickname = ''`

	fillExternalID = `UPDATE users SET external_id = $2 WHERE id = $1 AND external_id IS NULL`

	fillPhone = `UPDATE users SET phone_sealed = $2, phone_hash = $3, phone_masked = $4, phone_appid = $5, phone_at = $6
		WHERE id = $1 AND phone_hash IS NULL`

	fillUnion = `UPDATE identities SET unionid = $3 WHERE appid = $1 AND openid = $2 AND unionid = ''`
)

// importTries is how often a batch that found the store busy is begun again: a
// run of an hour does not end because of one slow moment.
const importTries = 5

// peopleStatements are those of imports whose text depends on the dialect. Both
// lock: nobody may be merged, linked or relabelled between the look and the
// writing. The order is that of groups of logins.
type peopleStatements struct{ identities, unions string }

func newPeopleStatements(d *dialect) peopleStatements {
	return peopleStatements{
		identities: `SELECT i.openid, i.unionid, u.id, ` + heldColumns + `
			FROM identities i JOIN users u ON u.id = i.user_id
			WHERE i.appid = $1 AND i.openid IN (%s) ORDER BY i.openid` + d.forUpdate("i"),
		// Not by the index of the app's identities, of which there may be a million.
		unions: `SELECT n.unionid, u.id, COALESCE((SELECT MIN(i.openid) FROM identities i WHERE i.user_id = u.id AND i.appid || '' = $2), ''), ` + heldColumns + `
			FROM unions n JOIN users u ON u.id = n.user_id
			WHERE n.open_account = $1 AND n.unionid IN (%s) ORDER BY n.unionid` + d.forShare("n") + d.forShare("u"),
	}
}

// HeldPeople implements importing.Store.
func (db *DB) HeldPeople(ctx context.Context, keys importing.Keys) (importing.Held, error) {
	ctx, r := db.backend.reader(ctx)
	// A reader must not lock.
	held, err := db.heldPeople(ctx, r, newPeopleStatements(sqliteDialect), keys)
	if err != nil {
		return importing.Held{}, fmt.Errorf("look for people: %w", err)
	}
	return held, nil
}

func (db *DB) heldPeople(ctx context.Context, tx queryer, stmts peopleStatements, keys importing.Keys) (importing.Held, error) {
	h := importing.Held{
		Identities: map[id.OpenID]importing.HeldIdentity{}, Users: map[id.UserID]*importing.HeldUser{},
		Unions: map[id.UnionID]id.UserID{}, InApp: map[id.UserID]id.OpenID{}, Externals: map[string]id.UserID{},
	}
	err := lookUp(ctx, &db.texts, tx, stmts.identities, keys.OpenIDs, func(row scanner) error {
		var openid id.OpenID
		var i importing.HeldIdentity
		var u importing.HeldUser
		err := row.Scan(&openid, &i.UnionID, &i.UserID, &u.HasNickname, &u.HasPhone, &u.ExternalID)
		h.Identities[openid], h.Users[i.UserID] = i, &u
		return err
	}, string(keys.AppID))
	if err != nil {
		return h, err
	}
	err = lookUp(ctx, &db.texts, tx, stmts.unions, keys.UnionIDs, func(row scanner) error {
		var union id.UnionID
		var user id.UserID
		var here id.OpenID
		var u importing.HeldUser
		err := row.Scan(&union, &user, &here, &u.HasNickname, &u.HasPhone, &u.ExternalID)
		if h.Unions[union] = user; h.Users[user] == nil {
			h.Users[user] = &u
		}
		if here != "" {
			h.InApp[user] = here
		}
		return err
	}, string(keys.OpenAccount), string(keys.AppID))
	if err != nil {
		return h, err
	}
	err = lookUp(ctx, &db.texts, tx, findExternals, keys.ExternalIDs, func(row scanner) error {
		var external string
		var user id.UserID
		err := row.Scan(&external, &user)
		h.Externals[external] = user
		return err
	})
	return h, err
}

// ImportPeople implements importing.Store.
func (db *DB) ImportPeople(ctx context.Context, was importing.RunState, keys importing.Keys, decide importing.Decide) error {
	var err error
	begun := time.Now()
	for try := range importTries {
		if try > 0 && !waited(ctx, time.Duration(try)*200*time.Millisecond) {
			break
		}
		begun = time.Now()
		if err = db.write(ctx, "ImportPeople", db.importPeople(was, keys, decide)); !errors.Is(err, session.ErrBusy) {
			break
		}
	}
	// SQLite has no queue of writers: who waits for the lock looks for it again
	// after some milliseconds, and must find it free.
	if err == nil && db.d == sqliteDialect {
		waited(ctx, max(time.Since(begun)/2, 2*time.Millisecond))
	}
	return err
}

// waited waits; false: ctx is done.
func waited(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (db *DB) importPeople(was importing.RunState, keys importing.Keys, decide importing.Decide) step {
	return func(ctx context.Context, tx queryer) error {
		if err := db.holdRun(ctx, tx, was); err != nil {
			return err
		}
		held, err := db.heldPeople(ctx, tx, newPeopleStatements(db.d), keys)
		if err != nil {
			return err
		}
		ch, err := decide(held)
		if err != nil {
			return err
		}
		if err := moveRun(ctx, tx, &ch.Run); err != nil {
			return err
		}
		err = db.writePeople(ctx, tx, keys, &ch)
		if err != nil && db.d.uniqueOf(err) != "" {
			return errRace // somebody took an external_id meanwhile
		}
		return err
	}
}

// writePeople writes in the order of ids, as groups of logins do.
func (db *DB) writePeople(ctx context.Context, tx queryer, keys importing.Keys, ch *importing.Changes) error {
	users := make([][]any, len(ch.Users))
	for i, u := range ch.Users {
		users[i] = []any{string(u.ID), millis(u.CreatedAt), u.Nickname, orNull(u.ExternalID), nil, nil, "", nil, nil}
		if u.Phone != nil {
			copy(users[i][4:], []any{u.Phone.Sealed, u.Phone.Hash, u.Phone.Masked, string(keys.AppID), millis(ch.At)})
		}
	}
	if err := db.texts.insertRows(ctx, tx, importUsers, "", users); err != nil {
		return err
	}
	slices.SortFunc(ch.Claims, func(a, b importing.Claim) int { return cmp.Compare(a.UnionID, b.UnionID) })
	unions := make([][]any, len(ch.Claims))
	for i, c := range ch.Claims {
		unions[i] = []any{string(keys.OpenAccount), string(c.UnionID), string(c.UserID)}
	}
	if err := db.texts.insertRows(ctx, tx, importUnions, elseRace, unions); err != nil {
		return err
	}
	slices.SortFunc(ch.Identities, func(a, b importing.NewIdentity) int { return cmp.Compare(a.OpenID, b.OpenID) })
	identities := make([][]any, len(ch.Identities))
	for i, n := range ch.Identities {
		since := millis(n.CreatedAt)
		identities[i] = []any{string(keys.AppID), string(n.OpenID), string(n.UserID), string(n.UnionID), since, since, []byte{}}
	}
	if err := db.texts.insertRows(ctx, tx, importIdentities, elseRace, identities); err != nil {
		return err
	}
	return fillPeople(ctx, tx, keys, ch)
}

// fillPeople fills what is empty. What is so no more was filled meanwhile.
func fillPeople(ctx context.Context, tx queryer, keys importing.Keys, ch *importing.Changes) error {
	slices.SortFunc(ch.Unions, func(a, b importing.Union) int { return cmp.Compare(a.OpenID, b.OpenID) })
	for _, u := range ch.Unions {
		if err := updateOne(ctx, tx, fillUnion, string(keys.AppID), string(u.OpenID), string(u.UnionID)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(ch.Fills, func(a, b importing.Fill) int { return cmp.Compare(a.UserID, b.UserID) })
	for _, f := range ch.Fills {
		if f.Nickname != "" {
			if err := updateOne(ctx, tx, fillNickname, string(f.UserID), f.Nickname); err != nil {
				return err
			}
		}
		if f.ExternalID != "" {
			if err := updateOne(ctx, tx, fillExternalID, string(f.UserID), f.ExternalID); err != nil {
				return err
			}
		}
		if f.Phone != nil {
			err := updateOne(ctx, tx, fillPhone, string(f.UserID), f.Phone.Sealed, f.Phone.Hash, f.Phone.Masked, string(keys.AppID), millis(ch.At))
			if err != nil {
				return err
			}
		}
	}
	return nil
}
