package web

import (
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/hufu-id/hufu/internal/problem"
)

// Request is what a domain may know of the HTTP request beside its body.
type Request struct {
	http      *http.Request
	requestID string
	clientIP  netip.Addr
	principal Principal
	key       Key
	query     url.Values
}

// PathValue returns the part of the path that stands for {name}.
func (r *Request) PathValue(name string) string { return r.http.PathValue(name) }

// ClientIP is the address of the client, seen through trusted proxies; IPv4 is
// never mapped into IPv6. It is invalid if the peer has no address.
func (r *Request) ClientIP() netip.Addr { return r.clientIP }

// RequestID is the id that the answer and the log carry.
func (r *Request) RequestID() string { return r.requestID }

// Principal is whom the token speaks for; zero for Public operations.
func (r *Request) Principal() Principal { return r.principal }

// Key is the API key of the call; zero but for ServerKey operations.
func (r *Request) Key() *Key { return &r.key }

// Query returns a query parameter; empty if it was not sent. Only parameters
// that the Operation lists can be there.
func (r *Request) Query(name string) string { return r.query.Get(name) }

// QueryGiven also tells whether a query parameter was sent at all.
func (r *Request) QueryGiven(name string) (value string, given bool) {
	return r.query.Get(name), r.query.Has(name)
}

// QueryBool reads a parameter that is true or false; false if it was not sent.
func (r *Request) QueryBool(name string) (bool, error) {
	switch {
	case !r.query.Has(name) || r.query.Get(name) == "false":
		return false, nil
	case r.query.Get(name) == "true":
		return true, nil
	}
	return false, problem.InField(name, "this query parameter is true or false")
}

// QueryInt reads a whole number from min to max; absent if it was not sent.
func (r *Request) QueryInt(name string, absent, minimum, maximum int) (int, error) {
	if !r.query.Has(name) {
		return absent, nil
	}
	n, err := strconv.Atoi(r.query.Get(name))
	if err != nil || n < minimum || n > maximum {
		return 0, problem.InField(name, "this query parameter is a whole number from "+
			strconv.Itoa(minimum)+" to "+strconv.Itoa(maximum))
	}
	return n, nil
}

// Bounds of an Idempotency-Key.
const (
	minIdempotencyKey = 16
	maxIdempotencyKey = 255
)

// IdempotencyKey returns the header of that name: 16 to 255 visible ASCII
// characters, or empty if none was sent. Anything else is an invalid_request.
func (r *Request) IdempotencyKey() (string, error) {
	const name = "Idempotency-Key"
	values := r.http.Header[name]
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if len(values) > 1 || len(key) < minIdempotencyKey || len(key) > maxIdempotencyKey || !visibleASCII(key) {
		return "", problem.InField(name, "send one Idempotency-Key of 16 to 255 visible ASCII characters, or none")
	}
	return key, nil
}

func visibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// parseQuery reads the query and refuses what is not in known, or comes twice.
func (r *Request) parseQuery(known map[string]bool) error {
	if r.http.URL.RawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(r.http.URL.RawQuery)
	if err != nil {
		return problem.New(problem.InvalidRequest, "the query string is malformed")
	}
	for name, v := range values {
		if !known[name] {
			// Not named: in ?x the value itself stands where a name is wanted.
			return problem.New(problem.InvalidRequest, "a query parameter is not known here"+knownNames(known))
		}
		if len(v) > 1 {
			return problem.InField(name, "this query parameter stands more than once")
		}
	}
	r.query = values
	return nil
}

func knownNames(known map[string]bool) string {
	if len(known) == 0 {
		return ": there are none"
	}
	return ": there are " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}
