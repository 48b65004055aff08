// Package audit owns the record of what was done to people's data, and who saw
// it: an entry says when, who, what, and to whom, by ids and words alone. It may
// hold no openid, unionid, phone number, nickname or external_id, since it stays
// when the person it is about is erased.
//
// Any domain may make entries. What changes something hands its entry to the
// store, which appends it in the transaction of the change; what shows something
// records its entry before it answers. That an API key was shown a user is
// recorded once a day (Reads), within a second, apart from the rest and for a shorter
// time.
//
// Route: GET /v1/server/audit.
package audit
