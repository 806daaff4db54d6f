package argon2_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	original "golang.org/x/crypto/argon2"

	"github.com/go-modern-rest/rest/internal/argon2"
)

// TestVectors are those of RFC 9106 §5.2 and §5.3.
func TestVectors(t *testing.T) {
	for kind, want := range map[argon2.Kind]string{
		argon2.I:  "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
		argon2.ID: "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
	} {
		repeat := func(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
		got := argon2.Derive(kind, repeat(1, 32), repeat(2, 16), repeat(3, 8), repeat(4, 12), 3, 32, 4, 32)
		if hex.EncodeToString(got) != want {
			t.Errorf("%d: got %x, want %s", kind, got, want)
		}
	}
}

// TestLikeTheOriginal compares hashes of many costs, computed in the same memory one after the other,
// with those of x/crypto.
func TestLikeTheOriginal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var memory argon2.Memory
	for range 300 {
		kind, compute := argon2.ID, original.IDKey
		if random.IntN(2) == 0 {
			kind, compute = argon2.I, original.Key
		}
		passes, size, lanes, length := 1+random.Uint32N(4), random.Uint32N(600), uint8(1+random.IntN(9)), 4+random.Uint32N(200)
		password, salt := []byte(fmt.Sprint(random.Uint64())), []byte(fmt.Sprint(random.Uint64()))
		got, want := memory.Key(kind, password, salt, passes, size, lanes, length), compute(password, salt, passes, size, lanes, length)
		if !bytes.Equal(got, want) {
			t.Errorf("kind %d, t=%d, m=%d, p=%d: got %x, want %x", kind, passes, size, lanes, got, want)
		}
	}
}

// TestGeneric compares the assembly with the code of machines that have none.
func TestGeneric(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var a, b, fast, slow argon2.Block
		for i := range a {
			a[i], b[i], fast[i] = random.Uint64(), random.Uint64(), random.Uint64()
		}
		slow = fast
		argon2.ProcessBlockXOR(&fast, &a, &b)
		argon2.ProcessBlockGeneric(&slow, &a, &b, true)
		if fast != slow {
			t.Fatal("ProcessBlockXOR differs")
		}
		argon2.ProcessBlock(&fast, &a, &b)
		argon2.ProcessBlockGeneric(&slow, &a, &b, false)
		if fast != slow {
			t.Fatal("ProcessBlock differs")
		}
	}
}

// TestAllocations: only the first hash allocates the memory.
func TestAllocations(t *testing.T) {
	var memory argon2.Memory
	hash := func() { memory.Key(argon2.ID, []byte("password"), []byte("saltsalt"), 1, 1<<10, 1, 32) }
	hash()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		hash()
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 512<<10 {
		t.Errorf("got %d bytes for 10 hashes, want less than the memory of one, 1 MiB", got)
	}
}

func BenchmarkKey(b *testing.B) {
	for _, c := range []struct {
		name   string
		memory uint32
		lanes  uint8
	}{{"OWASP", 19456, 1}, {"Django", 102400, 8}} {
		b.Run(c.name, func(b *testing.B) {
			var memory argon2.Memory
			for b.Loop() {
				memory.Key(argon2.ID, []byte("password"), []byte("saltsalt"), 2, c.memory, c.lanes, 32)
			}
		})
		b.Run(c.name+"/original", func(b *testing.B) {
			for b.Loop() {
				original.IDKey([]byte("password"), []byte("saltsalt"), 2, c.memory, c.lanes, 32)
			}
		})
	}
}
