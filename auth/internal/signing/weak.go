package signing

import "crypto/sha256"

// Weak marks a mistake in a secret. One secret is often given to several backends, and
// the mistake is then reported once.
func Weak(secret []byte, mistake error) error {
	return &weak{error: mistake, secret: sha256.Sum256(secret)}
}

type weak struct {
	error
	secret [sha256.Size]byte
}

func (w *weak) Unwrap() error { return w.error }

// Cause is equal for mistakes in one secret.
func (w *weak) Cause() any { return w.secret }
