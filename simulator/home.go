package simulator

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed home.html
var homeHTML string

var homePage = template.Must(template.New("home").Parse(homeHTML))

// home says what this is to whoever opens it in a browser.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	err := homePage.Execute(w, struct {
		Routes []Route
		Apps   []App
		Users  []string
	}{Routes(), DemoApps(), DemoUsers()})
	if err != nil {
		s.log.Debug("home page", "error", err)
	}
}
