package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

type user struct{ name string }

type machine struct{ id int }

// fake is an authenticator whose outcome a test chooses.
type fake struct {
	name      string
	principal any
	err       error
	header    http.Header
	calls     int
	decl      func(*auth.Declaration)
}

func (f *fake) Authenticate(*http.Request) (auth.Identity, error) {
	f.calls++
	if f.err != nil {
		return auth.Identity{}, f.err
	}
	return auth.Identity{Principal: f.principal, Header: f.header}, nil
}

func (f *fake) Declare(string) (auth.Declaration, error) {
	principals := auth.PrincipalType[*user]()
	if f.principal != nil {
		principals = []reflect.Type{reflect.TypeOf(f.principal)}
	}
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{f.name: {}}, Principals: principals}},
		Schemes:      map[string]auth.Scheme{f.name: {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-" + f.name}}},
		Challenges:   []string{f.name},
	}
	if f.decl != nil {
		f.decl(&d)
	}
	return d, nil
}

func ok(name string) *fake             { return &fake{name: name, principal: &user{name}} }
func fails(name string, e error) *fake { return &fake{name: name, err: e} }

var (
	errRefused = &auth.Error{Err: errors.New("bad credential")}
	errFault   = errors.New("bug")
)

func check(t *testing.T, a auth.Authenticator) (auth.Identity, error) {
	t.Helper()
	guard, err := auth.Compile(a, "GET")
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return guard.Authenticate(httptest.NewRequest("GET", "/", nil))
}

func TestAnyOfOutcomes(t *testing.T) {
	for _, test := range []struct {
		name  string
		chain []*fake
		by    int // index of the one that accepts; -1: none
		want  error
		calls []int
	}{
		{"first accepts", []*fake{ok("a"), ok("b")}, 0, nil, []int{1, 0}},
		{"skip hands over", []*fake{fails("a", auth.ErrSkip), ok("b")}, 1, nil, []int{1, 1}},
		{"refusal is final", []*fake{fails("a", errRefused), ok("b")}, -1, errRefused, []int{1, 0}},
		{"fault is final", []*fake{fails("a", errFault), ok("b")}, -1, errFault, []int{1, 0}},
		{"unavailable is final", []*fake{fails("a", auth.Unavailable(errFault)), ok("b")}, -1, auth.ErrUnavailable, []int{1, 0}},
		{"a wrapped skip hands over", []*fake{fails("a", fmt.Errorf("x: %w", auth.ErrSkip)), ok("b")}, 1, nil, []int{1, 1}},
		{"a refusal caused by a skip is a refusal", []*fake{fails("a", &auth.Error{Err: auth.ErrSkip}), ok("b")}, -1, auth.ErrSkip, []int{1, 0}},
		{"an unavailable skip is a fault", []*fake{fails("a", auth.Unavailable(auth.ErrSkip)), ok("b")}, -1, auth.ErrUnavailable, []int{1, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var members []auth.Authenticator
			for _, member := range test.chain {
				members = append(members, member)
			}
			id, err := check(t, auth.AnyOf(members...))
			if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
			if test.by >= 0 && id.By != members[test.by] {
				t.Errorf("got By %v, want member %d", id.By, test.by)
			}
			if err != nil && id.Principal != nil {
				t.Errorf("a principal came with the error: %v", id.Principal)
			}
			for i, member := range test.chain {
				if member.calls != test.calls[i] {
					t.Errorf("member %d: got %d calls, want %d", i, member.calls, test.calls[i])
				}
			}
		})
	}
}

func TestAnyOfNobodyAccepts(t *testing.T) {
	_, err := check(t, auth.AnyOf(fails("a", auth.ErrSkip), fails("b", auth.ErrSkip)))
	refusal, ok := errors.AsType[*auth.Error](err)
	if !ok || refusal.HTTPStatus() != 401 {
		t.Errorf("got %v, want a 401", err)
	}
}

