package store

import (
	"context"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

const revocationPage = `SELECT r.session_id, r.revoked_at, r.revoked_until, COALESCE(s.appid, r.appid, '')
	FROM revocations r LEFT JOIN sessions s ON s.id = r.session_id
	WHERE r.revoked_at >= $1 AND (r.revoked_at > $1 OR r.session_id > $2) AND r.revoked_until >= $3
	ORDER BY r.revoked_at, r.session_id LIMIT $4`

// RevocationPage implements session.Store.
func (db *DB) RevocationPage(ctx context.Context, from session.FeedPosition, now time.Time, limit int) ([]session.AppRevocation, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, revocationPage, from.At.UnixMilli(), string(from.After), millis(now), limit)
	if err != nil {
		return nil, fmt.Errorf("read a page of revocations: %w", err)
	}
	defer rows.Close()
	var list []session.AppRevocation
	for rows.Next() {
		var v session.AppRevocation
		if err := rows.Scan(&v.SessionID, stamp{&v.At}, stamp{&v.Until}, &v.AppID); err != nil {
			return nil, fmt.Errorf("read a page of revocations: %w", err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read a page of revocations: %w", err)
	}
	return list, nil
}
