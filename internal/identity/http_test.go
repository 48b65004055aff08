package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/web"
)

const publicURL = "https://login.example.com"

// world is a store and the API on it. A token is the name of a person.
type world struct {
	http.Handler
	t        testing.TB
	db       *store.DB
	sessions map[string]id.SessionID
}

func newWorld(t testing.TB, uploads *web.RateLimiter) *world {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &world{t: t, db: db, sessions: map[string]id.SessionID{}}
	for _, name := range []string{"alice", "bob"} {
		now := time.Now()
		l := session.Login{
			AppID: "wx1", OpenID: id.OpenID(name), At: now, NewUserID: id.NewUserID(now), SessionID: id.NewSessionID(now),
			ExpiresAt: now.Add(time.Hour), EndsAt: now.Add(time.Hour), MaxSessions: 9,
		}
		_, _ = rand.Read(l.Key[:])
		_, _ = rand.Read(l.Replay.CodeHash[:])
		if _, err := db.RecordLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		w.sessions[name] = l.SessionID
	}
	api := web.New(web.Options{PublicURL: publicURL, Authenticate: func(_ context.Context, token secret.String) (web.Principal, error) {
		sid, ok := w.sessions[token.Reveal()]
		if !ok {
			return web.Principal{}, problem.New(problem.InvalidToken, "who?")
		}
		return web.Principal{SessionID: sid, AppID: "wx1"}, nil
	}})
	(&identity.API{
		Person: func(ctx context.Context, sid id.SessionID) (identity.Person, error) {
			found, err := db.Load(ctx, sid)
			return found.Person, err
		},
		Exposes:  func(id.AppID) bool { return true },
		Profiles: &identity.Profiles{Store: db, PublicURL: publicURL}, Uploads: uploads,
	}).Mount(api)
	w.Handler = api
	return w
}

// answer is a View or a Problem.
type answer struct {
	status    int
	header    http.Header
	body      []byte
	Nickname  *string `json:"nickname"`
	AvatarURL *string `json:"avatar_url"`
	Code      string  `json:"code"`
	Field     string  `json:"field"`
	Detail    string  `json:"detail"`
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
	if strings.HasSuffix(a.header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.body, &a); err != nil {
			w.t.Fatal(err)
		}
	}
	return a
}

func (w *world) call(who, method, path, contentType string, body []byte) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	return w.do(r)
}

func (w *world) postMe(who, body string) answer {
	w.t.Helper()
	return w.call(who, "POST", "/v1/me", "application/json", []byte(body))
}

// get asks for a picture by its absolute address, with no token.
func (w *world) get(address string, header ...string) answer {
	w.t.Helper()
	path, ok := strings.CutPrefix(address, publicURL)
	if !ok {
		w.t.Fatalf("%s is not below the public URL", address)
	}
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return w.do(r)
}

func photo(t testing.TB, c color.Color, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wxUpload is a body as wx.uploadFile sends it (iOS, base library 3): name and
// type of a temporary file, and a boundary of its own.
func wxUpload(field, contentType string, file []byte) (body []byte, header string) {
	const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"tmp_9f2c.png\"\r\nContent-Type: %s\r\n\r\n", boundary, field, contentType)
	b.Write(file)
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes(), "multipart/form-data; boundary=" + boundary
}

func (w *world) upload(who string, file []byte) answer {
	w.t.Helper()
	body, header := wxUpload("file", "image/png", file)
	return w.call(who, "POST", "/v1/me/avatar", header, body)
}

