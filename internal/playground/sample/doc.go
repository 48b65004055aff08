// Package sample is the backend of a mini program, as small as it can be: notes
// of a person, in memory. It stands for a team's own backend and is written as
// one that has only hufu's address: it imports nothing of hufu, and asks it over
// HTTP.
//
// A backend in Go would use package verify, and be done. This one cannot: the
// playground's clock runs ahead, and verify knows the real time alone.
//
// Who a token speaks for, it finds out by itself, by hufu's public keys. Whether
// the session still lives, it asks hufu on every call, so that in the playground
// an ended session is refused at once. A backend under load would rather accept
// that a token outlives its session by at most a quarter of an hour, or keep a
// list of the sessions that ended.
package sample
