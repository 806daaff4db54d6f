package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
)

const maxPBKDF2Iterations = 10_000_000

// pbkdf2Method is PBKDF2PasswordHasher: pbkdf2_sha256$ITERATIONS$SALT$BASE64.
type pbkdf2Method struct {
	algorithm  Algorithm
	iterations int
	salt       string
	encoded    string // the base64 at the end
}

func parsePBKDF2(algorithm Algorithm, rest string) (method, bool) {
	iterations, rest, _ := strings.Cut(rest, "$")
	text, encoded, ok := strings.Cut(rest, "$")
	n, canonical := number(iterations)
	return pbkdf2Method{algorithm, n, text, encoded}, ok && canonical && text != ""
}

// number reads a number as Python's str(int) writes it. Django compares the whole
// re-encoded text, so "01000" and "+1000" never match.
func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && strconv.Itoa(n) == text
}

func (m pbkdf2Method) derive(password string, iterations int) []byte {
	digest, size := func() hash.Hash { return sha256.New() }, sha256.Size
	if m.algorithm == PBKDF2SHA1 {
		digest, size = func() hash.Hash { return sha1.New() }, sha1.Size
	}
	derived, err := pbkdf2.Key(digest, password, []byte(m.salt), iterations, size)
	if err != nil { // only in FIPS mode: a salt or hash that it does not allow
		return nil
	}
	return derived
}

func (m pbkdf2Method) hash(password string, random io.Reader) (string, error) {
	text, err := salt(random, saltLength)
	if err != nil {
		return "", err
	}
	m.salt = text
	derived := m.derive(password, m.iterations)
	if derived == nil {
		return "", fmt.Errorf("password: %s is not available in FIPS mode", m.algorithm)
	}
	return fmt.Sprintf("%s$%d$%s$%s", m.algorithm, m.iterations, text, base64.StdEncoding.EncodeToString(derived)), nil
}

func (m pbkdf2Method) verify(password string) bool {
	derived := m.derive(password, m.iterations)
	return derived != nil && equal(base64.StdEncoding.EncodeToString(derived), m.encoded)
}

func (m pbkdf2Method) burn(password string) {
	m.salt = anySalt
	m.derive(password, m.iterations)
}

func (m pbkdf2Method) lacks(preferred method) (work []method, ok bool) {
	p, ok := preferred.(pbkdf2Method)
	if !ok || p.algorithm != m.algorithm {
		return nil, false
	}
	if p.iterations > m.iterations {
		work = []method{pbkdf2Method{algorithm: m.algorithm, iterations: p.iterations - m.iterations}}
	}
	return work, true
}

func (m pbkdf2Method) nanoseconds() float64 {
	if m.algorithm == PBKDF2SHA1 {
		return 250 * float64(m.iterations)
	}
	return 200 * float64(m.iterations)
}

func (m pbkdf2Method) String() string { return fmt.Sprintf("%s %d", m.algorithm, m.iterations) }

func (m pbkdf2Method) differs(preferred method) bool {
	p, ok := preferred.(pbkdf2Method)
	return !ok || p.algorithm != m.algorithm || p.iterations != m.iterations || shortSalt(m.salt)
}

func (m pbkdf2Method) bounded() error {
	return within("PBKDF2Iterations", m.iterations, 1, maxPBKDF2Iterations)
}

// within checks a cost. Settings and stored encodings have the same limits.
func within(name string, value, low, high int) error {
	if value < low || value > high {
		return fmt.Errorf("password: Hasher.%s is %d, want %d to %d", name, value, low, high)
	}
	return nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
