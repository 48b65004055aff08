package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TestAttack_ForgedTokens makes tokens of the real claims under keys and
// algorithms that are not the server's.
func TestAttack_ForgedTokens(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	parts := strings.Split(out.AccessToken, ".")
	claims := claimsOf(t, out.AccessToken)
	jwks := call(t, "GET", srv.url+"/.well-known/jwks.json", nil, "").body
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("%v in %s", err, jwks)
	}
	kid := set.Keys[0]["kid"]
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es256 := func(head, claims string) string {
		signed := b64([]byte(head)) + "." + b64([]byte(claims))
		sum := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, own, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		sig := make([]byte, 64)
		r.FillBytes(sig[:32])
		s.FillBytes(sig[32:])
		return signed + "." + b64(sig)
	}
	hs256 := func(key []byte) string {
		signed := b64([]byte(`{"alg":"HS256","typ":"JWT","kid":"`+kid+`"}`)) + "." + parts[1]
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(signed))
		return signed + "." + b64(mac.Sum(nil))
	}
	point, err := own.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	jwk := fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}`, b64(point[1:33]), b64(point[33:]))
	forged := map[string]string{
		"OwnKeyTheirKid":   es256(`{"alg":"ES256","typ":"JWT","kid":"`+kid+`"}`, claims),
		"OwnKeyOwnKid":     es256(`{"alg":"ES256","typ":"JWT","kid":"mine"}`, claims),
		"OwnKeyNoKid":      es256(`{"alg":"ES256","typ":"JWT"}`, claims),
		"KeyInside":        es256(`{"alg":"ES256","typ":"JWT","jwk":`+jwk+`}`, claims),
		"KeyElsewhere":     es256(`{"alg":"ES256","typ":"JWT","jku":"`+w.url+`/jwks.json"}`, claims),
		"KidIsAPath":       es256(`{"alg":"ES256","typ":"JWT","kid":"../../../dev/null"}`, claims),
		"KidIsSQL":         es256(`{"alg":"ES256","typ":"JWT","kid":"' OR '1'='1"}`, claims),
		"Critical":         b64([]byte(`{"alg":"ES256","kid":"`+kid+`","crit":["exp"]}`)) + "." + parts[1] + "." + parts[2],
		"None":             algNone(out.AccessToken),
		"NoneCase":         b64([]byte(`{"alg":"nOnE"}`)) + "." + parts[1] + ".",
		"NoneSigned":       b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + "." + parts[2],
		"HMACOfJWKS":       hs256(jwks),
		"HMACOfX":          hs256([]byte(set.Keys[0]["x"])),
		"HMACOfNothing":    hs256(nil),
		"HMACOfKid":        hs256([]byte(kid)),
		"OtherClaims":      parts[0] + "." + b64([]byte(strings.Replace(claims, app1, app2, -1))) + "." + parts[2],
		"ZeroSignature":    parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)),
		"EmptySignature":   parts[0] + "." + parts[1] + ".",
		"DoubledSignature": out.AccessToken + parts[2],
		"TwoParts":         parts[0] + "." + parts[1],
		"FourParts":        out.AccessToken + "." + parts[2],
		"FiveParts":        out.AccessToken + "..",
		"PaddedSignature":  out.AccessToken + "==",
		"RefreshInside":    out.RefreshToken,
	}
	// The last character of 64 bytes in base64 holds four bits that say nothing.
	last := parts[2][len(parts[2])-1]
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	forged["OtherSpelling"] = out.AccessToken[:len(out.AccessToken)-1] + string(alphabet[strings.IndexByte(alphabet, last)^1])
	for name, token := range forged {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, call(t, "GET", srv.url+"/v1/me", bearer(token), ""), 401, "invalid_token")
		})
	}
	call(t, "GET", srv.url+"/v1/me", bearer(out.AccessToken), "").as(t, 200, &user{})
}

// TestAttack_SharedCode lets many clients use one code at once: one of them
// gets in.
func TestAttack_SharedCode(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		s.more = "limits: {failed_logins_per_minute_per_ip: 0}"
		srv := s.serve()
		for round := range 5 {
			code := w.code(app1, "alice")
			results := make(chan int, 32)
			for i := range cap(results) {
				k := fmt.Sprintf("key-of-client-%d-%d", round, i)
				if i%4 == 0 {
					k = ""
				}
				go func() {
					a, _ := try("POST", srv.url+"/v1/login", key(k), loginBody(app1, code))
					results <- a.status
				}()
			}
			statuses := map[int]int{}
			for range cap(results) {
				statuses[<-results]++
			}
			if statuses[200] != 1 || statuses[409] != cap(results)-1 {
				t.Errorf("statuses %v, want one 200 and the rest 409", statuses)
			}
		}
	})
}

// TestAttack_MemoryGrowth asks as very many clients, each with an address of its
// own, and looks at what the server keeps of them.
func TestAttack_MemoryGrowth(t *testing.T) {
	t.Parallel()
	s := newSite(t, newWeChat(t), sqlite)
	s.more = "trusted_proxies: [127.0.0.1]\nlog: {access: false}"
	s.binary = plainBinary(t) // the race detector's own memory would hide ours
	srv := s.serve("GOMEMLIMIT=64MiB")
	flood(t, srv, 0, 20_000) // buffers and pools get their size
	before := srv.rss()
	more := 200_000
	if raceDetector {
		more = 60_000 // this side of the wire is slow then
	}
	flood(t, srv, 20_000, 20_000+more)
	eventually(t, patience, "the growth is below 32 MiB", func() bool { return srv.rss()-before < 32<<20 })
	t.Logf("RSS %d MiB, then %d MiB", before>>20, srv.rss()>>20)
	if a := call(t, "GET", srv.admin+"/metrics", nil, ""); len(a.body) > 200<<10 {
		t.Errorf("the metrics grew to %d bytes", len(a.body))
	}
}

// flood sends one request for each address, many on one connection without
// waiting for their answers.
func flood(t *testing.T, srv *server, from, to int) {
	t.Helper()
	const conns = 4
	done := make(chan error, conns)
	for part := range conns {
		go func() { done <- pipeline(t, srv, from+part, to, conns) }()
	}
	for range conns {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

func pipeline(t *testing.T, srv *server, from, to, step int) error {
	c := dial(t, srv)
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	go func() {
		var b strings.Builder
		for i := from; i < to; i += step {
			// An unknown app: the limits are asked, WeChat is not.
			body := fmt.Sprintf(`{"appid":"wx%016x","code":"c"}`, i)
			fmt.Fprintf(&b, "POST /v1/login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 2001:db8:%x:%x::1\r\nContent-Length: %d\r\n\r\n%s", i>>16, i&0xffff, len(body), body)
			if b.Len() > 32<<10 || i+step >= to {
				if _, err := c.Write([]byte(b.String())); err != nil {
					return
				}
				b.Reset()
			}
		}
	}()
	answers := 0
	tail, buf := "", make([]byte, 64<<10)
	for want := (to - from + step - 1) / step; answers < want; {
		n, err := c.Read(buf)
		if err != nil {
			return fmt.Errorf("after %d of %d answers: %w", answers, want, err)
		}
		text := tail + string(buf[:n])
		const mark = "HTTP/1.1 404"
		answers += strings.Count(text, mark)
		tail = text[max(0, len(text)-len(mark)+1):]
	}
	return nil
}
