// Package sessionauth logs people in with a session cookie, in Django's formats:
// a site and a Go service that share secret and database share their logins.
//
// An [Auth] is the authenticator, and what begins and ends sessions:
//
//	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
//	...
//	cookies, err := session.Begin(r, account) // after password.Checker said who it is
//
// A session is a row in a [Store], found by the random key in the cookie. What it
// holds is signed: who can write to the table cannot log in as somebody else. It is
// bound to the password, so that changing that ends the user's sessions. Requests
// with an unsafe method need a CSRF token as well, see package csrf.
package sessionauth
