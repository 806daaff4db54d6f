package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/internal/argon2"
)

const (
	maxArgon2Memory = 256 << 10 // KiB
	maxArgon2Work   = 1 << 20   // KiB over all passes
	maxArgon2Lanes  = 64
	argon2TagLength = 32 // bytes, what Django writes
)

// argon2Method is Argon2PasswordHasher: "argon2" and the PHC string
// $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH in unpadded base64. Django's salts are ASCII
// characters, those of a bare PHC string are any bytes.
type argon2Method struct {
	bare    bool   // a PHC string without Django's prefix
	kind    string // argon2id or argon2i
	version int
	memory  uint32
	time    uint32
	threads uint8
	salt    []byte
	tag     []byte

	memories *memories
}

// parseArgon2 reads argon2id and argon2i of version 1.3. Argon2d is refused: no
// Django wrote it, and x/crypto does not compute it.
func (h *Hasher) parseArgon2(rest string) (argon2Method, bool) {
	parts := strings.Split(rest, "$")
	if len(parts) != 5 || (parts[0] != "argon2id" && parts[0] != "argon2i") || parts[1] != "v=19" {
		return argon2Method{}, false
	}
	costs := strings.Split(parts[2], ",")
	if len(costs) != 3 {
		return argon2Method{}, false
	}
	memory, okMemory := argon2Cost(costs[0], "m=", 32)
	passes, okTime := argon2Cost(costs[1], "t=", 32)
	threads, okThreads := argon2Cost(costs[2], "p=", 8)
	text, errSalt := base64.RawStdEncoding.Strict().DecodeString(parts[3])
	tag, errTag := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	m := argon2Method{kind: parts[0], version: 19, memory: uint32(memory), time: uint32(passes),
		threads: uint8(threads), salt: text, tag: tag, memories: &h.memories}
	ok := okMemory && okTime && okThreads && errSalt == nil && errTag == nil &&
		len(text) >= 8 && len(tag) >= 4 && len(tag) <= 1024 // RFC 9106 §3.1, and a bound
	return m, ok
}

func argon2Cost(text, name string, bits int) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, bits)
	return n, ok && err == nil && strconv.FormatUint(n, 10) == digits
}

func (m argon2Method) derive(password string, length int) []byte {
	kind := argon2.ID
	if m.kind == "argon2i" {
		kind = argon2.I
	}
	memory := m.memories.take()
	defer m.memories.put(memory)
	return memory.Key(kind, []byte(password), m.salt, m.time, m.memory, m.threads, uint32(length))
}

func (m argon2Method) hash(password string, random io.Reader) (string, error) {
	text, err := salt(random, saltLength)
	if err != nil {
		return "", err
	}
	m.salt = []byte(text)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("argon2$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", m.version, m.memory, m.time, m.threads,
		encode(m.salt), encode(m.derive(password, argon2TagLength))), nil
}

func (m argon2Method) verify(password string) bool {
	return equal(string(m.derive(password, len(m.tag))), string(m.tag))
}

func (m argon2Method) burn(password string) {
	m.salt = []byte(anySalt)
	m.derive(password, argon2TagLength)
}

// lacks has no answer: passes cannot be added afterwards, unless none are lacking.
func (m argon2Method) lacks(preferred method) ([]method, bool) { return nil, m.same(preferred) }

func (m argon2Method) same(preferred method) bool {
	p, ok := preferred.(argon2Method)
	return ok && m.kind == p.kind && m.version == p.version && m.memory == p.memory && m.time == p.time && m.threads == p.threads
}

func (m argon2Method) nanoseconds() float64 { return 900 * float64(m.memory) * float64(m.time) }

func (m argon2Method) String() string {
	return fmt.Sprintf("%s m=%d,t=%d,p=%d", m.kind, m.memory, m.time, m.threads)
}

func (m argon2Method) differs(preferred method) bool {
	return !m.same(preferred) || len(m.tag) != argon2TagLength || m.shortSalt()
}

// shortSalt reports whether a salt has less than 128 bits.
func (m argon2Method) shortSalt() bool {
	if m.bare {
		return len(m.salt) < 16
	}
	return shortSalt(string(m.salt))
}

func (m argon2Method) bounded() error {
	if m.threads == 0 || m.time == 0 {
		return errors.New("password: Hasher.Argon2: Time and Threads must be positive")
	}
	if uint64(m.memory)*uint64(m.time) > maxArgon2Work {
		return fmt.Errorf("password: Hasher.Argon2: Memory × Time is %d KiB, want at most %d",
			uint64(m.memory)*uint64(m.time), maxArgon2Work)
	}
	return errors.Join(
		within("Argon2.Threads", int(m.threads), 1, maxArgon2Lanes),
		within("Argon2.Memory", int(m.memory), 8*int(m.threads), maxArgon2Memory)) // RFC 9106 §3.1
}
