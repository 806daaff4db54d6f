package signing_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/internal/signing"
)

const hashSalt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"

func vectors[V any](t *testing.T, file string) []V {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Vectors []V }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Vectors) == 0 {
		t.Fatalf("%s: no vectors", file)
	}
	return doc.Vectors
}

func keys(key string, fallbacks []string) [][]byte {
	list := [][]byte{[]byte(key)}
	for _, fallback := range fallbacks {
		list = append(list, []byte(fallback))
	}
	return list
}

func TestDjangoSignatures(t *testing.T) {
	type vector struct {
		ID, Kind, Note, Key, Salt, Signed, Value string
		Fallbacks                                []string `json:"fallback_keys"`
		MaxAge                                   *int     `json:"max_age"`
		Valid                                    bool
		Obj                                      json.RawMessage
	}
	used := map[string]int{}
	for _, v := range vectors[vector](t, "signing.json") {
		if v.MaxAge != nil || strings.HasPrefix(v.Kind, "signed_cookie") {
			continue
		}
		used[v.Kind]++
		signer := signing.NewSigner(v.Salt, keys(v.Key, v.Fallbacks)...)
		switch v.Kind {
		case "signer", "timestamp":
			got, err := signer.Unsign(v.Signed)
			if (err == nil) != v.Valid {
				t.Errorf("%s %s: got error %v, want valid %v", v.ID, v.Note, err, v.Valid)
				continue
			}
			if !v.Valid {
				continue
			}
			if v.Kind == "signer" && len(v.Fallbacks) == 0 && signer.Sign(v.Value) != v.Signed {
				t.Errorf("%s: Sign: got %q, want %q", v.ID, signer.Sign(v.Value), v.Signed)
			}
			if v.Kind == "timestamp" {
				got = got[:strings.LastIndexByte(got, ':')]
			}
			if got != v.Value {
				t.Errorf("%s: got %q, want %q", v.ID, got, v.Value)
			}
		case "dumps":
			payload, err := signer.Load(v.Signed)
			if err != nil || !sameJSON(payload, v.Obj) {
				t.Errorf("%s: got %q, %v, want %s", v.ID, payload, err, v.Obj)
			}
		}
	}
	for _, kind := range []string{"signer", "timestamp", "dumps"} {
		if used[kind] < 50 {
			t.Errorf("only %d vectors of kind %s", used[kind], kind)
		}
	}
}

// sameJSON compares values, as far as encoding/json can read Python's.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil {
		return true // NaN and Infinity: that the signature was right is all that is asked here
	}
	if json.Unmarshal(b, &y) != nil {
		return false
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return bytes.Equal(left, right)
}

func TestDjangoSessionHashes(t *testing.T) {
	type vector struct {
		ID, Key, Hash  string
		Column         string `json:"password_field"`
		Valid          bool
		FallbackKeys   []string `json:"fallback_keys"`
		FallbackHashes []string `json:"fallback_hashes"`
	}
	for _, v := range vectors[vector](t, "session_hashes.json") {
		mac := signing.NewMAC(hashSalt, []byte(v.Key))
		if got := mac.EqualHex(v.Column, v.Hash); got != v.Valid {
			t.Errorf("%s: got %v, want %v", v.ID, got, v.Valid)
		}
		if got := mac.Hex(v.Column) == v.Hash; got != v.Valid {
			t.Errorf("%s: Hex: got %v, want %v", v.ID, got, v.Valid)
		}
		for i, key := range v.FallbackKeys {
			if got := signing.NewMAC(hashSalt, []byte(key)).Hex(v.Column); (got == v.FallbackHashes[i]) != v.Valid {
				t.Errorf("%s: fallback %d: got %s, want %s", v.ID, i, got, v.FallbackHashes[i])
			}
		}
	}
}

func TestDjangoBase62(t *testing.T) {
	for _, v := range vectors[struct {
		N       json.Number
		Encoded string
	}](t, "base62.json") {
		n, err := v.N.Int64()
		if err != nil {
			continue // Python's integers go further than a time does
		}
		if got := signing.Base62(n); got != v.Encoded {
			t.Errorf("%d: got %q, want %q", n, got, v.Encoded)
		}
		if got, ok := signing.Time("x:" + v.Encoded + ":signature"); len(v.Encoded) <= 10 && (!ok || got.Unix() != n) {
			t.Errorf("%q: got the time %v, %v, want %d", v.Encoded, got, ok, n)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	for text, want := range map[string]time.Time{
		signing.NewSigner("salt", []byte("key")).Dump([]byte("{}"), at.Add(time.Millisecond)): at,
		"e30:1:s":           time.Unix(1, 0),
		"e30:-1:s":          time.Unix(-1, 0),
		"":                  {},
		"e30":               {},
		"e30:1":             {},
		"e30::s":            {},
		"e30:-:s":           {},
		"e30:1 :s":          {},
		"e30:é:s":           {},
		"e30:zzzzzzzzzzz:s": {},
	} {
		if got, ok := signing.Time(text); !got.Equal(want) || ok == want.IsZero() {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
}

func TestDumpAndLoad(t *testing.T) {
	old := signing.NewSigner("salt", []byte("old key"))
	both := signing.NewSigner("salt", []byte("new key"), []byte("old key"))
	for _, size := range []int{0, 1, 1000, 1024, 100_000} {
		payload := bytes.Repeat([]byte("x"), size)
		text := old.Dump(payload, time.Unix(1_700_000_000, 0))
		if got := strings.HasPrefix(text, "."); got != (size >= 1024) {
			t.Errorf("%d bytes: compressed %v", size, got)
		}
		if got, err := both.Load(text); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes: got %d bytes, %v", size, len(got), err)
		}
	}
	if _, err := old.Load(both.Dump([]byte("{}"), time.Unix(0, 0))); !errors.Is(err, signing.ErrSignature) {
		t.Errorf("new signature, old key only: got %v, want ErrSignature", err)
	}
}

func TestInflationIsBounded(t *testing.T) {
	signer := signing.NewSigner("salt", []byte("key"))
	for _, size := range []int{signing.MaxInflated, signing.MaxInflated + 1} {
		var small bytes.Buffer
		w := zlib.NewWriter(&small)
		w.Write(make([]byte, size))
		w.Close()
		text := signer.Sign("." + base64.RawURLEncoding.EncodeToString(small.Bytes()) + ":0")
		_, err := signer.Load(text)
		if want := size > signing.MaxInflated; errors.Is(err, signing.ErrPayload) != want {
			t.Errorf("%d bytes: got %v, want an error: %v", size, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	signer := signing.NewSigner("salt", []byte("key"))
	f.Add(signer.Dump([]byte(`{"a":1}`), time.Unix(1, 0)), false)
	f.Add(".AAAA:0", true)
	f.Add("e30", true)
	f.Add("::", false)
	f.Fuzz(func(t *testing.T, text string, sign bool) {
		if sign {
			text = signer.Sign(text) // past the signature, into what it protects
		}
		payload, err := signer.Load(text)
		if err != nil {
			return
		}
		if again, err := signer.Load(signer.Dump(payload, time.Unix(1, 0))); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%q: got %q back, %v", payload, again, err)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	signer := signing.NewSigner("salt", []byte("key"))
	text := signer.Dump(bytes.Repeat([]byte("x"), 200), time.Unix(1_700_000_000, 0))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Load(text); err != nil {
			b.Fatal(err)
		}
	}
}
