package basicauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
)

func static() basicauth.Verify[string] {
	return basicauth.Static(map[string]string{"admin": "pass", "": "no-user", "no-password": "", "colon": "a:b:c", "юзер": "пароль"})
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestAuthenticate(t *testing.T) {
	for _, test := range []struct {
		name, header string
		cfg          basicauth.Config
		want         string // principal
		err          string // "skip", "refused" or empty
	}{
		{"good", "Basic " + b64("admin:pass"), basicauth.Config{}, "admin", ""},
		{"any case, more spaces", "bAsIc   " + b64("admin:pass"), basicauth.Config{}, "admin", ""},
		{"empty user", "Basic " + b64(":no-user"), basicauth.Config{}, "", ""},
		{"empty password", "Basic " + b64("no-password:"), basicauth.Config{}, "no-password", ""},
		{"first colon splits", "Basic " + b64("colon:a:b:c"), basicauth.Config{}, "colon", ""},
		{"UTF-8", "Basic " + b64("юзер:пароль"), basicauth.Config{}, "юзер", ""},
		{"absent", "", basicauth.Config{}, "", "skip"},
		{"other scheme", "Bearer " + b64("admin:pass"), basicauth.Config{}, "", "skip"},
		{"wrong password", "Basic " + b64("admin:wrong"), basicauth.Config{}, "", "refused"},
		{"unknown user", "Basic " + b64("nobody:pass"), basicauth.Config{}, "", "refused"},
		{"unknown user, empty password", "Basic " + b64("nobody:"), basicauth.Config{}, "", "refused"},
		{"no colon", "Basic " + b64("admin"), basicauth.Config{}, "", "refused"},
		{"not base64", "Basic !!!!", basicauth.Config{}, "", "refused"},
		{"foreign characters", "Basic YWRtaW46\ncGFzcw==", basicauth.Config{}, "", "refused"},
		{"missing padding", "Basic " + strings.TrimRight(b64("admin:pass"), "="), basicauth.Config{}, "", "refused"},
		{"other unused bits", "Basic YWRtaW46cGFzcx==", basicauth.Config{}, "", "refused"},
		{"not UTF-8", "Basic " + b64("admin:\xff"), basicauth.Config{}, "", "refused"},
		{"huge", "Basic " + strings.Repeat("A", 1<<20), basicauth.Config{}, "", "refused"},
		{"own scheme", "Token " + b64("admin:pass"), basicauth.Config{Header: auth.Header{Scheme: "Token"}}, "admin", ""},
		{"no scheme", b64("admin:pass"), basicauth.Config{Header: auth.Header{NoScheme: true}}, "admin", ""},
		{"no scheme claims every value", "Bearer x", basicauth.Config{Header: auth.Header{NoScheme: true}}, "", "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			if test.header != "" {
				r.Header["Authorization"] = []string{test.header}
			}
			a := basicauth.New(static(), test.cfg)
			id, err := a.Authenticate(r)
			_, refused := errors.AsType[*auth.Error](err)
			switch {
			case test.err == "skip" && err != auth.ErrSkip, test.err == "refused" && !refused, test.err == "" && err != nil:
				t.Fatalf("got error %v, want %q", err, test.err)
			case err == nil && (id.Principal != test.want || id.By != auth.Authenticator(a)):
				t.Errorf("got %v, want %q", id, test.want)
			case err != nil && id.Principal != nil:
				t.Errorf("a principal came with the error: %v", id.Principal)
			}
		})
	}
}

func TestDeclare(t *testing.T) {
	for _, test := range []struct {
		name            string
		cfg             basicauth.Config
		kind, challenge string
	}{
		{"default", basicauth.Config{}, "http", `Basic realm="api", charset="UTF-8"`},
		{"realm is escaped", basicauth.Config{Header: auth.Header{Realm: `say "hi" \ there`}}, "http", `Basic realm="say \"hi\" \\ there", charset="UTF-8"`},
		{"no challenge", basicauth.Config{Header: auth.Header{NoChallenge: true}}, "http", ""},
		{"other header", basicauth.Config{Header: auth.Header{Name: "x-basic"}}, "apiKey", ""},
		{"other scheme", basicauth.Config{Header: auth.Header{Scheme: "Token"}}, "apiKey", ""},
		{"no scheme", basicauth.Config{Header: auth.Header{NoScheme: true}}, "apiKey", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			guard, err := auth.Compile(basicauth.New(static(), test.cfg), "GET")
			if err != nil {
				t.Fatal(err)
			}
			scheme := guard.Declaration().Schemes["http_basic"]
			if scheme.Type != test.kind || guard.Challenge() != test.challenge {
				t.Errorf("got %q %q, want %q %q", scheme.Type, guard.Challenge(), test.kind, test.challenge)
			}
		})
	}
}

