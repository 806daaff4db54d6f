// Package jwtauth issues and checks JSON Web Tokens (RFC 7519, RFC 7515, RFC 8725). One
// [Issuer] does both, so that the tokens that it issues are those that it accepts.
//
//	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
//	pair, err := tokens.Issue(ctx, account)     // in a login handler
//	rest.Settings{Auth: tokens.Header()}        // Authorization: Bearer <token>
//
// # Strictness
//
// The algorithm comes from the configuration, never from the token. Base64 is strict and
// unpadded. Names in the header and the claims are case-sensitive, and must not occur twice.
// Tokens with crit, encryption, compression or in the JSON serialization are refused. Claims
// are only read after the signature was checked, except iss if keys must be fetched first.
// Tokens need exp, iat, sub and the type "access", at the top level or in extras, as
// django-modern-rest writes them.
//
// # Tokens of other issuers
//
// [Config].Remote and ForeignTokens accept the access tokens of Keycloak, Auth0, Entra ID,
// Cognito, Okta, Google, simplejwt and others. Issuers sign other kinds of tokens with the
// same key, so a token is refused if it is marked as one of these:
//
//   - by the header typ: a structured type such as dpop+jwt, logout+jwt or secevent+jwt,
//     other than at+jwt (RFC 9068), and words such as Refresh and ID;
//   - by the claims token_use and token_type: anything but access, Bearer and sliding;
//   - by the claims typ and type: Refresh and, in typ, ID, Offline, Logout, DPoP;
//   - by the claim events of security events and logouts (RFC 8417).
//
// Auth0, Entra ID, Google and Okta do not mark their ID tokens, which differ from access
// tokens only in the audience: it is the client, and not the API. So give each API an
// audience of its own.
//
// # Logging out
//
// A token is valid until it expires, and a login can be refreshed until [Config].LoginLifetime
// is over. These settings can end it earlier:
//
//   - [Config].Families has a row for each login. A refresh token works once. The login is
//     ended by the reuse of a refresh token, by [Issuer.Revoke], [Issuer.EndOne] and
//     [Issuer.EndAll], and by a change of the password.
//   - [Config].Blocklist has a row for each token that was revoked, and for each refresh token
//     that was used, as in django-modern-rest.
//   - [Config].BindPassword ends all tokens of an account when its password is changed.
//
// Accounts that are inactive or were removed are always refused.
package jwtauth
