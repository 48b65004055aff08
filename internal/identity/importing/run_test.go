package importing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity/importing"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// nobody is a store that holds nobody; a dry run asks it for nothing else.
type nobody struct{}

func (nobody) UnfinishedImport(context.Context, id.AppID) (importing.RunState, error) {
	return importing.RunState{}, importing.ErrNoRun
}
func (nobody) BeginImport(context.Context, importing.RunState) error { return io.ErrClosedPipe }
func (nobody) ImportPeople(context.Context, importing.RunState, importing.Keys, importing.Decide) error {
	return io.ErrClosedPipe
}

func (nobody) FinishImport(context.Context, importing.RunState, audit.Entry) error {
	return io.ErrClosedPipe
}

func (nobody) HeldPeople(context.Context, importing.Keys) (importing.Held, error) {
	return importing.Held{
		Identities: map[id.OpenID]importing.HeldIdentity{}, Users: map[id.UserID]*importing.HeldUser{},
		Unions: map[id.UnionID]id.UserID{}, InApp: map[id.UserID]id.OpenID{}, Externals: map[string]id.UserID{},
	}, nil
}

// rehearse is a dry run into the void.
func rehearse(file string, adjust ...func(*importing.Config)) (p importing.Progress, rejects []string, err error) {
	c := importing.Config{
		Store: nobody{}, AppID: "wx1", OpenAccount: "acme", Input: strings.NewReader(file), Size: int64(len(file)),
		Format: importing.CSV, Zone: time.FixedZone("", 8*3600), DryRun: true, Now: func() time.Time { return noon },
		Begun: func(importing.Progress) {}, Observe: func(importing.Progress) {},
		Rejected: func(r importing.Reject) { rejects = append(rejects, fmt.Sprintf("%d %s", r.Line, r.Code)) },
	}
	for _, f := range adjust {
		f(&c)
	}
	p, err = importing.Run(context.Background(), c)
	return p, rejects, err
}

func jsonl(c *importing.Config) { c.Format = importing.JSONL }

