package playground

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"time"
)

const (
	placeholder = "__BOOT__"
	programName = "program.js"
	faviconName = "favicon.svg"

	// policy lets the page load what is ours alone. Styles are set on elements by
	// the component engine; the phone is a frame of the same origin.
	policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

	unbuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>hufu: the playground is not built</title>
<h1>The playground is not built</h1>
<p>This hufu was made from a checkout in which the page had not been built. Everything else works.</p>
<p>To build it (Node 20 or newer), then start hufu again:</p>
<pre>npm ci
npm run build
go run ./cmd/hufu dev</pre>
<p>WeChat is simulated unless you gave an appid, and what is simulated is not WeChat.</p>
<p><a href="/docs">The API</a></p>
`
)

// mediaTypes are what a page is made of. Whatever else lies beside it, the
// compiler among it, is not for browsers.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// boot is what the page is told at the start.
type boot struct {
	Token        string   `json:"token"`
	Version      string   `json:"version"`
	BaseURL      string   `json:"base_url"`
	Simulated    bool     `json:"simulated"`
	SimulatorURL string   `json:"simulator_url"`
	Apps         []App    `json:"apps"`
	People       []string `json:"people"`
	OwnProgram   bool     `json:"own_program"`
	Domains      []string `json:"domains"`
}

// pages holds what is served, ready to be served.
type pages struct {
	p      *Playground
	first  []byte // index.html with the boot in it
	assets map[string]asset
}

type asset struct {
	content   []byte
	mediaType string
	etag      string
}

func (p *Playground) newPages() (*pages, error) {
	out := &pages{p: p, assets: map[string]asset{}}
	entries, err := fs.ReadDir(p.cfg.Assets, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		mediaType := mediaTypes[path.Ext(entry.Name())]
		if mediaType == "" || entry.IsDir() {
			continue
		}
		content, err := fs.ReadFile(p.cfg.Assets, entry.Name())
		if err != nil {
			return nil, err
		}
		out.assets[entry.Name()] = newAsset(content, mediaType)
	}
	out.first = []byte(unbuilt)
	if index, ok := out.assets["index.html"]; ok {
		// encoding/json escapes <, > and &, so that nothing ends the element.
		out.first = bytes.Replace(index.content, []byte(placeholder), mustJSON(p.boot()), 1)
		delete(out.assets, "index.html")
	}
	return out, nil
}

func (p *Playground) boot() boot {
	b := boot{
		Token: p.token, Version: p.cfg.Version, BaseURL: p.cfg.BaseURL,
		Simulated: p.cfg.SimulatorURL != "", SimulatorURL: p.cfg.SimulatorURL,
		Apps: p.cfg.Apps, People: p.cfg.People, OwnProgram: p.cfg.Program != nil, Domains: p.domains,
	}
	if b.Apps == nil {
		b.Apps = []App{}
	}
	if b.People == nil {
		b.People = []string{}
	}
	return b
}

func newAsset(content []byte, mediaType string) asset {
	sum := sha256.Sum256(content)
	return asset{content: content, mediaType: mediaType, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// own serves pages under names of ours alone, with the headers that a page
// wants in place of those of an API.
func (p *Playground) own(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := p.foreignHost(r); why != "" {
			http.Error(w, why, http.StatusForbidden)
			return
		}
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Frame-Options", "SAMEORIGIN")
		header.Set("X-Content-Type-Options", "nosniff")
		h(w, r)
	})
}

// index holds the token: it is kept by nobody.
func (s *pages) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", mediaTypes[".html"])
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(s.first) // the client went away; nobody is left to tell
}

func (s *pages) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("asset")
	if name == programName && s.p.cfg.Program != nil {
		s.ownProgram(w, r)
		return
	}
	s.serve(w, r, name)
}

func (s *pages) favicon(w http.ResponseWriter, r *http.Request) { s.serve(w, r, faviconName) }

func (s *pages) serve(w http.ResponseWriter, r *http.Request, name string) {
	a, ok := s.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	a.serve(w, r)
}

// serve answers with the bytes, or that they are still the same. They may be
// kept, and are asked for each time: a new hufu brings a new page.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", a.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}

// firstBuild is how long a page waits for a program that is being compiled.
const firstBuild = 20 * time.Second

// ownProgram serves the developer's own program as it was compiled last.
func (s *pages) ownProgram(w http.ResponseWriter, r *http.Request) {
	script, err := s.p.cfg.Program.Script(r.Context(), firstBuild)
	switch {
	case errors.Is(err, errNoBuild):
		// A script, so that the page goes on and shows why: the reload event says.
		script = []byte("// This mini program does not compile yet.\n")
	case err != nil:
		http.Error(w, "the program is still being compiled", http.StatusServiceUnavailable)
		return
	}
	newAsset(script, mediaTypes[".js"]).serve(w, r)
}
