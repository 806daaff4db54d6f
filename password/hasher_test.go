package password_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/password"
)

func ExampleHasher() {
	h := &password.Hasher{} // argon2id at OWASP's cost
	encoded, err := h.Hash(context.Background(), "correct horse")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(encoded[:37])
	fmt.Println(h.Check(context.Background(), encoded, "correct horse"))
	fmt.Println(h.Check(context.Background(), encoded, "wrong horse"))
	// Output:
	// argon2$argon2id$v=19$m=19456,t=2,p=1$
	// true <nil>
	// false <nil>
}

func ExampleHasher_NeedsUpgrade() {
	stored := "pbkdf2_sha256$260000$iQyvmiqNqxfuMqTeIIdKAi$2Z3dig9SVLGaMglYbsEyE+znvLDvnIfTO+srQjXzoQA="
	site := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1_000_000} // as Django 5.2
	fmt.Println(site.NeedsUpgrade(stored))
	// Output: true
}

func ExampleUnusable() {
	encoded := password.Unusable()
	fmt.Println(encoded[:1], len(encoded), (&password.Hasher{}).Usable(encoded))
	// Output: ! 41 false
}

// cheap are hashers of every algorithm at the lowest cost.
var cheap = map[string]*password.Hasher{
	"argon2$argon2id$v=19$m=8,t=1,p=1$": {Argon2: password.Argon2Cost{Memory: 8, Time: 1, Threads: 1}},
	"pbkdf2_sha256$2$":                  {Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2},
	"pbkdf2_sha1$2$":                    {Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 2},
	"bcrypt_sha256$$2b$04$":             {Algorithm: password.BcryptSHA256, BcryptCost: 4},
	"bcrypt$$2b$04$":                    {Algorithm: password.Bcrypt, BcryptCost: 4},
	"scrypt$2$":                         {Algorithm: password.Scrypt, Scrypt: password.ScryptCost{N: 2, R: 1, P: 1}},
}

func TestHashAndCheck(t *testing.T) {
	for prefix, h := range cheap {
		t.Run(prefix, func(t *testing.T) {
			check := func(t interface{ Errorf(string, ...any) }, text string) {
				encoded, err := h.Hash(context.Background(), text)
				if err != nil || !strings.HasPrefix(encoded, prefix) || len(encoded) > 128 {
					t.Errorf("got %q, %v, want %s… in at most 128 characters", encoded, err, prefix)
				}
				if ok, err := h.Check(context.Background(), encoded, text); !ok || err != nil {
					t.Errorf("%q does not match %q: %v", text, encoded, err)
				}
				if ok, _ := h.Check(context.Background(), encoded, text+"x"); ok && len(text) < 72 {
					t.Errorf("%q matches %q", text+"x", encoded)
				}
				if h.NeedsUpgrade(encoded) {
					t.Errorf("fresh %q needs an upgrade", encoded)
				}
			}
			if strings.HasPrefix(prefix, "bcrypt") { // its lowest cost is too high for properties
				for _, text := range []string{"", "x", "пароль-密码-🔑", "a\x00b", strings.Repeat("a", 72)} {
					check(t, text)
				}
				return
			}
			rapid.Check(t, func(t *rapid.T) { check(t, rapid.StringN(0, 30, 72).Draw(t, "password")) })
		})
	}
}

func TestEachSaltIsNew(t *testing.T) {
	h := cheap["pbkdf2_sha256$2$"]
	first, _ := h.Hash(t.Context(), "x")
	second, _ := h.Hash(t.Context(), "x")
	if first == second {
		t.Errorf("got %q twice", first)
	}
	if password.Unusable() == password.Unusable() {
		t.Error("two unusable encodings are equal")
	}
}

