package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	// fetchTimeout bounds a call to the issuer as a whole.
	fetchTimeout = 10 * time.Second
	// maxDocument bounds an answer of the issuer in bytes.
	maxDocument = 1 << 20
)

// fetcher asks the issuer.
type fetcher struct {
	client *http.Client
	own    *http.Transport // to be closed with the Verifier; nil: the caller's
}

// newFetcher never follows a redirect, whatever the caller's client does: the
// issuer vouches for its own address alone, and an API key goes nowhere else.
func newFetcher(given *http.Client) *fetcher {
	f := &fetcher{client: &http.Client{}}
	if given != nil {
		clone := *given
		f.client = &clone
	} else {
		f.own = &http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{Timeout: fetchTimeout / 2}).DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: fetchTimeout / 2, IdleConnTimeout: 90 * time.Second, MaxIdleConns: 4,
			MaxResponseHeaderBytes: 64 << 10,
		}
		f.client.Transport = f.own
	}
	f.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return f
}

// statusError is an answer other than 200.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("the issuer answers %d", int(s)) }

// get reads an answer whole. authorization is sent if it is not empty.
func (f *fetcher) get(ctx context.Context, address, authorization string) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, errors.New("the address is no URL")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "hufu-verify")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("ask the issuer: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, statusError(resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the issuer's answer: %w", withoutURL(err))
	}
	if len(body) > maxDocument {
		return nil, nil, errors.New("the issuer's answer is too large")
	}
	return body, resp.Header, nil
}

func (f *fetcher) close() {
	if f.own != nil {
		f.own.CloseIdleConnections()
	}
}

// withoutURL strips what net/http puts around an error: addresses have no place
// in an error that ends in somebody's log.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// checkIssuer wants the one spelling in which hufu writes its issuer: issuers
// are compared as texts.
func checkIssuer(issuer string) (*url.URL, error) {
	u, err := url.Parse(issuer)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil:
		return nil, errors.New("verify: the issuer must be hufu's public_url, like https://login.example.com")
	case strings.ContainsAny(issuer, "?#"), u.String() != issuer, u.Path != "" && (path.Clean(u.Path) != u.Path || u.Path == "/"):
		return nil, errors.New("verify: the issuer must be hufu's public_url to the letter: no query, no closing slash")
	case !secure(u):
		return nil, errors.New("verify: the issuer must be https, except on a loopback address")
	}
	return u, nil
}

// secure reports whether what comes from u can be trusted on its way.
func secure(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
