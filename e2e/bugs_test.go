package e2e_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// commonBug is one of the commonest bugs of logins to mini programs.
type commonBug struct {
	symptom string
	// server is the test here, sdk the number under which the SDK's tests have
	// it (bugs.test.mjs); "" and 0: it is not theirs to answer for.
	server string
	sdk    int
	// neither says why it is nobody's.
	neither string
}

// commonBugs are all of them; the number is the place in the list, from 1.
var commonBugs = []commonBug{
	{symptom: "decrypt fails the first time, works the second", server: "TestBug01_DecryptFailsFirstThenWorks", sdk: 1},
	{symptom: "random decrypt failures under load", server: "TestBug02_OlderKeyWins", sdk: 2},
	{symptom: "illegal buffer, padding invalid", server: "TestBug03_PaddingInvalid"},
	{symptom: "-41001, no session_key", server: "TestBug04_NoSessionKey"},
	{symptom: "a + of base64 became a space", server: "TestBug05_PlusBecameSpace"},
	{symptom: "the code is encoded twice", server: "TestBug06_CodeEncodedTwice", sdk: 6},
	{symptom: "40029 always", server: "TestBug07_InvalidCodeAlways", sdk: 7},
	{symptom: "40163", server: "TestBug08_CodeBeenUsed", sdk: 8},
	{symptom: "unionid missing", server: "TestBug09_UnionIDMissing"},
	{symptom: "unionid of everybody changed", server: "TestBug10_UnionIDChanged"},
	{symptom: "40001 not latest now and then", server: "TestBug11_TokenNotLatest"},
	{symptom: "success judged by errcode 0", server: "TestBug12_SuccessHasNoErrcode"},
	{symptom: "the answer is text/plain", server: "TestBug13_AnswerIsTextPlain"},
	{symptom: "session_key sent to the client", server: "TestBug14_SessionKeyLeaves"},
	{symptom: "checkSession succeeds, decrypt fails", server: "TestBug15_CheckSessionSucceedsDecryptFails"},
	{symptom: "87009 from checksession", server: "TestBug16_InvalidSignature"},
	{symptom: "what the client says is believed", server: "TestBug17_ClientIsBelieved"},
	{symptom: "微信用户 and the grey head", server: "TestBug18_AnonymousProfile", sdk: 18},
	{symptom: "the avatar disappears", server: "TestBug19_AvatarDisappears", sdk: 19},
	{symptom: "the phone button does nothing", sdk: 20},
	{symptom: "url not in domain list, on phones alone", sdk: 21},
	{symptom: "a push is handled twice", neither: "WeChat's pushes are not received yet"},
	{symptom: "a push does not decrypt", neither: "WeChat's pushes are not received yet"},
	{symptom: "code2Session fails in cloud hosting", server: "TestBug24_CloudHosting"},
	{symptom: "the secret stands in logs", server: "TestBug25_SecretInLogs"},
}

// TestBugs_AllAreThere holds the list against the tests that exist.
func TestBugs_AllAreThere(t *testing.T) {
	t.Parallel()
	if len(commonBugs) != 25 {
		t.Errorf("%d bugs, want 25", len(commonBugs))
	}
	var want, wantSDK []string
	for i, b := range commonBugs {
		number := fmt.Sprintf("%02d", i+1)
		if nobodys := b.server == "" && b.sdk == 0; nobodys != (b.neither != "") {
			t.Errorf("bug %s has neither a test nor a reason, or both", number)
		}
		if b.server != "" {
			want = append(want, b.server)
			if !strings.HasPrefix(b.server, "TestBug"+number+"_") {
				t.Errorf("bug %s is tested by %s", number, b.server)
			}
		}
		if b.sdk != 0 {
			wantSDK = append(wantSDK, number)
			if b.sdk != i+1 {
				t.Errorf("bug %s has number %d in the SDK", number, b.sdk)
			}
		}
	}
	if got := testsNamed(t, regexp.MustCompile(`^TestBug\d`)); !slices.Equal(got, want) {
		t.Errorf("tests\n%s\nin the list\n%s", got, want)
	}
	if got := sdkBugs(t); !slices.Equal(got, wantSDK) {
		t.Errorf("the SDK's tests are of %s, in the list are %s", got, wantSDK)
	}
}

// testsNamed lists this package's tests of a name, in order.
func testsNamed(t *testing.T, name *regexp.Regexp) (list []string) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && name.MatchString(f.Name.Name) {
				list = append(list, f.Name.Name)
			}
		}
	}
	slices.Sort(list)
	return list
}

// sdkBugs lists the numbers of the bugs that the SDK's tests are of.
func sdkBugs(t *testing.T) (list []string) {
	text, err := os.ReadFile("../sdk/miniprogram/test/bugs.test.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^ *bug\(.(\d\d) `).FindAllSubmatch(text, -1) {
		list = append(list, string(m[1]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// symptom is one of the common bugs, seen on a server. Any other error means
// that the scenario could not be played.
type symptom struct {
	bug  int
	what string
}

func (s *symptom) Error() string { return "bug " + strconv.Itoa(s.bug) + ": " + s.what }

// scenario plays on a server what brings a common bug to light; the error is a
// *symptom if it does.
type scenario func(s *subject) error

// exhibit plays a scenario on hufu, which must not show the bug, and on the naive
// server, which must: one that merely falls over does not count. what must stand
// in the symptom that it shows.
func exhibit(t *testing.T, bug int, what string, play scenario) {
	t.Parallel()
	t.Run("Hufu", func(t *testing.T) {
		t.Parallel()
		if err := play(hufuSubject(t)); err != nil {
			t.Error(err)
		}
	})
	t.Run("Naive", func(t *testing.T) {
		t.Parallel()
		err := play(naiveSubject(t))
		seen, ok := errors.AsType[*symptom](err)
		switch {
		case err == nil:
			t.Error("the naive server has no such bug, or the scenario does not find it")
		case !ok:
			t.Errorf("the scenario can't be played: %v", err)
		case seen.bug != bug || !strings.Contains(seen.what, what):
			t.Errorf("the naive server shows %v; want bug %d: %s", err, bug, what)
		}
	})
}
