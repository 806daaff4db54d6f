package rest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/internal/leaktest"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var update = flag.Bool("update", false, "write the golden files")

// TestStartUpGolden keeps the text that somebody reads whose API does not start.
func TestStartUpGolden(t *testing.T) {
	type wrong struct {
		User string `auth:""`
	}
	users := memory.New().Users()
	header := func(cfg jwtauth.Config) auth.Authenticator { return jwtauth.New(users, cfg).Header() }
	long := []byte(strings.Repeat("s", 40))
	s := settings()
	s.Auth = auth.Public
	_, err := rest.New(s, rest.Router{Path: "/api", Controllers: []rest.Controller{
		{Path: "/field", Auth: alice, Get: rest.Handle(func(context.Context, wrong) (string, error) { return "", nil })},
		{Path: "/short", Auth: header(jwtauth.Config{Secret: []byte("short")}), Get: rest.Handle(hello), Post: rest.Handle(hello)},
		{Path: "/none", Auth: header(jwtauth.Config{Secret: long, Algorithm: "none"}), Get: rest.Handle(hello)},
		{Path: "/strict", Auth: header(jwtauth.Config{Secret: long, StrictAudience: true, AcceptAudiences: []string{"a", "b"}}), Get: rest.Handle(hello)},
		{Path: "/short/field", Auth: header(jwtauth.Config{Secret: []byte("short")}), Get: rest.Handle(func(context.Context, wrong) (string, error) { return "", nil })},
		{Path: "/nil", Auth: header(jwtauth.Config{Secret: long, Families: (*memory.Families)(nil)}), Get: rest.Handle(hello)},
		{Path: "/two", Auth: alice, Get: rest.Handle(hello, rest.Op{}, rest.Op{Auth: auth.Public})},
		{Path: "/limiter", Auth: alice, Get: rest.Handle(hello, rest.Op{LimitsBeforeAuth: []rest.Limiter{nil}})},
		{Path: "/chain", Auth: auth.AnyOf(auth.Optional(alice), header(jwtauth.Config{Secret: long})), Get: rest.Handle(hello)},
		{Path: "/twice", Auth: basic("http_basic", nil), Get: rest.Handle(hello)},
	}})
	_, undecided := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{Path: "/undecided", Get: rest.Handle(hello), Post: rest.Handle(hello)}}})
	// A line is named with the folder it is in, here that of the checkout.
	got := regexp.MustCompile(`\((?:[\w.]+ )?[^/ ]+/\w+.go:\d+(?:, [^)]+)?\)`).ReplaceAllString(fmt.Sprintf("%v\n\n%v\n", err, undecided), "(folder/file.go:line)")
	const golden = "testdata/startup.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-golden +got):\n%s", diff)
	}
}

// leaf is a scheme whose outcome a header decides.
type leaf struct{ name string }

func (l *leaf) Authenticate(r *http.Request) (auth.Identity, error) {
	switch r.Header.Get("X-" + l.name) {
	case "ok":
		return auth.Identity{Principal: l.name, By: l}, nil
	case "no":
		return auth.Identity{}, auth.Refuse("no")
	case "own":
		return auth.Identity{}, &auth.Error{Status: http.StatusForbidden}
	case "fault":
		return auth.Identity{}, errors.New("secret cause")
	case "down":
		return auth.Identity{}, auth.Unavailable(errors.New("secret cause"))
	}
	return auth.Identity{}, auth.ErrSkip
}

func (l *leaf) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{l.name: {}}, Principals: auth.PrincipalType[string]()}},
		Schemes:      map[string]auth.Scheme{l.name: {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-" + l.name}, Source: l}},
		Refusals:     []auth.Refusal{{Status: http.StatusForbidden, Description: "own"}},
	}, nil
}

var leaves = []*leaf{{"A"}, {"B"}, {"C"}, {"D"}}

