package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// person has every kind of data that the store can hold.
type person struct {
	db           storetest.Database
	store        *store.DB
	book         *identity.PhoneBook
	phone        identity.Phone
	user, loser  id.UserID
	bystander    id.UserID
	keysReceived []any
	// own is which rows of a table are the person's.
	own map[string]string
}

var lawDay = time.Date(2026, 11, 20, 12, 0, 0, 123e6, time.UTC)

func (p *person) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *person) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := p.db.SQL.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func lawLogin(appid id.AppID, openid id.OpenID, union id.UnionID, at time.Time) session.Login {
	l := session.Login{
		AppID: appid, OpenID: openid, UnionID: union, OpenAccount: "acme", At: at,
		NewUserID: id.NewUserID(at), SessionID: id.NewSessionID(at), ExpiresAt: at.Add(time.Hour), EndsAt: at.Add(2 * time.Hour),
		Device: fmt.Appendf(nil, `{"model":"%s"}`, openid), MaxSessions: 20, RevokedUntil: at.Add(15 * time.Minute),
	}
	key := bytes.Repeat([]byte(openid), session.KeyRecordSize)
	copy(l.Key[:], key)
	copy(l.Key[16:], []byte{0, 0, 1, 0x9a, 0, 0, 0, byte(at.Second())}) // the time it was received, as the record has it
	copy(l.Replay.CodeHash[:], key)
	l.Replay.KeyHash, l.Replay.BodyHash = key[:16], key[16:32]
	copy(l.Salt[:], "salt of "+openid)
	return l
}

// fillPerson fills the person, a user merged into them, and a bystander.
func fillPerson(t testing.TB, db storetest.Database) *person {
	t.Helper()
	opened, err := db.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	p := &person{db: db, store: opened.(*store.DB), loser: id.NewUserID(lawDay)}
	master, err := seal.NewMasterKey()
	p.must(t, err)
	sealer, err := seal.New(master)
	p.must(t, err)
	p.book = identity.NewPhoneBook(sealer, []byte("a key of thirty-two bytes, or so"))
	p.phone, err = identity.NewPhone("86", "13912345678", "13912345678")
	p.must(t, err)

	one := lawLogin("wxaaaaaaaaaaaaaaaa", "canary-openid-a", "canary-unionid", lawDay.Add(time.Second))
	two := lawLogin("wxbbbbbbbbbbbbbbbb", "canary-openid-b", "canary-unionid", lawDay.Add(2*time.Second))
	other := lawLogin("wxaaaaaaaaaaaaaaaa", "bystander", "bystander-unionid", lawDay.Add(3*time.Second))
	for _, l := range []*session.Login{&one, &two, &other} {
		in, err := p.store.RecordLogin(t.Context(), *l)
		p.must(t, err)
		if l == &one {
			p.user = in.Person.User.ID
		}
		p.bystander = in.Person.User.ID
		for _, at := range session.KeysReceived(l.Key[:]) {
			if l != &other {
				p.keysReceived = append(p.keysReceived, at.Format(time.RFC3339Nano))
			}
		}
		p.fillLogin(t, l)
	}
	p.fillUser(t, p.user, "canary")
	p.fillUser(t, p.bystander, "bystander")
	p.fillMerge(t)
	p.fillAudit(t, &one)
	p.own = map[string]string{
		"users": `id = '` + string(p.user) + `'`, "avatars": `user_id = '` + string(p.user) + `'`, "unions": `user_id = '` + string(p.user) + `'`,
		"identities": `openid LIKE 'canary%'`, "sessions": `openid LIKE 'canary%'`, "phone_codes": `openid LIKE 'canary%'`, "consents": `openid LIKE 'canary%'`,
		"merges": `first_user = '` + string(p.user) + `' OR second_user = '` + string(p.user) + `'`,
	}
	sessions := `session_id IN ('` + string(one.SessionID) + `', '` + string(two.SessionID) + `')`
	p.own["open_data_failures"], p.own["revocations"] = sessions, sessions
	p.own["audit"] = `action <> 'user.exported' AND (user_id = '` + string(p.user) + `' OR details LIKE '%` + string(p.user) + `%')`
	p.own["audit_reads"] = `user_id = '` + string(p.user) + `'`
	p.own["audit_listings"] = `first_user <= '` + string(p.user) + `' AND last_user >= '` + string(p.user) + `'`
	p.plant(t)
	return p
}

