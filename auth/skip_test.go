package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
)

// TestWhatSkips: ErrSkip hands over to the next alternative, and so does what wraps it
// alone. A fault beside it is a fault, however the two were put together.
func TestWhatSkips(t *testing.T) {
	fault := errors.New("the database is on fire")
	for _, test := range []struct {
		name string
		err  error
		skip bool
	}{
		{"itself", auth.ErrSkip, true},
		{"wrapped", fmt.Errorf("no cookie: %w", auth.ErrSkip), true},
		{"with a header", auth.Skip(http.Header{"X": {"y"}}), true},
		{"stale", auth.SkipStale(auth.Refuse("expired"), nil), true},
		{"two skips", errors.Join(auth.ErrSkip, fmt.Errorf("nor this: %w", auth.ErrSkip)), true},
		{"joined to a fault", errors.Join(auth.ErrSkip, fault), false},
		{"a fault joined to it", errors.Join(fault, auth.ErrSkip), false},
		{"formatted with a fault", fmt.Errorf("%w: %w", auth.ErrSkip, fault), false},
		{"deep inside", fmt.Errorf("x: %w", errors.Join(auth.ErrSkip, errors.Join(auth.ErrSkip, fault))), false},
		{"joined to a store that is down", errors.Join(auth.ErrSkip, auth.ErrUnavailable), false},
		{"the cause of a refusal", &auth.Error{Err: auth.ErrSkip}, false},
		{"a refusal that is wrapped", fmt.Errorf("x: %w", &auth.Error{Err: auth.ErrSkip}), false},
	} {
		for name, chain := range map[string]auth.Authenticator{
			"Optional": auth.Optional(fails("a", test.err)), "AnyOf": auth.AnyOf(fails("a", test.err), ok("b")),
		} {
			if _, err := check(t, chain); (err == nil) != test.skip {
				t.Errorf("%s: %s: got %v", name, test.name, err)
			}
		}
	}
}

// TestStaleIsTold: a credential that was skipped because it is not good is told apart
// from none, in events alone: the reply is the same.
func TestStaleIsTold(t *testing.T) {
	old := &auth.Error{Err: auth.Reason("session: ended"), Scheme: "session"}
	header := http.Header{"Set-Cookie": {"sessionid="}}
	stale := fails("a", auth.SkipStale(old, header))
	for _, test := range []struct {
		name           string
		chain          auth.Authenticator
		outcome        auth.Outcome
		reason, scheme string
	}{
		{"alone", stale, auth.Refused, "session: ended", "session"},
		{"first", auth.AnyOf(stale, fails("b", auth.ErrSkip)), auth.Refused, "session: ended", "session"},
		{"last", auth.AnyOf(fails("b", auth.ErrSkip), stale), auth.Refused, "session: ended", "session"},
		{"nested", auth.AnyOf(auth.AnyOf(stale), fails("b", auth.ErrSkip)), auth.Refused, "session: ended", "session"},
		{"together with another", auth.AllOf(stale, ok("b")), auth.Refused, "session: ended", "session"},
		{"beside a refusal that was passed on", auth.AnyOf(stale, auth.Fallthrough(fails("b", auth.Refuse("wrong")))), auth.Refused, "wrong", ""},
		{"none", fails("a", auth.ErrSkip), auth.Refused, "no credential", ""},
		{"optional", auth.Optional(stale), auth.Anonymous, "session: ended", "session"},
		{"none", auth.Optional(fails("b", auth.ErrSkip)), auth.Anonymous, "", ""},
		{"another one accepts", auth.AnyOf(stale, ok("b")), auth.Accepted, "", "b"},
	} {
		var got auth.Event
		protect, err := auth.Require(test.chain, auth.RequireConfig{OnAuth: func(_ *http.Request, e auth.Event) { got = e }})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got.Outcome != test.outcome || got.Reason != test.reason || got.Scheme != test.scheme {
			t.Errorf("%s: got %+v", test.name, got)
		}
		if test.name != "none" && w.Header().Get("Set-Cookie") != "sessionid=" {
			t.Errorf("%s: the reply lost its header", test.name)
		}
		if test.outcome == auth.Refused && (w.Code != 401 || strings.Contains(w.Body.String(), "ended")) {
			t.Errorf("%s: got %d %s", test.name, w.Code, w.Body)
		}
	}
}

