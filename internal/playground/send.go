package playground

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

const maxRedirects = 10

// newClient makes what carries the phone's calls: with no jar, following
// redirects inside of the domain list alone.
func (p *Playground) newClient() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			// A connection that was kept can die under a call, and net/http would
			// then make that call again by itself, which nobody would see.
			DisableKeepAlives: true,
			// A phone would unpack by itself; so nobody has to.
			DisableCompression: true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return &failure{"net::ERR_TOO_MANY_REDIRECTS", errnoNetwork}
			}
			return p.checkURL(r.URL)
		},
	}
}

// send makes one call as a phone would, and shows it.
func (p *Playground) send(ctx context.Context, c *call) *answer {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	u, err := url.Parse(c.url)
	if err != nil {
		return failed(c, &failure{"invalid url", errnoInvalidURL})
	}
	h, err := sentHeaders(c.header, c.appid)
	if err != nil {
		return failed(c, &failure{reason: "invalid header"})
	}
	if len(c.body) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	x := p.tracer.begin(lanePhone, p.lane(u), link{call: c.id}, c.seen(u, h))
	refuse := func(f error, fault mode) *answer {
		a := failed(c, f)
		x.end(nil, a.ErrMsg, fault)
		return a
	}
	if err := checkMethod(c.method); err != nil {
		return refuse(err, "")
	}
	if err := p.checkURL(u); err != nil {
		return refuse(err, "")
	}
	fault, changed := p.network.strike()
	if changed {
		p.tellState()
	}
	switch fault {
	case offline:
		return refuse(failOffline(), fault)
	case loseRequest:
		return refuse(failTimeout(), fault)
	case slow:
		if err := pause(ctx, slowBy); err != nil {
			return refuse(failureOf(ctx, err), fault)
		}
	case online:
		fault = ""
	}
	got, err := p.exchange(ctx, c, u, h, x)
	switch {
	case err != nil:
		return refuse(failureOf(ctx, err), fault)
	case fault == loseAnswer:
		a := failed(c, failTimeout())
		x.end(got, a.ErrMsg, fault)
		return a
	}
	x.end(got, "", fault)
	return answered(c, got)
}

// exchange sends a call and reads its answer.
func (p *Playground) exchange(ctx context.Context, c *call, u *url.URL, h http.Header, x *span) (*message, error) {
	r, err := http.NewRequestWithContext(ctx, c.method, u.String(), bytes.NewReader(c.body))
	if err != nil {
		return nil, &failure{"invalid url", errnoInvalidURL}
	}
	r.Header = h.Clone()
	// By its id the request is found again when hufu calls WeChat. The page's own
	// serves as well; ours is not in the picture, as a phone sends none.
	requestID := h.Get("X-Request-Id")
	if requestID == "" && origin(u) == p.domains[0] {
		requestID = rand.Text()
		r.Header.Set("X-Request-Id", requestID)
	}
	if requestID != "" {
		p.tracer.remember(requestID, link{exchange: x.x.ID, call: c.id})
	}
	res, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, &failure{"the answer is longer than 10 MiB", errnoNetwork}
	}
	return &message{status: res.StatusCode, header: res.Header, body: body}, nil
}

// answered is the answer as the phone gets it.
func answered(c *call, got *message) *answer {
	header, cookies := map[string]string{}, []string{}
	for name, values := range got.header {
		header[name] = strings.ToValidUTF8(strings.Join(values, ", "), "?")
		if name == "Set-Cookie" {
			cookies = append(cookies, values...)
		}
	}
	a := &answer{ID: c.id, OK: true, StatusCode: got.status, Header: &header, Cookies: &cookies}
	if utf8.Valid(got.body) {
		text := string(got.body)
		a.Data = &text
	} else {
		text := base64.StdEncoding.EncodeToString(got.body)
		a.DataBase64 = &text
	}
	return a
}

// pause waits, unless ctx ends sooner.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
