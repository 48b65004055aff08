package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"github.com/hufu-id/hufu/simulator"
)

//go:embed devpage.html
var devPageSource string

// devPage says what is running and where to go from there.
func devPage(real bool) http.Handler {
	var page bytes.Buffer
	err := template.Must(template.New("dev").Parse(devPageSource)).Execute(&page, struct {
		Real bool
		Apps []simulator.App
	}{real, simulator.DemoApps()})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err != nil {
			http.Error(w, "the page is broken", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = w.Write(page.Bytes()) // the client went away; nobody is left to tell
	})
}
