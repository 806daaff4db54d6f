package password

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// Algorithm is the name of a password hash, with which an encoded password begins.
type Algorithm string

// The algorithms that a Hasher can write. It reads all of them, whichever is configured.
const (
	Argon2id     Algorithm = "argon2"
	PBKDF2SHA256 Algorithm = "pbkdf2_sha256"
	PBKDF2SHA1   Algorithm = "pbkdf2_sha1"
	BcryptSHA256 Algorithm = "bcrypt_sha256" // bcrypt of the hexadecimal SHA-256: no limit of 72 bytes
	Bcrypt       Algorithm = "bcrypt"
	Scrypt       Algorithm = "scrypt"

	algorithmMD5 Algorithm = "md5"
)

// ErrTooLong means that a password is longer than the algorithm or [Hasher].MaxLength allows.
var ErrTooLong = errors.New("password: too long")

// Hasher encodes passwords and checks them. The zero value is ready to use: it writes argon2id at
// the cost that OWASP recommends, and reads all algorithms above. It is safe for concurrent
// use, and must not be copied after its first use.
//
// It also reads encodings of other programs, without Django's prefix: bcrypt ($2a$, $2b$, $2y$)
// and the PHC strings of argon2id and argon2i ($argon2id$v=19$…).
//
// Programs that share a table of users must have the same settings. Each program replaces
// encodings that differ from its own settings at login, and a new encoding ends sessions of
// that user in programs that do not keep them.
type Hasher struct {
	// Algorithm is the one that Hash uses. Defaults to Argon2id. If it is empty, a [Checker]
	// whose users are an [EncodingLister] encodes as their table does.
	Algorithm Algorithm
	Argon2    Argon2Cost
	Scrypt    ScryptCost
	// PBKDF2Iterations defaults to 600,000 for SHA-256 and 1,300,000 for SHA-1
	// (OWASP). Django 5.2 writes 1,000,000, 6.1 writes 1,500,000.
	PBKDF2Iterations int
	// BcryptCost defaults to 12: 2¹² rounds.
	BcryptCost int
	// InsecureMD5 reads md5$ encodings, to migrate an old table. Attackers guess billions of
	// MD5 hashes a second. A login replaces such an encoding, so switch it off afterwards.
	InsecureMD5 bool
	// Legacy are the encodings that the table of users still holds besides those that Hash
	// writes, such as those of a Django site: each algorithm with each cost. An element is an
	// encoding or its beginning up to the salt: "pbkdf2_sha256$870000", "bcrypt_sha256$$2b$12",
	// "argon2$argon2id$v=19$m=102400,t=2,p=8"; for scrypt, "scrypt$16384$salt$8$5". [Checker]
	// computes one of them for a name that it does not find, so that the time of a reply does
	// not say which names have accounts; see [Checker.Check]. An encoding that is listed twice
	// is computed twice as often. Anything else is an error of Validate.
	Legacy []string
	// LegacySecret keys the choice among Legacy. It has 32 bytes or more, and is the same
	// in all processes. nil: a random one of this Hasher's own. A restart changes that one,
	// and with it what is computed for some of the names without account, which an attacker
	// who asks before and after the restart can see.
	LegacySecret []byte
	// MaxLength is the longest password in bytes; longer ones are refused without
	// hashing. Defaults to 4096.
	MaxLength int
	// MaxConcurrent bounds the hashes computed at the same time; others wait, as
	// long as their context lives. A hash takes a core, and the memory of its
	// cost. That of argon2 is kept for other hashes for 10 seconds after its last use; on
	// Unix it is not part of Go's heap, and GOMEMLIMIT does not count it. Defaults to
	// GOMAXPROCS.
	MaxConcurrent int
	// MaxWaiting bounds the hashes that wait for a place; more are [ErrBusy], which a
	// login answers with 503. Defaults to 64 for each of MaxConcurrent.
	MaxWaiting int
	// Rand is the source of salts. Defaults to crypto/rand. Bcrypt draws its own.
	Rand io.Reader

	memories memories

	once    sync.Once
	slots   chan struct{}
	secret  []byte // where LegacySecret is nil
	waiting atomic.Int64
	spent   func(work string) // for tests: what is computed
}

