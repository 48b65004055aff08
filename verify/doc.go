// Package verify checks hufu's access tokens in a Go backend, offline: against
// the public keys that the issuer publishes, without a call per request.
//
//	verifier, err := verify.New("https://login.example.com", "wx1234567890abcdef")
//	…
//	defer verifier.Close()
//	http.Handle("/orders", verifier.Handler(orders)) // orders asks verify.FromContext
//
// One hufu serves all apps of a company with the same keys, so that the audience,
// the appid, is what keeps the token of one app out of the backend of another.
// It is required here, and checked in "aud" and "client_id".
//
// A token that was checked offline is good until it expires, also when its
// session was ended in the meantime. [WithRevocations] closes that gap to
// seconds.
//
// A [Verifier] is safe for concurrent use, holds no global state, and makes no
// call before its first use. Errors hold neither tokens nor API keys.
package verify
