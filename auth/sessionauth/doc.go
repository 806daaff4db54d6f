// Package sessionauth authenticates requests by a session cookie, in Django's formats. A
// Django site and a Go service with the same secret and database share their logins.
//
// An [Auth] is an authenticator, and begins and ends sessions:
//
//	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
//	...
//	cookies, err := session.Begin(r, account) // of an account whose password was checked
//
// A session is a row in a [Store] that is found by the random key in the cookie. Its data is
// signed, so that someone who can write to the table cannot log in as another user. It is
// bound to the password: a change of the password ends the sessions of the user. Requests
// with an unsafe method need a CSRF token as well, see package csrf.
package sessionauth
