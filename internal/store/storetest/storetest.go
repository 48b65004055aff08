// Package storetest is what every database must do: the contract of the Store
// interfaces as tests. What a new database needs is to pass Run.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

// Store is everything that a database implements.
type Store interface {
	session.Store
	token.Store
	app.KeyStore
	audit.Store
	identity.DirectoryStore
	identity.MergeStore
	identity.ProfileStore
	masterkey.Store
	identity.ExportStore
	importing.Store
	Ping(ctx context.Context) error
	Close() error
}

// Fault loses a request or an answer, as store.Options.TestFault says.
type Fault func(op string) (apply bool, err error)

// Database is a fresh database.
type Database struct {
	// Open opens it, as one more process would; fault may be nil.
	Open func(fault Fault) (Store, error)
	// SQL is the database itself, for what the Store has no method for. It
	// knows the placeholder $1.
	SQL *sql.DB
}

// open opens a database that closes with the test.
func (d Database) open(t testing.TB) Store { return d.openFaulty(t, nil) }

func (d Database) openFaulty(t testing.TB, fault Fault) Store {
	t.Helper()
	s, err := d.Open(fault)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// exec changes the database behind the Store's back.
func (d Database) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := d.SQL.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count runs a query that returns one number.
func (d Database) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.SQL.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Run tests a database; fresh makes an empty one, which goes with the test.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	for name, test := range map[string]func(t *testing.T, db Database){
		"Login/First":                 firstLogin,
		"Login/Returning":             returningLogin,
		"Login/LinksByUnionID":        linksByUnionID,
		"Login/NoAccountLinksNothing": noAccountLinksNothing,
		"Login/LateUnionID":           lateUnionID,
		"Login/ChangedUnionID":        changedUnionID,
		"Login/MovedAccount":          movedAccount,
		"Login/Disabled":              disabledUser,
		"Login/DisabledByLink":        disabledByLink,
		"Directory/Finds":             directory,
		"Directory/ExternalIDs":       externalIDsAtOnce,
		"Directory/Disables":          disables,
		"Directory/DisabledAtOnce":    disabledAtOnce,

		"Login/Asserted":           assertedLogin,
		"Login/SecondOpenID":       secondOpenID,
		"Login/SecondOpenIDOut":    secondOpenIDOut,
		"Login/OpenIDsAtOnce":      openIDsAtOnce,
		"Login/SameTwiceIsRefused": sameLoginTwice,

		"Merge/Late":             mergesLate,
		"Merge/IntoOwner":        mergesIntoOwner,
		"Merge/JoinsAccountLate": joinsAccountLate,
		"Merge/Policies":         mergePolicies,
		"Merge/Disabled":         mergesDisabled,
		"Merge/OfDisabled":       mergesOfDisabled,
		"Merge/Changed":          changedMeets,
		"Merge/Asserted":         assertedMergesNobody,
		"Merge/AssertedThenTold": assertedThenTold,
		"Merge/AssertedMet":      assertedMet,
		"Merge/AssertedWrongly":  assertedWrongly,
		"Merge/AssertedOut":      assertedWronglyOut,
		"Merge/FillsProfile":     mergeFillsProfile,
		"Merge/LosesNothing":     mergeLosesNothing,
		"Merge/OldIDsAct":        oldIDsAct,
		"Merge/Decides":          decidesPairs,
		"Merge/AcceptsAll":       acceptsAll,
		"Merge/Chains":           chains,
		"Merge/DoublePairs":      doublePairs,
		"Merge/Heirs":            heirs,
		"Merge/HeirsMeet":        heirsMeet,
		"Merge/Pages":            pagesPairs,
		"Merge/AtOnce":           mergesAtOnce,
		"Merge/MeetsAll":         mergeMeetsAll,

		"Replay/Found":            findsReplay,
		"Replay/FoundThoughEnded": findsReplayOfEnded,
		"Replay/LongWindow":       findsReplayInLongWindow,
		"Replay/CodeSeen":         codeIsSeenInWindow,
		"Replay/WithoutCode":      withoutCode,

		"Sessions/List":            listsOpenSessions,
		"Sessions/Unknown":         unknownSession,
		"Sessions/Limit":           sessionLimit,
		"Sessions/LimitCountsOpen": limitCountsOpenOnly,
		"Sessions/NewOneStays":     newSessionStays,
		"Sessions/ShorterLife":     limitAfterShorterLife,
		"Sessions/CountsStayTrue":  countsStayTrue,

		"Rotation/Rotates":   rotates,
		"Rotation/Conflicts": rotationConflicts,
		"Rotation/Decides":   rotationDecides,

		"Revocations/EndsOnce": endsOnce,
		"Revocations/Since":    revocationsSince,
		"Revocations/Pages":    revocationPages,
		"Revocations/Prune":    prunes,

		"Keys/Session": sessionKeys,
		"Keys/Stale":   staleKeys,
		"Keys/Signing": signingKeys,
		"Keys/API":     apiKeys,
		"Keys/Replace": replacesAPIKeys,

		"MasterKeys/Noted":   notesMasterKeys,
		"MasterKeys/Claimed": claimsSweeps,
		"MasterKeys/Reseal":  resealsRows,

		"Profile/Nicknames":     nicknames,
		"Profile/Avatars":       avatars,
		"Profile/AvatarsAtOnce": avatarsAtOnce,

		"Audit/Lists":  auditLists,
		"Audit/Checks": auditChecks,

		"Audit/ReadsOnce":    readsOnce,
		"Audit/ReadsAtOnce":  readsAtOnce,
		"Audit/Listings":     listings,
		"Audit/ListingsApps": listingsOfApps,
		"Audit/PrunesReads":  prunesReads,

		"Export/Bounded": boundedExport,
		"Audit/Prunes":   prunesAudit,

		"Consents/Records": recordsConsents,
		"Consents/Many":    manyConsents,
		"Consents/AtOnce":  consentsAtOnce,

		"Erasure/Whole":      erasesWhole,
		"Erasure/OneApp":     erasesOneApp,
		"Erasure/LooseUnion": erasesLooseUnion,
		"Erasure/Refuses":    erasureRefuses,
		"Erasure/Merging":    erasedWhileMerging,
		"Erasure/AtOnce":     erasedAtOnce,

		"OpenData/Failures":    countsFailures,
		"OpenData/Phones":      recordsPhones,
		"OpenData/CodesAtOnce": phoneCodeAtOnce,
		"OpenData/Prune":       prunesOpenData,

		"Import/Takes":        importTakes,
		"Import/Twice":        importTwice,
		"Import/Rejects":      importRejects,
		"Import/DryRun":       importDryRun,
		"Import/GoesOn":       importGoesOn,
		"Import/Overtaken":    importOvertaken,
		"Import/LogsIn":       importLogsIn,
		"Import/Forged":       importForged,
		"Import/LoginsAtOnce": importLoginsAtOnce,

		"Concurrency/FirstLogins":       firstLoginsAtOnce,
		"Concurrency/FirstLoginsTwoApp": firstLoginsInTwoApps,
		"Concurrency/FirstLoginsOfMany": firstLoginsOfMany,
		"Concurrency/Relabels":          relabelsAtOnce,
		"Concurrency/SameCode":          sameCodeAtOnce,
		"Concurrency/Rotations":         rotationsAtOnce,
		"Concurrency/Limit":             limitAtOnce,
		"Concurrency/Ends":              endsAtOnce,
		"Concurrency/SigningKeys":       signingKeysAtOnce,
		"Concurrency/Open":              openedAtOnce,
		"Concurrency/CanceledCaller":    canceledCaller,

		"Faults/LostRequest": lostRequest,
		"Faults/LostAnswer":  lostAnswer,

		"Shapes/Restart":   restarts,
		"Shapes/TimeZones": timeZones,
		"Shapes/Unicode":   unicode,
		"Shapes/Optional":  nothingOptional,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			test(t, db)
			checkInvariants(t, db)
		})
	}
}