// ErrBusy means that too many hashes are waiting already, see [Hasher].MaxWaiting.
var ErrBusy = errors.New("password: too many hashes are waiting")

// Validate returns mistakes in the settings: a cost below the minimum of the algorithm, or above
// what Check accepts. Call it at start. Hash and Check return the same error.
func (h *Hasher) Validate() error {
	_, err := h.preferred()
	return err
}

// Hash encodes a password with the configured algorithm and a new salt. The error is
// [ErrTooLong], [ErrBusy], that of the context or of the source of randomness, or a mistake in
// the settings.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	m, err := h.preferred()
	if err != nil {
		return "", err
	}
	return h.hashBy(ctx, m, password)
}

// hashBy is Hash by a method.
func (h *Hasher) hashBy(ctx context.Context, m method, password string) (string, error) {
	if len(password) > h.maxLength() {
		return "", ErrTooLong
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	h.count(m)
	return m.hash(password, h.random())
}

// Check reports whether password is the one that was encoded. For an unusable (Django's "!…"),
// unknown or malformed encoding it computes one hash of the configured algorithm and reports
// false, so that it takes about as long as a wrong password. It does the same for an encoding
// whose cost is beyond these limits, because someone who can write a row could otherwise
// exhaust the machine:
//
//   - PBKDF2: 10,000,000 iterations
//   - argon2: 256 MiB, 1 GiB over all passes, 64 lanes
//   - scrypt: 256 MiB (128·N·r), (N+16)·r·p at most 2²⁴
//   - bcrypt: cost 16
//   - all: 1024 bytes of encoding
//
// It reports false for a password longer than MaxLength without hashing. The error is [ErrBusy],
// that of the context, or a mistake in the settings; it never depends on the encoding.
//
// A wrong password for an encoding that costs less than the configured one takes as long
// as a wrong password for that: the missing rounds of PBKDF2 and bcrypt are computed
// (hashers.py:harden_runtime), and for any other encoding, for which Django does nothing, a
// whole hash of the configured algorithm. One that costs more takes longer; see Legacy.
func (h *Hasher) Check(ctx context.Context, encoded, password string) (bool, error) {
	preferred, err := h.preferred()
	if err != nil {
		return false, err
	}
	if len(password) > h.maxLength() {
		return false, nil
	}
	return h.check(ctx, encoded, password, preferred, preferred)
}

// NeedsUpgrade reports whether an encoding should be replaced at the next login, because it has
// another algorithm, another cost (also a higher one, as in Django's must_update) or a short
// salt. The lack of Django's prefix is not a reason, because a program that shares the table
// may not read the prefix. Unusable and unknown encodings are not upgraded.
func (h *Hasher) NeedsUpgrade(encoded string) bool {
	preferred, err := h.preferred()
	return err == nil && h.differs(encoded, preferred)
}

// differs is NeedsUpgrade for a method.
func (h *Hasher) differs(encoded string, preferred method) bool {
	stored, ok := h.parse(encoded)
	return ok && stored.differs(preferred)
}

// Usable reports whether an encoding can match a password. It is false for [Unusable] encodings
// and for those that this Hasher cannot read.
func (h *Hasher) Usable(encoded string) bool {
	_, ok := h.parse(encoded)
	return ok
}

// Unusable returns an encoding that matches no password, for accounts that log in another way
// (hashers.py:make_password with None). Each one is different, so that setting it ends the
// sessions of the account.
func Unusable() string {
	text, err := salt(rand.Reader, 40)
	if err != nil {
		panic("password: crypto/rand: " + err.Error()) // since Go 1.24 it does not fail
	}
	return "!" + text
}

// preferred is the configured method, with the defaults filled in.
func (h *Hasher) preferred() (method, error) {
	var m method
	switch h.Algorithm {
	case "", Argon2id:
		m = argon2Method{kind: "argon2id", version: 19, memory: cmp.Or(h.Argon2.Memory, 19456),
			time: cmp.Or(h.Argon2.Time, 2), threads: cmp.Or(h.Argon2.Threads, 1), memories: &h.memories}
	case PBKDF2SHA256:
		m = pbkdf2Method{algorithm: h.Algorithm, iterations: cmp.Or(h.PBKDF2Iterations, 600_000)}
	case PBKDF2SHA1:
		m = pbkdf2Method{algorithm: h.Algorithm, iterations: cmp.Or(h.PBKDF2Iterations, 1_300_000)}
	case BcryptSHA256, Bcrypt:
		m = bcryptMethod{algorithm: h.Algorithm, cost: cmp.Or(h.BcryptCost, 12)}
	case Scrypt:
		m = scryptMethod{n: cmp.Or(h.Scrypt.N, 16384), r: cmp.Or(h.Scrypt.R, 8), p: cmp.Or(h.Scrypt.P, 5)}
	default:
		return nil, fmt.Errorf("password: Hasher.Algorithm %q: unknown; leave it empty for argon2id", h.Algorithm)
	}
	if err := m.bounded(); err != nil {
		return nil, err
	}
	return m, h.checkLegacy()
}

// maxEncoding is the longest encoding in bytes that is read; Django's column has 128. A
// long salt is hashed again and again.
const maxEncoding = 1024

// parse reads an encoding. False: unusable, unknown, malformed or out of bounds.
func (h *Hasher) parse(encoded string) (method, bool) {
	name, rest, ok := strings.Cut(encoded, "$")
	if !ok || len(encoded) > maxEncoding {
		return nil, false
	}
	var m method
	switch Algorithm(name) {
	case Argon2id:
		m, ok = h.parseArgon2(rest)
	case PBKDF2SHA256, PBKDF2SHA1:
		m, ok = parsePBKDF2(Algorithm(name), rest)
	case BcryptSHA256, Bcrypt:
		m, ok = parseBcrypt(Algorithm(name), rest)
	case Scrypt:
		m, ok = parseScrypt(rest)
	case algorithmMD5:
		m, ok = parseMD5(rest)
		ok = ok && h.InsecureMD5
	case "":
		m, ok = h.parseBare(encoded)
	default:
		return nil, false
	}
	if !ok || m.bounded() != nil {
		return nil, false
	}
	return m, true
}

// parseBare reads what other programs write, without the name that Django puts before
// it: bcrypt of the forms $2a$, $2b$ and $2y$, and PHC strings of argon2.
func (h *Hasher) parseBare(encoded string) (method, bool) {
	if !strings.HasPrefix(encoded, "$argon2") {
		m, ok := parseBcrypt(Bcrypt, encoded)
		return m, ok && encoded[2] != 'x' // of a bcrypt that took bytes for signed: PHP's, until 2011
	}
	m, ok := h.parseArgon2(encoded[1:])
	if ok {
		m.bare = true
	}
	return m, ok
}

// acquire takes one of the MaxConcurrent places.
func (h *Hasher) acquire(ctx context.Context) (release func(), err error) {
	h.once.Do(h.begin)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	release = func() { <-h.slots }
	select {
	case h.slots <- struct{}{}:
		return release, nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > int64(cmp.Or(h.MaxWaiting, 64*cap(h.slots))) {
		return nil, ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("password: waiting for another hash: %w", ctx.Err())
	}
}

func (h *Hasher) maxLength() int { return cmp.Or(h.MaxLength, 4096) }

func (h *Hasher) random() io.Reader {
	if h.Rand != nil {
		return h.Rand
	}
	return rand.Reader
}
