package password

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// md5Method is MD5PasswordHasher: md5$SALT$hex of md5(salt ‖ password). It is
// read, where allowed, and never written. Django's unsalted forms are gone.
type md5Method struct{ salt, encoded string }

func parseMD5(rest string) (method, bool) {
	text, encoded, ok := strings.Cut(rest, "$")
	return md5Method{text, encoded}, ok && text != ""
}

func (m md5Method) verify(password string) bool {
	digest := md5.Sum([]byte(m.salt + password))
	return equal(hex.EncodeToString(digest[:]), m.encoded)
}

// lacks has no answer: MD5 takes no time worth mentioning.
func (md5Method) lacks(method) ([]method, bool) { return nil, false }
func (md5Method) nanoseconds() float64          { return 0 }
func (md5Method) String() string                { return "md5" }

func (md5Method) hash(string, io.Reader) (string, error) {
	return "", errors.New("password: MD5 is never written")
}

func (md5Method) burn(string)         {}
func (md5Method) differs(method) bool { return true }
func (md5Method) bounded() error      { return nil }
