package jwtauth

import (
	"crypto/subtle"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

var errUnbound = refuse("jwt: not bound to the present password")

// bound refuses a token from before a change of the password.
func (i *Issuer[U]) bound(c *Claims, who auth.Account) error {
	if !i.cfg.BindPassword {
		return nil
	}
	raw, _ := c.payload.extra("bound")
	have, _ := unquote(raw)
	if subtle.ConstantTimeCompare([]byte(have), []byte(store.Fingerprint(who.Password))) != 1 {
		return errUnbound
	}
	return nil
}
