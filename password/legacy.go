package password

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
)

// begin makes what a Hasher has besides its settings.
func (h *Hasher) begin() {
	h.slots = make(chan struct{}, max(1, cmp.Or(h.MaxConcurrent, runtime.GOMAXPROCS(0))))
	if h.LegacySecret == nil {
		h.secret = make([]byte, sha256.Size)
		rand.Read(h.secret)
	}
}

// checkFor is Check for an account under a name, or for none, where encoded is empty. The
// name decides what is computed if the encoding is not read.
func (h *Hasher) checkFor(ctx context.Context, preferred method, name, encoded, password string) (bool, error) {
	if len(password) > h.maxLength() {
		return false, nil
	}
	return h.check(ctx, encoded, password, preferred, h.standIn(name, preferred))
}

// standIn chooses what is computed for a name that has no encoding. It is always the same
// for the same name.
func (h *Hasher) standIn(name string, preferred method) method {
	if len(h.Legacy) == 0 {
		return preferred
	}
	h.once.Do(h.begin)
	key := h.LegacySecret
	if key == nil {
		key = h.secret
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("password: legacy\x00" + name))
	i := binary.BigEndian.Uint64(mac.Sum(nil)) % uint64(len(h.Legacy)+1)
	if i == uint64(len(h.Legacy)) {
		return preferred
	}
	m, _ := h.sample(h.Legacy[i]) // checkLegacy has read it
	return m
}

// leastSecret is the fewest bytes of a LegacySecret.
const leastSecret = 32

func (h *Hasher) checkLegacy() error {
	if h.LegacySecret != nil && len(h.LegacySecret) < leastSecret {
		return fmt.Errorf("password: Hasher.LegacySecret has %d bytes, want %d or more", len(h.LegacySecret), leastSecret)
	}
	for i, text := range h.Legacy {
		if _, ok := h.sample(text); !ok {
			return fmt.Errorf("password: Hasher.Legacy[%d]: not an encoding that is read, nor the beginning of one; want one such as %q", i, "pbkdf2_sha256$870000")
		}
	}
	return nil
}

// endings complete the beginning of an encoding with a salt and a hash: of PBKDF2 and MD5,
// of scrypt, of bcrypt and of argon2.
var endings = []string{"$salt$", "$", "$" + strings.Repeat(".", 53), "$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAA"}

// sample reads an encoding, or the beginning of one.
func (h *Hasher) sample(text string) (method, bool) {
	if m, ok := h.parse(text); ok {
		return m, true
	}
	text = strings.TrimRight(text, "$")
	for _, ending := range endings {
		if m, ok := h.parse(text + ending); ok {
			return m, true
		}
	}
	return nil, false
}
