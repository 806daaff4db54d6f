package csrf

import (
	"crypto/subtle"
	"fmt"
	"io"
	"strings"
)

const (
	alphabet     = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	secretLength = 32
	tokenLength  = 2 * secretLength // mask and masked secret
)

// newSecret draws a secret (middleware/csrf.py:_get_new_csrf_string), each
// character equally likely.
func newSecret(random io.Reader) (string, error) {
	const fair = 256 / len(alphabet) * len(alphabet)
	text := make([]byte, 0, secretLength)
	var buffer [tokenLength]byte
	for len(text) < secretLength {
		if _, err := io.ReadFull(random, buffer[:]); err != nil {
			return "", fmt.Errorf("csrf: no randomness for a secret: %w", err)
		}
		for _, b := range buffer {
			if int(b) < fair && len(text) < secretLength {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text), nil
}

// mask hides a secret behind a fresh mask, so that no two answers hold the same
// bytes: compressing them (BREACH) then tells nothing.
func mask(secret string, random io.Reader) (string, error) {
	key, err := newSecret(random)
	if err != nil {
		return "", err
	}
	token := append(make([]byte, 0, tokenLength), key...)
	for i := range len(secret) {
		token = append(token, alphabet[(index(secret[i])+index(key[i]))%len(alphabet)])
	}
	return string(token), nil
}

// unmask returns the secret of a token of the right format: a masked one, or the
// secret itself.
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

// malformed says what is wrong with the format of a token, in Django's words
// (_check_token_format). Empty: nothing.
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
