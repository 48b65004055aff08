package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

const (
	readColumns    = `id, at, actor, appid, user_id`
	listingColumns = `id, at, actor, first_user, last_user, shown, appids`

	insertRead = `INSERT INTO audit_reads (id, at, day, actor, user_id, appid) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (day, user_id, actor) DO NOTHING`

	// readUser is said of the user $1, on any of the days there are.
	readUser = `user_id = $1 AND day IN (WITH RECURSIVE days (day) AS (SELECT MIN(day) FROM audit_reads
		UNION ALL SELECT (SELECT MIN(r.day) FROM audit_reads r WHERE r.day > days.day) FROM days WHERE days.day IS NOT NULL)
		SELECT day FROM days WHERE day IS NOT NULL)`

	listingKnown = `SELECT 1 FROM audit_listings WHERE actor = $1 AND day = $2 AND last_user >= $4 AND first_user <= $3 LIMIT 1`

	// Of two that read the same list at once, one makes an entry of its own.
	growListing = `UPDATE audit_listings SET last_user = $4, shown = shown + $5 WHERE last_user = $3 AND id =
		(SELECT MIN(id) FROM audit_listings WHERE actor = $1 AND day = $2 AND last_user = $3)`

	insertListing = `INSERT INTO audit_listings (id, at, day, actor, first_user, last_user, shown, appids) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	// listedUser is said of the user $1: whether they are in the range, and in
	// one of the apps. Whoever was erased or merged may have been in any; whoever
	// left an app has an entry of that.
	listedUser = `(first_user <= $1 AND last_user >= $1 AND (appids IS NULL
		OR NOT EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.merged_into IS NULL)
		OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = $1 AND audit_listings.appids LIKE '%' || i.appid || '%')
		OR EXISTS (SELECT 1 FROM audit a WHERE a.user_id = $1 AND audit_listings.appids LIKE '%' || a.appid || '%')
		OR EXISTS (SELECT 1 FROM audit a WHERE a.other_user_id = $1 AND audit_listings.appids LIKE '%' || a.appid || '%')))`

	// The ids begin with the time.
	oldReads      = `SELECT id FROM audit_reads WHERE id < $1 AND at < $2 ORDER BY id LIMIT $3`
	deleteRead    = `DELETE FROM audit_reads WHERE id = $1`
	oldListings   = `SELECT id FROM audit_listings WHERE id < $1 AND at < $2 ORDER BY id LIMIT $3`
	deleteListing = `DELETE FROM audit_listings WHERE id = $1`
)

// readsAtOnce is how many reads are written in one step: logins that come
// meanwhile wait for it.
const readsAtOnce = 200

// RecordReads implements audit.ReadStore.
func (db *DB) RecordReads(ctx context.Context, reads []audit.Read) error {
	var rows []audit.Entry
	for _, r := range reads {
		for _, user := range r.Users {
			entry := entryOf(r.At, r.Actor, audit.UserRead, user)
			entry.AppID = r.AppID
			rows = append(rows, entry)
		}
	}
	// In the order of audit_reads_once, or two replicas could wait for each other's
	// rows, until the database ends one.
	slices.SortFunc(rows, func(a, b audit.Entry) int {
		return cmp.Or(cmp.Compare(audit.Day(a.At), audit.Day(b.At)), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.Actor, b.Actor), a.At.Compare(b.At))
	})
	for some := range slices.Chunk(rows, readsAtOnce) {
		err := db.write(ctx, "RecordReads", func(ctx context.Context, tx queryer) error {
			for i := range some {
				e := &some[i]
				_, err := tx.ExecContext(ctx, insertRead, string(e.ID), millis(e.At), audit.Day(e.At), string(e.Actor), string(e.UserID), orNull(e.AppID))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RecordListing implements audit.ReadStore.
func (db *DB) RecordListing(ctx context.Context, l audit.Listing) error {
	day, actor := audit.Day(l.At), string(l.Actor)
	rctx, r := db.backend.reader(ctx)
	known, err := exists(rctx, r, listingKnown, actor, day, string(l.First), string(l.Last))
	if err != nil {
		return fmt.Errorf("look for a list in the audit: %w", err)
	}
	if known {
		return nil
	}
	return db.write(ctx, "RecordListing", func(ctx context.Context, tx queryer) error {
		if l.After != "" {
			result, err := tx.ExecContext(ctx, growListing, actor, day, string(l.After), string(l.Last), l.Count)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n > 0 {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, insertListing, string(id.NewAuditID(l.At)), millis(l.At), day, actor,
			string(l.First), string(l.Last), l.Count, orNull(joinApps(l.Apps)))
		return err
	})
}

// PruneReads implements audit.ReadStore.
func (db *DB) PruneReads(ctx context.Context, before time.Time, limit int) (int, error) {
	rctx, r := db.backend.reader(ctx)
	var rows []pruned
	for look, forget := range map[string]string{oldReads: deleteRead, oldListings: deleteListing} {
		found, err := scanPruned(rctx, r, look, forget, string(id.EarliestAuditID(before)), millis(before), limit)
		if err != nil {
			return 0, fmt.Errorf("look for old reads in the audit: %w", err)
		}
		rows = append(rows, found...)
	}
	return db.deleteInBatches(ctx, rows)
}

// scanRead scans readColumns.
func scanRead(row scanner, e *audit.Entry) error {
	e.Action = audit.UserRead
	return row.Scan(&e.ID, stamp{&e.At}, &e.Actor, word[id.AppID]{&e.AppID}, &e.UserID)
}

// scanListing scans listingColumns.
func scanListing(row scanner, e *audit.Entry) error {
	e.Action = audit.UsersListed
	var appids string
	err := row.Scan(&e.ID, stamp{&e.At}, &e.Actor, &e.Details.From, &e.Details.To, &e.Details.Count, word[string]{&appids})
	for _, appid := range strings.Fields(appids) {
		e.Details.Apps = append(e.Details.Apps, id.AppID(appid))
	}
	return err
}
