// Package random makes random texts of a given alphabet: keys of sessions, secrets and
// salts in the formats of other programs. Where any format will do, crypto/rand.Text is
// simpler.
package random

import (
	"fmt"
	"io"
)

// Alphanumeric is the alphabet of Django's get_random_string
// (django/utils/crypto.py:RANDOM_STRING_CHARS).
const Alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// Text returns n characters of an alphabet of up to 256 bytes, each equally likely: a
// random byte beyond the largest multiple of the alphabet's length is dropped. The error is
// that of the source.
func Text(source io.Reader, alphabet string, n int) (string, error) {
	fair := 256 / len(alphabet) * len(alphabet)
	text := make([]byte, 0, n)
	var buffer [64]byte
	for len(text) < n {
		if _, err := io.ReadFull(source, buffer[:]); err != nil {
			return "", fmt.Errorf("no randomness: %w", err)
		}
		for _, b := range buffer {
			if int(b) < fair && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text), nil
}
