// Package csrf protects cookies and other credentials that a browser sends by itself from
// requests that pages of other sites make it send.
//
// A [Protection] works as Django's (middleware/csrf.py): a secret is in a cookie or in the
// session, and the page sends the same secret, usually masked, in a header that pages of
// other sites cannot set. Origin and Referer are checked as well. The backends with cookies
// use one. It is also an Authenticator, for endpoints without a credential, and
// [Protection.Middleware] protects plain handlers and forms.
//
// A [CrossOrigin] is for endpoints that issue a credential, such as a login: the page has no
// token yet that it could send. It refuses requests that a browser marks as cross-site, and
// accepts clients that are not browsers.
package csrf