func TestRejects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header, row string
		want        importing.Code // empty: taken
	}{
		"Good":             {"openid", "oABC_-9", ""},
		"Chinese":          {"openid", "张三", importing.InvalidOpenID},
		"NoOpenID":         {"openid,phone", ",13800138000", importing.InvalidOpenID},
		"LongOpenID":       {"openid", strings.Repeat("o", 129), importing.InvalidOpenID},
		"UnionID":          {"openid,unionid", "o1,a b", importing.InvalidUnionID},
		"Phone":            {"openid,phone", "o1,12345", importing.InvalidPhone},
		"RoundedPhone":     {"openid,phone", "o1,1.38E+10", importing.InvalidPhone},
		"MainlandPhone":    {"openid,phone", "o1,138 0013 8000", ""},
		"FullPhone":        {"openid,phone", "o1,8613800138000", ""},
		"ForeignPhone":     {"openid,phone", "o1,+852 5123 4567", ""},
		"ForeignPhone00":   {"openid,phone", "o1,0085251234567", ""},
		"Nickname":         {"openid,nickname", "o1,a\tb", importing.InvalidNickname},
		"LongNickname":     {"openid,nickname", "o1," + strings.Repeat("长", 33), importing.InvalidNickname},
		"ExternalID":       {"openid,external_id", "o1," + strings.Repeat("x", 129), importing.InvalidExternalID},
		"Future":           {"openid,created_at", "o1,2026-11-20 20:06:00", importing.InvalidCreatedAt},
		"NotFuture":        {"openid,created_at", "o1,2026-11-20 20:00:00", ""},
		"BeforeWeChat":     {"openid,created_at", "o1,2010-12-31T00:00:00Z", importing.InvalidCreatedAt},
		"ZeroDate":         {"openid,created_at", "o1,0000-00-00 00:00:00", importing.InvalidCreatedAt},
		"RFC3339":          {"openid,created_at", "o1,2024-05-01T08:00:00.5+08:00", ""},
		"Seconds":          {"openid,created_at", "o1,1714521600", ""},
		"Milliseconds":     {"openid,created_at", "o1,1714521600000", ""},
		"Spreadsheet":      {"openid,created_at", "o1,2024/5/1 8:00", ""},
		"NotANumber":       {"openid,created_at", "o1,17145216", importing.InvalidCreatedAt},
		"Null":             {"openid,phone,created_at", `o1,\N,\N`, ""},
		"TooFew":           {"openid,phone", "o1", importing.WrongColumns},
		"TooMany":          {"openid,phone", "o1,,", importing.WrongColumns},
		"GBK":              {"openid,nickname", "o1,\xd5\xc5", importing.InvalidUTF8},
		"TooLong":          {"openid,nickname", "o1," + strings.Repeat("x", 70<<10), importing.TooLong},
		"Quoted":           {"openid,nickname", `o1,"a ""b"", c"`, ""},
		"QuoteInside":      {"openid,nickname", `o1,a"b`, ""},
		"QuoteOpen":        {"openid,nickname", `o1,"a`, importing.Malformed},
		"QuoteThenText":    {"openid,nickname", `o1,"a"b`, importing.Malformed},
		"IgnoresRejectCol": {"openid,reject_line", "o1,7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The rows around it are taken, whatever becomes of it.
			blank := strings.Repeat(",", strings.Count(tt.header, ","))
			for _, end := range []string{"\n", "\r\n"} {
				p, rejects, err := rehearse("\uFEFF" + tt.header + end + "before" + blank + end + tt.row + end + blank + end + "after" + blank)
				var want []string
				if tt.want != "" {
					want = []string{"3 " + string(tt.want)}
				}
				if diff := cmp.Diff(want, rejects); err != nil || diff != "" || p.Counts.Made != 3-int64(len(want)) {
					t.Errorf("%+v, %v (-want +got):\n%s", p.Counts, err, diff)
				}
			}
		})
	}
}

func TestJSONL(t *testing.T) {
	t.Parallel()
	rows := []string{
		`{"openid":"o1","phone":13800138000,"created_at":1714521600,"nickname":null}`,
		`{"openId":"o2","reject_code":"x"}`,
		``,
		`{"openid":"o3","openid":"o4"}`,
		`{"openid":"o3","openId":"o4"}`,
		`["o3"]`, `null`, `{"openid":`,
		`{"openid":"o3","wechat":"x"}`,
		`{"openid":["o3"]}`,
		`{"openid":"o1"}`,
		"{\"openid\":\"o\xff\"}",
	}
	for row, want := range map[string]string{
		`{"openid":5}`: "1 invalid_openid", `{"openId":5.5e3}`: "1 invalid_openid", `{"openid":"o5","unionid":5}`: "1 invalid_unionid",
	} {
		if p, rejects, err := rehearse(row, jsonl); err != nil || p.Counts.Made != 0 || len(rejects) != 1 || rejects[0] != want {
			t.Errorf("%s: %+v, %v, %v", row, p.Counts, rejects, err)
		}
	}
	p, rejects, err := rehearse(strings.Join(rows, "\r\n"), jsonl)
	want := []string{
		"4 malformed", "5 malformed", "6 malformed", "7 malformed", "8 malformed", "9 unknown_field", "10 malformed",
		"11 openid_twice", "12 invalid_utf8",
	}
	if diff := cmp.Diff(want, rejects); err != nil || diff != "" || p.Counts.Made != 2 {
		t.Errorf("%+v, %v (-want +got):\n%s", p.Counts, err, diff)
	}
	_, rejects, err = rehearse(rows[8], jsonl, func(c *importing.Config) { c.IgnoreUnknown = true })
	if err != nil || rejects != nil {
		t.Errorf("--ignore-unknown: %v, %v", rejects, err)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, says string }{
		"Empty":     {"", "must name the columns"},
		"NoHeader":  {"oABCDEF,13800138000\n", "must name the columns"},
		"NoOpenID":  {"phone,nickname\n", "no column openid"},
		"Unknown":   {"openid,vip,年龄\n", `"vip", "年龄"`},
		"Twice":     {"openid,openId\n", "two columns"},
		"UTF-16":    {"\xff\xfeo\x00", "UTF-16"},
		"GBK":       {"openid,\xd5\xc5\n", "not UTF-8"},
		"OpenQuote": {`"openid`, "quote"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := rehearse(tt.file)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "13800138000") {
				t.Errorf("error %v", err)
			}
		})
	}
	if p, _, err := rehearse("openid,vip\no1,1\n", func(c *importing.Config) { c.IgnoreUnknown = true }); err != nil || p.Counts.Made != 1 {
		t.Errorf("--ignore-unknown: %+v, %v", p.Counts, err)
	}
}

