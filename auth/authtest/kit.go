package authtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest/auth"
)

// Subject is an authenticator, with requests whose outcome is known. The requests are cloned
// before they are used. Fields that are nil or empty are not tested.
type Subject struct {
	Auth auth.Authenticator
	// Absent has no credential of this kind.
	Absent *http.Request
	// Accepted has a valid one.
	Accepted *http.Request
	// Refused are requests that are refused with an [*auth.Error], by what is wrong with them.
	Refused map[string]*http.Request
	// Skipped are requests besides Absent that are skipped.
	Skipped map[string]*http.Request
	// Down is the same authenticator when its store cannot be asked.
	Down auth.Authenticator
	// End ends the credential of Accepted: it logs out, or deactivates the account. A
	// Recheck must then refuse the identity that Accepted had.
	End func() error
}

// Run tests an authenticator against the contract of [auth.Authenticator]. It calls subject
// once for each check.
//
//	func TestContract(t *testing.T) {
//		authtest.Run(t, func(t *testing.T) authtest.Subject { ... })
//	}
func Run(t *testing.T, subject func(t *testing.T) Subject) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			c.check(subject(t), t.Errorf)
		})
	}
}

// report reports one finding.
type report func(format string, args ...any)

// checks are the parts of the contract.
var checks = []struct {
	name  string
	check func(Subject, report)
}{
	{"declaration", checkDeclaration},
	{"outcomes", checkOutcomes},
	{"store down", checkDown},
	{"body is not read", checkBody},
	{"request is not changed", checkRequest},
	{"concurrent use", checkConcurrency},
	{"hostile values", checkHostile},
	{"recheck", checkRecheck},
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// challenge is a scheme with parameters or a token68 (RFC 9110 §11.3).
var challenge = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+" +
	"( ([A-Za-z0-9._~+/-]+=*|[!#$%&'*+.^_`|~0-9A-Za-z-]+=(\"([^\"\\\\]|\\\\.)*\"|[!#$%&'*+.^_`|~0-9A-Za-z-]+)" +
	"(, *[!#$%&'*+.^_`|~0-9A-Za-z-]+=(\"([^\"\\\\]|\\\\.)*\"|[!#$%&'*+.^_`|~0-9A-Za-z-]+))*))?$")

func checkDeclaration(s Subject, report report) {
	for _, method := range methods {
		first, err := s.Auth.Declare(method)
		if err != nil {
			report("Declare(%s): %v", method, err)
			continue
		}
		if second, err := s.Auth.Declare(method); err != nil || !same(first, second) {
			report("Declare(%s) differs from call to call: %+v and %+v, %v", method, first, second, err)
		}
		if _, err := auth.Compile(s.Auth, method); err != nil {
			report("%s: %v", method, err)
		}
		for _, text := range first.Challenges {
			if !challenge.MatchString(text) {
				report("%s: the challenge %q is not a scheme with parameters (RFC 9110 §11.6.1)", method, text)
			}
		}
		for name, scheme := range first.Schemes {
			if scheme.Source != nil && !reflect.ValueOf(scheme.Source).Comparable() {
				report("%s: the Source of %q cannot be compared", method, name)
			}
		}
	}
}

// same compares what a document shows of two declarations.
func same(a, b auth.Declaration) bool {
	names := func(d auth.Declaration) []string { return slices.Sorted(maps.Keys(d.Schemes)) }
	for name, scheme := range a.Schemes {
		if !scheme.Same(b.Schemes[name]) {
			return false
		}
	}
	return slices.Equal(names(a), names(b)) && reflect.DeepEqual(a.Alternatives, b.Alternatives) &&
		slices.Equal(a.Challenges, b.Challenges) && slices.Equal(a.Vary, b.Vary) && reflect.DeepEqual(a.Refusals, b.Refusals)
}

