// Package auth is the contract between a service and its credentials.
//
// An [Authenticator] looks at a request and says who sent it; the same value
// declares how OpenAPI describes that credential. The packages below this one are
// the ready ones (basicauth, sessionauth, jwtauth, tokenauth, and csrf for what has no
// credential); writing one takes ten lines, see the example. [AnyOf], [AllOf],
// [Optional], [Fallthrough] and [Narrow] combine them, and [Public] says that an
// operation needs none.
//
// Package rest enforces and documents them per operation. Without that framework,
// [Require] protects any net/http handler:
//
//	protect, err := auth.Require(auth.AnyOf(session, tokens.Header()), auth.RequireConfig{})
//	mux.Handle("/reports/", protect(reports))
//
// There are no permission classes: who sent the request is known here, what that
// user may do is the application's code.
package auth