func TestNickname(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if a := w.postMe("alice", `{"nickname":" Alice \u202e 虎 "}`); a.status != 200 || a.Nickname == nil || *a.Nickname != "Alice 虎" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.postMe("alice", `{}`); a.status != 200 || a.Nickname == nil || *a.Nickname != "Alice 虎" {
		t.Errorf("nothing given, and %d %s", a.status, a.body)
	}
	for body, field := range map[string]string{
		`{"nickname":""}`: "nickname", `{"nickname":"\u200b"}`: "nickname", `{"nickname":"a\u0000b"}`: "", `{"nickname":"a\nb"}`: "nickname",
		`{"nickname":"` + strings.Repeat("虎", 33) + `"}`: "nickname", `{"nickname":7}`: "nickname", `{"nickname":["a"]}`: "nickname",
		`{"Nickname":"a"}`: "Nickname", `{"avatar_url":"https://x"}`: "avatar_url", `{"nickname":"a","nickname":"b"}`: "nickname",
		`{"nickname":"\ud800"}`: "", "{\"nickname\":\"\xff\"}": "",
	} {
		if a := w.postMe("alice", body); a.status != 400 || a.Code != "invalid_request" || field != "" && a.Field != field {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := w.call("alice", "GET", "/v1/me", "", nil); a.Nickname == nil || *a.Nickname != "Alice 虎" {
		t.Errorf("what was refused changed something: %s", a.body)
	}
	if a := w.call("bob", "GET", "/v1/me", "", nil); a.Nickname != nil {
		t.Errorf("bob: %s", a.body)
	}
	if a := w.postMe("alice", `{"nickname":null}`); a.status != 200 || a.Nickname != nil {
		t.Errorf("null: %d %s", a.status, a.body)
	}
	if a := w.postMe("", `{"nickname":"x"}`); a.status != 401 {
		t.Errorf("nobody: %d", a.status)
	}
}

func TestAvatar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.upload("alice", photo(t, color.NRGBA{200, 10, 10, 255}, 700, 600))
	if first.status != 200 || first.AvatarURL == nil {
		t.Fatalf("%d %s", first.status, first.body)
	}
	pic := w.get(*first.AvatarURL)
	m, err := jpeg.Decode(bytes.NewReader(pic.body))
	if pic.status != 200 || err != nil || m.Bounds().Dx() != 512 || m.Bounds().Dy() != 512 {
		t.Fatalf("%d %v", pic.status, err)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=86400, immutable",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Content-Length": fmt.Sprint(len(pic.body)),
	} {
		if got := pic.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if again := w.get(*first.AvatarURL, "If-None-Match", pic.header.Get("ETag")); again.status != 304 || len(again.body) != 0 || pic.header.Get("ETag") == "" {
		t.Errorf("the same again: %d, %d bytes", again.status, len(again.body))
	}
	head := httptest.NewRequest("HEAD", strings.TrimPrefix(*first.AvatarURL, publicURL), nil)
	if a := w.do(head); a.status != 200 || len(a.body) != 0 {
		t.Errorf("HEAD: %d", a.status)
	}
	// The same image again has another address, and the one before is gone.
	second := w.upload("alice", photo(t, color.NRGBA{200, 10, 10, 255}, 700, 600))
	if second.AvatarURL == nil || *second.AvatarURL == *first.AvatarURL {
		t.Fatalf("%d %s", second.status, second.body)
	}
	for _, gone := range []string{*first.AvatarURL, publicURL + "/avatars/AAAA", publicURL + "/avatars/%00", publicURL + "/avatars/" + strings.Repeat("A", 5000)} {
		if a := w.get(gone, "If-None-Match", pic.header.Get("ETag")); a.status != 404 || a.Code != "not_found" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.60s: %d %v", gone, a.status, a.header)
		}
	}
	if me := w.call("alice", "GET", "/v1/me", "", nil); me.AvatarURL == nil || *me.AvatarURL != *second.AvatarURL {
		t.Errorf("me: %s", me.body)
	}
	if me := w.call("bob", "GET", "/v1/me", "", nil); me.AvatarURL != nil {
		t.Errorf("bob: %s", me.body)
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	pic := photo(t, color.White, 20, 30)
	good, header := wxUpload("file", "image/png", pic)
	lying, _ := wxUpload("file", "text/html; charset=utf-7", pic)
	named, _ := wxUpload("avatar", "image/png", pic)
	text, _ := wxUpload("file", "image/png", []byte("<html>"))
	empty, _ := wxUpload("file", "image/png", nil)
	large, _ := wxUpload("file", "image/png", make([]byte, identity.MaxAvatar+1))
	full, _ := wxUpload("file", "image/png", append(bytes.Clone(pic), make([]byte, identity.MaxAvatar-len(pic))...))
	var two bytes.Buffer
	form := multipart.NewWriter(&two)
	for range 2 {
		part, _ := form.CreateFormFile("file", "a.png")
		_, _ = part.Write(pic)
	}
	_ = form.Close()
	tests := map[string]struct {
		contentType string
		body        []byte
		status      int
		field       string
	}{
		"WX":            {header, good, 200, ""},
		"WrongTypeSaid": {header, lying, 200, ""},
		"FullSize":      {header, full, 200, ""},
		"Raw":           {"image/png", pic, 200, ""},
		"RawLying":      {"application/json", pic, 200, ""},
		"RawUntyped":    {"", pic, 200, ""},
		"RawFull":       {"image/png", append(bytes.Clone(pic), make([]byte, identity.MaxAvatar-len(pic))...), 200, ""},
		"RawLarge":      {"image/png", append(bytes.Clone(pic), make([]byte, identity.MaxAvatar-len(pic)+1)...), 413, "file"},
		"RawEmpty":      {"image/png", nil, 400, "file"},
		"RawText":       {"image/png", []byte("hello"), 400, "file"},
		"RawHalf":       {"image/png", pic[:len(pic)/2], 400, "file"},
		"JSON":          {"application/json", []byte(`{"nickname":"x"}`), 400, "file"},
		"OtherField":    {header, named, 400, "avatar"},
		"NoImage":       {header, text, 400, "file"},
		"Empty":         {header, empty, 400, "file"},
		"Large":         {header, large, 413, "file"},
		"VeryLarge":     {header, append(large, make([]byte, 3<<20)...), 413, "file"},
		"Twice":         {form.FormDataContentType(), two.Bytes(), 400, "file"},
		"NoBoundary":    {"multipart/form-data", good, 400, ""},
		"WrongBoundary": {"multipart/form-data; boundary=other", good, 400, ""},
		"CutOff":        {header, good[:len(good)-10], 400, ""},
		"CutInFile":     {header, good[:len(good)/2], 400, ""},
		"NoParts":       {header, []byte("------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n"), 400, "file"},
		"NoBody":        {header, nil, 400, ""},
	}
	for name, tt := range tests {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest("POST", "/v1/me/avatar", bytes.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			r.Header.Set("Authorization", "Bearer alice")
			if chunked {
				r.ContentLength = -1
			}
			a := w.do(r)
			if a.status != tt.status || tt.field != "" && a.Field != tt.field || tt.status != 200 && a.Code != "invalid_request" {
				t.Errorf("%s (chunked %v): %d %s, want %d", name, chunked, a.status, a.body, tt.status)
			}
		}
	}
	if a := w.upload("nobody", pic); a.status != 401 {
		t.Errorf("nobody: %d", a.status)
	}
}

func TestUploadLimit(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, web.NewRateLimiter(2, func() time.Time { return now }))
	pic := photo(t, color.White, 4, 4)
	for i, want := range []int{200, 200, 429} {
		if a := w.upload("alice", pic); a.status != want || want == 429 && (a.Code != "rate_limited" || a.header.Get("Retry-After") != "30") {
			t.Errorf("upload %d: %d %s", i, a.status, a.body)
		}
	}
	if a := w.upload("bob", pic); a.status != 200 {
		t.Errorf("bob: %d", a.status)
	}
}

// TestManyUploads: 64 at once all get an answer, and take no more memory than
// the slots allow.
func TestManyUploads(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	w := newWorld(t, nil)
	m := image.NewNRGBA(image.Rect(0, 0, 1400, 1400)) // 8 MB when decoded: 64 of them would be 500 MB
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	var peak atomic.Uint64
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		var s runtime.MemStats
		for {
			runtime.ReadMemStats(&s)
			peak.Store(max(peak.Load(), s.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	var wg sync.WaitGroup
	var ok, limited atomic.Int32
	for i := range 64 {
		wg.Go(func() {
			switch a := w.upload([]string{"alice", "bob"}[i%2], file.Bytes()); a.status {
			case 200:
				ok.Add(1)
			case 429:
				limited.Add(1)
			default:
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	close(done)
	watch.Wait()
	t.Logf("%d done, %d sent away, peak %d MB", ok.Load(), limited.Load(), peak.Load()>>20)
	if ok.Load() == 0 || peak.Load() > 150<<20 {
		t.Fatalf("%d done, %d sent away, peak %d MB", ok.Load(), limited.Load(), peak.Load()>>20)
	}
	for _, who := range []string{"alice", "bob"} { // who may both have been sent away
		if a := w.upload(who, file.Bytes()); a.status != 200 {
			t.Errorf("%s, when all is quiet: %d %s", who, a.status, a.body)
		}
		me := w.call(who, "GET", "/v1/me", "", nil)
		if me.AvatarURL == nil || w.get(*me.AvatarURL).status != 200 {
			t.Errorf("%s has no picture: %s", who, me.body)
		}
	}
}
