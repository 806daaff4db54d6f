package password

import (
	"fmt"
	"io"
)

// alphabet is that of Django's get_random_string.
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// saltLength is ceil(128 / log2(62)): 128 bits (BasePasswordHasher.salt).
const saltLength = 22

// salt draws n characters of the alphabet, each equally likely: bytes beyond the
// largest multiple of 62 are drawn again.
func salt(random io.Reader, n int) (string, error) {
	text := make([]byte, 0, n)
	var buffer [64]byte
	for len(text) < n {
		if _, err := io.ReadFull(random, buffer[:]); err != nil {
			return "", fmt.Errorf("password: no randomness for a salt: %w", err)
		}
		for _, b := range buffer {
			if int(b) < 256/len(alphabet)*len(alphabet) && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text), nil
}

// shortSalt is hashers.py:must_update_salt for 128 bits: it measures every salt as
// if it were written in the alphabet.
func shortSalt(text string) bool { return len(text) < saltLength }
