package token

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// Paths below the issuer's URL.
const (
	pathJWKS          = "/.well-known/jwks.json"
	pathOpenID        = "/.well-known/openid-configuration"       // OpenID Connect Discovery 1.0 §4
	pathOAuth         = "/.well-known/oauth-authorization-server" // RFC 8414 §3
	pathAuthorize     = "/oauth2/authorize"
	pathToken         = "/oauth2/token"
	pathIntrospection = "/oauth2/introspect"
	pathRevocation    = "/oauth2/revoke"
)

// documentMaxAge is how long a backend may keep JWKS and metadata, in seconds:
// less than DefaultLead, so that it has a new key before that signs.
const documentMaxAge = "300"

// Mount adds the routes of this package. issuer is the server's public URL, as
// it stands in "iss": http or https, without query and closing slash.
//
// With a path in issuer (https://example.com/login) there are all routes below
// that path as well, for proxies that pass it on, beside those for proxies that
// cut it off; and the metadata of RFC 8414, which puts the path at the end:
// /.well-known/oauth-authorization-server/login. A proxy has to pass that, too.
//
// Without clients, introspection and revocation refuse everybody.
func Mount(api *web.API, keyring *Keyring, issuer string, clients *Clients) error {
	base, err := issuerPath(issuer)
	if err != nil {
		return err
	}
	metadata, err := newMetadata(issuer)
	if err != nil {
		return err
	}
	if clients == nil {
		clients = &Clients{Authenticate: func(context.Context, secret.String) (web.Key, error) {
			return web.Key{}, problem.New(problem.InvalidToken, "there are no API keys here")
		}}
	}
	serveMetadata := serveDocument(func() document { return metadata })
	clients.describe(api)
	bases := []string{""}
	if base != "" {
		bases = append(bases, base)
		api.HandleRaw("GET "+pathOAuth+base, serveMetadata)
		api.HandleRaw("GET "+pathOpenID+base, serveMetadata) // RFC 8414 §5: some clients ask so
	}
	for _, b := range bases {
		api.HandleRaw("GET "+b+pathOpenID, serveMetadata)
		api.HandleRaw("GET "+b+pathOAuth, serveMetadata)
		api.HandleRaw("GET "+b+pathJWKS, serveDocument(func() document { return keyring.state.Load().jwks }))
		// Without a method: they answer wrong ones in OAuth's own form.
		api.HandleRaw(b+pathAuthorize, http.HandlerFunc(handleAuthorize))
		api.HandleRaw(b+pathToken, http.HandlerFunc(handleToken))
		api.HandleRaw(b+pathIntrospection, clients.introspect(issuer))
		api.HandleRaw(b+pathRevocation, clients.revoke())
	}
	return nil
}

// issuerPath checks an issuer and returns its path, empty or "/like/this".
// Verifiers compare issuers as texts, so that each must have one form.
func issuerPath(issuer string) (string, error) {
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return "", errors.New("the issuer is no URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil:
		return "", errors.New("the issuer must be an http or https URL with a host and no user")
	case strings.ContainsAny(issuer, "?#"):
		return "", errors.New("the issuer must have no query and no fragment")
	case u.Path != "" && (path.Clean(u.Path) != u.Path || u.Path == "/" || strings.ContainsAny(issuer, "%{}") || u.String() != issuer):
		return "", errors.New("the issuer's path must be plain and not end in a slash")
	}
	return u.Path, nil
}

// metadata is what OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 have in
// common, as far as there is something to say.
type metadata struct {
	Issuer                string `json:"issuer"`
	JWKSURI               string `json:"jwks_uri"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
	RevocationEndpoint    string `json:"revocation_endpoint"`
	// Neither list may be empty by the specifications, and clients that only
	// verify read neither: until the two endpoints do more, these say what
	// they will speak.
	ResponseTypes     []string `json:"response_types_supported"`
	GrantTypes        []string `json:"grant_types_supported"`
	SubjectTypes      []string `json:"subject_types_supported"`
	SigningAlgs       []Use    `json:"id_token_signing_alg_values_supported"`
	IntrospectionAuth []string `json:"introspection_endpoint_auth_methods_supported"`
	RevocationAuth    []string `json:"revocation_endpoint_auth_methods_supported"`
}

func newMetadata(issuer string) (document, error) {
	b, err := json.Marshal(metadata{
		Issuer: issuer, JWKSURI: issuer + pathJWKS,
		AuthorizationEndpoint: issuer + pathAuthorize, TokenEndpoint: issuer + pathToken,
		IntrospectionEndpoint: issuer + pathIntrospection, RevocationEndpoint: issuer + pathRevocation,
		ResponseTypes: []string{"code"}, GrantTypes: []string{"authorization_code"},
		SubjectTypes:      []string{"public"},
		SigningAlgs:       []Use{ES256, RS256},
		IntrospectionAuth: []string{"client_secret_basic"},
		RevocationAuth:    []string{"client_secret_basic"},
	})
	if err != nil {
		return document{}, fmt.Errorf("write metadata: %w", err)
	}
	return newDocument(b), nil
}

// document is a public JSON text with its entity tag.
type document struct {
	body []byte
	etag string
}

func newDocument(body []byte) document {
	sum := sha256.Sum256(body)
	return document{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// serveDocument answers with the document there is at that time, or with 304
// if the caller has it.
func serveDocument(current func() document) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, h := current(), w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "public, max-age="+documentMaxAge)
		h.Set("Etag", d.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
	})
}
