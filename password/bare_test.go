package password_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/go-modern-rest/rest/password"
)

// TestBareEncodings reads what programs other than Django write: the test vectors of
// crypt_blowfish and of the reference implementation of argon2.
func TestBareEncodings(t *testing.T) {
	bcrypt5 := &password.Hasher{Algorithm: password.Bcrypt, BcryptCost: 5}
	argon := &password.Hasher{Argon2: password.Argon2Cost{Memory: 65536, Time: 2, Threads: 1}}
	for _, c := range []struct {
		name, encoded, password string
		hasher                  *password.Hasher
		usable, upgrade         bool
	}{
		{"2a", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", bcrypt5, true, false},
		{"2b", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", bcrypt5, true, false},
		{"2y", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3", bcrypt5, true, false},
		{"2x", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\xa3", bcrypt5, false, false},
		{"bcrypt of another cost", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", &password.Hasher{Algorithm: password.Bcrypt}, true, true},
		{"bcrypt, where argon2 is preferred", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", argon, true, true},
		{"bcrypt cut short", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "U*U", bcrypt5, false, false},
		{"argon2id with a short salt", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", argon, true, true},
		{"argon2i", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password", argon, true, true},
		{"argon2d", "$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", argon, false, false},
		{"argon2id without version", "$argon2id$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", argon, false, false},
		{"a lone dollar", "$", "", argon, false, false},
		{"another algorithm", "$6$salt$hash", "", argon, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if ok, err := c.hasher.Check(t.Context(), c.encoded, c.password); ok != c.usable || err != nil {
				t.Errorf("the password: got %v, %v, want %v", ok, err, c.usable)
			}
			if ok, err := c.hasher.Check(t.Context(), c.encoded, c.password+"x"); ok || err != nil {
				t.Errorf("another password: got %v, %v, want false", ok, err)
			}
			if got := c.hasher.Usable(c.encoded); got != c.usable {
				t.Errorf("usable: got %v, want %v", got, c.usable)
			}
			if got := c.hasher.NeedsUpgrade(c.encoded); got != c.upgrade {
				t.Errorf("upgrade: got %v, want %v", got, c.upgrade)
			}
		})
	}
}

// TestBareArgon2Stays is a PHC string with the salt of 16 bytes that most programs write.
func TestBareArgon2Stays(t *testing.T) {
	h := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	const encoded = "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"
	for tag, upgrade := range map[string]bool{
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": false, // 32 bytes
		"AAAAAAAAAAAAAAAAAAAAAA":                      true,  // 16
	} {
		if !h.Usable(encoded+tag) || h.NeedsUpgrade(encoded+tag) != upgrade {
			t.Errorf("%s: got usable %v, upgrade %v, want true, %v", tag, h.Usable(encoded+tag), h.NeedsUpgrade(encoded+tag), upgrade)
		}
	}
}

func ExampleHasher_Check() {
	h := &password.Hasher{}
	// A hash of another program, without Django's prefix.
	ok, err := h.Check(context.Background(), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U")
	fmt.Println(ok, err)
	// Output: true <nil>
}
