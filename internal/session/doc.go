// Package session owns the login: it turns the code of wx.login into a session
// with tokens, refreshes it, lists it and ends it, and keeps WeChat's
// session_key, sealed, to itself.
//
// Every step that costs a code or a token can be repeated safely, on another
// replica and after a crash: a login is found again by its code, a refresh by
// the token it replaced.
//
// Routes: POST /v1/login, POST /v1/refresh, GET and DELETE /v1/session,
// GET /v1/sessions, DELETE /v1/sessions/{id}; and for what WeChat seals or tells
// of the person, POST /v1/me/userinfo, /v1/me/decrypt and /v1/me/phone.
package session
