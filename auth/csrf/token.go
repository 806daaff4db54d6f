package csrf

import (
	"crypto/subtle"
	"fmt"
	"io"
	"strings"

	"github.com/go-modern-rest/rest/internal/random"
)

const (
	alphabet     = random.Alphanumeric
	secretLength = 32
	tokenLength  = 2 * secretLength // mask and masked secret
)

// newSecret draws a secret (middleware/csrf.py:_get_new_csrf_string).
func newSecret(source io.Reader) (string, error) {
	secret, err := random.Text(source, alphabet, secretLength)
	if err != nil {
		return "", fmt.Errorf("csrf: secret: %w", err)
	}
	return secret, nil
}

// mask hides a secret behind a new random mask, so that two replies never have the same
// bytes: the size of compressed replies then reveals nothing (BREACH).
func mask(secret string, source io.Reader) (string, error) {
	key, err := newSecret(source)
	if err != nil {
		return "", err
	}
	token := append(make([]byte, 0, tokenLength), key...)
	for i := range len(secret) {
		token = append(token, alphabet[(index(secret[i])+index(key[i]))%len(alphabet)])
	}
	return string(token), nil
}

// unmask returns the secret of a well-formed token, which is masked or the secret itself.
func unmask(token string) string {
	if len(token) != tokenLength {
		return token
	}
	key, masked := token[:secretLength], token[secretLength:]
	secret := make([]byte, secretLength)
	for i := range secret {
		secret[i] = alphabet[(index(masked[i])-index(key[i])+len(alphabet))%len(alphabet)]
	}
	return string(secret)
}

func index(character byte) int { return strings.IndexByte(alphabet, character) }

// malformed returns what is wrong with the format of a token, in Django's words; empty:
// nothing (_check_token_format).
func malformed(token string) string {
	if len(token) != tokenLength && len(token) != secretLength {
		return "has incorrect length"
	}
	for i := range len(token) {
		if index(token[i]) < 0 {
			return "has invalid characters"
		}
	}
	return ""
}

// match reports in constant time whether a well-formed token belongs to a secret.
func match(token, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(unmask(token)), []byte(secret)) == 1
}
