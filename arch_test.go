package rest_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/go-modern-rest/rest"

// rooms is the architecture: which packages of this module a folder may import,
// and which foreign modules. A folder that is not listed has the row of its
// nearest parent. Change it in a commit of its own, with the reason.
var rooms = map[string]struct{ ours, foreign []string }{
	"":                      {ours: []string{"auth", "openapi", "internal/..."}},
	"openapi":               {},
	"auth":                  {ours: []string{"openapi", "internal/forwarded", "internal/authctx", "internal/loglimit", "internal/requestid", "internal/source"}},
	"auth/authtest":         {ours: []string{"auth", "openapi", "store", "internal/authctx"}},
	"auth/basicauth":        {ours: []string{"auth", "store", "internal/authctx", "auth/csrf", "openapi", "auth/internal/carrier", "auth/internal/refusal"}},
	"auth/csrf":             {ours: []string{"auth", "internal/random", "openapi", "internal/cookie", "internal/forwarded", "auth/csrf"}},
	"auth/sessionauth":      {ours: []string{"internal/scan", "auth", "auth/internal/carrier", "internal/random", "internal/authctx", "auth/csrf", "openapi", "store", "auth/internal/signing", "internal/cookie", "internal/forwarded"}},
	"auth/jwtauth":          {ours: []string{"internal/scan", "internal/authctx", "auth/internal/signing", "auth", "openapi", "store", "auth/internal/carrier", "internal/cookie", "auth/internal/refusal", "auth/csrf"}, foreign: []string{"github.com/go-json-experiment/json"}},
	"auth/tokenauth":        {ours: []string{"auth", "internal/authctx", "auth/csrf", "openapi", "store", "internal/cookie", "auth/internal/carrier", "auth/internal/refusal", "auth/internal/signing"}},
	"auth/internal/carrier": {ours: []string{"auth", "auth/csrf", "auth/internal/refusal", "internal/cookie", "openapi"}},
	"auth/internal/refusal": {ours: []string{"auth", "store"}},
	"auth/internal/signing": {},
	"account":               {ours: []string{"", "auth", "auth/csrf", "auth/sessionauth", "auth/jwtauth", "auth/tokenauth", "password", "store", "throttle"}, foreign: []string{"golang.org/x/text"}},
	"example":               {ours: []string{"", "auth", "auth/basicauth", "auth/csrf", "auth/jwtauth", "auth/sessionauth", "auth/tokenauth", "docsui", "account", "openapi", "page", "password", "secret", "store", "store/postgres", "store/redis", "store/sqlite", "throttle"}, foreign: []string{"github.com/jackc/pgx/v5"}},
	"docs/code":             {ours: []string{"", "account", "auth", "auth/authtest", "auth/basicauth", "auth/csrf", "auth/jwtauth", "auth/sessionauth", "auth/tokenauth", "codec/yaml", "docsui", "openapi", "page", "password", "resttest", "secret", "store", "store/memory", "store/postgres", "store/redis", "store/sqlite", "throttle"}, foreign: []string{"github.com/google/uuid", "github.com/prometheus/client_golang", "github.com/rs/cors", "go.opentelemetry.io"}}, // what users can import
	"benchmark":             {ours: []string{"", "auth", "auth/basicauth", "auth/jwtauth", "auth/sessionauth", "auth/tokenauth", "benchmark/...", "internal/servers", "store", "store/postgres", "store/redis", "store/sqlite"}, foreign: []string{"github.com", "golang.org", "modernc.org"}},                                                                                                                                                                                 // a module of its own, with the peers
	"codec/yaml":            {ours: []string{""}, foreign: []string{"go.yaml.in/yaml/v4"}},
	"docsui":                {},
	"resttest":              {ours: []string{"", "auth", "auth/authtest", "auth/jwtauth", "openapi", "store"}},
	"page":                  {},
	"throttle":              {ours: []string{"auth", "internal/forwarded", "internal/loglimit"}},
	"conformance":           {ours: []string{"", "auth/...", "auth", "account", "openapi", "password", "store", "store/memory", "store/postgres", "store/redis", "throttle", "conformance/internal/..."}},
	"password":              {ours: []string{"auth", "store", "internal/argon2", "internal/random"}, foreign: []string{"golang.org/x/crypto"}},
	"secret":                {},
	"store":                 {},
	"store/memory":          {ours: []string{"auth", "store"}},
	"store/postgres":        {ours: []string{"auth", "store", "throttle", "internal/batch", "internal/loglimit"}, foreign: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}},
	"store/sqlite":          {ours: []string{"auth", "internal/batch", "internal/loglimit", "internal/scan", "store", "throttle"}, foreign: []string{"modernc.org/sqlite"}},
	"store/redis":           {ours: []string{"internal/batch", "internal/loglimit", "store", "throttle"}, foreign: []string{"github.com/redis/rueidis"}},
	"store/storetest":       {ours: []string{"auth", "store", "auth/jwtauth", "auth/sessionauth", "auth/tokenauth", "password", "throttle"}, foreign: []string{"github.com/google/go-cmp"}},
	"internal/argon2":       {foreign: []string{"golang.org/x/crypto", "golang.org/x/sys"}},
	"internal/authctx":      {},
	"internal/batch":        {},
	"internal/bind":         {ours: []string{"internal/field", "openapi", "internal/schema", "internal/message", "internal/cookie"}},
	"internal/cookie":       {},
	"internal/field":        {},
	"internal/forwarded":    {},
	"internal/leaktest":     {},
	"internal/loglimit":     {},
	"internal/message":      {ours: []string{"internal/cookie"}, foreign: []string{"golang.org/x/text"}},
	"internal/negotiate":    {ours: []string{"internal/field"}},
	"internal/random":       {},
	"internal/records":      {ours: []string{"auth", "store", "internal/schema"}},
	"internal/reply":        {ours: []string{"internal/field", "openapi", "internal/schema"}},
	"internal/requestid":    {},
	"internal/route":        {},
	"internal/scan":         {},
	"internal/schema":       {ours: []string{"internal/scan", "openapi", "internal/message"}, foreign: []string{"github.com/go-json-experiment/json"}},
	"internal/servers":      {},
	"internal/source":       {},
	"internal/stream":       {},
	"internal/docs":         {},                                             // tests alone
	"internal/e2e":          {},                                             // tests alone
	"internal/clients":      {foreign: []string{"github.com/ogen-go/ogen"}}, // modules of their own, not in go.work
}

