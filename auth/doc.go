// Package auth defines how requests are authenticated.
//
// An [Authenticator] returns who sent a request, and describes its credential for an OpenAPI
// document. Packages basicauth, sessionauth, jwtauth and tokenauth have ready ones, and
// package csrf has checks for requests without a credential. An Authenticator of your own
// takes ten lines, see the example. [AnyOf], [AllOf], [Optional], [Fallthrough] and [Narrow]
// combine them, and [Public] declares that an operation needs none.
//
// Package rest enforces and documents them for each operation. Without it, [Require] protects
// any net/http handler:
//
//	protect, err := auth.Require(auth.AnyOf(session, tokens.Header()), auth.RequireConfig{})
//	mux.Handle("/reports/", protect(reports))
//
// There are no permission classes. This package knows who sent a request; what that user may
// do is decided by the code of the application.
package auth
