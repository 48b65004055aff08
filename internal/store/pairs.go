package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	pairColumns = `m.id, m.state, m.reason, m.open_account, m.first_user, m.second_user, m.survivor, m.created_at, m.decided_at, m.decided_by`

	// pairApps adds the apps of the two users as they are now.
	pairApps  = `, COALESCE(i.appid, '') FROM `
	pairJoins = ` m JOIN users a ON a.id = m.first_user JOIN users b ON b.id = m.second_user
		LEFT JOIN identities i ON i.user_id IN (COALESCE(a.merged_into, a.id), COALESCE(b.merged_into, b.id))`

	findPair     = `SELECT ` + pairColumns + pairApps + `merges` + pairJoins + ` WHERE m.id = $1`
	pairsAfter   = `SELECT ` + pairColumns + pairApps + `(SELECT * FROM merges WHERE id > $1 ORDER BY id LIMIT $2)` + pairJoins + ` ORDER BY m.id`
	pairsInState = `SELECT ` + pairColumns + pairApps + `(SELECT * FROM merges WHERE state = $3 AND id > $1 ORDER BY id LIMIT $2)` + pairJoins + ` ORDER BY m.id`

	insertPair = `INSERT INTO merges (id, state, reason, open_account, first_user, second_user, created_at)
		VALUES ($1, 'pending', $2, $3, $4, $5, $6)`

	pairRejected = `SELECT 1 FROM merges WHERE first_user = $1 AND second_user = $2 AND state = 'rejected' LIMIT 1`

	decidePair = `UPDATE merges SET state = $2, survivor = $3, decided_at = $4, decided_by = $5 WHERE id = $1 AND state = 'pending'`

	repointPair = `UPDATE merges SET first_user = $2, second_user = $3 WHERE id = $1`

	dropPair = `DELETE FROM merges WHERE id = $1`

	// Who said no to a part of a user said no to the whole.
	rejectAgain = `UPDATE merges SET state = 'rejected', decided_at = $3, decided_by = 'auto'
		WHERE first_user = $1 AND second_user = $2 AND state = 'pending'`
)

// scanPairs reads and closes rows of pairColumns and pairApps, ordered by pair.
func scanPairs(rows *sql.Rows, err error) ([]identity.Merge, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []identity.Merge
	for rows.Next() {
		var m identity.Merge
		var appid id.AppID
		err := rows.Scan(&m.ID, &m.State, &m.Reason, &m.OpenAccount, &m.Users[0], &m.Users[1], word[id.UserID]{&m.Survivor},
			stamp{&m.CreatedAt}, stamp{&m.DecidedAt}, word[string]{&m.DecidedBy}, &appid)
		if err != nil {
			return nil, err
		}
		if n := len(list); n == 0 || list[n-1].ID != m.ID {
			list = append(list, m)
		}
		if last := &list[len(list)-1]; appid != "" {
			last.Apps = append(last.Apps, appid)
		}
	}
	return list, rows.Err()
}

// Merges implements identity.MergeStore.
func (db *DB) Merges(ctx context.Context, state identity.MergeState, after id.MergeID, limit int) ([]identity.Merge, error) {
	query, args := pairsAfter, []any{string(after), limit}
	if state != "" {
		query, args = pairsInState, append(args, string(state))
	}
	ctx, r := db.backend.reader(ctx)
	list, err := scanPairs(r.QueryContext(ctx, query, args...))
	if err != nil {
		return nil, fmt.Errorf("list merges: %w", err)
	}
	return list, nil
}

// MergeByID implements identity.MergeStore.
func (db *DB) MergeByID(ctx context.Context, pair id.MergeID) (identity.Merge, error) {
	ctx, r := db.backend.reader(ctx)
	m, err := readPair(ctx, r, pair)
	if err != nil && !errors.Is(err, identity.ErrNotFound) {
		err = fmt.Errorf("find merge: %w", err)
	}
	return m, err
}

func readPair(ctx context.Context, r queryer, pair id.MergeID) (identity.Merge, error) {
	list, err := scanPairs(r.QueryContext(ctx, findPair, string(pair)))
	if err != nil {
		return identity.Merge{}, err
	}
	if len(list) == 0 {
		return identity.Merge{}, identity.ErrNotFound
	}
	return list[0], nil
}

// AcceptMerge implements identity.MergeStore.
func (db *DB) AcceptMerge(ctx context.Context, d identity.MergeDecision) error {
	return db.write(ctx, "AcceptMerge", func(ctx context.Context, tx queryer) error {
		pair, err := readPair(ctx, tx, d.ID)
		if err != nil || pair.State != identity.MergePending {
			return cmp.Or(err, decided(pair.State, identity.MergeMerged))
		}
		c := couple(pair.Users)
		if err := db.lockCouple(ctx, tx, c); err != nil {
			return err
		}
		held, err := scanWords[id.MergeID](tx.QueryContext(ctx, db.stmts.lockPair, c[0], c[1]))
		if err != nil || len(held) != 1 || held[0] != d.ID {
			return cmp.Or(err, errRace) // somebody decided, or one of them was merged
		}
		if pair, err = readPair(ctx, tx, d.ID); err != nil || pair.IsElsewhere(d.May) { // nobody can add an app now
			return cmp.Or(err, identity.ErrElsewhere)
		}
		m, err := readMeeting(ctx, tx, c)
		if err != nil {
			return err
		}
		m.by, m.at, m.until = string(d.By), d.At, d.Until
		e := audit.New(d.At, audit.Key(d.By), audit.MergeAccepted)
		e.MergeID, e.UserID, e.OtherUserID = d.ID, m.survivor.id, m.loser.id
		if err := appendAudit(ctx, tx, e); err != nil {
			return err
		}
		return db.mergeUsers(ctx, tx, m)
	})
}

