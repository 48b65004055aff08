package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver that fills databases

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	// seedBatch is how many people are written in one transaction.
	seedBatch = 50_000
	// seedAge is how long ago those people logged in, so that the newest
	// sessions are those of the load.
	seedAge = 24 * time.Hour
)

// The rows of a person who has logged in once: as the store writes them, but
// for a session_key that nobody can open. The replay record is left out, as it
// is after its five minutes.
const (
	seedUser     = `INSERT INTO users (id, created_at) VALUES (?, ?)`
	seedIdentity = `INSERT INTO identities (appid, openid, user_id, open_sessions, created_at, last_login_at, session_keys) VALUES (?, ?, ?, 1, ?, ?, ?)`
	seedSession  = `INSERT INTO sessions (id, appid, openid, created_at, last_used_at, expires_at, ends_at, generation, salt) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)`
)

// seed writes people 0 to n-1 into a SQLite file that no server has open.
func seed(ctx context.Context, path string, n uint64) (err error) {
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String() +
		"?_pragma=journal_mode(DELETE)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	at := time.Now().Add(-seedAge)
	for from := uint64(0); from < n; from += seedBatch {
		if err := seedPeople(ctx, db, from, min(from+seedBatch, n), at); err != nil {
			return err
		}
		at = at.Add(time.Second)
	}
	return nil
}

func seedPeople(ctx context.Context, db *sql.DB, from, to uint64, at time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after the commit
	var inserts [3]*sql.Stmt
	for i, text := range []string{seedUser, seedIdentity, seedSession} {
		if inserts[i], err = tx.PrepareContext(ctx, text); err != nil {
			return err
		}
	}
	// Full, so that a row does not grow at the next login.
	keys := make([]byte, session.KeysKept*session.KeyRecordSize)
	salt := make([]byte, 16)
	now, later := at.UnixMilli(), at.Add(30*24*time.Hour).UnixMilli()
	// Without a context: the driver would start a goroutine for each statement.
	for person := from; person < to; person++ {
		_, _ = rand.Read(keys)
		_, _ = rand.Read(salt)
		openid, user := openIDOf(person), string(id.NewUserID(at))
		_, err1 := inserts[0].Exec(user, now)
		_, err2 := inserts[1].Exec(benchAppID, openid, user, now, now, keys)
		_, err3 := inserts[2].Exec(string(id.NewSessionID(at)), benchAppID, openid, now, now, later, later, salt)
		if err := errors.Join(err1, err2, err3); err != nil {
			return fmt.Errorf("person %d: %w", person, err)
		}
		if person%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return tx.Commit()
}
