package docsui_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/docsui"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	h := docsui.New(docsui.Config{Document: "/api/openapi.json", Title: `Notes & "more"`})
	for _, base := range []string{"/docs/", "/a/b/", "/"} {
		w := get(t, h, base)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `data-document="/api/openapi.json"`) || !strings.Contains(w.Body.String(), "<title>Notes &amp; &#34;more&#34;</title>") {
			t.Errorf("%s: got %d %s", base, w.Code, w.Body)
		}
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("got the policy %q, want %q in it", csp, want)
			}
		}
		for name, kind := range map[string]string{"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "start.js": "text/javascript"} {
			w := get(t, h, base+name)
			if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || w.Body.Len() < 500 {
				t.Errorf("%s: got %d %s, %d bytes", name, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
			}
			if again := get(t, h, base+name, "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
				t.Errorf("%s with its ETag: got %d", name, again.Code)
			}
		}
	}
	for _, path := range []string{"/docs/index.js", "/docs/swagger-ui.css.gz", "/docs/README.md", "/docs"} {
		if w := get(t, h, path); w.Code != 404 {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "/docs/", nil)); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d %v", w.Code, w.Header())
	}
}

// TestVersions checks that the page links the document, and that for tools that do not know
// OpenAPI 3.2.
func TestVersions(t *testing.T) {
	for document, want := range map[string][2]string{
		"":                        {"../openapi.json", "../openapi.json?version=3.1"},
		"/api.json?key=a":         {"/api.json?key=a", "/api.json?key=a&amp;version=3.1"},
		"/api.json?version=3.2":   {"/api.json?version=3.2", "/api.json?version=3.1"},
		"https://api.example/doc": {"https://api.example/doc", "https://api.example/doc?version=3.1"},
	} {
		page := get(t, docsui.New(docsui.Config{Document: document}), "/").Body.String()
		for _, href := range want {
			if !strings.Contains(page, `href="`+href+`"`) {
				t.Errorf("%q: no link to %s in %s", document, href, page)
			}
		}
	}
}

// TestPageHasNoInlineCode keeps to what the policy allows.
func TestPageHasNoInlineCode(t *testing.T) {
	page := get(t, docsui.New(docsui.Config{}), "/").Body.String()
	for _, bad := range []string{"<style", "style=", "onload", "http://", "https://", "<script>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestCompression(t *testing.T) {
	h := docsui.New(docsui.Config{})
	plain := get(t, h, "/swagger-ui-bundle.js")
	packed := get(t, h, "/swagger-ui-bundle.js", "Accept-Encoding", "br, gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len()/2 || packed.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("got %v, %d of %d bytes", packed.Header(), packed.Body.Len(), plain.Body.Len())
	}
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(reader); err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("the compressed file differs: %v", err)
	}
	if !strings.Contains(plain.Body.String(), docsui.Version) {
		t.Errorf("the bundle is not version %s", docsui.Version)
	}
}

// TestForms: an ETag names bytes, so a compressed file has another one, and a cache
// must learn from the 304, too, what the reply depends on.
func TestForms(t *testing.T) {
	h := docsui.New(docsui.Config{})
	plain := get(t, h, "/swagger-ui.css").Header().Get("ETag")
	packed := get(t, h, "/swagger-ui.css", "Accept-Encoding", "gzip").Header().Get("ETag")
	for _, c := range []struct {
		name, accept, match string
		status              int
	}{
		{"plain, known", "", plain, 304},
		{"plain, the other known", "", packed, 200},
		{"packed, known", "gzip", packed, 304},
		{"packed, the other known", "gzip", plain, 200},
		{"packed, both known", "gzip", plain + ", " + packed, 304},
	} {
		w := get(t, h, "/swagger-ui.css", "Accept-Encoding", c.accept, "If-None-Match", c.match)
		if w.Code != c.status || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: got %d, Vary %q, want %d", c.name, w.Code, w.Header().Get("Vary"), c.status)
		}
	}
}

// TestContentTypes: the tables of a machine may call a script a text, which a
// browser then does not run.
func TestContentTypes(t *testing.T) {
	for _, extension := range []string{".js", ".css", ".html"} {
		before := mime.TypeByExtension(extension)
		if err := mime.AddExtensionType(extension, "text/plain"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = mime.AddExtensionType(extension, before) }()
	}
	h := docsui.New(docsui.Config{})
	for path, want := range map[string]string{"/": "text/html", "/start.js": "text/javascript", "/swagger-ui.css": "text/css"} {
		if got := get(t, h, path).Header().Get("Content-Type"); got != want+"; charset=utf-8" {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	w := get(t, docsui.New(docsui.Config{Origins: []string{"https://api.example.com"}}), "/")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self' https://api.example.com;") {
		t.Errorf("got %q", csp)
	}
	defer func() {
		if recover() == nil {
			t.Error("an origin that ends the directive was accepted")
		}
	}()
	docsui.New(docsui.Config{Origins: []string{"x; script-src *"}})
}

func ExampleNew() {
	docs := docsui.New(docsui.Config{Document: "/openapi.json", Title: "Notes"})
	mux := http.NewServeMux()
	mux.Handle("/docs/", docs)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