// fillLogin adds what hangs on an identity or a session.
func (p *person) fillLogin(t testing.TB, l *session.Login) {
	t.Helper()
	p.must(t, p.store.RecordConsent(t.Context(), session.ConsentRecord{
		AppID: l.AppID, OpenID: l.OpenID, Consent: session.Consent{PolicyVersion: "policy " + string(l.OpenID), AgreedAt: l.At}, RecordedAt: l.At,
	}))
	p.must(t, p.store.CountOpenDataFailure(t.Context(), l.SessionID, l.At, l.At))
	p.must(t, storetest.Rotate(t.Context(), p.store, l.SessionID, session.Rotation{From: 1, At: l.At.Add(time.Minute), ExpiresAt: l.ExpiresAt, RotationKey: l.Salt[:]}))
	_, err := p.store.End(t.Context(), session.Ending{SessionID: l.SessionID, At: l.At.Add(2 * time.Minute), Reason: session.EndLogout, Until: l.RevokedUntil})
	p.must(t, err)
	var user id.UserID
	p.must(t, p.db.SQL.QueryRow(`SELECT user_id FROM identities WHERE appid = $1 AND openid = $2`, string(l.AppID), string(l.OpenID)).Scan(&user))
	held, err := p.book.Seal(user, p.phone)
	p.must(t, err)
	p.must(t, p.store.RecordPhone(t.Context(), session.PhoneRecord{
		AppID: l.AppID, OpenID: l.OpenID, At: l.At, Phone: held, CodeHash: l.Replay.CodeHash[:],
	}))
	p.exec(t, `UPDATE identities SET session_key_stale_at = $2 WHERE openid = $1`, string(l.OpenID), l.At.UnixMilli())
}

func (p *person) fillUser(t testing.TB, user id.UserID, name string) {
	t.Helper()
	nickname, external := name+" nickname", name+" external"
	p.must(t, p.store.ChangeAccount(t.Context(), user, identity.AccountChange{Nickname: &nickname, ExternalID: &external}))
	p.must(t, p.store.PutAvatar(t.Context(), identity.Avatar{
		ID: name + "-avatar", UserID: user, CreatedAt: lawDay, Type: "image/" + name, Data: []byte(strings.Repeat(name, 99)),
	}, "https://here/"+name))
	p.exec(t, `UPDATE users SET disabled_at = $2 WHERE id = $1`, string(user), lawDay.UnixMilli())
}

// fillMerge adds a user who was merged into the person, and what tells of it.
func (p *person) fillMerge(t testing.TB) {
	t.Helper()
	p.exec(t, `INSERT INTO users (id, created_at, nickname, merged_into, merged_at) VALUES ($1, $2, 'loser', $3, $2)`,
		string(p.loser), lawDay.UnixMilli(), string(p.user))
	first, second := min(p.user, p.loser), max(p.user, p.loser)
	p.exec(t, `INSERT INTO merges (id, state, reason, open_account, first_user, second_user, survivor, created_at, decided_at, decided_by)
		VALUES ('mrg_of_law', 'merged', 'late_unionid', 'acme', $1, $2, $3, 1, 2, 'cli')`, string(first), string(second), string(p.user))
}

func (p *person) fillAudit(t testing.TB, l *session.Login) {
	t.Helper()
	entry := audit.New(lawDay, audit.CLI, audit.UserMerged)
	entry.UserID, entry.OtherUserID, entry.AppID, entry.SessionID = p.user, p.loser, l.AppID, l.SessionID
	entry.MergeID, entry.KeyID = "mrg_of_law", id.NewKeyID(lawDay)
	entry.Details = audit.Details{Reason: "planted"}
	page := audit.New(lawDay, audit.CLI, audit.PhoneShown)
	page.Details = audit.Details{Count: 2, Users: []id.UserID{p.bystander, p.user}}
	foreign := audit.New(lawDay, audit.CLI, audit.PhoneShown)
	foreign.Details = audit.Details{Users: []id.UserID{p.bystander}}
	p.must(t, p.store.AppendAudit(t.Context(), entry, page, foreign))
	key := audit.Key(id.NewKeyID(lawDay))
	p.must(t, p.store.RecordReads(t.Context(), []audit.Read{{At: lawDay, Actor: key, AppID: l.AppID, Users: []id.UserID{p.user, p.bystander}}}))
	p.must(t, p.store.RecordListing(t.Context(), audit.Listing{
		At: lawDay, Actor: key, First: p.user, Last: p.bystander, Count: 77, Apps: []id.AppID{l.AppID},
	}))
}

// plant gives each time and each free text of the person a value of its own, so
// that none passes for another.
func (p *person) plant(t testing.TB) {
	t.Helper()
	n := 0
	for table, columns := range store.Treatments() {
		for column, treatment := range columns {
			times := strings.HasSuffix(column, "_at") || column == "since" || column == "revoked_until" || column == "at"
			// A revocation is found by the time at which its session ended.
			if treatment.Export == "" || !times || column == "ended_at" || column == "revoked_at" || column == "merged_at" {
				continue
			}
			n++
			p.exec(t, `UPDATE `+table+` SET `+column+` = $1 WHERE `+p.own[table], lawDay.Add(time.Duration(n)*time.Hour).UnixMilli())
		}
	}
}
