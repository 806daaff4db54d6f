package auth

import (
	"cmp"
	"net/http"
)

// Header says where a request header carries a credential. The zero value is the usual
// place of each backend; jwtauth's is "Authorization: Bearer <token>".
type Header struct {
	// SchemeName is the name of the security scheme in the OpenAPI document. Each backend
	// has a default, such as "jwt". Two schemes of one API need two names.
	SchemeName string
	// SchemeDescription is the description of the scheme in the document, in CommonMark.
	// Empty says how the credential is sent.
	SchemeDescription string
	// Name of the header.
	Name string
	// Scheme is the word before the credential, "Bearer" for example. It is matched in any
	// case (RFC 9110 §11.1).
	Scheme string
	// NoScheme reads the whole value of the header as the credential. The authenticator
	// then handles every request that has the header.
	NoScheme bool
	// Realm of the challenge in a 401: `Bearer realm="api"`. Defaults to "api".
	Realm string
	// NoChallenge leaves WWW-Authenticate out of a 401, so that a browser does not ask for
	// a password. There is a challenge only for the header Authorization with a scheme.
	NoChallenge bool
}

// Cookie says how a cookie is named and sent. The zero value is a cookie of the host alone,
// for all paths, Secure, HttpOnly and SameSite=Lax; the name is the usual one of each
// backend. Settings that browsers would refuse are start-up errors.
type Cookie struct {
	// SchemeName is the name of the security scheme in the OpenAPI document. Each backend
	// has a default, such as "session".
	SchemeName string
	// SchemeDescription is the description of the scheme in the document, in CommonMark.
	SchemeDescription string
	// Name of the cookie.
	Name string
	// Path below which browsers send the cookie. Defaults to /.
	Path string
	// Domain shares the cookie with the subdomains of a domain. Empty: the host only.
	Domain string
	// SameSite defaults to Lax.
	SameSite http.SameSite
	// Insecure leaves out Secure: over plain http anyone on the network path can read the
	// cookie and act as the user. For development.
	Insecure bool
	// InsecureScriptAccess leaves out HttpOnly: scripts, injected ones included, can read
	// the cookie.
	InsecureScriptAccess bool
}

// HTTP returns the cookie with a value, to be set in a reply. It ends with the browser;
// set MaxAge and Expires for another end.
func (c Cookie) HTTP(value string) *http.Cookie {
	return &http.Cookie{
		Name: c.Name, Value: value, Path: cmp.Or(c.Path, "/"), Domain: c.Domain,
		Secure: !c.Insecure, HttpOnly: !c.InsecureScriptAccess, SameSite: cmp.Or(c.SameSite, http.SameSiteLaxMode),
	}
}
