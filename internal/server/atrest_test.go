package server_test

import (
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/store/storetest"
	"github.com/hufu-id/hufu/simulator"
)

// TestNothingInClear searches every table, the files of the database (the log of
// its writes among them) and our own log for what must not be read there.
func TestNothingInClear(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		db := r.raw()
		from := walPosition(t, r, db)
		digits, err := rand.Int(rand.Reader, big.NewInt(1e9))
		must(t, err)
		// Nobody else's: all tests share PostgreSQL's log.
		number := fmt.Sprintf("19%09d", digits)
		_, err = r.sim.AddUser(simulator.User{Name: "canary", PhoneNumber: number})
		must(t, err)
		apiKey := r.key(app.ScopeUsersRead, app.ScopePhoneRead)
		wx, err := r.sim.Login(app1, "canary")
		must(t, err)
		in := r.call("POST", "/v1/login", "", map[string]string{"appid": app1, "code": wx})
		r.want(in, 200, "")
		token, refresh := in.body["access_token"].(string), in.body["refresh_token"].(string)
		key, err := r.sim.SessionKey(app1, "canary")
		must(t, err)
		d := r.tap(app1, "canary")
		r.want(r.call("POST", "/v1/me/phone", token, code(d.Code)), 200, "")
		r.want(r.call("POST", "/v1/me/phone", token, map[string]string{"encrypted_data": d.EncryptedData, "iv": d.IV}), 200, "")
		r.want(r.call("POST", "/v1/me/decrypt", token, map[string]string{"encrypted_data": d.EncryptedData, "iv": "x"}), 422, "decrypt_failed")
		r.want(r.call("POST", "/v1/server/users/lookup", apiKey, map[string]string{"phone_number": "+86" + number}), 200, "")

		keyBytes, err := base64.StdEncoding.DecodeString(key)
		must(t, err)
		canaries := map[string]string{
			"number": number, "session_key": key, "session_key's bytes": string(keyBytes), "session_key in hex": hex.EncodeToString(keyBytes),
			"AppSecret": simulator.DemoApps()[0].Secret, "API key": apiKey, "API key's secret part": apiKey[len(apiKey)-40:],
			"code": d.Code, "ciphertext": d.EncryptedData, "iv": d.IV, "login's code": wx, "access token": token, "refresh token": refresh,
		}
		var texts []string
		for _, text := range canaries {
			texts = append(texts, text)
		}
		for _, place := range storetest.Search(t, db, texts...) {
			t.Error("in clear: " + strings.SplitN(place, " ", 2)[0])
		}
		places := files(t, r, db, from)
		found := 0
		for _, text := range places {
			found += strings.Count(text, masked(number))
		}
		if found == 0 {
			t.Error("the search finds not even the masked number")
		}
		places["log"] = r.log.String()
		for place, text := range places {
			for what, canary := range canaries {
				if strings.Contains(text, canary) {
					t.Errorf("%s holds the %s", place, what)
				}
			}
		}
	})
}

// dump returns all bytes of an SQLite database.
func dump(t *testing.T, r *rig) string {
	t.Helper()
	var out strings.Builder
	for _, text := range sqliteFiles(t, r) {
		out.WriteString(text)
	}
	return out.String()
}

func sqliteFiles(t *testing.T, r *rig) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(strings.TrimPrefix(r.cfg.Store.Reveal(), "sqlite:") + "*")
	must(t, err)
	out := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		must(t, err)
		out[filepath.Base(path)] = string(b)
	}
	return out
}

func onSQLite(r *rig) bool { return strings.HasPrefix(r.cfg.Store.Reveal(), "sqlite:") }

// walPosition is where PostgreSQL's log of writes stands.
func walPosition(t *testing.T, r *rig, db *sql.DB) (lsn string) {
	t.Helper()
	if !onSQLite(r) {
		must(t, db.QueryRow(`SELECT pg_current_wal_lsn()::text`).Scan(&lsn))
	}
	return lsn
}

// files returns the files of the database. Of PostgreSQL they are those of its
// tables, of their indexes and long values, and what its log got since from;
// the server itself reads them, so they may be anywhere. That wants a superuser.
func files(t *testing.T, r *rig, db *sql.DB, from string) map[string]string {
	t.Helper()
	if onSQLite(r) {
		return sqliteFiles(t, r)
	}
	out := map[string]string{}
	// Before the checkpoint, which may recycle it.
	read(t, db, out, `SELECT 'WAL', 'pg_wal/' || name FROM pg_ls_waldir()
		WHERE name BETWEEN pg_walfile_name($1::pg_lsn) AND pg_walfile_name(pg_current_wal_lsn())`, from)
	if len(out) == 0 {
		t.Error("the log of writes has no file")
	}
	_, err := db.Exec(`CHECKPOINT`)
	must(t, err)
	read(t, db, out, `
		WITH own AS (SELECT oid, reltoastrelid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i'))
		SELECT 'file of ' || oid::regclass, pg_relation_filepath(oid) FROM own
		UNION ALL SELECT 'long values of ' || oid::regclass, pg_relation_filepath(reltoastrelid) FROM own WHERE reltoastrelid <> 0`)
	if len(out) < 20 {
		t.Errorf("only %d files", len(out))
	}
	return out
}

// read adds the files that a query names, each with what it is. None has more
// than the 16 MiB of a part of the log.
func read(t *testing.T, db *sql.DB, out map[string]string, query string, args ...any) {
	t.Helper()
	rows, err := db.Query(query, args...)
	must(t, err)
	defer rows.Close()
	paths := map[string]string{}
	for rows.Next() {
		var what, path string
		must(t, rows.Scan(&what, &path))
		paths[path] = what
	}
	must(t, rows.Err())
	for path, what := range paths {
		var b []byte
		must(t, db.QueryRow(`SELECT pg_read_binary_file($1, 0, 16777216, true)`, path).Scan(&b))
		out[what+" ("+path+")"] = string(b)
	}
}
