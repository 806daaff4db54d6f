package jwtauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"github.com/go-modern-rest/rest/auth"
)

var errUnbound = refuse("jwt: not bound to the present password")

// fingerprint ties a token to a password without telling anything of it: an encoded
// password has a random salt.
func fingerprint(encoded string) string {
	sum := sha256.Sum256([]byte("go-modern-rest jwt password:" + encoded))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// bound refuses a token that was issued before the password was changed.
func (i *Issuer[U]) bound(c *Claims, who auth.Account) error {
	if !i.cfg.BindPassword {
		return nil
	}
	have, _ := unquote(c.extra("bound"))
	if subtle.ConstantTimeCompare([]byte(have), []byte(fingerprint(who.Password))) != 1 {
		return errUnbound
	}
	return nil
}
