package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

// DocsHandler serves a page made from the OpenAPI document. It loads nothing:
// no script, no font, and its one style by hash.
func (api *API) DocsHandler() (http.Handler, error) {
	page, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, fmt.Errorf("parse the page of docs: %w", err)
	}
	hash := sha256.Sum256([]byte(docsCSS))
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(hash[:]) + "'"
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		if err := page.Execute(&b, newDocsPage(api.document())); err != nil {
			api.opts.Logger.Error("no page of docs", "cause", err)
			http.Error(w, "no page of docs", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		_, _ = w.Write(b.Bytes())
	}), nil
}

// docsPage is what docs.html shows.
type docsPage struct {
	Info    *huma.Info
	Style   template.CSS
	Groups  []docsGroup
	Schemas []docsSchema
	Codes   []CodeInfo
}

type docsGroup struct {
	Tag        string
	Operations []docsOperation
}

type docsOperation struct {
	*huma.Operation
	Body    string // name of a schema
	Answers []docsAnswer
}

type docsAnswer struct{ Status, Description, Schema string }

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, Type, Ref, Description string
	Required                     bool
}

// methodOrder is how operations of one path are listed.
var methodOrder = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func newDocsPage(doc *huma.OpenAPI) docsPage {
	style := template.CSS(docsCSS) //nolint:gosec // our own file, not input
	page := docsPage{Info: doc.Info, Style: style, Codes: Codes()}
	groups := map[string]int{}
	for _, path := range sortedKeys(doc.Paths) {
		item := doc.Paths[path]
		byMethod := []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete}
		for i, op := range byMethod {
			if op == nil {
				continue
			}
			op.Method, op.Path = methodOrder[i], path
			tag := "other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			if _, ok := groups[tag]; !ok {
				groups[tag] = len(page.Groups)
				page.Groups = append(page.Groups, docsGroup{Tag: tag})
			}
			g := &page.Groups[groups[tag]]
			g.Operations = append(g.Operations, newDocsOperation(op))
		}
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		page.Schemas = append(page.Schemas, newDocsSchema(name, schemas[name]))
	}
	return page
}

func newDocsOperation(op *huma.Operation) docsOperation {
	d := docsOperation{Operation: op}
	if op.RequestBody != nil {
		d.Body = schemaName(op.RequestBody.Content)
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		d.Answers = append(d.Answers, docsAnswer{
			status, strings.ReplaceAll(r.Description, "`", ""), schemaName(r.Content),
		})
	}
	return d
}

// schemaName names the schema of a body; empty: none, or one without a name.
func schemaName(content map[string]*huma.MediaType) string {
	for _, media := range content {
		return strings.TrimPrefix(media.Schema.Ref, schemaPrefix)
	}
	return ""
}

func newDocsSchema(name string, s *huma.Schema) docsSchema {
	d := docsSchema{Name: name}
	for _, field := range sortedKeys(s.Properties) {
		p := s.Properties[field]
		f := docsField{
			Name: field, Type: p.Type, Description: p.Description,
			Required: slices.Contains(s.Required, field),
		}
		target := p
		if p.Type == huma.TypeArray && p.Items != nil {
			target = p.Items
			f.Type += " of " + target.Type
		}
		f.Ref = strings.TrimPrefix(target.Ref, schemaPrefix)
		if p.Format != "" {
			f.Type += ", " + p.Format
		}
		if p.Nullable {
			f.Type += " or null"
		}
		d.Fields = append(d.Fields, f)
	}
	return d
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