// TestRooms reads the files: a test that asked the go command would keep a cached
// pass after a violation.
func TestRooms(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); dir != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			return nil // a folder without Go files
		}
		seen++
		room, row, ok := rowOf(filepath.ToSlash(dir))
		if !ok {
			t.Errorf("%s: no row in the table of rooms", dir)
			return nil
		}
		for _, path := range pkg.Imports {
			if !mayImport(path, row.ours, row.foreign) {
				t.Errorf("%s imports %s, which the row %q does not allow", dir, path, room)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 5 {
		t.Errorf("got %d packages, the walk does not see the module", seen)
	}
}

func rowOf(dir string) (string, struct{ ours, foreign []string }, bool) {
	if dir == "." {
		dir = ""
	}
	if row, ok := rooms[dir]; ok {
		return dir, row, true
	}
	for parent := dir; strings.Contains(parent, "/"); {
		parent = parent[:strings.LastIndexByte(parent, '/')]
		if row, ok := rooms[parent]; ok {
			return parent, row, true
		}
	}
	return "", struct{ ours, foreign []string }{}, false
}

func mayImport(path string, ours, foreign []string) bool {
	if path == module {
		return slices.Contains(ours, "")
	}
	if inside, ok := strings.CutPrefix(path, module+"/"); ok {
		return slices.ContainsFunc(ours, func(allowed string) bool {
			prefix, tree := strings.CutSuffix(allowed, "/...")
			return inside == allowed || (tree && strings.HasPrefix(inside, prefix+"/"))
		})
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(foreign, func(allowed string) bool {
		return path == allowed || strings.HasPrefix(path, allowed+"/")
	})
}

// TestStoresKnowNoHTTP keeps transport out of persistence.
func TestStoresKnowNoHTTP(t *testing.T) {
	for _, dir := range []string{"store", "store/memory", "store/postgres", "store/redis", "store/sqlite"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			continue
		}
		if slices.Contains(pkg.Imports, "net/http") {
			t.Errorf("%s imports net/http", dir)
		}
	}
}

// TestFilesAreShort keeps one concept to a file.
func TestFilesAreShort(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if lines := strings.Count(string(text), "\n"); lines > 400 {
			t.Errorf("%s has %d lines, want at most 400", path, lines)
		}
		seen++
		return err
	})
	if err != nil || seen < 50 {
		t.Errorf("got %d files, %v", seen, err)
	}
}