// anyAuth draws an authenticator of one or several leaves.
func anyAuth(t *rapid.T, depth int) auth.Authenticator {
	kind := rapid.SampledFrom([]string{"leaf", "leaf", "any", "all", "optional", "fallthrough"}).Draw(t, "kind")
	if depth == 0 {
		kind = "leaf"
	}
	members := func() []auth.Authenticator {
		picked := rapid.Permutation(leaves).Draw(t, "leaves")[:rapid.IntRange(2, 3).Draw(t, "count")]
		var out []auth.Authenticator
		for _, l := range picked {
			out = append(out, l)
		}
		return out
	}
	switch kind {
	case "any":
		list := members()
		if rapid.Bool().Draw(t, "nested") {
			list = append(list, anyAuth(t, depth-1))
		}
		return auth.AnyOf(list...)
	case "all":
		return auth.AllOf(members()...)
	case "optional":
		return auth.Optional(anyAuth(t, depth-1))
	case "fallthrough":
		return auth.Fallthrough(anyAuth(t, depth-1))
	}
	return rapid.SampledFrom(leaves).Draw(t, "leaf")
}

// closed draws an authenticator that demands a credential, as Settings want it.
func closed(t *rapid.T) auth.Authenticator {
	return rapid.Custom(func(t *rapid.T) auth.Authenticator { return anyAuth(t, 2) }).Filter(func(a auth.Authenticator) bool {
		d, err := a.Declare("GET")
		return err == nil && !slices.ContainsFunc(d.Alternatives, func(a auth.Alternative) bool { return len(a.Requirement) == 0 })
	}).Draw(t, "settings")
}

// level draws what a level of the tree says: nothing, Public or an authenticator.
func level(t *rapid.T) auth.Authenticator {
	switch rapid.SampledFrom([]string{"nil", "nil", "public", "auth"}).Draw(t, "level") {
	case "public":
		return auth.Public
	case "auth":
		return anyAuth(t, 2)
	}
	return nil
}

