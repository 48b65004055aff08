package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/hufu-id/hufu/verify"
)

// keyJSON is a JWKS with our key and others.
func (f *forger) keyJSON(t *testing.T, others ...string) string {
	t.Helper()
	own, err := json.Marshal(jose.JSONWebKey{Key: &f.es.PublicKey, KeyID: f.kidES, Algorithm: "ES256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	return `{"keys":[` + strings.Join(append([]string{string(own)}, others...), ",") + `]}`
}

func TestKeys_Documents(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	text := f.fresh(t)
	own := f.keyJSON(t)
	another, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ownPrivate, err := json.Marshal(jose.JSONWebKey{Key: another, KeyID: "private", Algorithm: "ES256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	twin, err := json.Marshal(jose.JSONWebKey{Key: &another.PublicKey, KeyID: f.kidES, Algorithm: "ES256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	mark := func(from, to string) string { return strings.Replace(own, from, to, 1) }
	endless := &countingSpaces{}
	const metadata = `{"issuer":"` + issuerURL + `","jwks_uri":"`
	for name, c := range map[string]struct {
		path string
		resp *http.Response
		ok   bool
	}{
		"Own":          {pathJWKS, answer(200, own), true},
		"StrangeKeys":  {pathJWKS, answer(200, f.keyJSON(t, `{"kty":"evil","kid":"a"}`, `{"kty":"oct","k":"AAAA","kid":"b","alg":"HS256"}`, `{"kty":"OKP","crv":"Ed25519","x":"AA","kid":"c"}`, "1", "null", string(ownPrivate))), true},
		"Twins":        {pathJWKS, answer(200, f.keyJSON(t, string(twin))), false},
		"ForEncrypt":   {pathJWKS, answer(200, mark(`"use":"sig"`, `"use":"enc"`)), false},
		"OtherAlg":     {pathJWKS, answer(200, mark(`"alg":"ES256"`, `"alg":"ES384"`)), false},
		"NoKid":        {pathJWKS, answer(200, mark(`"kid"`, `"kit"`)), false},
		"NotOnCurve":   {pathJWKS, answer(200, mark(`"x":"`, `"x":"A`)), false},
		"Empty":        {pathJWKS, answer(200, ""), false},
		"NoKeys":       {pathJWKS, answer(200, `{"keys":[]}`), false},
		"NotJSON":      {pathJWKS, answer(200, "<html>evil"), false},
		"Array":        {pathJWKS, answer(200, "[]"), false},
		"TooManyKeys":  {pathJWKS, answer(200, f.keyJSON(t, strings.Split(strings.Repeat(`{"kty":"x"},`, 100)+"{}", ",")...)), false},
		"Huge":         {pathJWKS, &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless)}, false},
		"Cut":          {pathJWKS, answer(200, own[:40]), false},
		"NotFound":     {pathJWKS, answer(404, own), false},
		"Broken":       {pathJWKS, answer(500, own), false},
		"NotModified":  {pathJWKS, answer(304, ""), false},
		"Redirect":     {pathJWKS, answer(302, own, "Location", issuerURL+"/elsewhere"), false},
		"RedirectMeta": {pathMeta, answer(307, "", "Location", issuerURL+pathMeta), false},
		"Meta":         {pathMeta, answer(200, metadata+issuerURL+pathJWKS+`"}`), true},
		"OtherIssuer":  {pathMeta, answer(200, `{"issuer":"https://evil.example","jwks_uri":"`+issuerURL+pathJWKS+`"}`), false},
		"IssuerSlash":  {pathMeta, answer(200, `{"issuer":"`+issuerURL+`/","jwks_uri":"`+issuerURL+pathJWKS+`"}`), false},
		"NoIssuer":     {pathMeta, answer(200, `{"jwks_uri":"`+issuerURL+pathJWKS+`"}`), false},
		"KeysAway":     {pathMeta, answer(200, metadata+`https://evil.example`+pathJWKS+`"}`), false},
		"KeysInClear":  {pathMeta, answer(200, metadata+`http://login.example.com/.well-known/jwks.json"}`), false},
		"NoKeysURL":    {pathMeta, answer(200, `{"issuer":"`+issuerURL+`"}`), false},
		"MetaNotJSON":  {pathMeta, answer(200, "evil"), false},
		"MetaNotFound": {pathMeta, answer(404, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			f.breakBy(on(c.path, func() *http.Response { return c.resp }))
			v := f.verifier(t)
			if c.ok {
				accepted(t, v, text)
				want(t, v, signES(another, headerOf("ES256", "private", ""), f.payload), verify.ErrInvalid)
				return
			}
			want(t, v, text, verify.ErrUnavailable)
			if endless.read > 2<<20 {
				t.Errorf("%d bytes were read", endless.read)
			}
			if f.count("/elsewhere") != 0 {
				t.Error("the redirect was followed")
			}
		})
	}
}

// countingSpaces is an answer without end, which knows how much was read of it.
type countingSpaces struct{ read int }

func (c *countingSpaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	c.read += len(p)
	return len(p), nil
}
