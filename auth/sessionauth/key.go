package sessionauth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest/internal/random"
)

// cookie returns the cookie of a session that was just written. It lives as long as the
// session can if it is used, however short Config.Idle is.
func (a *Auth[U]) cookie(s *Session) *http.Cookie {
	c := a.cfg.Cookie.HTTP(s.value)
	now := a.cfg.Now()
	expires, untilClose := a.expiry(s, now)
	if !untilClose {
		c.Expires = a.limit(expires, s.row)
		c.MaxAge = int(c.Expires.Sub(now).Round(time.Second) / time.Second)
		if c.MaxAge <= 0 {
			c.MaxAge = -1 // zero would leave Max-Age out
		}
	}
	return c
}

// deletion returns a cookie that makes the browser delete the session's. Like Django's it is
// not HttpOnly.
func (a *Auth[U]) deletion() *http.Cookie {
	c := a.cfg.Cookie.HTTP("")
	c.HttpOnly, c.MaxAge, c.Expires = false, -1, time.Unix(0, 0)
	return c
}

const (
	keyAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	keyLength   = 32 // 165 bits
)

// newKey draws a key (SessionBase._get_new_session_key).
func newKey(source io.Reader) (string, error) {
	key, err := random.Text(source, keyAlphabet, keyLength)
	if err != nil {
		return "", fmt.Errorf("sessionauth: key: %w", err)
	}
	return key, nil
}

// wellFormed reports whether a cookie can be a key; otherwise the store is not asked. Django's
// keys have 32 characters, those with fewer than 8 are ignored, and its column holds 40.
func wellFormed(value string) bool {
	if len(value) < 8 || len(value) > 40 {
		return false
	}
	for i := range len(value) {
		c := value[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// rowKey returns the key of the row of a cookie: the first 240 bits of a hash, as 40
// characters, because Django's column holds no more.
func (a *Auth[U]) rowKey(value string) string {
	if a.cfg.Compat.PlainKeys {
		return value
	}
	digest := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(digest[:])[:40]
}

// publicID returns a name for a row that does not reveal its key.
func publicID(rowKey string) string {
	digest := sha256.Sum256([]byte("go-modern-rest session id:" + rowKey))
	return base64.RawURLEncoding.EncodeToString(digest[:])[:22]
}
