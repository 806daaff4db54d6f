package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
)

func TestFallthrough(t *testing.T) {
	first, second := auth.Refuse("first"), &auth.Error{Status: 403, Err: auth.Reason("second")}
	down := auth.Unavailable(errors.New("down"))
	tooLate := &auth.Error{Status: 503}
	for _, test := range []struct {
		name  string
		chain auth.Authenticator
		want  error // nil: accepted
	}{
		{"the next one accepts", auth.AnyOf(auth.Fallthrough(fails("a", first)), ok("b")), nil},
		{"none other: the refusal is reported", auth.AnyOf(auth.Fallthrough(fails("a", first)), fails("b", auth.ErrSkip)), first},
		{"the first of two is reported", auth.AnyOf(auth.Fallthrough(fails("a", first)), auth.Fallthrough(fails("b", second))), first},
		{"a final refusal ends as ever", auth.AnyOf(auth.Fallthrough(fails("a", first)), fails("b", second), ok("c")), second},
		{"alone", auth.Fallthrough(fails("a", second)), second},
		{"nested chains", auth.AnyOf(auth.AnyOf(auth.Fallthrough(fails("a", first)), fails("b", auth.ErrSkip)), ok("c")), nil},
		{"nested chains, nobody", auth.AnyOf(auth.AnyOf(auth.Fallthrough(fails("a", first))), fails("c", auth.ErrSkip)), first},
		{"optional: a refused credential is not nobody", auth.Optional(auth.Fallthrough(fails("a", first))), first},
		{"optional: another one accepts", auth.Optional(auth.Fallthrough(fails("a", first)), ok("b")), nil},
		{"nobody is no answer to it", auth.AnyOf(auth.Fallthrough(fails("a", first)), auth.Optional(fails("b", auth.ErrSkip))), first},
		{"nor inside of an optional chain", auth.Optional(auth.Fallthrough(fails("a", first)), auth.Optional(fails("b", auth.ErrSkip))), first},
		{"nor of one that lets everybody pass", auth.AnyOf(auth.Fallthrough(fails("a", first)), anybody{}), first},
		{"all of them are skipped", auth.AnyOf(auth.AllOf(ok("a"), auth.Fallthrough(fails("b", first))), ok("c")), nil},
		{"a store that is down", auth.AnyOf(auth.Fallthrough(fails("a", down)), ok("b")), auth.ErrUnavailable},
		{"a status of the server", auth.AnyOf(auth.Fallthrough(fails("a", tooLate)), ok("b")), tooLate},
		{"a fault", auth.AnyOf(auth.Fallthrough(fails("a", errFault)), ok("b")), errFault},
		{"a skip", auth.AnyOf(auth.Fallthrough(fails("a", auth.ErrSkip)), ok("b")), nil},
	} {
		id, err := check(t, test.chain)
		if test.want == nil && (err != nil || id.Principal == nil) || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, %v, want %v", test.name, id.Principal, err, test.want)
		}
		if test.want != nil && id.Principal != nil {
			t.Errorf("%s: got the principal %v with an error", test.name, id.Principal)
		}
	}
}

// anybody lets every request pass, as a guard does.
type anybody struct{}

func (anybody) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: auth.Nobody{}}, nil
}
func (anybody) Declare(method string) (auth.Declaration, error) { return auth.Public.Declare(method) }

func TestFallthroughCarriesHeaders(t *testing.T) {
	gone := http.Header{"Set-Cookie": {"a=; Max-Age=0"}}
	_, err := check(t, auth.AnyOf(fails("dead", auth.Skip(gone)), auth.Fallthrough(fails("a", errRefused))))
	if !errors.Is(err, errRefused) || !cmp.Equal(auth.ReplyHeader(err), gone) {
		t.Errorf("got %v with %v", err, auth.ReplyHeader(err))
	}
	_, err = check(t, auth.AnyOf(fails("dead", auth.Skip(gone)), auth.Fallthrough(fails("a", errRefused)), auth.Optional(fails("b", auth.ErrSkip))))
	if !errors.Is(err, errRefused) || !cmp.Equal(auth.ReplyHeader(err), gone) {
		t.Errorf("beside nobody: got %v with %v", err, auth.ReplyHeader(err))
	}
}

func TestFallthroughIsDocumentedAsItsMember(t *testing.T) {
	want, _ := ok("a").Declare("GET")
	if got, err := auth.Fallthrough(ok("a")).Declare("GET"); err != nil || len(got.Alternatives) != 1 || !cmp.Equal(got.Challenges, want.Challenges) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, member := range []auth.Authenticator{nil, auth.Public} {
		if _, err := auth.Fallthrough(member).Declare("GET"); err == nil || !strings.Contains(err.Error(), "Fallthrough") {
			t.Errorf("Fallthrough(%v): got %v", member, err)
		}
	}
}

// TestChallengeOfARefusal: one authenticator says what was wrong, the others of the
// chain keep their places.
func TestChallengeOfARefusal(t *testing.T) {
	refusal := auth.Refuse("expired")
	refusal.Challenge = `b error="invalid_token"`
	for _, test := range []struct {
		name  string
		chain auth.Authenticator
		want  string
	}{
		{"said", auth.AnyOf(fails("a", auth.ErrSkip), fails("b", refusal), ok("c")), `a, b error="invalid_token", c`},
		{"no credential", auth.AnyOf(fails("a", auth.ErrSkip), fails("b", auth.ErrSkip)), `a, b`},
		{"refused by another", auth.AnyOf(fails("a", errRefused), ok("b")), `a, b`},
		{"passed on", auth.AnyOf(auth.Fallthrough(fails("b", refusal)), fails("a", auth.ErrSkip)), `b error="invalid_token", a`},
	} {
		protect, err := auth.Require(test.chain, auth.RequireConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second one is remembered
			w := httptest.NewRecorder()
			protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if got := w.Header().Get("WWW-Authenticate"); w.Code != 401 || got != test.want {
				t.Errorf("%s: got %d %q, want %q", test.name, w.Code, got, test.want)
			}
		}
	}
}
