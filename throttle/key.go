package throttle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// Key says whose requests are counted together. The zero Key is [Address].
type Key struct {
	of   func(*http.Request, auth.Identity) (string, bool)
	fits func(principals []reflect.Type) error // nil: every operation
}

// KeyFunc is a key of one's own. f reports false for requests that are not limited.
// Before authentication the identity is empty. What a client may have made up needs no
// care: a store gets at most 64 bytes of it.
func KeyFunc(f func(r *http.Request, id auth.Identity) (string, bool)) Key { return Key{of: f} }

// Address counts by the client's address, see rest.Settings.TrustedProxies; a /64 of
// IPv6 is one client, as one has it all. Clients without address share one budget.
func Address() Key { return Key{of: address} }

func address(r *http.Request, _ auth.Identity) (string, bool) {
	addr := rest.ClientAddr(r).Unmap()
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.Masked().String(), true
		}
	}
	if !addr.IsValid() {
		return "", true
	}
	return addr.String(), true
}

// User counts by the account that was let in, after authentication; see
// auth.Identity.UserID. Requests without one are not limited.
func User() Key {
	return Key{
		of:   func(_ *http.Request, id auth.Identity) (string, bool) { return id.UserID, id.UserID != "" },
		fits: func(principals []reflect.Type) error { return afterAuth("User", principals) },
	}
}

// Header counts by the value of a header: a token, say. Stand it after authentication,
// or clients make values up. Requests without the header are not limited. Words are
// compared without regard to the spaces between them, and the first of two, a scheme,
// in any case (RFC 9110 §11.4). The store gets a hash.
func Header(name string) Key {
	name = http.CanonicalHeaderKey(name)
	return Key{of: func(r *http.Request, _ auth.Identity) (string, bool) {
		values := r.Header[name]
		if len(values) == 0 {
			return "", false
		}
		words := strings.Fields(strings.Join(values, ","))
		if len(words) == 2 {
			words[0] = strings.ToLower(words[0])
		}
		digest := sha256.Sum256([]byte(strings.Join(words, " ")))
		return string(digest[:]), true
	}}
}

// By counts by a principal of type P, after authentication. Requests of other
// principals, and those for which name reports false, are not limited:
//
//	throttle.By(func(u *store.User) (string, bool) { return u.Username, !u.Staff })
func By[P any](name func(P) (string, bool)) Key {
	return Key{
		of: func(_ *http.Request, id auth.Identity) (string, bool) {
			principal, ok := id.Principal.(P)
			if !ok {
				return "", false
			}
			return name(principal)
		},
		fits: func(principals []reflect.Type) error {
			want := reflect.TypeFor[P]()
			for _, have := range principals {
				if have.AssignableTo(want) {
					return nil
				}
			}
			if err := afterAuth("By", principals); err != nil {
				return err
			}
			return fmt.Errorf("throttle: By counts by a %v, but the operation's principals are %v: nothing would be limited", want, principals)
		},
	}
}

// ByCredential counts by a credential of type C, after authentication: a
// *jwtauth.Claims, a *store.Token. Requests that came with another, and those for which
// name reports false, are not limited.
func ByCredential[C any](name func(C) (string, bool)) Key {
	return Key{
		of: func(_ *http.Request, id auth.Identity) (string, bool) {
			credential, ok := id.Credential.(C)
			if !ok {
				return "", false
			}
			return name(credential)
		},
		fits: func(principals []reflect.Type) error { return afterAuth("ByCredential", principals) },
	}
}

// afterAuth refuses places where nobody is known.
func afterAuth(key string, principals []reflect.Type) error {
	for _, have := range principals {
		if have != reflect.TypeFor[auth.Nobody]() {
			return nil
		}
	}
	return errors.New("throttle: " + key + " counts by who was let in, which nobody knows here: the limit belongs in Op.After of an operation that is not public")
}
