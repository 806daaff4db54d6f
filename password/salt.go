package password

import (
	"fmt"
	"io"

	"github.com/go-modern-rest/rest/internal/random"
)

// saltLength is ceil(128 / log2(62)): 128 bits (BasePasswordHasher.salt).
const saltLength = 22

// anySalt has the form of a salt.
var anySalt = random.Alphanumeric[:saltLength]

// salt draws n alphanumeric characters.
func salt(source io.Reader, n int) (string, error) {
	text, err := random.Text(source, random.Alphanumeric, n)
	if err != nil {
		return "", fmt.Errorf("password: salt: %w", err)
	}
	return text, nil
}

// shortSalt reports whether a salt has less than 128 bits, measured as if it were written
// in the alphabet (hashers.py:must_update_salt).
func shortSalt(text string) bool { return len(text) < saltLength }
