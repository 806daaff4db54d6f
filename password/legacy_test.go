package password_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

// Beside a Django site the table holds what each of its releases wrote. The costs are
// listed, so that a name without account takes as long as one that has an account.
func ExampleHasher_legacy() {
	hasher := &password.Hasher{
		Legacy: []string{
			"pbkdf2_sha256$260000", // Django 3.2
			"pbkdf2_sha256$870000", // Django 5.1
		},
		LegacySecret: []byte("at least 32 bytes that nobody else knows"),
	}
	fmt.Println(hasher.Validate())
	hasher.Legacy = []string{"sha1"}
	fmt.Println(hasher.Validate())
	// Output:
	// <nil>
	// password: Hasher.Legacy[0]: not an encoding that is read, nor the beginning of one; want one such as "pbkdf2_sha256$870000"
}

const preferredWork = "argon2id m=64,t=1,p=1"

func legacyHasher(samples ...string) *password.Hasher {
	return &password.Hasher{
		Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}, InsecureMD5: true,
		Legacy: samples, LegacySecret: []byte(strings.Repeat("k", 32)),
	}
}

// work returns what a refused login computes.
func work(t *testing.T, table auth.Users[user], h *password.Hasher, name string) string {
	t.Helper()
	var spent []string
	h.Spends(func(work string) { spent = append(spent, work) })
	defer h.Spends(nil)
	if _, _, err := password.NewChecker(table, h).Check(t.Context(), name, "wrong"); err == nil {
		t.Fatalf("%s: got no error", name)
	}
	return strings.Join(spent, " + ")
}

func encode(t *testing.T, h *password.Hasher) string {
	t.Helper()
	encoded, err := h.Hash(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// old are encodings that a table may hold, and what a wrong password for each computes
// with a hasher of argon2id, 64 KiB.
func old(t *testing.T) map[string]struct{ encoded, spends string } {
	return map[string]struct{ encoded, spends string }{
		"weak PBKDF2":    {encode(t, &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 7}), "pbkdf2_sha256 7 + " + preferredWork},
		"strong PBKDF2":  {encode(t, &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 5000}), "pbkdf2_sha256 5000"},
		"PBKDF2 of SHA1": {encode(t, &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 9}), "pbkdf2_sha1 9 + " + preferredWork},
		"bcrypt":         {encode(t, &password.Hasher{Algorithm: password.BcryptSHA256, BcryptCost: 4}), "bcrypt_sha256 4"},
		"weak scrypt":    {encode(t, &password.Hasher{Algorithm: password.Scrypt, Scrypt: password.ScryptCost{N: 2, R: 1, P: 1}}), "scrypt 2,1,1 + " + preferredWork},
		"weak argon2":    {encode(t, &password.Hasher{Argon2: password.Argon2Cost{Memory: 8, Time: 1, Threads: 1}}), "argon2id m=8,t=1,p=1 + " + preferredWork},
		"strong argon2":  {encode(t, &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 2, Threads: 1}}), "argon2id m=64,t=2,p=1"},
		"md5":            {"md5$43tcIuhALLnHP4HSSPbKEH$69a7b51c3e1fd9caa12251f3b8c2227b", "md5 + " + preferredWork},
		"preferred":      {encode(t, legacyHasher()), preferredWork},
	}
}