func TestAnotherAlgorithmNeedsUpgrade(t *testing.T) {
	for from, old := range cheap {
		encoded, err := old.Hash(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		for to, h := range cheap {
			if got := h.NeedsUpgrade(encoded); got != (from != to) {
				t.Errorf("%s for a hasher of %s: got %v", from, to, got)
			}
			if ok, err := h.Check(t.Context(), encoded, "x"); !ok || err != nil {
				t.Errorf("%s is not read by a hasher of %s: %v", from, to, err)
			}
		}
	}
	for _, encoded := range []string{"", "plain", password.Unusable(), "unknown$1$2"} {
		if cheap["scrypt$2$"].NeedsUpgrade(encoded) {
			t.Errorf("%q needs an upgrade", encoded)
		}
	}
}

func TestMD5IsOptIn(t *testing.T) {
	const encoded = "md5$43tcIuhALLnHP4HSSPbKEH$69a7b51c3e1fd9caa12251f3b8c2227b"
	strict := cheap["pbkdf2_sha256$2$"]
	open := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2, InsecureMD5: true}
	if ok, _ := strict.Check(t.Context(), encoded, "correct horse battery staple"); ok {
		t.Error("MD5 was read without InsecureMD5")
	}
	if ok, _ := open.Check(t.Context(), encoded, "correct horse battery staple"); !ok {
		t.Error("MD5 was not read with InsecureMD5")
	}
	if !open.NeedsUpgrade(encoded) {
		t.Error("MD5 needs no upgrade")
	}
}

// TestHostileEncodings lists rows that would take hours or gigabytes. The test is
// that it ends.
func TestHostileEncodings(t *testing.T) {
	h := cheap["pbkdf2_sha256$2$"]
	for _, encoded := range []string{
		"pbkdf2_sha256$2000000000$saltsaltsaltsaltsaltsa$AAAA",
		"pbkdf2_sha256$99999999999999999999$salt$AAAA",
		"pbkdf2_sha256$-1$salt$AAAA",
		"argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"argon2$argon2id$v=19$m=262144,t=4294967295,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"argon2$argon2id$v=19$m=8,t=0,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"argon2$argon2id$v=19$m=8,t=1,p=0$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"argon2$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$",
		"argon2$argon2id$v=19$t=1,m=8,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"bcrypt$$2b$31$7uY2fGyxFjQJP3YVZQXfaO5596D0iXl/lKhgw0Cr1GzjYG6wXQf7.",
		"bcrypt$$2b$+4$7uY2fGyxFjQJP3YVZQXfaO5596D0iXl/lKhgw0Cr1GzjYG6wXQf7.",
		"bcrypt$$2b$04$7uY2fGyxFjQJP3YVZQXfaP5596D0iXl/lKhgw0Cr1GzjYG6wXQf7.", // unused bits
		"scrypt$1073741824$salt$8$1$AAAA",
		"scrypt$16384$salt$1073741823$1$AAAA",
		"scrypt$16384$salt$8$9223372036854775807$AAAA",
		"scrypt$16383$salt$8$1$AAAA",
		"scrypt$4$salt$8332$333$AAAA",                         // little N, much of everything else
		"scrypt$2$salt$1$2000000$AAAA",                        // 244 MiB of blocks
		"scrypt$2$" + strings.Repeat("s", 1024) + "$1$1$AAAA", // long
		"$", "$$", "$$$$$$", "argon2$", "bcrypt$", "scrypt$", "pbkdf2_sha256$", "\x00$\xff",
	} {
		if ok, err := h.Check(t.Context(), encoded, "x"); ok || err != nil {
			t.Errorf("%q: got %v, %v, want refused", encoded, ok, err)
		}
		if h.Usable(encoded) {
			t.Errorf("%q is usable", encoded)
		}
	}
}

// TestBoundsAreNotTooTight: what the bounds let pass is still read.
func TestBoundsAreNotTooTight(t *testing.T) {
	h := &password.Hasher{}
	for _, encoded := range []string{
		"scrypt$262144$salt$8$1$AAAA", // 256 MiB
		"scrypt$16384$salt$8$5$AAAA",
		"scrypt$2$" + strings.Repeat("s", 900) + "$1$1$AAAA",
	} {
		if !h.Usable(encoded) {
			t.Errorf("%.40q is not usable", encoded)
		}
	}
}

func FuzzCheck(f *testing.F) {
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, InsecureMD5: true}
	for _, seed := range []string{"", "!", "pbkdf2_sha256$1$salt$AAAA", "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA",
		"bcrypt$$2b$04$7uY2fGyxFjQJP3YVZQXfaO5596D0iXl/lKhgw0Cr1GzjYG6wXQf7.", "scrypt$2$salt$1$1$AAAA", "md5$salt$00",
		"$2y$04$7uY2fGyxFjQJP3YVZQXfaO5596D0iXl/lKhgw0Cr1GzjYG6wXQf7.", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAA"} {
		f.Add(seed, "x")
	}
	// What takes seconds, and is let pass, would be taken for a hanging one.
	costly := regexp.MustCompile(`\d{4,}|^scrypt.*\d{3,}|\$2[abxy]\$[1-9]`)
	f.Fuzz(func(t *testing.T, encoded, text string) {
		if costly.MatchString(encoded) && h.Usable(encoded) {
			return
		}
		ok, err := h.Check(context.Background(), encoded, text)
		if err != nil || ok && !h.Usable(encoded) {
			t.Errorf("%q: got %v, %v", encoded, ok, err)
		}
	})
}

