package sessionauth

import "github.com/go-modern-rest/rest/auth/internal/signing"

// Decode reads session data with a salt and keys, and returns it as JSON again.
func Decode(text, salt string, keys ...[]byte) string {
	payload, err := signing.NewSigner(salt, keys...).Load(text)
	if err != nil {
		return "{}"
	}
	d, err := parseData(payload)
	if err != nil {
		return "{}"
	}
	return string(d.encode())
}

// Reencode parses JSON as session data and writes it again.
func Reencode(payload []byte) ([]byte, error) {
	d, err := parseData(payload)
	if err != nil {
		return nil, err
	}
	return d.encode(), nil
}