// each calls f with a clone of every request.
func (s Subject) each(f func(name string, r *http.Request)) {
	use := func(name string, r *http.Request) {
		if r != nil {
			f(name, r.Clone(r.Context()))
		}
	}
	use("absent", s.Absent)
	use("accepted", s.Accepted)
	for _, name := range slices.Sorted(maps.Keys(s.Refused)) {
		use("refused: "+name, s.Refused[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Skipped)) {
		use("skipped: "+name, s.Skipped[name])
	}
}

func checkOutcomes(s Subject, report report) {
	s.each(func(name string, r *http.Request) {
		id, err := s.Auth.Authenticate(r)
		kind, _, _ := strings.Cut(name, ":")
		switch got := outcome(id, err); {
		case kind == "accepted" && got != "accepted", kind == "refused" && got != "refused",
			kind != "accepted" && kind != "refused" && got != "skipped":
			report("%s: got %s (%v)", name, got, err)
		case kind == "accepted":
			checkIdentity(s.Auth, r.Method, id, report)
		case kind == "refused":
			checkRefusal(s.Auth, r.Method, err, func(format string, args ...any) { report(name+": "+format, args...) })
		}
	})
}

// outcome returns a name for an outcome. An *auth.Error is a refusal, whatever its cause is.
func outcome(id auth.Identity, err error) string {
	refusal := new(auth.Error)
	switch {
	case err == nil && id.Principal == nil:
		return "an identity without principal"
	case err == nil:
		return "accepted"
	case errors.As(err, &refusal):
		return "refused"
	case errors.Is(err, auth.ErrSkip):
		return "skipped"
	case errors.Is(err, auth.ErrUnavailable):
		return "unavailable"
	}
	return "a fault"
}

func checkIdentity(a auth.Authenticator, method string, id auth.Identity, report report) {
	d, err := a.Declare(method)
	if err != nil {
		report("Declare: %v", err)
		return
	}
	var declared []reflect.Type
	for _, alternative := range d.Alternatives {
		declared = append(declared, alternative.Principals...)
	}
	if v := reflect.ValueOf(id.Principal); v.Kind() == reflect.Pointer && v.IsNil() {
		report("the principal is a nil %T", id.Principal)
	}
	if len(id.All) == 0 && !slices.ContainsFunc(declared, reflect.TypeOf(id.Principal).AssignableTo) {
		report("the principal is a %T, declared are %v", id.Principal, declared)
	}
	for name := range id.Header {
		if name != http.CanonicalHeaderKey(name) {
			report("the header %q is not canonical", name)
		}
	}
}

func checkRefusal(a auth.Authenticator, method string, err error, report report) {
	refusal := new(auth.Error)
	_ = errors.As(err, &refusal) // outcome has checked it
	d, declareErr := a.Declare(method)
	if declareErr != nil {
		report("Declare: %v", declareErr)
		return
	}
	code := refusal.HTTPStatus()
	if code != http.StatusUnauthorized && !slices.ContainsFunc(d.Refusals, func(r auth.Refusal) bool { return r.Status == code }) {
		report("status %d is not among the declared Refusals", code)
	}
	if msg, _ := refusal.Text(); refusal.Err != nil && strings.Contains(msg, refusal.Err.Error()) {
		report("the message %q shows the cause", msg)
	}
}

func checkDown(s Subject, report report) {
	if s.Down == nil || s.Accepted == nil {
		return
	}
	id, err := s.Down.Authenticate(s.Accepted.Clone(s.Accepted.Context()))
	if got := outcome(id, err); got != "unavailable" {
		report("got %s (%v), want auth.ErrUnavailable", got, err)
	}
}

// checkRecheck rechecks an identity while it is valid, while the store is down, and after its
// end.
func checkRecheck(s Subject, report report) {
	if s.Accepted == nil {
		return
	}
	r := s.Accepted.Clone(s.Accepted.Context())
	guard, err := auth.Compile(s.Auth, r.Method)
	if err != nil {
		return // checkDeclaration reports it
	}
	id, err := guard.Authenticate(r)
	if err != nil {
		return // checkOutcomes reports it
	}
	if err := guard.Recheck(r, id); err != nil {
		report("a good identity: got %v", err)
	}
	if down, ok := s.Down.(auth.Rechecker); ok {
		if err := down.Recheck(r.Context(), id); err != nil && !errors.Is(err, auth.ErrUnavailable) {
			report("the store is down: got %v, want auth.ErrUnavailable", err)
		}
	}
	if s.End == nil {
		return
	}
	if err := s.End(); err != nil {
		report("End: %v", err)
		return
	}
	if err := guard.Recheck(r, id); !refused(err) {
		report("after the end of the credential: got %v, want an *auth.Error", err)
	}
}

func refused(err error) bool { _, ok := errors.AsType[*auth.Error](err); return ok }

// untouchable is a body that must not be read.
type untouchable struct{ read bool }

func (b *untouchable) Read([]byte) (int, error) { b.read = true; return 0, io.ErrUnexpectedEOF }
func (b *untouchable) Close() error             { return nil }

func checkBody(s Subject, report report) {
	s.each(func(name string, r *http.Request) {
		body := &untouchable{}
		r.Body, r.ContentLength = body, 100
		_, _ = s.Auth.Authenticate(r)
		if body.read {
			report("%s: the body was read", name)
		}
	})
}

func checkRequest(s Subject, report report) {
	s.each(func(name string, r *http.Request) {
		before := r.Clone(r.Context())
		_, _ = s.Auth.Authenticate(r)
		if r.Method != before.Method || *r.URL != *before.URL || !reflect.DeepEqual(r.Header, before.Header) || r.Host != before.Host {
			report("%s: the request was changed", name)
		}
	})
}

func checkConcurrency(s Subject, report report) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	s.each(func(name string, r *http.Request) {
		id, err := s.Auth.Authenticate(r.Clone(r.Context()))
		want := outcome(id, err)
		for range 4 {
			wg.Go(func() {
				for range 5 {
					id, err := s.Auth.Authenticate(r.Clone(r.Context()))
					if got := outcome(id, err); got != want {
						mu.Lock()
						report("%s: got %s (%v) beside other requests, %s alone", name, got, err, want)
						mu.Unlock()
					}
				}
			})
		}
	})
	wg.Wait()
}

