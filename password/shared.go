package password

import (
	"context"
	"strings"
)

// EncodingLister is implemented by users whose table another program reads and writes, such as a
// Django site. If [Hasher].Algorithm is empty, a [Checker] encodes new passwords with the
// algorithm and the cost of the table, because the other program may not be able to read
// argon2id, and would replace an encoding of another cost at the next login.
type EncodingLister interface {
	// PasswordEncodings returns encodings of the table, or their beginnings up to the salt, the
	// one that the other program prefers first. The Checker uses the first one that a
	// [Hasher] can write. It is called at each login, so it should keep the result for some
	// minutes.
	PasswordEncodings(ctx context.Context) ([]string, error)
}

// preferred returns how a new password is encoded.
func (c *Checker[U]) preferred(ctx context.Context) (method, error) {
	own, err := c.hasher.preferred()
	users, ok := c.users.(EncodingLister)
	if err != nil || !ok || c.hasher.Algorithm != "" {
		return own, err
	}
	encodings, err := users.PasswordEncodings(ctx)
	if err != nil {
		return nil, err
	}
	for _, text := range encodings {
		if m, ok := c.hasher.sample(text); ok && writable(m, text) {
			return m, nil
		}
	}
	return own, nil
}

// writable reports whether the method of an encoding is one that Hasher.Algorithm can name.
func writable(m method, text string) bool {
	switch m := m.(type) {
	case argon2Method:
		return m.kind == "argon2id" && !m.bare
	case bcryptMethod:
		return !strings.HasPrefix(text, "$") // which has no name
	case pbkdf2Method, scryptMethod:
		return true
	}
	return false
}