// granted names who was let in: the leaf, all of an AllOf, or nobody.
func granted(ctx context.Context, _ rest.None) ([]string, error) {
	names := []string{}
	id, ok := auth.FromContext(ctx)
	var add func(id auth.Identity)
	add = func(id auth.Identity) {
		if len(id.All) > 0 {
			for _, member := range id.All {
				add(member)
			}
			return
		}
		if name, ok := id.Principal.(string); ok {
			names = append(names, name)
		}
	}
	if ok {
		add(id)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// TestServedIsDocumented: for any tree and request, what is served is what the
// document's security says, evaluated here from the document alone.
func TestServedIsDocumented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settings()
		s.Auth = closed(t)
		endpoint := func() *rest.Endpoint { return rest.Handle(granted, rest.Op{Auth: level(t)}) }
		controllers := func(prefix string) []rest.Controller {
			return []rest.Controller{
				{Path: "/" + prefix + "1", Auth: level(t), Get: endpoint(), Post: endpoint()},
				{Path: "/" + prefix + "2", Auth: level(t), Get: endpoint(), Delete: endpoint()},
			}
		}
		api, err := rest.New(s, rest.Router{
			Path: "/r", Auth: level(t), Controllers: controllers("x"), Routers: []rest.Router{{Path: "/s", Auth: level(t), Controllers: controllers("y")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		quiet := true // nobody refuses or fails
		for _, l := range leaves {
			value := rapid.SampledFrom([]string{"", "", "ok", "ok", "no", "own", "fault", "down"}).Draw(t, l.name)
			values[l.name] = value
			quiet = quiet && (value == "" || value == "ok")
		}
		for path, item := range api.Document().Paths {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				op := item.Operation(method)
				if op == nil {
					continue
				}
				r := httptest.NewRequest(method, path, nil)
				for name, value := range values {
					r.Header.Set("X-"+name, value)
				}
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				allowed := satisfied(op.Security, values)
				where := fmt.Sprintf("%s %s %v, security %v: got %d %s", method, path, values, op.Security, w.Code, w.Body)
				served := w.Code == http.StatusOK || w.Code == http.StatusCreated
				switch {
				case served && !slices.ContainsFunc(allowed, func(names []string) bool { return w.Body.String() == quote(names) }):
					t.Fatalf("%s, the document allows %v", where, allowed)
				case !served && len(allowed) > 0 && quiet:
					t.Fatalf("%s, the document allows %v", where, allowed)
				case !served && quiet && w.Code != http.StatusUnauthorized:
					t.Fatalf("%s, want 401", where)
				}
				if _, documented := op.Responses[fmt.Sprint(w.Code)]; !documented && w.Code != http.StatusInternalServerError {
					t.Fatalf("%s, a status that is not documented", where)
				}
				if strings.Contains(w.Body.String(), "secret cause") {
					t.Fatalf("%s, shows the cause", where)
				}
			}
		}
	})
}

func quote(names []string) string {
	if len(names) == 0 {
		return "[]"
	}
	return `["` + strings.Join(names, `","`) + `"]`
}

// satisfied evaluates security requirements (OpenAPI 3.2 §4.30): the alternatives
// whose schemes are all there.
func satisfied(security []openapi.SecurityRequirement, values map[string]string) (out [][]string) {
	if len(security) == 0 {
		return [][]string{{}}
	}
	for _, requirement := range security {
		names := slices.Sorted(maps.Keys(requirement))
		if !slices.ContainsFunc(names, func(name string) bool { return values[name] != "ok" }) {
			out = append(out, names)
		}
	}
	return out
}

// backend is a backend with requests that are not let in.
type backend struct {
	auth, down auth.Authenticator
	good       http.Header
	bad, dead  http.Header
	badStatus  int
	deadSkips  bool
}

type brokenUsers struct{ auth.Users[*store.User] }

var errBroken = errors.New("connection to 10.0.0.1 lost")

func (brokenUsers) ByID(context.Context, string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, errBroken
}

// backends: a new one is an entry.
func backends(t *testing.T) map[string]backend {
	t.Helper()
	db := memory.New()
	for _, u := range []store.User{{Username: "alice", Active: true}, {Username: "bob"}} {
		if _, err := db.Users().Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	secret := []byte(strings.Repeat("s", 50))
	line := func(name, value string) http.Header { return http.Header{name: {value}} }

	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	expired := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Now: func() time.Time { return time.Now().AddDate(-1, 0, 0) }})
	bearer := func(i *jwtauth.Issuer[*store.User]) http.Header {
		pair, err := i.Issue(t.Context(), auth.Account{ID: "1", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return line("Authorization", "Bearer "+pair.Access)
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	cookies := func(who auth.Account) http.Header {
		set, err := session.Begin(httptest.NewRequest("POST", "https://x.example/", nil), who)
		if err != nil {
			t.Fatal(err)
		}
		return line("Cookie", set[len(set)-1].Name+"="+set[len(set)-1].Value)
	}
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	key := func(grant tokenauth.Grant) http.Header {
		raw, _, err := keys.Issue(t.Context(), auth.Account{ID: "1", Active: true}, grant)
		if err != nil {
			t.Fatal(err)
		}
		return line("X-Api-Token", raw)
	}
	basicDown := basicauth.New(func(context.Context, string, string) (*store.User, error) { return nil, auth.Unavailable(errBroken) }, basicauth.Config{})
	basic := basicauth.New(func(_ context.Context, name, _ string) (*store.User, error) {
		if name != "alice" {
			return nil, auth.ErrSkip
		}
		return &store.User{Username: name}, nil
	}, basicauth.Config{})
	return map[string]backend{
		"basic": {
			auth: basic, down: basicDown, good: line("Authorization", "Basic YWxpY2U6eA=="), bad: line("Authorization", "Basic %"), badStatus: 401,
			dead: line("Authorization", "Basic Ym9iOng="), deadSkips: true,
		},
		"jwt": {
			auth: tokens.Header(), down: jwtauth.New[*store.User](brokenUsers{}, jwtauth.Config{Secret: secret}).Header(), good: bearer(tokens),
			bad: line("Authorization", "Bearer x.y.z"), badStatus: 401, dead: bearer(expired),
		},
		"token": {
			auth: keys.Header(), down: tokenauth.New[*store.User](brokenUsers{}, db.Tokens(), tokenauth.Config{Secret: secret}).Header(), good: key(tokenauth.Grant{}),
			bad: line("X-Api-Token", "x"), badStatus: 401, dead: key(tokenauth.Grant{Lifetime: time.Nanosecond}),
		},
		"session": {
			auth: session, down: sessionauth.New[*store.User](brokenUsers{}, db.Sessions(), sessionauth.Config{Secret: secret}),
			good: cookies(auth.Account{ID: "1", Active: true}), bad: cookies(auth.Account{ID: "1", Active: true}), badStatus: 403, // no CSRF token
			dead: line("Cookie", "sessionid=abcdefghijklmnopqrstuvwxyz012345"), deadSkips: true,
		},
	}
}

// TestFaultMatrix: each backend, what is wrong, and where in a chain it stands.
func TestFaultMatrix(t *testing.T) {
	for name, b := range backends(t) {
		other := &leaf{"Other"}
		always := &leaf{"Always"}
		positions := map[string]func(auth.Authenticator) auth.Authenticator{
			"alone":    func(a auth.Authenticator) auth.Authenticator { return a },
			"first":    func(a auth.Authenticator) auth.Authenticator { return auth.AnyOf(a, other) },
			"falling":  func(a auth.Authenticator) auth.Authenticator { return auth.AnyOf(auth.Fallthrough(a), other) },
			"last":     func(a auth.Authenticator) auth.Authenticator { return auth.AnyOf(other, a) },
			"in AllOf": func(a auth.Authenticator) auth.Authenticator { return auth.AllOf(always, a) },
			"Optional": func(a auth.Authenticator) auth.Authenticator { return auth.Optional(a) },
		}
		for _, fault := range []struct {
			name   string
			auth   auth.Authenticator
			header http.Header
			status int // 0: skipped
		}{
			{"absent", b.auth, nil, 0},
			{"bad", b.auth, b.bad, b.badStatus},
			{"dead", b.auth, b.dead, map[bool]int{true: 0, false: 401}[b.deadSkips]},
			{"store down", b.down, b.good, 503},
		} {
			for position, place := range positions {
				t.Run(name+"/"+fault.name+"/"+position, func(t *testing.T) {
					ran := false
					api := newAPI(t, settings(), rest.Controller{Path: "/", Auth: place(fault.auth), Post: rest.Handle(
						func(ctx context.Context, _ rest.None) (string, error) {
							ran = true
							if _, ok := auth.FromContext(ctx); ok {
								t.Error("somebody is in the context")
							}
							return "", nil
						})})
					r := httptest.NewRequest("POST", "https://x.example/", panicBody{})
					maps.Copy(r.Header, fault.header)
					r.Header.Set("X-Always", "ok")
					w := httptest.NewRecorder()
					api.ServeHTTP(w, r)
					want := fault.status
					if want == 0 {
						want = 401
						if position == "Optional" {
							want = 201
						}
					}
					if w.Code != want || ran != (want == 201) {
						t.Errorf("got %d %s, handler ran: %t, want %d", w.Code, w.Body, ran, want)
					}
					if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == 401 && name != "session" && name != "token") {
						t.Errorf("got the challenge %q with %d", challenge, w.Code)
					}
					if text := fmt.Sprint(w.Header(), w.Body); strings.Contains(text, "10.0.0.1") || strings.Contains(text, "connection") {
						t.Errorf("the cause is shown: %s", text)
					}
				})
			}
		}
	}
}

// panicBody must not be read before the handler is reached.
type panicBody struct{}

func (panicBody) Read([]byte) (int, error) { panic("the body was read") }

var _ io.Reader = panicBody{}

// TestLyingBackend: what an authenticator returns must be what it declared.
func TestLyingBackend(t *testing.T) {
	for name, principal := range map[string]any{"nil": nil, "typed nil": (*user)(nil), "wrong type": "alice", "a value for a pointer": user{"alice"}} {
		t.Run(name, func(t *testing.T) {
			api := newAPI(t, settings(), rest.Controller{Path: "/", Auth: liar{principal}, Get: rest.Handle(
				func(context.Context, whoami) (string, error) {
					t.Error("the handler ran")
					return "", nil
				})})
			if w := send(api, "GET", "/", ""); w.Code != 500 || !strings.Contains(w.Body.String(), "Internal server error") {
				t.Errorf("got %d %s, want 500", w.Code, w.Body)
			}
		})
	}
	for name, a := range map[string]auth.Authenticator{"typed nil": (*leaf)(nil), "typed nil inside": auth.AnyOf(alice, (*leaf)(nil)), "nil inside": auth.AnyOf(alice, nil)} {
		if _, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{Path: "/", Auth: a, Get: rest.Handle(hello)}}}); err == nil {
			t.Errorf("%s authenticator: it started", name)
		}
	}
}

type liar struct{ principal any }

func (l liar) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: l.principal}, nil
}

func (liar) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[*user]()}}}, nil
}
