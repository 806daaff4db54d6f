package rest_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// TestMountsInMounts: what an inner mount protects is not served by the outer one,
// however the path is written.
func TestMountsInMounts(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"private/secret.txt": "SECRET", "open.txt": "open", "with space.txt": "open"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := http.StripPrefix("/files/", http.FileServer(http.Dir(dir)))
	api, err := rest.New(settings(), rest.Router{Mounts: []rest.Mount{
		{Path: "/files/", Auth: auth.Public, Handler: files},
		{Path: "/files/private/", Auth: alice, Handler: files},
		{Path: "/files/single", Auth: alice, Handler: files},
	}, Controllers: []rest.Controller{{Path: "/names/{id}", Auth: auth.Public, Get: rest.Handle(helloID)}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, location string
		want           int
	}{
		{"/files/open.txt", "", 200},
		{"/files/with%20space.txt", "", 200},
		{"/files/private/secret.txt", "", 401},
		{"/files/%70rivate/secret.txt", "", 401},
		{"/files/private", "/files/private/", 308},
		{"/files/private?list=1", "/files/private/?list=1", 308},
		{"/files/%70rivate", "/files/%70rivate/", 308},
		{"/files", "/files/", 308},
		{"/files/private%2Fsecret.txt", "", 400},
		{"/files/private%2fsecret.txt", "", 400},
		{"/files/private%5Csecret.txt", "", 400},
		{"/files/private%00/secret.txt", "", 400},
		{"/files/%2e/private/secret.txt", "", 400},
		{"/files/x/%2e%2e/private/secret.txt", "", 400},
		{"/files/x/../private/secret.txt", "", 400},
		{"/files//private/secret.txt", "", 404},
		{"/files/single", "", 401},
		{"/files/single/", "/files/single", 308},
		{"/names/a%2Fb", "", 200},
	} {
		w := send(api, "GET", test.path, "")
		if w.Code != test.want || w.Header().Get("Location") != test.location || strings.Contains(w.Body.String(), "SECRET") {
			t.Errorf("%s: got %d %q %s, want %d", test.path, w.Code, w.Header().Get("Location"), w.Body, test.want)
		}
	}
	if w := send(api, "POST", "/files/private", `{}`); w.Code != 308 {
		t.Errorf("POST: got %d", w.Code)
	}
	if w := send(api, "GET", "/files/private/secret.txt", "", "Authorization", credential); w.Body.String() != "SECRET" {
		t.Errorf("with a credential: got %d %s", w.Code, w.Body)
	}
}

// TestMountsWithParameters: a segment that a parameter takes has no way into another
// mount either, and neither has that of a mount of a single path.
func TestMountsWithParameters(t *testing.T) {
	served := ""
	files := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { served = r.URL.Path })
	api, err := rest.New(settings(), rest.Router{Mounts: []rest.Mount{
		{Path: "/{section}/", Auth: auth.Public, Handler: files},
		{Path: "/single/{name}", Auth: auth.Public, Handler: files},
		{Path: "/private/", Auth: alice, Handler: files},
		{Path: "/objects/{bucket}/", Auth: auth.Public, Handler: files, EncodedSlash: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/open/a":                   200,
		"/a%20b/c":                  200,
		"/private%2Fkeys/a":         400,
		"/private%2Fkeys":           400,
		"/x%2F..%2Fprivate/a":       400,
		"/%2e%2e%2fprivate/a":       400,
		"/private%5Ckeys/a":         400,
		"/a%00/b":                   400,
		"/single/a":                 200,
		"/single/a%2Fb":             400,
		"/single/..%2F..%2Fprivate": 400,
		"/objects/a%2Fb/c":          200,
		"/objects/a%2F..%2Fb/c":     400,
	} {
		served = ""
		if w := send(api, "GET", path, ""); w.Code != want || (served != "") != (want == 200) {
			t.Errorf("%s: got %d and %q was served, want %d", path, w.Code, served, want)
		}
	}
}

func TestEncodedSlash(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.EscapedPath()) })
	api, err := rest.New(settings(), rest.Router{Auth: auth.Public, Mounts: []rest.Mount{{Path: "/objects/", Handler: echo, EncodedSlash: true}, {Path: "/other/", Handler: echo}}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/objects/a%2Fb": 200, "/objects/a%2F..%2Fb": 400, "/objects/a%5Cb": 400, "/objects/a%00": 400, "/other/a%2Fb": 400,
	} {
		if w := send(api, "GET", path, ""); w.Code != want || want == 200 && w.Body.String() != path {
			t.Errorf("%s: got %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
	if _, err := rest.New(settings(), rest.Router{Auth: auth.Public, Mounts: []rest.Mount{
		{Path: "/of/{x}/open/", Handler: echo, EncodedSlash: true}, {Path: "/of/a/b", Handler: echo}, {Path: "/health", Handler: echo},
	}}); err != nil {
		t.Errorf("mounts that no decoded path reaches: %v", err)
	}
	for name, mounts := range map[string][]rest.Mount{
		"a mount below":        {{Path: "/a/", Handler: echo, EncodedSlash: true}, {Path: "/a/b/", Handler: echo}},
		"an exact mount below": {{Path: "/a/", Handler: echo, EncodedSlash: true}, {Path: "/a/b/c", Handler: echo}},
		"by a parameter":       {{Path: "/{x}/", Handler: echo, EncodedSlash: true}, {Path: "/a/b/", Handler: echo}},
		"beside a parameter":   {{Path: "/of/{x}/open/", Handler: echo, EncodedSlash: true}, {Path: "/of/{x}/private/", Handler: echo}},
		"in a parameter":       {{Path: "/of/{x}/open/", Handler: echo, EncodedSlash: true}, {Path: "/of/a/b/c", Handler: echo}},
		"on a single path":     {{Path: "/a", Handler: echo, EncodedSlash: true}},
	} {
		if _, err := rest.New(settings(), rest.Router{Auth: auth.Public, Mounts: mounts}); err == nil || !strings.Contains(err.Error(), "EncodedSlash") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