// RejectMerge implements identity.MergeStore.
func (db *DB) RejectMerge(ctx context.Context, d identity.MergeDecision) error {
	return db.write(ctx, "RejectMerge", func(ctx context.Context, tx queryer) error {
		pair, err := readPair(ctx, tx, d.ID)
		if err != nil || pair.State != identity.MergePending {
			return cmp.Or(err, decided(pair.State, identity.MergeRejected))
		}
		if pair.IsElsewhere(d.May) {
			return identity.ErrElsewhere
		}
		if err := updateOne(ctx, tx, decidePair, d.ID, identity.MergeRejected, nil, millis(d.At), d.By); err != nil {
			return err
		}
		e := audit.New(d.At, audit.Key(d.By), audit.MergeRejected)
		e.MergeID, e.UserID, e.OtherUserID = d.ID, pair.Users[0], pair.Users[1]
		return appendAudit(ctx, tx, e)
	})
}

// decided tells whether a pair that is decided was so as it is wanted.
func decided(is, want identity.MergeState) error {
	if is == want {
		return nil
	}
	return identity.ErrMergeDecided
}

// listPair makes sure that a pair waits for a decision, unless it was rejected:
// then listed is false. The two users are locked.
func (db *DB) listPair(ctx context.Context, tx queryer, l *session.Login, c couple, reason identity.MergeReason) (listed bool, err error) {
	// Locked, so that nobody rejects what is about to be merged.
	held, err := scanWords[id.MergeID](tx.QueryContext(ctx, db.stmts.lockPair, c[0], c[1]))
	if err != nil || len(held) > 0 {
		return err == nil, err
	}
	if no, err := exists(ctx, tx, pairRejected, c[0], c[1]); err != nil || no {
		return false, err
	}
	pair := identity.Merge{ID: l.SessionID.MergeID(), Reason: reason, OpenAccount: l.OpenAccount, Users: c, CreatedAt: l.At}
	return true, addPair(ctx, tx, &pair, l.AppID)
}

// addPair adds a pair that waits for a decision; appid is where it was found, if
// anywhere.
func addPair(ctx context.Context, tx queryer, p *identity.Merge, appid id.AppID) error {
	_, err := tx.ExecContext(ctx, insertPair, p.ID, p.Reason, p.OpenAccount, p.Users[0], p.Users[1], millis(p.CreatedAt))
	if err != nil {
		return err
	}
	e := audit.New(p.CreatedAt, audit.System, audit.MergePending)
	e.AppID, e.MergeID, e.UserID, e.OtherUserID = appid, p.ID, p.Users[0], p.Users[1]
	e.Details.Reason = string(p.Reason)
	return appendAudit(ctx, tx, e)
}

// openPair is a pair of a user who is about to be gone.
type openPair struct {
	id     id.MergeID
	state  identity.MergeState
	couple couple
}

// mergePairs decides the pair of the two users who became one, and returns its
// id; the loser's other pairs become those of the survivor.
func (db *DB) mergePairs(ctx context.Context, tx queryer, m *meeting) (own id.MergeID, err error) {
	pairs, err := db.openPairs(ctx, tx, m.loser.id)
	if err != nil {
		return "", err
	}
	for _, p := range pairs {
		other := p.couple[0]
		if other == m.loser.id {
			other = p.couple[1]
		}
		switch {
		case other != m.survivor.id:
			err = db.repoint(ctx, tx, p, coupleOf(m.survivor.id, other), m)
		case p.state == identity.MergePending:
			own = p.id
			err = updateOne(ctx, tx, decidePair, p.id, identity.MergeMerged, m.survivor.id, millis(m.at), m.by)
		}
		if err != nil {
			return "", err
		}
	}
	return own, nil
}

func (db *DB) openPairs(ctx context.Context, tx queryer, user id.UserID) (list []openPair, err error) {
	rows, err := tx.QueryContext(ctx, db.stmts.lockPairsOf, user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p openPair
		if err := rows.Scan(&p.id, &p.state, &p.couple[0], &p.couple[1]); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// repoint makes a pair that of two other users.
func (db *DB) repoint(ctx context.Context, tx queryer, p openPair, c couple, m *meeting) error {
	pending, err := scanWords[id.MergeID](tx.QueryContext(ctx, db.stmts.lockPair, c[0], c[1]))
	if err != nil {
		return err
	}
	if p.state == identity.MergePending && len(pending) > 0 { // it is listed already
		_, err := tx.ExecContext(ctx, dropPair, p.id)
		return err
	}
	if _, err := tx.ExecContext(ctx, repointPair, p.id, c[0], c[1]); err != nil {
		return err
	}
	no, err := exists(ctx, tx, pairRejected, c[0], c[1])
	if err != nil || !no {
		return err
	}
	_, err = tx.ExecContext(ctx, rejectAgain, c[0], c[1], millis(m.at))
	return err
}
