package store

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

const (
	// looseClaims are what a user has in unions and no identity of theirs carries.
	// An identity that was asserted carries its unionid without an open account.
	looseClaims = `SELECT n.open_account, n.unionid FROM unions n
		WHERE n.user_id = $1 AND $2 IN (n.unionid, '') AND NOT EXISTS (SELECT 1 FROM identities i
			WHERE i.user_id = $1 AND i.open_account IN (n.open_account, '') AND i.unionid = n.unionid)
		ORDER BY n.open_account, n.unionid`

	// heirsOf are the users of whom WeChat told the unionid that $1 has, the oldest
	// first. Who came to carry it while somebody else had it was listed with them.
	heirsOf = `SELECT u.id, MIN(m.reason) FROM merges m
		JOIN users u ON u.id IN (m.first_user, m.second_user) AND u.id <> $1 AND u.merged_into IS NULL
		WHERE (m.first_user = $1 OR m.second_user = $1) AND m.state <> 'merged'
			AND EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.open_account = $2 AND i.unionid = $3)
		GROUP BY u.id, u.created_at ORDER BY u.created_at, u.id`

	dropClaim = `DELETE FROM unions WHERE open_account = $1 AND unionid = $2 AND user_id = $3`

	passClaim = `UPDATE unions SET user_id = $4 WHERE open_account = $1 AND unionid = $2 AND user_id = $3`

	// Two who were listed by what was never so.
	dropWrongPair = `DELETE FROM merges WHERE first_user = $1 AND second_user = $2 AND open_account = $3 AND state = 'pending'`

	pairKnown = `SELECT 1 FROM merges WHERE first_user = $1 AND second_user = $2 AND state <> 'merged' LIMIT 1`
)

// claimed is a unionid in an open account.
type claimed struct {
	account id.OpenAccount
	union   id.UnionID
}

// loss is that a user has a unionid no more, in whatever open account; an empty
// union is any.
type loss struct {
	user  id.UserID
	union id.UnionID
	// wrong says that they never had it: it was only asserted, and WeChat has
	// told another.
	wrong bool
	at    time.Time
}

// heir is a user who may take over a claim, and why they were listed with who
// has it.
type heir struct {
	user   id.UserID
	reason identity.MergeReason
}

// passLoose gives what no identity of a user carries any more to somebody of whom
// WeChat told it as well: a pair that nobody has decided, or that was rejected.
// Had nobody the unionid, the person would be a new user in the next app that
// they come to. Where there is no such user, it is forgotten. What the user has is
// locked.
func (db *DB) passLoose(ctx context.Context, tx queryer, g loss) error {
	scan := func(row scanner, c *claimed) error { return row.Scan(&c.account, &c.union) }
	loose, err := readAll(ctx, tx, scan, looseClaims, string(g.user), string(g.union))
	if err != nil {
		return err
	}
	for _, c := range loose {
		if err := db.pass(ctx, tx, c, &g); err != nil {
			return err
		}
	}
	return nil
}

// pass gives one to the oldest heir, and lists the others with that one, as they
// were with the user; and no more with the user, if that was wrong.
func (db *DB) pass(ctx context.Context, tx queryer, c claimed, g *loss) error {
	scan := func(row scanner, h *heir) error { return row.Scan(&h.user, &h.reason) }
	heirs, err := readAll(ctx, tx, scan, heirsOf, string(g.user), string(c.account), string(c.union))
	if err != nil {
		return err
	}
	if len(heirs) == 0 {
		_, err := tx.ExecContext(ctx, dropClaim, string(c.account), string(c.union), string(g.user))
		return err
	}
	for _, h := range heirs { // all: a pair can't be listed with who is gone
		if err := db.holdHeir(ctx, tx, c, h.user); err != nil {
			return err
		}
	}
	first := heirs[0].user
	if err := updateOne(ctx, tx, passClaim, string(c.account), string(c.union), string(g.user), string(first)); err != nil {
		return err
	}
	if g.wrong {
		for _, h := range heirs {
			two := coupleOf(g.user, h.user)
			if _, err := tx.ExecContext(ctx, dropWrongPair, string(two[0]), string(two[1]), string(c.account)); err != nil {
				return err
			}
		}
	}
	for _, h := range heirs[1:] {
		two := coupleOf(first, h.user)
		known, err := exists(ctx, tx, pairKnown, two[0], two[1])
		if err == nil && !known {
			p := identity.Merge{ID: id.NewSessionID(g.at).MergeID(), Reason: h.reason, OpenAccount: c.account, Users: two, CreatedAt: g.at}
			err = addPair(ctx, tx, &p, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// holdHeir sees to it that nobody relabels, merges or erases an heir meanwhile.
// Its locks come after those of the user, in no order with those of others: who
// waits for one another is a lost race.
func (db *DB) holdHeir(ctx context.Context, tx queryer, c claimed, user id.UserID) error {
	carries, err := exists(ctx, tx, db.stmts.shareCarriers, string(user), string(c.account), string(c.union))
	if err != nil {
		return err
	}
	lives, err := exists(ctx, tx, db.stmts.shareLiveUser, string(user))
	if err == nil && !(carries && lives) {
		err = errRace
	}
	return err
}
