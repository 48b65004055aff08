package store

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/audit"
)

// TestPlans makes sure that what runs for each login or request looks things up
// by an index, and sorts nothing.
func TestPlans(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, r := db.backend.reader(t.Context())
	params := regexp.MustCompile(`\$\d+`)
	for _, query := range []string{
		codeMade, findReplayByTime, codesSince, db.stmts.identityForLogin, db.stmts.unionForLogin, updateIdentity, dropClaim, passClaim, oldestOpen,
		findSession, rotateSession, rotationTarget, ownerOfSession, markEnded, oneSessionLess, revocationsSince, keysOf,
		oldSessions, oldRevocations, listSessions, openDataFailures, db.stmts.shareIdentityOfSession, countFailure, findPhoneCode, phoneCodeSeen, setPhone, oldPhoneCodes, oldFailures, findAPIKey, revokeAPIKey, touchAPIKey, revocationPage,
		accountByID, accountByOpenID, accountByUnionID, accountByExternalID, accountsByPhone, externalIDTaken, disableUser, fullIdentities, openSessionsOfUser,
		labelIdentity, vouched, inOneApp, markMerged, moveIdentities, moveUnions, moveMerged, moveAvatars,
		findPair, pairRejected, decidePair, repointPair, rejectAgain, db.stmts.lockPair, db.stmts.lockUnion, liveUser, freeExternalID, setExternalID,
		setNickname, setAvatarURL, forgetAvatars, findAvatar,
		fmt.Sprintf(newPeopleStatements(sqliteDialect).identities, "$2, $3"), fmt.Sprintf(newPeopleStatements(sqliteDialect).unions, "$3, $4"),
		fmt.Sprintf(findExternals, "$1, $2"), fillNickname, fillUnion,
		hasOtherIdentity, inAppByAnother, isInApp, pairKnown,
		listingKnown, oldAudit, oldReads, oldListings,
	} {
		plan := explain(ctx, t, r, query, len(params.FindAllString(query, -1)))
		text := strings.Join(plan, "; ")
		// An app, an open account or a state alone is nearly all there is.
		if strings.Contains(text, "TEMP B-TREE") || regexp.MustCompile(`\((appid|open_account|state)=\?\)`).MatchString(text) || regexp.MustCompile(`SCAN \w+(;|$)`).MatchString(text) {
			t.Errorf("%s\nplan: %s", query, text)
		}
		t.Log(text)
	}
}

// TestPlanOfPairs: whom a user waits for is found by the user. The few pairs of one
// may be sorted.
func TestPlanOfPairs(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, r := db.backend.reader(t.Context())
	text := strings.Join(explain(ctx, t, r, waitingFor, 5), "; ")
	if !strings.Contains(text, "(first_user=?)") || !strings.Contains(text, "(second_user=?)") || strings.Contains(text, "state=?") {
		t.Error(text)
	}
}

// TestPlansOfTheAudit: what asks the audit goes through no table that grows with
// the reads. A user's reads are few enough to be sorted.
func TestPlansOfTheAudit(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, r := db.backend.reader(t.Context())
	for want, f := range map[string]audit.Filter{
		"SEARCH audit_reads USING INDEX audit_reads_once (day=? AND user_id=?); LIST SUBQUERY 4; MATERIALIZE days; SETUP; " +
			"SEARCH audit_reads USING COVERING INDEX audit_reads_once; RECURSIVE STEP; SCAN days; CORRELATED SCALAR SUBQUERY 2; " +
			"SEARCH r USING COVERING INDEX audit_reads_once (day>?); SCAN days; USE TEMP B-TREE FOR ORDER BY": {Action: audit.UserRead, UserID: "u"},
		"SEARCH audit_reads USING INDEX audit_reads_actor (actor=?)": {Action: audit.UserRead, Actor: "a"},
		"SCAN audit_reads":    {Action: audit.UserRead},
		"SCAN audit_listings": {Action: audit.UsersListed},
		"SCAN audit":          {},
	} {
		from := sourcesOf(f)[0]
		query, args := from.query(f, "", 9)
		got := strings.Join(explain(ctx, t, r, query, len(args)), "; ")
		if got != want {
			t.Errorf("%s\nplan %s, want %s", query, got, want)
		}
	}
	if plan := strings.Join(explain(ctx, t, r, growListing, 5), "; "); strings.Contains(plan, "SCAN") {
		t.Error(plan)
	}
}

// explain returns the plan of a query with that many parameters.
func explain(ctx context.Context, t *testing.T, r queryer, query string, params int) (plan []string) {
	t.Helper()
	rows, err := r.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, params)...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