// TestUnknownNamesDoTheWorkOfKnownOnes: of each encoding that is listed there are unknown
// names that compute exactly what a wrong password for it computes, and none computes
// anything else.
func TestUnknownNamesDoTheWorkOfKnownOnes(t *testing.T) {
	var samples, want []string
	for name, o := range old(t) {
		if name != "preferred" {
			samples = append(samples, o.encoded)
		}
		known := &users{account: auth.Account{ID: "1", Username: "alice", Password: o.encoded, Active: true}}
		if got := work(t, known, legacyHasher(), "alice"); got != o.spends {
			t.Errorf("%s: a wrong password computes %s, want %s", name, got, o.spends)
		}
		want = append(want, o.spends)
	}
	h, counts := legacyHasher(samples...), map[string]int{}
	for i := range 900 {
		counts[work(t, &users{}, h, fmt.Sprint("nobody", i))]++
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(counts)); !slices.Equal(got, want) {
		t.Errorf("unknown names compute\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for spends, n := range counts {
		if n < 50 || n > 200 { // 100 of 900, within ten standard deviations
			t.Errorf("%d of 900 names compute %s, want about 100", n, spends)
		}
	}
}

// TestSamplesMayBeCut: the beginning of an encoding stands for all that begin so.
func TestSamplesMayBeCut(t *testing.T) {
	for _, c := range []struct{ sample, want string }{
		{"pbkdf2_sha256$870000", "pbkdf2_sha256 870000"},
		{"pbkdf2_sha256$870000$", "pbkdf2_sha256 870000"},
		{"pbkdf2_sha256$7$salt$AAAA", "pbkdf2_sha256 7"},
		{"pbkdf2_sha1$9", "pbkdf2_sha1 9"},
		{"bcrypt_sha256$$2b$12", "bcrypt_sha256 12"},
		{"bcrypt$$2b$12$", "bcrypt 12"},
		{"$2y$10", "bcrypt 10"},
		{"argon2$argon2id$v=19$m=102400,t=2,p=8", "argon2id m=102400,t=2,p=8"},
		{"argon2$argon2i$v=19$m=512,t=2,p=2$", "argon2i m=512,t=2,p=2"},
		{"$argon2id$v=19$m=65536,t=3,p=4", "argon2id m=65536,t=3,p=4"},
		{"scrypt$16384$salt$8$5", "scrypt 16384,8,5"},
		{"md5", "md5"},
		{"", ""},
		{"pbkdf2_sha256", ""},
		{"pbkdf2_sha256$", ""},
		{"pbkdf2_sha256$20000000", ""}, // beyond the limits
		{"bcrypt", ""},
		{"sha1$salt", ""},
		{"!", ""},
	} {
		h := legacyHasher(c.sample)
		if c.want == "" {
			if err := h.Validate(); err == nil || !strings.Contains(err.Error(), "Legacy[0]") {
				t.Errorf("%q: got %v, want an error that names Legacy[0]", c.sample, err)
			}
			continue
		}
		if got, err := h.Sample(c.sample); err != nil || got != c.want {
			t.Errorf("%q: got %s, %v, want %s", c.sample, got, err, c.want)
		}
	}
	h := legacyHasher("pbkdf2_sha256$7")
	h.LegacySecret = []byte("short")
	if err := h.Validate(); err == nil || !strings.Contains(err.Error(), "LegacySecret") {
		t.Errorf("a short secret: got %v", err)
	}
	h.LegacySecret = []byte{}
	if err := h.Validate(); err == nil {
		t.Error("an empty secret, which was read from nowhere, is accepted")
	}
}

// TestSameNameSameWork: what is computed depends on the name and the secret alone.
func TestSameNameSameWork(t *testing.T) {
	names := make([]string, 64)
	for i := range names {
		names[i] = fmt.Sprint("nobody", i)
	}
	all := func(h *password.Hasher) (spent []string) {
		for _, name := range names {
			spent = append(spent, work(t, &users{}, h, name))
		}
		return spent
	}
	first := legacyHasher("pbkdf2_sha256$7", "pbkdf2_sha256$5000")
	want := all(first)
	if got := all(first); !slices.Equal(got, want) {
		t.Errorf("the second time: got %v, want %v", got, want)
	}
	if got := all(legacyHasher(first.Legacy...)); !slices.Equal(got, want) {
		t.Errorf("another process with the same secret: got %v, want %v", got, want)
	}
	other := legacyHasher(first.Legacy...)
	other.LegacySecret = []byte(strings.Repeat("o", 32))
	if got := all(other); slices.Equal(got, want) {
		t.Error("another secret chooses the same")
	}
	random := legacyHasher(first.Legacy...)
	random.LegacySecret = nil
	drawn := all(random)
	if slices.Equal(drawn, want) || !slices.Equal(all(random), drawn) {
		t.Error("without secret: want a choice of its own that lasts")
	}
}

// TestUnusablePasswordsDoTheWorkOfUnknownNames: an account without usable password cannot
// be told from no account.
func TestUnusablePasswordsDoTheWorkOfUnknownNames(t *testing.T) {
	h := legacyHasher("pbkdf2_sha256$5000", "pbkdf2_sha256$6000")
	for i := range 40 {
		name := fmt.Sprint("name", i)
		want := work(t, &users{}, h, name)
		for _, encoded := range []string{"", password.Unusable(), "what$is$this", "pbkdf2_sha256$2000000000$salt$AA"} {
			table := &users{account: auth.Account{ID: "1", Username: name, Password: encoded, Active: true}}
			if got := work(t, table, h, name); got != want {
				t.Errorf("%s with %q: got %s, want %s", name, encoded, got, want)
			}
		}
	}
}

// TestSpellingsDoTheSameWork: a table that does not tell upper from lower case finds one
// account by both, so that an unknown name computes the same in both.
func TestSpellingsDoTheSameWork(t *testing.T) {
	for _, ignore := range []bool{true, false} {
		table := memory.New(memory.Config{IgnoreCase: ignore}).Users()
		h := legacyHasher("pbkdf2_sha256$5000", "pbkdf2_sha256$6000")
		checker, differ := password.NewChecker(table, h), 0
		spends := func(name string) (spent []string) {
			h.Spends(func(work string) { spent = append(spent, work) })
			if _, _, err := checker.Check(context.Background(), name, "wrong"); err == nil {
				t.Fatal("got no error")
			}
			return spent
		}
		for i := range 40 {
			if name := fmt.Sprint("nobody", i); !slices.Equal(spends(name), spends(strings.ToUpper(name))) {
				differ++
			}
		}
		if (differ == 0) != ignore {
			t.Errorf("IgnoreCase %t: %d of 40 names compute another thing in capitals", ignore, differ)
		}
	}
}

// TestHardenedWithinAnAlgorithm: missing rounds are added to a wrong password, as Django
// does, and a right one computes nothing besides.
func TestHardenedWithinAnAlgorithm(t *testing.T) {
	for _, c := range []struct {
		name       string
		stored     *password.Hasher
		hasher     *password.Hasher
		wrong, one string
	}{
		{"PBKDF2", &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 3}, &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 10}, "pbkdf2_sha256 3 + pbkdf2_sha256 7", "pbkdf2_sha256 3"},
		{"PBKDF2 that costs more", &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 10}, &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 3}, "pbkdf2_sha256 10", "pbkdf2_sha256 10"},
		{"bcrypt", &password.Hasher{Algorithm: password.Bcrypt, BcryptCost: 4}, &password.Hasher{Algorithm: password.Bcrypt, BcryptCost: 6}, "bcrypt 4 + bcrypt 4 + bcrypt 5", "bcrypt 4"},
	} {
		encoded := encode(t, c.stored)
		for given, want := range map[string]string{"wrong": c.wrong, "right": c.one} {
			var spent []string
			c.hasher.Spends(func(work string) { spent = append(spent, work) })
			if ok, err := c.hasher.Check(t.Context(), encoded, given); ok != (given == "right") || err != nil {
				t.Fatalf("%s, %s: got %t, %v", c.name, given, ok, err)
			}
			if got := strings.Join(spent, " + "); got != want {
				t.Errorf("%s, %s: got %s, want %s", c.name, given, got, want)
			}
		}
	}
}