func TestLongPasswords(t *testing.T) {
	h := cheap["pbkdf2_sha256$2$"]
	most, tooMuch := strings.Repeat("x", 4096), strings.Repeat("x", 4097)
	encoded, err := h.Hash(t.Context(), most)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := h.Check(t.Context(), encoded, most); !ok {
		t.Error("4096 bytes: got refused")
	}
	if _, err := h.Hash(t.Context(), tooMuch); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("4097 bytes: Hash: got %v, want ErrTooLong", err)
	}
	if ok, err := h.Check(t.Context(), encoded, tooMuch); ok || err != nil {
		t.Errorf("4097 bytes: Check: got %v, %v", ok, err)
	}
	if _, err := cheap["bcrypt$$2b$04$"].Hash(t.Context(), strings.Repeat("x", 73)); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("73 bytes of bcrypt: got %v, want ErrTooLong", err)
	}
}

func TestSettingsMistakes(t *testing.T) {
	for name, h := range map[string]*password.Hasher{
		"unknown algorithm": {Algorithm: "sha1"},
		"md5":               {Algorithm: "md5"},
		"iterations":        {Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 20_000_000},
		"bcrypt cost":       {Algorithm: password.Bcrypt, BcryptCost: 3},
		"argon2 memory":     {Argon2: password.Argon2Cost{Memory: 4, Time: 1, Threads: 1}},
		"argon2 work":       {Argon2: password.Argon2Cost{Memory: 1 << 18, Time: 5}},
		"scrypt N":          {Algorithm: password.Scrypt, Scrypt: password.ScryptCost{N: 1000}},
	} {
		if h.Validate() == nil {
			t.Errorf("%s: Validate: got nil", name)
		}
		if _, err := h.Hash(t.Context(), "x"); err == nil {
			t.Errorf("%s: Hash: got nil", name)
		}
		if _, err := h.Check(t.Context(), "", "x"); err == nil {
			t.Errorf("%s: Check: got nil", name)
		}
	}
	for prefix, h := range cheap {
		if err := h.Validate(); err != nil {
			t.Errorf("%s: got %v", prefix, err)
		}
	}
	if err := (&password.Hasher{}).Validate(); err != nil {
		t.Errorf("zero value: got %v", err)
	}
}

// TestSaltsAreFair feeds bytes that would make some characters likelier: they must
// be drawn again.
func TestSaltsAreFair(t *testing.T) {
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, Rand: io.MultiReader(
		bytes.NewReader(bytes.Repeat([]byte{248}, 64)), bytes.NewReader(bytes.Repeat([]byte{247}, 64)))}
	encoded, err := h.Hash(t.Context(), "x")
	if want := "pbkdf2_sha256$1$9999999999999999999999$"; !strings.HasPrefix(encoded, want) {
		t.Errorf("got %q, %v, want %s…", encoded, err, want)
	}
}

func TestFailingRandomness(t *testing.T) {
	want := errors.New("dry")
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, Rand: iotest.ErrReader(want)}
	if _, err := h.Hash(t.Context(), "x"); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// blocking is a source of randomness that hands out bytes when told, and so keeps
// a hash in its place.
type blocking struct{ begun, end chan struct{} }

func (b blocking) Read(p []byte) (int, error) {
	b.begun <- struct{}{}
	<-b.end
	return len(p), nil
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := blocking{make(chan struct{}), make(chan struct{})}
		h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, MaxConcurrent: 1, Rand: source}
		go h.Hash(context.Background(), "x")
		<-source.begun // it has the only place

		ctx, cancel := context.WithCancel(context.Background())
		waiting := make(chan error)
		go func() {
			_, err := h.Check(ctx, "", "x")
			waiting <- err
		}()
		synctest.Wait()
		select {
		case err := <-waiting:
			t.Errorf("the second hash did not wait: %v", err)
		default:
		}
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		close(source.end)
		if _, err := h.Check(context.Background(), "", "x"); err != nil {
			t.Errorf("after the first: %v", err)
		}
	})
}

