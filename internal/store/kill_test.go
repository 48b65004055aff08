package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// killedDSN makes the test binary a process that is to be killed.
const killedDSN = "HUFU_TEST_KILLED_DSN"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(killedDSN); dsn != "" {
		beKilled(dsn)
		return
	}
	// Each sequence of steps costs some hundred commits: fewer than rapid's
	// hundred sequences, unless more are asked for.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// beKilled writes logins and rotations, and tells of each after it was
// acknowledged, until it is killed.
func beKilled(dsn string) {
	ctx := context.Background()
	db, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	var wg sync.WaitGroup
	var mu sync.Mutex
	for worker := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				now := time.Now().UTC().Truncate(time.Millisecond)
				l := session.Login{
					AppID: "wxaaaaaaaaaaaaaaaa", OpenID: id.OpenID(fmt.Sprintf("o%d", (worker+i)%20)), At: now,
					UnionID: id.UnionID(fmt.Sprintf("u%d", (worker+i)%20)), OpenAccount: "acme",
					NewUserID: id.NewUserID(now), SessionID: id.NewSessionID(now), ExpiresAt: now.Add(time.Hour), EndsAt: now.Add(time.Hour),
					MaxSessions: 20, RevokedUntil: now.Add(time.Minute),
				}
				if i%3 == 0 { // the same person in another app
					l.AppID = "wxbbbbbbbbbbbbbbbb"
				}
				if _, err := db.RecordLogin(ctx, l); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				rotated := storetest.Rotate(ctx, db, l.SessionID, session.Rotation{From: 1, At: now, ExpiresAt: l.ExpiresAt})
				mu.Lock()
				fmt.Println("login", l.SessionID)
				if rotated == nil { // else a newer session took its place
					fmt.Println("rotated", l.SessionID)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// TestKill kills a process in the middle of its work, again and again, and looks
// whether everything it acknowledged is there, and the database sound.
func TestKill(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "hufu.db")
		surviveKills(t, "sqlite:"+path, openRaw(t, "sqlite", path), func(raw *sql.DB) {
			var verdict string
			if err := raw.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
				t.Errorf("integrity_check: %s, %v", verdict, err)
			}
		})
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		dsn := schemaDSN(t)
		surviveKills(t, dsn, openRaw(t, "pgx", dsn), func(*sql.DB) {})
	})
}

func surviveKills(t *testing.T, dsn string, raw *sql.DB, check func(*sql.DB)) {
	for round := range 5 {
		lines := killed(t, dsn, 1+rand.IntN(400))
		db, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, line := range lines {
			what, sid, _ := strings.Cut(line, " ")
			f, err := db.Load(t.Context(), id.SessionID(sid))
			if err != nil {
				t.Errorf("round %d: acknowledged session %s: %v", round, sid, err)
			}
			if what == "rotated" && f.Session.Generation != 2 {
				t.Errorf("round %d: an acknowledged rotation is lost", round)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		for what, query := range map[string]string{
			"people with two users": `SELECT COUNT(*) FROM (SELECT unionid FROM identities GROUP BY unionid HAVING COUNT(DISTINCT user_id) > 1) AS twice`,
			"orphaned users":        `SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM identities)`,
			"orphaned sessions":     `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)`,
		} {
			var n int
			if err := raw.QueryRow(query).Scan(&n); err != nil || n != 0 {
				t.Errorf("round %d: %d %s, %v", round, n, what, err)
			}
		}
		check(raw)
	}
}

// killed runs a process until it has told of some acknowledgements, kills it,
// and returns all it told.
func killed(t *testing.T, dsn string, after int) (lines []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killedDSN+"="+dsn)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		line := scanner.Text()
		if problem, failed := strings.CutPrefix(line, "error "); failed {
			t.Error(problem)
		}
		if strings.HasPrefix(line, "login ") || strings.HasPrefix(line, "rotated ") {
			lines = append(lines, line)
		}
		if len(lines) == after {
			_ = cmd.Process.Kill() // SIGKILL; what it has printed is still read
		}
	}
	if err := scanner.Err(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if len(lines) < after {
		t.Errorf("%d acknowledgements, want %d", len(lines), after)
	}
	// A line may have been cut by the end.
	if n := len(lines); n > 0 && len(lines[n-1]) < len("login ses_")+26 {
		lines = lines[:n-1]
	}
	return lines
}