func TestSkipHeaderReachesTheReply(t *testing.T) {
	dead := http.Header{"Set-Cookie": {"sessionid=; Max-Age=0"}}
	for _, test := range []struct {
		name string
		next *fake
	}{
		{"accepted", ok("b")}, {"skipped", fails("b", auth.ErrSkip)}, {"refused", fails("b", errRefused)}, {"fault", fails("b", errFault)},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := check(t, auth.AnyOf(fails("a", auth.Skip(dead)), test.next))
			got := id.Header
			if err != nil {
				got = auth.ReplyHeader(err)
			}
			if diff := cmp.Diff(dead, got); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSharedIdentityHeaderIsNotWrittenTo(t *testing.T) {
	shared := http.Header{"Set-Cookie": {"a=1"}}
	caching := &fake{name: "b", principal: &user{}, header: shared}
	a := auth.AnyOf(fails("a", auth.Skip(http.Header{"Set-Cookie": {"x=; Max-Age=0"}})), caching)
	for range 3 {
		if _, err := check(t, a); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(http.Header{"Set-Cookie": {"a=1"}}, shared); diff != "" {
		t.Errorf("the backend's header was written to (-want +got):\n%s", diff)
	}
}

func TestAllOf(t *testing.T) {
	robot := &fake{name: "b", principal: machine{7}}
	id, err := check(t, auth.AllOf(ok("a"), robot))
	if err != nil {
		t.Fatal(err)
	}
	if len(id.All) != 2 || id.Principal.(*user).name != "a" || id.All[1].Principal != (machine{7}) {
		t.Errorf("got %+v", id)
	}
	for _, test := range []struct {
		name   string
		second *fake
		want   error
	}{
		{"skip of one skips all", fails("b", auth.ErrSkip), nil},
		{"refusal of one refuses", fails("b", errRefused), errRefused},
		{"a member without principal is a fault", &fake{name: "b"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := check(t, auth.AllOf(ok("a"), test.second))
			if err == nil || id.Principal != nil || (test.want != nil && !errors.Is(err, test.want)) {
				t.Errorf("got %v, %v", id, err)
			}
		})
	}
	d, err := auth.AllOf(ok("a"), auth.AnyOf(ok("b"), ok("c"))).Declare("GET")
	if err != nil {
		t.Fatal(err)
	}
	var got []openapi.SecurityRequirement
	for _, alternative := range d.Alternatives {
		got = append(got, alternative.Requirement)
	}
	want := []openapi.SecurityRequirement{{"a": {}, "b": {}}, {"a": {}, "c": {}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requirements (-want +got):\n%s", diff)
	}
}

func TestOptional(t *testing.T) {
	id, err := check(t, auth.Optional(fails("a", auth.ErrSkip)))
	if err != nil || id.Principal != (auth.Nobody{}) {
		t.Errorf("absent: got %v, %v, want Nobody", id.Principal, err)
	}
	if _, err := check(t, auth.Optional(fails("a", errRefused))); !errors.Is(err, errRefused) {
		t.Errorf("refused: got %v, want the refusal", err)
	}
	if id, err := check(t, auth.Optional(ok("a"))); err != nil || id.Principal.(*user).name != "a" {
		t.Errorf("accepted: got %v, %v", id.Principal, err)
	}
	d, _ := auth.Optional(ok("a")).Declare("GET")
	if n := len(d.Alternatives); n != 2 || len(d.Alternatives[1].Requirement) != 0 {
		t.Errorf("got %v, want a second, empty requirement", d.Alternatives)
	}
}

func TestNarrow(t *testing.T) {
	toMachine := func(_ context.Context, u *user) (machine, error) {
		if u.name == "a" {
			return machine{1}, nil
		}
		return machine{}, errRefused
	}
	id, err := check(t, auth.Narrow(ok("a"), toMachine))
	if err != nil || id.Principal != (machine{1}) {
		t.Errorf("got %v, %v", id.Principal, err)
	}
	if _, err := check(t, auth.Narrow(ok("b"), toMachine)); !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the refusal", err)
	}
	if id, err := check(t, auth.Narrow(auth.Optional(fails("a", auth.ErrSkip)), toMachine)); err != nil || id.Principal != (auth.Nobody{}) {
		t.Errorf("nobody: got %v, %v", id.Principal, err)
	}
	robot := &fake{name: "m", principal: machine{7}}
	if _, err := auth.Compile(auth.Narrow(robot, toMachine), "GET"); err == nil {
		t.Error("a principal of another type was not refused at start")
	}
}

// A lying, nil or typed-nil backend is a fault of ours: the guard lets nothing in.
func TestGuardRefusesBadPrincipals(t *testing.T) {
	declareUser := func(d *auth.Declaration) { d.Alternatives[0].Principals = auth.PrincipalType[*user]() }
	for name, principal := range map[string]any{"nil": nil, "typed nil": (*user)(nil), "another type": machine{1}, "value for pointer": user{}} {
		t.Run(name, func(t *testing.T) {
			id, err := check(t, &fake{name: "a", principal: principal, decl: declareUser})
			if _, refused := errors.AsType[*auth.Error](err); err == nil || refused || id.Principal != nil {
				t.Errorf("got %v, %v, want a fault", id.Principal, err)
			}
		})
	}
}

// TestNestedOptionals start, and say once that nobody may pass.
// TestGuardRefusesNobodyAsSomebody: an interface that Nobody implements does not declare
// it, so a request without a principal is not let in where one is demanded.
func TestGuardRefusesNobodyAsSomebody(t *testing.T) {
	for _, test := range []struct {
		name      string
		principal any
		declared  []reflect.Type
		wantErr   bool
	}{
		{"somebody", &user{"alice"}, auth.PrincipalType[any](), false},
		{"nobody", auth.Nobody{}, auth.PrincipalType[any](), true},
		{"nobody, declared", auth.Nobody{}, auth.PrincipalType[auth.Nobody](), false},
	} {
		guard, err := auth.Compile(&fake{name: "a", principal: test.principal, decl: func(d *auth.Declaration) { d.Alternatives[0].Principals = test.declared }}, "GET")
		if err != nil {
			t.Fatal(err)
		}
		if id, err := guard.Authenticate(httptest.NewRequest("GET", "/", nil)); (err != nil) != test.wantErr {
			t.Errorf("%s: got %v, %v", test.name, id.Principal, err)
		}
	}
}

// TestRefusalIsAnError: a refusal whose status says success, or nothing, is a fault.
func TestRefusalIsAnError(t *testing.T) {
	for status, want := range map[int]int{0: 401, 400: 400, 403: 403, 599: 599, 200: 500, 204: 500, 302: 500, 99: 500, 600: 500} {
		for name, a := range map[string]auth.Authenticator{
			"plain": fails("a", &auth.Error{Status: status}),
			"last":  auth.AnyOf(auth.Fallthrough(fails("a", &auth.Error{Status: status})), fails("b", auth.ErrSkip)),
		} {
			protect, err := auth.Require(a, auth.RequireConfig{})
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if w.Code != want {
				t.Errorf("%s, status %d: got %d, want %d", name, status, w.Code, want)
			}
		}
	}
}

func TestNestedOptionals(t *testing.T) {
	for name, chain := range map[string]auth.Authenticator{
		"in an optional":    auth.AnyOf(ok("a"), auth.Optional(auth.Optional(ok("b")))),
		"in a chain":        auth.AnyOf(ok("a"), auth.Optional(auth.AnyOf(ok("b"), auth.Optional(ok("c"))))),
		"by an address":     auth.AnyOf(byAddress{}, ok("a")),
		"a guard, at last":  auth.AnyOf(ok("a"), anybody{}),
		"a guard and a key": auth.AnyOf(auth.AllOf(anybody{}, ok("a")), ok("b")),
	} {
		guard, err := auth.Compile(chain, "GET")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		open := 0
		for _, alternative := range guard.Declaration().Alternatives {
			if len(alternative.Requirement) == 0 {
				open++
			}
		}
		if open > 1 {
			t.Errorf("%s: %d alternatives without a requirement", name, open)
		}
	}
}

// byAddress knows machines by where they are, which OpenAPI has no scheme for, and hands
// others over.
type byAddress struct{}

func (byAddress) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, auth.ErrSkip
}

func (byAddress) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[string]()}}}, nil
}

