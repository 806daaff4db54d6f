package password

import (
	"context"
	"io"
)

// Argon2Cost is the cost of argon2id.
type Argon2Cost struct {
	Memory  uint32 // in KiB. Defaults to 19456 (19 MiB, OWASP); Django's own is 102400
	Time    uint32 // passes. Defaults to 2
	Threads uint8  // lanes. Defaults to 1; Django's own is 8
}

// ScryptCost is the cost of scrypt.
type ScryptCost struct {
	N int // work factor, a power of two. Defaults to 16384
	R int // block size. Defaults to 8
	P int // parallelism. Defaults to 5, Django's since 5.1
}

// method is an algorithm with its parameters: of the settings, or parsed from an
// encoding.
type method interface {
	// String names the algorithm and its cost.
	String() string
	// hash encodes a password with a fresh salt.
	hash(password string, random io.Reader) (string, error)
	// verify checks it against the encoding that was parsed.
	verify(password string) bool
	// burn computes what verify computes, and forgets it.
	burn(password string)
	// nanoseconds is about how long that takes. Only ratios of it are used.
	nanoseconds() float64
	// lacks returns what is to be computed besides, so that a wrong password takes as long
	// as one for the preferred method, which is of the same algorithm. ok is false if such
	// work cannot be added to what was computed.
	lacks(preferred method) (work []method, ok bool)
	// differs reports whether the encoding is to be replaced.
	differs(preferred method) bool
	// bounded refuses costs outside the limits.
	bounded() error
}

// check decides on an encoding. For one that is not read it computes standIn instead.
func (h *Hasher) check(ctx context.Context, encoded, password string, preferred, standIn method) (bool, error) {
	release, err := h.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	stored, ok := h.parse(encoded)
	if !ok {
		h.burn(standIn, password)
		h.harden(standIn, preferred, password)
		return false, nil
	}
	h.count(stored)
	if stored.verify(password) {
		return true, nil
	}
	h.harden(stored, preferred, password)
	return false, nil
}

// harden makes up for a cost below the preferred one, after a wrong password.
func (h *Hasher) harden(computed, preferred method, password string) {
	work, ok := computed.lacks(preferred)
	if !ok && computed.nanoseconds() < preferred.nanoseconds() {
		work = []method{preferred}
	}
	for _, m := range work {
		h.burn(m, password)
	}
}

func (h *Hasher) burn(m method, password string) {
	h.count(m)
	m.burn(password)
}

func (h *Hasher) count(m method) {
	if h.spent != nil {
		h.spent(m.String())
	}
}
