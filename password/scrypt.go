package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/scrypt"
)

const (
	maxScryptMemory = 256 << 20 // bytes: 128·N·r
	maxScryptWork   = 1 << 24   // (N+16)·r·p; what comes before and after costs as much as N=16
	scryptLength    = 64        // bytes
)

// scryptMethod is ScryptPasswordHasher: scrypt$N$SALT$R$P$BASE64.
type scryptMethod struct {
	n, r, p int
	salt    string
	encoded string
}

func parseScrypt(rest string) (method, bool) {
	parts := strings.Split(rest, "$")
	if len(parts) != 5 {
		return nil, false
	}
	n, okN := number(parts[0])
	r, okR := number(parts[2])
	p, okP := number(parts[3])
	return scryptMethod{n, r, p, parts[1], parts[4]}, okN && okR && okP && parts[1] != ""
}

func (m scryptMethod) derive(password string) (string, error) {
	derived, err := scrypt.Key([]byte(password), []byte(m.salt), m.n, m.r, m.p, scryptLength)
	return base64.StdEncoding.EncodeToString(derived), err
}

func (m scryptMethod) hash(password string, random io.Reader) (string, error) {
	var err error
	if m.salt, err = salt(random, saltLength); err != nil {
		return "", err
	}
	encoded, err := m.derive(password)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("scrypt$%d$%s$%d$%d$%s", m.n, m.salt, m.r, m.p, encoded), nil
}

func (m scryptMethod) verify(password string) bool {
	encoded, err := m.derive(password)
	return err == nil && equal(encoded, m.encoded)
}

func (m scryptMethod) burn(password string) {
	m.salt = anySalt
	_, _ = m.derive(password) // the time is all that is wanted
}

// lacks has no answer: work cannot be added afterwards.
func (m scryptMethod) lacks(method) ([]method, bool) { return nil, false }

func (m scryptMethod) nanoseconds() float64 { return 700 * float64(m.n) * float64(m.r) * float64(m.p) }

func (m scryptMethod) String() string { return fmt.Sprintf("scrypt %d,%d,%d", m.n, m.r, m.p) }

func (m scryptMethod) differs(preferred method) bool {
	p, ok := preferred.(scryptMethod)
	return !ok || m.n != p.n || m.r != p.r || m.p != p.p || shortSalt(m.salt)
}

func (m scryptMethod) bounded() error {
	if m.n < 2 || m.n&(m.n-1) != 0 || m.r < 1 || m.p < 1 {
		return errors.New("password: Hasher.Scrypt: N must be a power of two above 1, R and P positive")
	}
	// Divided, not multiplied: a stored number may overflow.
	if m.n > maxScryptMemory/128/m.r || m.p > maxScryptWork/(m.n+16)/m.r {
		return fmt.Errorf("password: Hasher.Scrypt: N=%d, R=%d, P=%d needs more than %d MiB or %d steps",
			m.n, m.r, m.p, maxScryptMemory>>20, maxScryptWork)
	}
	return nil
}