// spawning accepts with another authenticator each time.
type spawning struct{ *member }

func (s spawning) Authenticate(r *http.Request) (auth.Identity, error) {
	id, err := s.member.Authenticate(r)
	id.By = &member{name: "a", id: id}
	return id, err
}

// TestNamesAreBounded: an authenticator that names another By for each request does not
// fill the memory of a guard.
func TestNamesAreBounded(t *testing.T) {
	guard, err := auth.Compile(spawning{of("a", "1", "users")}, "GET")
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		id, err := guard.Authenticate(httptest.NewRequest("GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		if event := guard.Event(id, nil); event.Scheme != "a" {
			t.Fatalf("got %+v", event)
		}
	}
	if n := auth.NamesOf(guard); n > 64 {
		t.Errorf("got %d names in memory", n)
	}
}

// TestChallengeOfEachRefusal: refusals that alternate have each their own challenge.
func TestChallengeOfEachRefusal(t *testing.T) {
	guard, err := auth.Compile(ok("Bearer"), "GET")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, own := range []string{`Bearer error="invalid_token"`, `Bearer error="insufficient_scope"`} {
			if got := guard.ChallengeOf(own); len(got) != 1 || got[0] != own {
				t.Errorf("got %q, want %q", got, own)
			}
		}
	}
}

// TestCookiesOfSeveralAreSent: what two alternatives want to set is set by both.
func TestCookiesOfSeveralAreSent(t *testing.T) {
	cookie := func(value string) http.Header { return http.Header{"Set-Cookie": {value}} }
	accepting := ok("c")
	accepting.header = cookie("c=3")
	for name, chain := range map[string]auth.Authenticator{
		"accepted": auth.AnyOf(fails("a", auth.Skip(cookie("a=1"))), fails("b", auth.Skip(cookie("b=2"))), accepting),
		"refused":  auth.AnyOf(fails("a", auth.Skip(cookie("a=1"))), fails("b", auth.Skip(cookie("b=2"))), fails("c", auth.SkipStale(auth.Refuse("ended"), cookie("c=3")))),
	} {
		protect, err := auth.Require(chain, auth.RequireConfig{})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := strings.Join(w.Header().Values("Set-Cookie"), " "); len(got) != len("a=1 b=2 c=3") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// TestRequireVaries: replies vary by what was read, whether the request was let in or not.
func TestRequireVaries(t *testing.T) {
	for _, a := range []auth.Authenticator{ok("a"), fails("a", auth.ErrSkip)} {
		protect, err := auth.Require(a, auth.RequireConfig{})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Vary"); got != "X-A" {
			t.Errorf("%d: got Vary %q, want X-A", w.Code, got)
		}
	}
}

// byMethod is a fake whose challenge is the method.
type byMethod struct{ *fake }

func (b byMethod) Declare(method string) (auth.Declaration, error) {
	d, err := b.fake.Declare(method)
	d.Challenges = []string{method}
	return d, err
}

// TestRequireTakesUnknownMethodsAsUnsafe: what is declared for POST holds for methods that
// are not known.
func TestRequireTakesUnknownMethodsAsUnsafe(t *testing.T) {
	protect, err := auth.Require(byMethod{fails("a", auth.ErrSkip)}, auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]string{"GET": "GET", "DELETE": "DELETE", "PROPFIND": "POST", "get": "POST"} {
		w := httptest.NewRecorder()
		protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if got := w.Header().Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: got the challenge %q, want %q", method, got, want)
		}
	}
}
