// Package token owns the keys hufu signs with, and the access tokens: their
// making, their checking, the published JWKS and the metadata by which a
// backend finds it. It also keeps the symmetric keys of package session.
//
// A key is published as soon as it is made, signs once everybody can know it,
// and stays until the last thing it signed has run out:
//
//	made ──lead──▶ signs ──age, or by hand──▶ replaced ──life + skew──▶ forgotten
//
// Routes: GET /.well-known/jwks.json, GET /.well-known/openid-configuration,
// GET /.well-known/oauth-authorization-server, /oauth2/authorize,
// /oauth2/token, /oauth2/introspect, /oauth2/revoke.
package token
