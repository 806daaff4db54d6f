// Package jwtauth issues JSON Web Tokens (RFC 7519) and checks them (RFC 7515,
// RFC 8725). One [Issuer] does both, so that keys, lifetimes, issuer and audience
// of what is issued and of what is accepted cannot drift apart.
//
//	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
//	pair, err := tokens.Issue(ctx, account)     // in a login handler
//	rest.Settings{Auth: tokens.Header()}        // Authorization: Bearer <token>
//
// # Strictness
//
// The algorithm comes from the configuration, never from the token. Base64 is
// strict and unpadded; names in the header and the claims are case-sensitive and
// may not repeat; an unknown crit refuses the token, and so do encryption,
// compression and the JSON serialization. The claims are not looked at before the
// signature is good, but for iss where keys must be fetched first. Tokens need exp,
// iat, sub and the type "access", at the top level or in extras, as
// django-modern-rest writes them.
//
// # Tokens of other issuers
//
// [Config].Remote and ForeignTokens accept access tokens of Keycloak, Auth0, Entra ID,
// Cognito, Okta, Google, simplejwt and the like. An issuer signs more than access tokens
// with one key, so a token that is marked as one of another kind is refused:
//
//   - by the header typ: a structured type such as dpop+jwt, logout+jwt or secevent+jwt,
//     other than at+jwt (RFC 9068), and words such as Refresh and ID;
//   - by the claims token_use and token_type: anything but access, Bearer and sliding;
//   - by the claims typ and type: Refresh and, in typ, ID, Offline, Logout, DPoP;
//   - by the claim events of security events and logouts (RFC 8417).
//
// Auth0, Entra ID, Google and Okta do not mark their ID tokens. What tells these from
// access tokens is the audience: it is the client, and not the API. So give an API an
// audience of its own.
//
// # Logging out
//
// A token is good until it expires, and refreshing goes on until [Config].LoginLifetime
// is over. What can end it sooner is configuration:
//
//   - [Config].Families keeps a row for each login. A refresh token works once, reuse
//     ends the login, and so do [Issuer.Revoke], [Issuer.EndOne] and [Issuer.EndAll], and
//     a change of the password.
//   - [Config].Blocklist, django-modern-rest's, keeps a row for each token that was
//     revoked or, of refresh tokens, used.
//   - [Config].BindPassword ends all tokens of an account with its password.
//
// An inactive account, and one that is gone, is refused in any case.
package jwtauth
