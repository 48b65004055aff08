package token

import "github.com/hufu-id/hufu/internal/web"

const tagOAuth = "OAuth"

// tokenForm is the body of introspection and revocation.
type tokenForm struct {
	Token string `json:"token" doc:"An access token or a refresh token."`
	Hint  string `json:"token_type_hint,omitzero" doc:"Allowed, and passed over: the tokens tell themselves apart."`
}

// authorizeForm and grantForm are as much of OAuth's as the answers depend on.
type (
	authorizeForm struct {
		ResponseType string `json:"response_type"`
	}
	grantForm struct {
		GrantType string `json:"grant_type"`
	}
)

// describe puts the routes into the OpenAPI document.
func (c *Clients) describe(api *web.API) {
	api.Describe(
		documentCall(pathJWKS, "getJWKS", "The public keys of access tokens", "A JWK set (RFC 7517). A retired key stays until the last token that it signed has expired."),
		documentCall(pathOpenID, "getOpenIDConfiguration", "Where everything is", "OpenID Connect Discovery 1.0; the same as the metadata of RFC 8414."),
		documentCall(pathOAuth, "getOAuthMetadata", "Where everything is, as OAuth asks for it", "Authorization server metadata (RFC 8414)."),
		web.Plain{
			Method: "POST", Path: pathIntrospection, ID: "introspect", Tag: tagOAuth, Client: true, Scopes: []string{c.IntrospectScope},
			Summary: "Is this token good",
			Description: "Token introspection (RFC 7662). A token that must not be accepted, that is none, or that is of an app which the " +
				"API key is not for is {\"active\":false}. Check aud, too: a refresh token has none.",
			Form: tokenForm{}, Answers: clientAnswers(web.PlainAnswer{Status: 200, Type: "application/json", Body: introspection{}}),
		},
		web.Plain{
			Method: "POST", Path: pathRevocation, ID: "revoke", Tag: tagOAuth, Client: true, Scopes: []string{c.RevokeScope},
			Summary:     "End the session of a token",
			Description: "Token revocation (RFC 7009). All tokens of the session end. One that is not ours is as good as revoked.",
			Form:        tokenForm{}, Answers: clientAnswers(web.PlainAnswer{Status: 200}),
		},
		web.Plain{
			Method: "GET", Path: pathAuthorize, ID: "authorize", Tag: tagOAuth,
			Summary: "Refused: there is no browser login", Description: "Answers unsupported_response_type, and never redirects.",
			Params:  []web.Param{{In: web.InQuery, Name: "response_type", Description: "Whatever it is, it is refused."}},
			Answers: []web.PlainAnswer{oauthAnswer(400, "`unsupported_response_type`, `invalid_request`")},
		},
		web.Plain{
			Method: "POST", Path: pathAuthorize, ID: "authorizeByForm", Tag: tagOAuth,
			Summary: "Refused: there is no browser login", Description: "As by GET.", Form: authorizeForm{},
			Answers: []web.PlainAnswer{oauthAnswer(400, "`unsupported_response_type`, `invalid_request`"), oauthAnswer(413, "`invalid_request`")},
		},
		web.Plain{
			Method: "POST", Path: pathToken, ID: "token", Tag: tagOAuth,
			Summary: "Refused: there are no OAuth grants", Description: "A mini program logs in by POST /v1/login. Answers unsupported_grant_type.", Form: grantForm{},
			Answers: []web.PlainAnswer{oauthAnswer(400, "`unsupported_grant_type`, `invalid_request`"), oauthAnswer(413, "`invalid_request`")},
		},
	)
}

// documentCall describes a public document.
func documentCall(path, id, summary, description string) web.Plain {
	return web.Plain{
		Method: "GET", Path: path, ID: id, Tag: tagOAuth, Summary: summary, Description: description,
		Answers: []web.PlainAnswer{{Status: 200, Type: "application/json"}, {Status: 304}},
	}
}

// clientAnswers adds to success how calls of API keys fail.
func clientAnswers(success web.PlainAnswer) []web.PlainAnswer {
	return []web.PlainAnswer{
		success,
		oauthAnswer(400, "`invalid_request`"), oauthAnswer(401, "`invalid_client`, `invalid_token`"), oauthAnswer(403, "`insufficient_scope`"),
		oauthAnswer(413, "`invalid_request`"), oauthAnswer(503, "`temporarily_unavailable`"),
	}
}

func oauthAnswer(status int, codes string) web.PlainAnswer {
	return web.PlainAnswer{Status: status, Description: codes, Type: "application/json", Body: oauthError{}}
}
