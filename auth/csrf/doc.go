// Package csrf protects credentials that a browser sends by itself, cookies, from
// requests that other sites make it send.
//
// A [Protection] is Django's: a secret in a cookie (or in the session), and the
// same secret, usually masked, in a header that only the site's own pages can set;
// Origin and Referer are checked as well (middleware/csrf.py). The cookie backends
// bring one with them. It is also an Authenticator that lets nobody in particular
// pass, for endpoints without a credential, and [Protection.Middleware] protects
// plain handlers, forms included.
//
// A [CrossOrigin] is for endpoints that give a credential, login above all: nothing was
// handed to the page yet that it could send back. It refuses what a browser marks
// as cross-site, and lets clients pass that are no browsers.
package csrf
