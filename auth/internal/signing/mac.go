// Package signing writes and reads what Django signs: django.core.signing and
// the salted_hmac below it.
package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"sync"
)

// MAC is Django's salted_hmac (utils/crypto.py:salted_hmac) for one salt and secret:
// an HMAC whose key is the hash of salt ‖ secret. It is safe for concurrent use.
type MAC struct{ pool sync.Pool }

// NewMAC prepares the key of an HMAC-SHA256. It does not keep the secret.
func NewMAC(salt string, secret []byte) *MAC { return NewMACWith(sha256.New, salt, secret) }

// NewMACWith is NewMAC with another hash. Only [MAC.Hex] may be called then.
func NewMACWith(newHash func() hash.Hash, salt string, secret []byte) *MAC {
	digest := newHash()
	digest.Write([]byte(salt))
	digest.Write(secret)
	key := digest.Sum(nil)
	// Reset of a used HMAC restores its key's state, which saves two blocks and
	// all allocations of a new one.
	return &MAC{pool: sync.Pool{New: func() any { return &state{mac: hmac.New(newHash, key)} }}}
}

type state struct {
	mac  hash.Hash
	text []byte
	sum  []byte
}

// sum calls use with the MAC of a value, which use must not keep.
func (m *MAC) sum(value string, use func(sum []byte)) {
	s := m.pool.Get().(*state)
	s.mac.Reset()
	s.text = append(s.text[:0], value...)
	s.mac.Write(s.text)
	s.sum = s.mac.Sum(s.sum[:0])
	use(s.sum)
	m.pool.Put(s)
}

// Hex returns the MAC in lower-case hexadecimal, as session hashes have it.
func (m *MAC) Hex(value string) string {
	var text string
	m.sum(value, func(sum []byte) {
		var digits [2 * sha512.Size]byte
		text = string(digits[:hex.Encode(digits[:], sum)])
	})
	return text
}

// EqualHex reports in constant time whether text is Hex(value).
func (m *MAC) EqualHex(value, text string) bool {
	var equal bool
	m.sum(value, func(sum []byte) {
		var want [2 * sha256.Size]byte
		hex.Encode(want[:], sum)
		equal = subtle.ConstantTimeCompare(want[:], []byte(text)) == 1
	})
	return equal
}

// Base64 returns the MAC in URL-safe base64 without padding, as signatures have
// it: 43 characters.
func (m *MAC) Base64(value string) string {
	var text string
	m.sum(value, func(sum []byte) { text = base64.RawURLEncoding.EncodeToString(sum) })
	return text
}

// EqualBase64 reports in constant time whether text is Base64(value). The text is
// compared, not what it decodes to: padding or other unused bits do not match.
func (m *MAC) EqualBase64(value, text string) bool {
	var equal bool
	m.sum(value, func(sum []byte) {
		var want [43]byte
		base64.RawURLEncoding.Encode(want[:], sum)
		equal = subtle.ConstantTimeCompare(want[:], []byte(text)) == 1
	})
	return equal
}