func withScheme(s openapi.SecurityScheme) func(*auth.Declaration) {
	return func(d *auth.Declaration) { d.Schemes = map[string]auth.Scheme{"a": {SecurityScheme: s}} }
}

func TestDeclareMistakes(t *testing.T) {
	var typedNil *fake
	other := ok("a")
	other.decl = func(d *auth.Declaration) {
		d.Schemes = map[string]auth.Scheme{"a": {SecurityScheme: openapi.SecurityScheme{Type: "http", Scheme: "basic"}}}
	}
	for _, test := range []struct {
		name string
		auth auth.Authenticator
		want string
	}{
		{"empty AnyOf", auth.AnyOf(), "no authenticator given"},
		{"empty AllOf", auth.AllOf(), "no authenticator given"},
		{"empty Optional", auth.Optional(), "no authenticator given"},
		{"nil member", auth.AnyOf(ok("a"), nil), "authenticator 2 is nil"},
		{"typed nil member", auth.AllOf(typedNil), "authenticator 1 is nil"},
		{"public member", auth.AnyOf(ok("a"), auth.Public), "cannot be combined"},
		{"optional before others", auth.AnyOf(ok("a"), auth.Optional(ok("b")), ok("c")), "accepts every request"},
		{"optional before others in an optional", auth.Optional(auth.Optional(ok("b")), ok("c")), "accepts every request"},
		{"optional inside of others", auth.AnyOf(auth.Fallthrough(auth.Optional(ok("a"))), ok("b")), "accepts every request"},
		{"optional in a chain of its own", auth.AnyOf(auth.AnyOf(ok("a"), auth.Optional(ok("b"))), ok("c")), "accepts every request"},
		{"a guard before others", auth.AnyOf(anybody{}, ok("c")), "accepts every request"},
		{"a guard and an optional before others", auth.AnyOf(auth.AllOf(anybody{}, auth.Optional(ok("a"))), ok("c")), "accepts every request"},
		{"one name for two schemes", auth.AnyOf(ok("a"), other), `named "a"`},
		{"nil", nil, "is nil"},
		{"typed nil", typedNil, "is nil"},
		{"requirement without scheme", &fake{name: "a", decl: func(d *auth.Declaration) { d.Schemes = nil }}, "does not describe"},
		{"no alternative", &fake{name: "a", decl: func(d *auth.Declaration) { d.Alternatives = nil }}, "no alternative"},
		{"a scheme without type", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Name: "X"})}, "the Type is"},
		{"a scheme without name", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "apiKey", In: "header"})}, "needs a Name"},
		{"a scheme without place", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "apiKey", Name: "X", In: "body"})}, "needs a Name, and In"},
		{"openIdConnect without URL", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "openIdConnect"})}, "needs an OpenIDConnectURL"},
		{"oauth2 without flows", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "oauth2"})}, "needs a flow"},
		{"no type", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "cookie"})}, "the Type is"},
		{"http without scheme", &fake{name: "a", decl: withScheme(openapi.SecurityScheme{Type: "http"})}, "http needs a Scheme"},
		{"accounts that cannot be compared", &fake{name: "a", decl: func(d *auth.Declaration) { d.Alternatives[0].Accounts = []any{map[string]int{}} }}, "cannot be compared"},
		{"refusal that is none", &fake{name: "a", decl: func(d *auth.Declaration) { d.Refusals = []auth.Refusal{{Status: 200}} }}, "status 200"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := auth.Compile(test.auth, "GET")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestRequire(t *testing.T) {
	for _, test := range []struct {
		name      string
		auth      auth.Authenticator
		status    int
		challenge string
		body      string
	}{
		{"accepted", ok("a"), 200, "", "a"},
		{"absent", auth.AnyOf(fails("a", auth.ErrSkip), fails("b", auth.ErrSkip)), 401, "a, b", `{"detail":[{"msg":"Not authenticated","type":"security"}]}`},
		{"own status", fails("a", &auth.Error{Status: 402, Msg: "Pay"}), 402, "", `{"detail":[{"msg":"Pay"}]}`},
		{"not enough", fails("a", &auth.Error{Status: 403, Challenge: `Bearer error="insufficient_scope"`}), 403, `Bearer error="insufficient_scope"`, `{"detail":[{"msg":"Forbidden"}]}`},
		{"own challenge", fails("a", &auth.Error{Header: http.Header{"Www-Authenticate": {"Own"}}}), 401, "Own", `{"detail":[{"msg":"Not authenticated","type":"security"}]}`},
		{"no challenge", fails("a", &auth.Error{Header: http.Header{}}), 401, "", `{"detail":[{"msg":"Not authenticated","type":"security"}]}`},
		{"store down", fails("a", auth.Unavailable(errors.New("secret cause"))), 503, "", `{"detail":[{"msg":"Service Unavailable"}]}`},
		{"fault", fails("a", errors.New("secret cause")), 500, "", `{"detail":[{"msg":"Internal server error","type":"internal_error"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			protect, err := auth.Require(test.auth, auth.RequireConfig{})
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				u, _ := auth.PrincipalFrom[*user](r.Context())
				fmt.Fprint(w, u.name)
			})).ServeHTTP(w, httptest.NewRequest("PROPFIND", "/", nil))
			if w.Code != test.status || w.Body.String() != test.body || w.Header().Get("WWW-Authenticate") != test.challenge {
				t.Errorf("got %d %q %q, want %d %q %q", w.Code, w.Header().Get("WWW-Authenticate"), w.Body, test.status, test.challenge, test.body)
			}
		})
	}
}

func TestContext(t *testing.T) {
	if _, ok := auth.FromContext(t.Context()); ok {
		t.Error("an empty context has an identity")
	}
	if _, ok := auth.PrincipalFrom[*user](t.Context()); ok {
		t.Error("an empty context has a principal")
	}
	defer func() {
		if recover() == nil {
			t.Error("MustFromContext did not panic without an identity")
		}
	}()
	auth.MustFromContext(t.Context())
}

func TestRefusedRequestDoesNotAllocate(t *testing.T) {
	guard, err := auth.Compile(auth.AnyOf(fails("a", auth.ErrSkip), fails("b", auth.ErrSkip)), "GET")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	if n := testing.AllocsPerRun(100, func() { _, _ = guard.Authenticate(r) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
