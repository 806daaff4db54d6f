// Package password hashes and checks passwords in Django's encodings, so that a
// user table can be shared with a Django site (contrib/auth/hashers.py).
//
// A [Hasher] makes and checks encoded passwords; its zero value uses argon2id with
// OWASP's cost. A [Checker] is what a login is made of: it finds the account,
// checks the password at the same cost whether the account exists or not, and
// replaces an encoding that differs from the configured one:
//
//	checker := password.NewChecker(db.Users(), &password.Hasher{})
//	user, account, err := checker.Check(ctx, in.Username, in.Password)
//
// A [Policy] decides which new passwords are accepted: none that is short, common or made
// of the user's name or address.
//
// Beside a Django site, [Hasher].Legacy lists the encodings that the table still holds, so
// that the time of a login does not say who has an account.
//
// Passwords are bytes: they are neither trimmed nor normalised, and may be empty.
package password