// hostile are values for headers.
var hostile = []string{
	"", " ", ",", ";", "=", ".", "..", ":", "\x00", "\x7f", "\xff\xfe", "\"", "Bearer", "Basic ", "Basic :", "Basic ====", "Bearer ..", "Bearer a.b.c",
	"юзер", strings.Repeat("a", 1<<16), strings.Repeat(".", 1<<16), strings.Repeat("=", 1<<16), strings.Repeat("a=b; ", 1<<13),
}

// checkHostile puts hostile values into each header of the requests. None may cause a panic or a
// fault of the service.
func checkHostile(s Subject, report report) {
	s.each(func(name string, r *http.Request) {
		for header, lines := range r.Header {
			for _, value := range hostile {
				for _, values := range [][]string{{value}, {value, value}, append(slices.Clone(lines), value), {lines[0] + value}, {value + lines[0]}} {
					send(s.Auth, r, header, values, func(text string) { report("%s: %s %.80q: %s", name, header, values, text) })
				}
			}
		}
	})
	if s.Absent != nil {
		send(s.Auth, s.Absent, "Cookie", hostile, func(text string) { report("Cookie, many lines: %s", text) })
		send(s.Auth, s.Absent, "Authorization", hostile, func(text string) { report("Authorization, many lines: %s", text) })
		canceled, cancel := context.WithCancel(s.Absent.Context())
		cancel()
		send(s.Auth, s.Absent.Clone(canceled), "X-Canceled", nil, func(text string) { report("canceled: %s", text) })
	}
}

func send(a auth.Authenticator, r *http.Request, header string, values []string, report func(string)) {
	defer func() {
		if v := recover(); v != nil {
			report(fmt.Sprintf("panic: %v", v))
		}
	}()
	r = r.Clone(r.Context())
	r.Header[header] = values
	id, err := a.Authenticate(r)
	if got := outcome(id, err); got == "a fault" || got == "an identity without principal" {
		report(fmt.Sprintf("got %s (%v)", got, err))
	}
}
