package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// sealedPhones are the sealed phone numbers of all users.
func sealedPhones(t testing.TB, db *sql.DB) map[string]bool {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), `SELECT phone_sealed FROM users WHERE phone_sealed IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sealed := map[string]bool{}
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		sealed[string(b)] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return sealed
}

// shared counts what two sets have in common.
func shared(a, b map[string]bool) (n int) {
	for each := range a {
		if b[each] {
			n++
		}
	}
	return n
}

// TestMasterKey_KilledInTheMiddle kills a server that seals anew, with part of it
// done: all of it opens all the while, before and after, and the next server goes
// on where that one was.
func TestMasterKey_KilledInTheMiddle(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		const people = 2000
		w := newWeChat(t)
		s := newSite(t, w, store)
		var table strings.Builder
		table.WriteString("openid,phone\n")
		for i := range people {
			fmt.Fprintf(&table, "imported-%d,138%08d\n", i, i)
		}
		s.write("people.csv", table.String())
		srv := s.serve()
		if p := run(t, s.dir, nil, "import", "--config", "hufu.yaml", "--app", app1, "people.csv"); p.code != 0 {
			t.Fatal(p.stderr.String())
		}
		alice, err := loginAs(w, srv.url, app1, "alice")
		if err != nil {
			t.Fatal(err)
		}
		made := run(t, s.dir, nil, "key", "create", "--config", "hufu.yaml", "--name", "e2e", "--scope", "users:read,phone:read")
		key := regexp.MustCompile(`key +(hfk_\S+)`).FindStringSubmatch(made.stdout.String())
		if key == nil {
			t.Fatal(made.stderr.String())
		}
		opens := func(url string, i int) {
			t.Helper()
			number := fmt.Sprintf("+86138%08d", i)
			a := call(t, "POST", url+"/v1/server/users/lookup", http.Header{"Authorization": {"Bearer " + key[1]}}, `{"phone_number":"`+number+`"}`)
			if a.status != 200 || !strings.Contains(string(a.body), `"phone_number":"`+number+`"`) {
				t.Fatalf("a phone number while everything is sealed anew: %d %s", a.status, a.body)
			}
			data, err := w.WeRun(app1, "alice")
			if err != nil {
				t.Fatal(err)
			}
			a = call(t, "POST", url+"/v1/me/decrypt", http.Header{"Authorization": {"Bearer " + alice.AccessToken}},
				`{"encrypted_data":"`+data.EncryptedData+`","iv":"`+data.IV+`"}`)
			if a.status != 200 {
				t.Fatalf("a session_key while everything is sealed anew: %d %s", a.status, a.body)
			}
		}

		db := s.database()
		before := sealedPhones(t, db)
		s.master(0, "--rotate", "master.key")
		srv.signal(syscall.SIGHUP)
		looks := 0
		for left := people; left > people*3/4; looks++ {
			opens(srv.url, looks*977%people)
			left = shared(before, sealedPhones(t, db))
		}
		srv.kill()
		half := sealedPhones(t, db)
		if left := shared(before, half); left == 0 || left == people || len(half) != people {
			t.Fatalf("%d of %d sealed under the old key when it was killed: not in the middle", left, len(half))
		}
		// Nobody waits for the minute after which the dead one's work is free.
		if _, err := db.ExecContext(t.Context(), `UPDATE master_keys SET worker_until = 0`); err != nil {
			t.Fatal(err)
		}
		srv = s.serve()
		eventually(t, 6*patience, "everything is sealed anew", func() bool {
			looks++
			opens(srv.url, looks*977%people)
			return shared(before, sealedPhones(t, db)) == 0
		})
		for i := 0; i < people; i += 97 {
			opens(srv.url, i)
		}
		if after := sealedPhones(t, db); len(after) != people || shared(half, after) == 0 {
			t.Errorf("%d phone numbers, of which %d are as they were at the kill: it did not go on there", len(after), shared(half, after))
		}
		srv.stop()
	})
}