// TestWaitingIsBounded: with the one place and the one seat taken, a third hash is
// refused at once; it holds no memory.
func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := blocking{make(chan struct{}), make(chan struct{})}
		h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, MaxConcurrent: 1, MaxWaiting: 1, Rand: source}
		go h.Hash(context.Background(), "x")
		<-source.begun
		seated := make(chan error)
		go func() {
			_, err := h.Check(context.Background(), "", "x")
			seated <- err
		}()
		synctest.Wait()
		for range 3 {
			if _, err := h.Check(context.Background(), "", "x"); !errors.Is(err, password.ErrBusy) {
				t.Errorf("got %v, want ErrBusy", err)
			}
		}
		users := newUsers(t, &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1})
		if _, _, err := password.NewChecker(users, h).Check(context.Background(), "alice", "right"); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("a login: got %v, want ErrUnavailable", err)
		}
		close(source.end)
		if err := <-seated; err != nil {
			t.Errorf("the one that waited: %v", err)
		}
		if _, err := h.Check(context.Background(), "", "x"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	h := &password.Hasher{MaxConcurrent: runtime.GOMAXPROCS(0)}
	encoded, err := h.Hash(context.Background(), "x")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		h.Check(context.Background(), encoded, "x")
	}
}

// TestHashingIsBoundedByDefault: a flood of logins takes the memory of one hash for each
// processor, 64 wait for each, and the others are refused.
func TestHashingIsBoundedByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := runtime.GOMAXPROCS(0)
		most, more := places+64*places, 10
		source := blocking{make(chan struct{}, most), make(chan struct{})}
		h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, Rand: source}
		results := make(chan error, most+more)
		for range most + more {
			go func() {
				_, err := h.Hash(context.Background(), "x")
				results <- err
			}()
		}
		synctest.Wait()
		if n := len(source.begun); n != places {
			t.Errorf("%d hashes at once, want %d", n, places)
		}
		if n := len(results); n != more {
			t.Errorf("%d are answered at once, want %d", n, more)
		}
		close(source.end)
		synctest.Wait()
		busy := 0
		for range most + more {
			if err := <-results; errors.Is(err, password.ErrBusy) {
				busy++
			} else if err != nil {
				t.Errorf("got %v", err)
			}
		}
		if busy != more {
			t.Errorf("%d were refused, want %d", busy, more)
		}
	})
}

// TestArgon2Memory: hashes use the memory of former ones, no more of it than hashes are computed at the
// same time, and it is given back when there was none for a while.
func TestArgon2Memory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &password.Hasher{Argon2: password.Argon2Cost{Memory: 4 << 10, Time: 1, Threads: 1}, MaxConcurrent: 2}
		encoded := encode(t, h)
		check := func() {
			if ok, err := h.Check(t.Context(), encoded, "right"); !ok || err != nil {
				t.Errorf("got %t, %v", ok, err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 8 {
			check()
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("got %d bytes for 8 hashes, want less than the 4 MiB of one", n)
		}
		if n := h.Kept(); n != 1 {
			t.Errorf("got memory for %d hashes after one at a time, want 1", n)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(check)
		}
		wg.Wait()
		if n := h.Kept(); n < 1 || n > 2 {
			t.Errorf("got memory for %d hashes, want 2 at most", n)
		}
		<-time.After(9 * time.Second)
		check()
		<-time.After(9 * time.Second)
		if h.Kept() == 0 {
			t.Error("the memory was given back too early")
		}
		<-time.After(2 * time.Second)
		synctest.Wait()
		if n := h.Kept(); n != 0 {
			t.Errorf("got memory for %d hashes, want it given back", n)
		}
		check()
		<-time.After(11 * time.Second) // ends the timer
	})
}

// TestArgon2MemoryOfABurst: memory for more hashes at a time than are still computed is given back,
// although the hashes go on.
func TestArgon2MemoryOfABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
		h.Keep(4)
		for range 5 {
			<-time.After(3 * time.Second)
			encode(t, h)
		}
		if n := h.Kept(); n != 1 {
			t.Errorf("got memory for %d hashes after one at a time, want 1", n)
		}
		<-time.After(11 * time.Second)
		synctest.Wait()
		if n := h.Kept(); n != 0 {
			t.Errorf("got memory for %d hashes, want it given back", n)
		}
	})
}
