package throttle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/forwarded"
)

// Key decides which requests are counted together. The zero Key is [Address].
type Key struct {
	of   keyFunc
	fits func(principals []reflect.Type) error // nil: every operation
	err  error
}

type keyFunc func(*http.Request, auth.Identity) (key string, limited bool, err error)

// KeyFunc returns a key of your own. f reports false for requests that are not limited. Before
// authentication the identity is empty. The text may be as long as a client likes: a store
// gets at most 64 bytes.
func KeyFunc(f func(r *http.Request, id auth.Identity) (key string, limited bool)) Key {
	if f == nil {
		return mistaken("KeyFunc: the function is nil")
	}
	return Key{of: func(r *http.Request, id auth.Identity) (string, bool, error) {
		key, limited := f(r, id)
		return key, limited, nil
	}}
}

func mistaken(why string) Key { return Key{err: errors.New("throttle: " + why)} }

// Address counts by the address of the client, see rest.Settings.TrustedProxies. The addresses
// of an IPv6 /64 count as one client, because a client can use all of them. Clients without
// address, as on a Unix socket, count as one.
func Address() Key { return Key{of: address} }

func address(r *http.Request, _ auth.Identity) (string, bool, error) {
	addr := forwarded.Client(r).Unmap()
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.Masked().String(), true, nil
		}
	}
	if !addr.IsValid() {
		return "", true, nil
	}
	return addr.String(), true, nil
}

// User counts by the caller's account, auth.Identity.UserID, after authentication. The user "7"
// of another issuer is another person, so accounts are counted separately if their
// auth.Identity.Accounts have different types. Requests of [auth.Nobody] are not limited. A
// caller without an account would not be limited either, so it is a fault of the service, a
// 500.
func User() Key {
	return Key{
		of: func(_ *http.Request, id auth.Identity) (string, bool, error) {
			if _, nobody := id.Principal.(auth.Nobody); nobody || id.UserID != "" {
				return tableOf(id) + "\x00" + id.UserID, !nobody, nil
			}
			return "", false, fmt.Errorf("throttle: User: %T names no account in Identity.UserID; count with By", id.By)
		},
		fits: func(principals []reflect.Type) error { return afterAuth("User", principals) },
	}
}

// tableOf returns the name of the type of a table of accounts, which is the same in all
// processes. Empty: unknown.
func tableOf(id auth.Identity) string {
	if id.Accounts == nil {
		return ""
	}
	return reflect.TypeOf(id.Accounts).String()
}

// Header counts by the value of a header, such as a token. Use it after authentication, because
// clients can invent values. Requests without the header are not limited. The number of spaces
// between words does not matter, nor does the case of the first of two words, a scheme (RFC
// 9110 §11.4). The store gets a hash.
func Header(name string) Key {
	if name == "" {
		return mistaken("Header: the name is empty")
	}
	name = http.CanonicalHeaderKey(name)
	return KeyFunc(func(r *http.Request, _ auth.Identity) (string, bool) {
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
	})
}

// By counts by a principal of type P, after authentication. Requests of other
// principals, and those for which name reports false, are not limited:
//
//	throttle.By(func(u *store.User) (string, bool) { return u.Username, !u.Staff })
func By[P any](name func(P) (string, bool)) Key {
	key := keyOf("By", name, func(id auth.Identity) any { return id.Principal })
	key.fits = func(principals []reflect.Type) error {
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
	}
	return key
}

// ByCredential counts by a credential of type C, such as *jwtauth.Claims or *store.Token, after
// authentication. Requests with other credentials, and those for which name reports false,
// are not limited.
func ByCredential[C any](name func(C) (string, bool)) Key {
	key := keyOf("ByCredential", name, func(id auth.Identity) any { return id.Credential })
	key.fits = func(principals []reflect.Type) error { return afterAuth("ByCredential", principals) }
	return key
}

// keyOf counts by a field of an identity, if that is a T.
func keyOf[T any](what string, name func(T) (string, bool), of func(auth.Identity) any) Key {
	if name == nil {
		return mistaken(what + ": the function is nil")
	}
	return KeyFunc(func(_ *http.Request, id auth.Identity) (string, bool) {
		value, ok := of(id).(T)
		if !ok {
			return "", false
		}
		return name(value)
	})
}

// afterAuth returns a mistake if the limit is checked before authentication.
func afterAuth(key string, principals []reflect.Type) error {
	for _, have := range principals {
		if have != reflect.TypeFor[auth.Nobody]() {
			return nil
		}
	}
	return errors.New("throttle: " + key + " counts by the caller, who is not known here; put the limit into Limits, not LimitsBeforeAuth, of operations that are not public")
}
