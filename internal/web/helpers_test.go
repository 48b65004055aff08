package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// goodToken is an access token that the test APIs know.
const goodToken = "aaaa.bbbb.cccc"

// longToken is as long as a token may be.
var longToken = strings.Repeat("a", 4<<10)

func authenticate(_ context.Context, token secret.String) (web.Principal, error) {
	switch token.Reveal() {
	case goodToken, longToken, longToken + "=":
		return web.Principal{UserID: "usr_1", AppID: "wx1", SessionID: "ses_1"}, nil
	case "broken":
		return web.Principal{}, errors.New("key store is away")
	}
	return web.Principal{}, problem.New(problem.InvalidToken, "the token is not one of ours")
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type loginIn struct {
	AppID  string        `json:"appid"`
	Code   string        `json:"code"`
	Count  int           `json:"count,omitzero"`
	Name   *string       `json:"name,omitzero"`
	Maybe  *string       `json:"maybe"`
	Tags   []string      `json:"tags,omitzero"`
	Device web.Object    `json:"device,omitzero"`
	Token  secret.String `json:"token,omitzero"`
	Own    string        `json:"own,omitzero" nul:"own"`
	Nested struct {
		X int `json:"x"`
	} `json:"nested,omitzero"`
}

func (in *loginIn) Validate() error {
	if in.AppID == "refuse" {
		return problem.InField("appid", "this app is refused")
	}
	return nil
}

type loginOut struct {
	AppID string `json:"appid"`
}

const loginHint = "send {\"appid\",\"code\"}"

// newAPI makes an API with one operation of each kind, and its log.
func newAPI(t testing.TB, adjust func(*web.Options)) (*web.API, *lockedBuffer) {
	t.Helper()
	log := new(lockedBuffer)
	o := web.Options{
		Title: "test", Version: "1", Logger: web.NewLogger(log, slog.LevelInfo), Authenticate: authenticate,
	}
	if adjust != nil {
		adjust(&o)
	}
	api := web.New(o)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/login", ID: "login", Tag: "login", BodyHint: loginHint,
		WrongMethodHint: "POST the code as JSON", Errors: []problem.Code{problem.InvalidCode},
	}, func(_ context.Context, r *web.Request, in *loginIn) (loginOut, error) {
		if _, err := r.IdempotencyKey(); err != nil {
			return loginOut{}, err
		}
		return loginOut{in.AppID}, nil
	})
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/session", ID: "getSession", Auth: web.Bearer,
		Params: []web.Param{{In: web.InQuery, Name: "wechat", Type: "boolean"}, {In: web.InQuery, Name: "limit", Type: "integer"}},
	}, func(_ context.Context, r *web.Request, _ *struct{}) (map[string]any, error) {
		wechat, err := r.QueryBool("wechat")
		if err != nil {
			return nil, err
		}
		limit, err := r.QueryInt("limit", 20, 1, 100)
		return map[string]any{
			"user_id": r.Principal().UserID, "wechat": wechat, "limit": limit, "ip": r.ClientIP(),
		}, err
	})
	web.Handle(api, web.Operation{Method: "DELETE", Path: "/v1/sessions/{id}", ID: "deleteSession", Auth: web.Bearer},
		func(_ context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
			if r.PathValue("id") == "none" {
				return struct{}{}, problem.New(problem.NotFound, "no such session")
			}
			return struct{}{}, nil
		})
	api.HandleRaw("GET /raw", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "raw "+web.RequestID(r.Context()))
	}))
	return api, log
}

// failWith mounts POST /fail, which answers with err.
func failWith(api *web.API, err error) {
	web.Handle(api, web.Operation{Method: "POST", Path: "/fail", ID: "fail"},
		func(context.Context, *web.Request, *struct{}) (struct{}, error) { return struct{}{}, err })
}

func request(method, target, body string, header ...string) *http.Request {
	var r *http.Request
	if body == "" {
		r = httptest.NewRequest(method, target, nil)
	} else {
		r = httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// problemOf reads a problem and checks what all of them have in common.
func problemOf(t testing.TB, w *httptest.ResponseRecorder) web.Problem {
	t.Helper()
	var p web.Problem
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%d %s is no problem: %s", w.Code, got, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if p.Type != "urn:hufu:problem:"+string(p.Code) || p.Status != w.Code || p.Title == "" || p.Detail == "" ||
		p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Fatalf("incomplete problem: %d %s", w.Code, w.Body)
	}
	return p
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