// TestRejectsFile: what was not taken can be mended and imported as it is.
func TestRejectsFile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		format   importing.Format
		in, want string
	}{
		"CSV": {
			importing.CSV, "nickname,openid\n\"a, b\",坏\nx\n",
			"nickname,openid,reject_line,reject_code,reject_text,reject_raw\n" +
				"\"a, b\",坏,2,invalid_openid,\"this is no openid: letters, digits, - and _, at most 128\",\n" +
				",,3,wrong_columns,\"the row has 1 columns, and the first row names 2\",x\n",
		},
		"JSONL": {
			importing.JSONL, `{"openid":"坏","nickname":"n"}` + "\n{\n",
			`{"nickname":"n","openid":"坏","reject_code":"invalid_openid","reject_line":1,"reject_text":"this is no openid: letters, digits, - and _, at most 128"}` + "\n" +
				`{"reject_code":"malformed","reject_line":2,"reject_raw":"{","reject_text":"the line is no JSON object, or one with a name twice"}` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := os.Create(filepath.Join(t.TempDir(), "rejects"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			into := func(c *importing.Config) { c.Format, c.Rejects = tt.format, f }
			if _, _, err := rehearse(tt.in, into); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.Name())
			if diff := cmp.Diff(tt.want, string(got)); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if _, _, err := rehearse(tt.in, into); !errors.Is(err, importing.ErrRejectsExist) {
				t.Errorf("another run's rejects: %v", err)
			}
			mended := strings.Replace(string(got), "坏", "good", 1)
			if p, _, err := rehearse(mended, func(c *importing.Config) { c.Format = tt.format }); err != nil || p.Counts.Made != 1 {
				t.Errorf("mended: %+v, %v", p.Counts, err)
			}
		})
	}
}

// FuzzRows: no input ends the program, every row is counted once, and the same
// file twice over is the same people.
func FuzzRows(f *testing.F) {
	f.Add("openid,nickname\no1,\"a\"\"b\"\n", false)
	f.Add("\uFEFFopenid\r\n\"\r\n\"\n", false)
	f.Add(`{"openid":"o1","created_at":1}`, true)
	f.Add("openid\n\xff\no\n\"", false)
	f.Fuzz(func(t *testing.T, file string, lines bool) {
		format := importing.CSV
		if lines {
			format = importing.JSONL
		}
		as := func(c *importing.Config) { c.Format = format }
		p, rejects, err := rehearse(file, as)
		if err != nil {
			return
		}
		if p.Counts.Rejected != int64(len(rejects)) || p.At.Offset > int64(len(file)) || p.Counts.Rows() > int64(strings.Count(file, "\n")+1) {
			t.Errorf("%+v, %d rejects", p, len(rejects))
		}
		again, _, err := rehearse(file+"\n"+file, jsonl)
		if lines && (err != nil || again.Counts.Made != p.Counts.Made && !strings.HasPrefix(file, "\uFEFF")) {
			t.Errorf("once %+v, twice %+v, %v", p.Counts, again.Counts, err)
		}
	})
}
