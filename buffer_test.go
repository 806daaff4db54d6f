package rest_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type (
	sized struct {
		Body []string `body:""`
	}
	sizedText struct {
		Body string `body:"text/plain"`
	}
)

func echoes(t testing.TB, s rest.Settings) *rest.API {
	t.Helper()
	api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/value", Post: rest.Handle(func(_ context.Context, in sized) ([]string, error) { return in.Body, nil })},
		{Path: "/text", Post: rest.Handle(func(_ context.Context, in sizedText) (sizedText, error) { return in, nil })},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func upTo16MiB() rest.Settings {
	s := settings()
	s.MaxBody = 16 << 20
	return s
}

// textOf returns a JSON array of strings, with size bytes.
func textOf(size int, letter string) string {
	element := `"` + strings.Repeat(letter, 97) + `",` // 100 bytes
	text := "[" + strings.Repeat(element, (size-4)/100)
	return text + `"` + strings.Repeat(letter, size-len(text)-3) + `"]`
}

// TestBodiesOfAllSizes sends bodies around the sizes of buffers, of a length that is declared,
// not declared, and wrong.
func TestBodiesOfAllSizes(t *testing.T) {
	api := echoes(t, upTo16MiB())
	for _, path := range []string{"/value", "/text"} {
		contentType := map[string]string{"/value": "application/json", "/text": "text/plain"}[path]
		for _, size := range []int{10, 511, 512, 513, 16383, 16384, 16385, 65535, 65536, 65537, 300_000, 5 << 20} {
			text := textOf(size, "x")
			for name, length := range map[string]int64{"declared": int64(size), "chunked": -1, "too small": 7, "too great": 6 << 20} {
				r := httptest.NewRequest("POST", path, unsized{strings.NewReader(text)})
				r.ContentLength = length
				r.Header.Set("Content-Type", contentType)
				w := httptest.NewRecorder()
				if api.ServeHTTP(w, r); w.Code != 201 || w.Body.String() != text {
					t.Errorf("%s, %d bytes, %s: got %d and %d bytes", path, size, name, w.Code, w.Body.Len())
				}
			}
		}
	}
}

// slow is a body that claims to be long and arrives in small parts. It notes how much space
// the reader had for it.
type slow struct{ left, most int }

func (s *slow) Read(p []byte) (int, error) {
	s.most = max(s.most, len(p))
	if s.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := min(len(p), 1000, s.left)
	copy(p, strings.Repeat(" ", n))
	s.left -= n
	return n, nil
}

// TestClaimedLengthAllocatesNothing: a client that claims 16 MiB and sends less gets space for
// a little more than it has sent.
func TestClaimedLengthAllocatesNothing(t *testing.T) {
	api := echoes(t, upTo16MiB())
	for _, path := range []string{"/value", "/text"} {
		for _, sent := range []int{0, 1, 20_000, 300_000} {
			runtime.GC() // twice, so that no buffer of another request is left
			runtime.GC()
			body := &slow{left: sent}
			r := httptest.NewRequest("POST", path, body)
			r.ContentLength = 16 << 20
			r.Header.Set("Content-Type", map[string]string{"/value": "application/json", "/text": "text/plain"}[path])
			w := httptest.NewRecorder()
			if api.ServeHTTP(w, r); w.Code != 400 {
				t.Errorf("%s, %d bytes: got %d %s", path, sent, w.Code, w.Body)
			}
			if limit := max(64<<10, 4*sent); body.most > limit {
				t.Errorf("%s: got space for %d bytes after %d, want at most %d", path, body.most, sent, limit)
			}
		}
	}
}

// TestGreatestClaimedLength: net/http accepts a Content-Length of 1<<63 - 1.
func TestGreatestClaimedLength(t *testing.T) {
	s := settings()
	s.MaxBody = -1
	api := echoes(t, s)
	for _, path := range []string{"/value", "/text"} {
		r := httptest.NewRequest("POST", path, &slow{left: 10})
		r.ContentLength = math.MaxInt64
		r.Header.Set("Content-Type", map[string]string{"/value": "application/json", "/text": "text/plain"}[path])
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != 400 {
			t.Errorf("%s: got %d %s, want 400", path, w.Code, w.Body)
		}
	}
}

// TestLargeBuffersAreNotMixedUp sends large bodies at once, each of another letter.
func TestLargeBuffersAreNotMixedUp(t *testing.T) {
	api := echoes(t, upTo16MiB())
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for size := range 6 {
				text := textOf(50_000+40_000*size, string(rune('a'+i)))
				r := httptest.NewRequest("POST", "/value", strings.NewReader(text))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				if api.ServeHTTP(w, r); w.Code != 201 || w.Body.String() != text {
					t.Errorf("%d: got %d and %.40q", i, w.Code, w.Body)
				}
			}
		})
	}
	group.Wait()
}

type product struct {
	SKU   string  `json:"sku" minLength:"1" maxLength:"32"`
	Name  string  `json:"name" minLength:"1" maxLength:"64"`
	Count int     `json:"count" minimum:"1" maximum:"1000"`
	Price float64 `json:"price" minimum:"0"`
}

// products are 10,000 items, about 700 KB of JSON.
func products() []product {
	list := make([]product, 10_000)
	for i := range list {
		list[i] = product{fmt.Sprintf("SKU-%05d", i), fmt.Sprintf("Widget model %d", i), i%7 + 1, float64(i%1000) + 0.25}
	}
	return list
}

func productAPI(t testing.TB) http.Handler {
	t.Helper()
	list := products()
	api, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/products", Get: rest.Handle(func(context.Context, rest.None) ([]product, error) { return list, nil })},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}
