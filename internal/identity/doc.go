// Package identity owns who a person is: users, their identities in each app,
// and how identities are joined by unionid.
//
// An identity is (appid, openid): one person as one app sees them; the primary
// key of everything WeChat tells us. A user is a person: one or more
// identities, joined by unionid inside one open account. Identity comes first,
// the user by link, for a unionid may arrive late or change.
//
// Only a direct answer of WeChat's may create, link or end an identity.
//
// Routes: GET, POST and DELETE /v1/me, POST /v1/me/avatar, GET /avatars/{id};
// /v1/server/users and /v1/server/merges for a business.
package identity
