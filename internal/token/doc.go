// Package token owns the keys hufu signs with, and the access tokens: their
// making, their checking, the published JWKS and the metadata by which a
// backend finds it. It also keeps the symmetric keys of package session.
//
// Routes: GET /.well-known/jwks.json, GET /.well-known/openid-configuration,
// GET /.well-known/oauth-authorization-server, /oauth2/authorize, /oauth2/token.
package token