// checkInvariants are what must hold after whatever happened.
func checkInvariants(t testing.TB, db Database) {
	t.Helper()
	for what, query := range map[string]string{
		"users without identity": `SELECT COUNT(*) FROM users u WHERE u.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"users merged who hold anything": `SELECT COUNT(*) FROM users u WHERE u.merged_into IS NOT NULL AND
			(EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id) OR EXISTS (SELECT 1 FROM unions n WHERE n.user_id = u.id))`,
		"users merged into merged ones":     `SELECT COUNT(*) FROM users u JOIN users v ON v.id = u.merged_into WHERE v.merged_into IS NOT NULL`,
		"pictures apart from their address": `SELECT COUNT(*) FROM users u WHERE u.avatar_url = '' AND EXISTS (SELECT 1 FROM avatars a WHERE a.user_id = u.id)`,
		"pending pairs of merged users": `SELECT COUNT(*) FROM merges m JOIN users u ON u.id IN (m.first_user, m.second_user)
			WHERE m.state = 'pending' AND (u.merged_into IS NOT NULL OR m.first_user >= m.second_user)`,
		"pending pairs that were rejected": `SELECT COUNT(*) FROM merges m JOIN merges r ON r.first_user = m.first_user AND r.second_user = m.second_user
			WHERE m.state = 'pending' AND r.state = 'rejected'`,
		"identities without user":   `SELECT COUNT(*) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)`,
		"sessions without identity": `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)`,
		"consents without identity": `SELECT COUNT(*) FROM consents c WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = c.appid AND i.openid = c.openid)`,
		"phones of no identity":     `SELECT COUNT(*) FROM users u WHERE u.phone_appid IS NOT NULL AND u.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.appid = u.phone_appid)`,
		"claims without identity":   `SELECT COUNT(*) FROM unions n WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = n.user_id AND i.open_account IN (n.open_account, '') AND i.unionid = n.unionid)`,
		"unionids that nobody has": `SELECT COUNT(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE i.open_account <> '' AND i.unionid <> ''
			AND NOT EXISTS (SELECT 1 FROM unions n WHERE n.open_account = i.open_account AND n.unionid = i.unionid)`,
		"users who share a unionid unlisted": `SELECT COUNT(*) FROM identities i JOIN unions n ON n.open_account = i.open_account AND n.unionid = i.unionid
			WHERE i.user_id <> n.user_id AND NOT EXISTS (SELECT 1 FROM merges m WHERE m.state <> 'merged'
				AND i.user_id IN (m.first_user, m.second_user) AND n.user_id IN (m.first_user, m.second_user))`,
		"failures of no session":      `SELECT COUNT(*) FROM open_data_failures f WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = f.session_id)`,
		"revocations of open ones":    `SELECT COUNT(*) FROM revocations r JOIN sessions s ON s.id = r.session_id WHERE s.ended_at IS NULL`,
		"ends without reason":         `SELECT COUNT(*) FROM sessions WHERE (ended_at IS NULL) <> (end_reason IS NULL)`,
		"too low counts of sessions":  `SELECT COUNT(*) FROM identities i WHERE i.open_sessions < (SELECT COUNT(*) FROM sessions s WHERE s.appid = i.appid AND s.openid = i.openid AND s.ended_at IS NULL AND s.expires_at > i.last_login_at)`,
		"too late bounds of sessions": `SELECT COUNT(*) FROM identities i JOIN sessions s ON s.appid = i.appid AND s.openid = i.openid WHERE s.ended_at IS NULL AND s.expires_at > i.last_login_at AND s.expires_at < i.sessions_until`,
		"session keys of odd lengths": `SELECT COUNT(*) FROM identities WHERE LENGTH(session_keys) NOT IN (0, 81, 162, 243)`,
	} {
		if n := db.count(t, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

const (
	appA    id.AppID       = "wxaaaaaaaaaaaaaaaa"
	appB    id.AppID       = "wxbbbbbbbbbbbbbbbb"
	account id.OpenAccount = "acme"
	day                    = 24 * time.Hour
)

// noon is when the tests begin: UTC, to the millisecond.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 123e6, time.UTC)

// login makes a login that lacks nothing.
func login(app id.AppID, openid id.OpenID, at time.Time) session.Login {
	l := session.Login{
		AppID: app, OpenID: openid, At: at,
		NewUserID: id.NewUserID(at), SessionID: id.NewSessionID(at),
		ExpiresAt: at.Add(30 * day), EndsAt: at.Add(180 * day),
		Device:      []byte(`{"model":"测试"}`),
		MaxSessions: 20, RevokedUntil: at.Add(15 * time.Minute),
	}
	fill(l.Salt[:], l.Key[:], l.Replay.CodeHash[:])
	l.Replay.KeyHash, l.Replay.BodyHash = make([]byte, 16), make([]byte, 16)
	fill(l.Replay.KeyHash, l.Replay.BodyHash)
	return l
}

// union gives the login a unionid in the open account.
func union(l session.Login, unionid id.UnionID) session.Login {
	l.UnionID, l.OpenAccount = unionid, account
	return l
}

func fill(parts ...[]byte) {
	for _, part := range parts {
		_, _ = rand.Read(part)
	}
}

// record records a login that must succeed.
func record(t testing.TB, s Store, l session.Login) session.Recorded {
	t.Helper()
	r, err := s.RecordLogin(t.Context(), l)
	if err != nil {
		t.Fatalf("RecordLogin: %v", err)
	}
	return r
}

// sessionOf is the session that a login makes.
func sessionOf(l session.Login) session.Session {
	return session.Session{
		ID: l.SessionID, AppID: l.AppID, OpenID: l.OpenID, CreatedAt: l.At, LastUsedAt: l.At,
		ExpiresAt: l.ExpiresAt, EndsAt: l.EndsAt, Generation: 1, Salt: l.Salt, Device: l.Device,
	}
}

// load loads a session that must be there.
func load(t testing.TB, s Store, sid id.SessionID) session.Found {
	t.Helper()
	f, err := s.Load(t.Context(), sid)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return f
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
