package password

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	maxBcryptCost   = 16
	maxBcryptLength = 72 // bytes of a password that bcrypt looks at
	bcryptAlphabet  = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// bcryptMethod is BCryptPasswordHasher and BCryptSHA256PasswordHasher: the
// algorithm, "$" and $2b$12$ with 22 characters of salt and 31 of hash.
type bcryptMethod struct {
	algorithm Algorithm
	cost      int
	encoded   string // $2b$12$…
}

// parseBcrypt accepts exactly what a bcrypt writes. Unused bits of the last
// characters must be zero, as in Python, where the hash is made anew and compared
// as a text.
func parseBcrypt(algorithm Algorithm, encoded string) (method, bool) {
	if len(encoded) != 60 || encoded[:2] != "$2" || !strings.Contains("abxy", encoded[2:3]) || encoded[3] != '$' || encoded[6] != '$' {
		return nil, false
	}
	cost, err := strconv.ParseUint(encoded[4:6], 10, 8)
	if err != nil {
		return nil, false
	}
	for i := 7; i < len(encoded); i++ {
		if strings.IndexByte(bcryptAlphabet, encoded[i]) < 0 {
			return nil, false
		}
	}
	// 22 characters hold 132 bits for 128, and 31 hold 186 for 184.
	canonical := strings.IndexByte(bcryptAlphabet, encoded[28])%16 == 0 && strings.IndexByte(bcryptAlphabet, encoded[59])%4 == 0
	return bcryptMethod{algorithm, int(cost), encoded}, canonical
}

// key returns what bcrypt hashes. A longer password is cut, because bcrypt ignores the rest, whichever
// program made the hash. This package never hashes such a password, see hash.
func (m bcryptMethod) key(password string) []byte {
	if m.algorithm == BcryptSHA256 {
		digest := sha256.Sum256([]byte(password))
		return []byte(hex.EncodeToString(digest[:]))
	}
	return []byte(password[:min(len(password), maxBcryptLength)])
}

func (m bcryptMethod) hash(password string, _ io.Reader) (string, error) {
	if m.algorithm == Bcrypt && len(password) > maxBcryptLength {
		return "", ErrTooLong
	}
	encoded, err := bcrypt.GenerateFromPassword(m.key(password), m.cost)
	if err != nil {
		return "", err
	}
	encoded[2] = 'b' // x/crypto writes 2a for the same algorithm
	return string(m.algorithm) + "$" + string(encoded), nil
}

func (m bcryptMethod) verify(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(m.encoded), m.key(password)) == nil
}

func (m bcryptMethod) burn(password string) {
	m.encoded = bcryptSample(m.cost)
	m.verify(password)
}

// lacks returns the rounds that are missing: 2^from + … + 2^(to-1) is 2^to - 2^from.
func (m bcryptMethod) lacks(preferred method) (work []method, ok bool) {
	p, ok := preferred.(bcryptMethod)
	if !ok || p.algorithm != m.algorithm {
		return nil, false
	}
	for cost := m.cost; cost < p.cost; cost++ {
		work = append(work, bcryptMethod{algorithm: m.algorithm, cost: cost})
	}
	return work, true
}

func (m bcryptMethod) nanoseconds() float64 { return 134_000 * float64(uint64(1)<<m.cost) }

func (m bcryptMethod) String() string { return fmt.Sprintf("%s %d", m.algorithm, m.cost) }

// bcryptSample is an encoding of nothing, to spend its time on.
func bcryptSample(cost int) string {
	return "$2b$" + string(rune('0'+cost/10)) + string(rune('0'+cost%10)) + "$" + strings.Repeat(".", 53)
}

func (m bcryptMethod) differs(preferred method) bool {
	p, ok := preferred.(bcryptMethod)
	return !ok || p.algorithm != m.algorithm || p.cost != m.cost
}

func (m bcryptMethod) bounded() error {
	return within("BcryptCost", m.cost, bcrypt.MinCost, maxBcryptCost)
}