func TestMistakesSurfaceInDeclare(t *testing.T) {
	for name, a := range map[string]auth.Authenticator{
		"nil verify":    basicauth.New[string](nil, basicauth.Config{}),
		"contradiction": basicauth.New(static(), basicauth.Config{Header: auth.Header{Scheme: "Basic", NoScheme: true}}),
		"realm":         basicauth.New(static(), basicauth.Config{Header: auth.Header{Realm: "a\r\nb"}}),
	} {
		_, err := a.Declare("GET")
		config, ok := errors.AsType[*auth.ConfigError](err)
		if !ok || !strings.Contains(config.Pos, "basicauth_test.go:") {
			t.Errorf("%s: got %v, want a ConfigError with this file's line", name, err)
		}
		if _, err := a.Authenticate(httptest.NewRequest("GET", "/", nil)); err == nil || err == auth.ErrSkip {
			t.Errorf("%s: got %v, a misconfigured authenticator must be a fault", name, err)
		}
	}
}

func TestAbsentDoesNotAllocate(t *testing.T) {
	a := basicauth.New(static(), basicauth.Config{})
	r := httptest.NewRequest("GET", "/", nil)
	if n := testing.AllocsPerRun(100, func() { _, _ = a.Authenticate(r) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func ExampleNew() {
	metrics := basicauth.New(func(_ context.Context, username, password string) (string, error) {
		if username != "prometheus" || password != "s3cret" {
			return "", auth.ErrSkip
		}
		return username, nil
	}, basicauth.Config{Header: auth.Header{Realm: "metrics"}})
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.SetBasicAuth("prometheus", "s3cret")
	id, err := metrics.Authenticate(r)
	fmt.Println(id.Principal, err)
	// Output: prometheus <nil>
}

func ExampleStatic() {
	verify := basicauth.Static(map[string]string{"prometheus": "s3cret"})
	_, err := verify(context.Background(), "prometheus", "wrong")
	fmt.Println(err)
	// Output: auth: 401 Not authenticated: basic: wrong name or password
}

// TestWrongIsNotNobody: where the credential is optional, a wrong one is refused.
func TestWrongIsNotNobody(t *testing.T) {
	optional := auth.Optional(basicauth.New(static(), basicauth.Config{}))
	for header, want := range map[string]bool{"": true, "Basic " + b64("admin:wrong"): false, "Basic " + b64("admin:pass"): true} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		if id, err := optional.Authenticate(r); (err == nil) != want {
			t.Errorf("%q: got %v, %v", header, id.Principal, err)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	f.Add("Basic YWRtaW46cGFzcw==")
	f.Add("Basic \x00")
	f.Add("Basic  :")
	a := basicauth.New(func(_ context.Context, u, p string) (string, error) { return u + ":" + p, nil }, basicauth.Config{})
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{header}
		id, err := a.Authenticate(r)
		if err != nil {
			return
		}
		// What is accepted is exactly one spelling of the credential.
		if _, encoded, _ := strings.Cut(header, " "); strings.TrimLeft(encoded, " ") != b64(id.Principal.(string)) {
			t.Errorf("%q was read as %q", header, id.Principal)
		}
	})
}

// TestAccounts: who is let in has an account, for limits and events.
func TestAccounts(t *testing.T) {
	check := func(_ context.Context, username, password string) (string, auth.Account, error) {
		if password != "right" {
			return "", auth.Account{}, auth.Refuse("wrong password")
		}
		return username, auth.Account{ID: "7", Username: username}, nil
	}
	a := basicauth.NewAccounts(check, basicauth.Config{InsecureUnlimited: true})
	for password, want := range map[string]string{"right": "7", "wrong": ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth("alice", password)
		id, err := a.Authenticate(r)
		if id.UserID != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %+v, %v", password, id, err)
		}
	}
	for name, wrong := range map[string]auth.Authenticator{"New": basicauth.New[string](nil, basicauth.Config{}), "NewAccounts": basicauth.NewAccounts[string](nil, basicauth.Config{})} {
		if _, err := wrong.Declare("GET"); err == nil || !strings.Contains(err.Error(), "basicauth_test.go:") {
			t.Errorf("%s(nil): got %v, want a mistake with its line", name, err)
		}
	}
}
