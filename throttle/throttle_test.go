package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/throttle"
)

var start = time.Unix(1_790_000_000, 0)

func from(address string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = address
	return r
}

func allowed(t *testing.T, l *throttle.Limiter, r *http.Request, id auth.Identity) bool {
	t.Helper()
	err := l.Take(r, id)
	if refusal := new(auth.Error); err != nil && (!errors.As(err, &refusal) || refusal.Code() != 429) {
		t.Fatalf("got %v, want a 429", err)
	}
	return err == nil
}

func TestFixedWindow(t *testing.T) {
	clock := start
	l := throttle.New(throttle.Limit{Requests: 2, Window: time.Minute, Now: func() time.Time { return clock }})
	r := from("192.0.2.1:1")
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {30 * time.Second, true}, {29 * time.Second, false}, {time.Second, true}, {0, true}, {0, false}} {
		clock = clock.Add(step.after)
		if got := allowed(t, l, r, auth.Identity{}); got != step.want {
			t.Errorf("step %d: got %t, want %t", i, got, step.want)
		}
	}
}

func TestSmooth(t *testing.T) {
	clock := start
	l := throttle.New(throttle.Limit{Requests: 4, Window: time.Minute, Smooth: true, Now: func() time.Time { return clock }})
	r := from("192.0.2.1:1")
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true}, {0, true}, {0, true}, {0, true}, {0, false}, // a burst of all four
		{14 * time.Second, false}, {time.Second, true}, {0, false}, // then one each 15 seconds
		{time.Hour, true}, {0, true}, {0, true}, {0, true}, {0, false}, // rest gives no more than a burst
	} {
		clock = clock.Add(step.after)
		if got := allowed(t, l, r, auth.Identity{}); got != step.want {
			t.Errorf("step %d: got %t, want %t", i, got, step.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		limit throttle.Limit
		want  map[string]string
	}{
		{throttle.Limit{Requests: 1, Window: time.Hour}, map[string]string{"Retry-After": "3600", "X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3600"}},
		{throttle.Limit{Requests: 1, Window: time.Hour, IETF: true, Name: "day"}, map[string]string{"Retry-After": "3600", "RateLimit": `"day";r=0;t=3600`, "RateLimit-Policy": `1;w=3600;name="day"`}},
	} {
		c.limit.Now = func() time.Time { return start }
		l := throttle.New(c.limit)
		_ = l.Take(from("192.0.2.1:1"), auth.Identity{})
		refusal := new(auth.Error)
		if err := l.Take(from("192.0.2.1:2"), auth.Identity{}); !errors.As(err, &refusal) {
			t.Fatalf("got %v", err)
		}
		declared, err := l.Declare()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range c.want {
			if got := refusal.Header.Get(name); got != want || !strings.Contains(strings.Join(declared[0].Headers, " "), name) {
				t.Errorf("%s: got %q, want %q, declared %v", name, got, want, declared)
			}
		}
		if len(refusal.Header) != len(c.want) {
			t.Errorf("got %v", refusal.Header)
		}
	}
}

func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"ports":              {"192.0.2.1:1", "192.0.2.1:2", true},
		"addresses":          {"192.0.2.1:1", "192.0.2.2:1", false},
		"a /64 of IPv6":      {"[2001:db8::1]:1", "[2001:db8::ffff:1]:1", true},
		"another /64":        {"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
		"IPv4 in IPv6":       {"192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		"two IPv4 in IPv6":   {"[::ffff:192.0.2.2]:1", "[::ffff:192.0.2.1]:1", false},
		"none of them known": {"@", "@", true},
	} {
		l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
		allowed(t, l, from(c.a), auth.Identity{})
		if got := !allowed(t, l, from(c.b), auth.Identity{}); got != c.same {
			t.Errorf("%s: counted together: %t, want %t", name, got, c.same)
		}
	}
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Key: throttle.By(func(name string) (string, bool) { return name, name != "staff" })})
	for i, step := range []struct {
		principal any
		want      bool
	}{{"alice", true}, {"alice", false}, {"carol", true}, {"staff", true}, {"staff", true}, {auth.Nobody{}, true}, {auth.Nobody{}, true}} {
		if got := allowed(t, l, from("192.0.2.1:1"), auth.Identity{Principal: step.principal}); got != step.want {
			t.Errorf("step %d: got %t, want %t", i, got, step.want)
		}
	}
}

// TestConcurrent: of many requests at once exactly as many pass as are allowed.
func TestConcurrent(t *testing.T) {
	for _, smooth := range []bool{false, true} {
		l := throttle.New(throttle.Limit{Requests: 10, Window: time.Hour, Smooth: smooth, Now: func() time.Time { return start }})
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if l.Take(from("192.0.2.1:1"), auth.Identity{}) == nil {
					passed.Add(1)
				}
			})
		}
		if wg.Wait(); passed.Load() != 10 {
			t.Errorf("smooth %t: got %d, want 10", smooth, passed.Load())
		}
	}
}

// TestMemoryForgets: keys of the past do not pile up, and a refused request adds
// none.
func TestMemoryForgets(t *testing.T) {
	memory, clock := throttle.NewMemory(), start
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Second, Store: memory, Now: func() time.Time { return clock }})
	for i := range 100_000 {
		clock = clock.Add(10 * time.Millisecond)
		_ = l.Take(from(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)), auth.Identity{})
	}
	if n := memory.Len(); n > 2048 {
		t.Errorf("got %d keys", n)
	}
}

type broken struct{}

func (broken) Take(context.Context, string, throttle.Rate, time.Time) (throttle.Result, error) {
	return throttle.Result{}, errors.New("10.0.0.1 is down")
}

func TestStoreIsDown(t *testing.T) {
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Store: broken{}})
	if err := l.Take(from("192.0.2.1:1"), auth.Identity{}); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func who(context.Context, rest.None) (string, error) { return "ok", nil }

// TestInAnAPI: before auth a limit protects the credential check, after it the
// handler; both are documented, and a mistake keeps the API from starting.
func TestInAnAPI(t *testing.T) {
	before := throttle.New(throttle.Limit{Requests: 3, Window: time.Hour})
	after := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, IETF: true})
	build := func(op rest.Op) (*rest.API, error) {
		return rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{
			{Path: "/", Auth: authtest.As("alice"), Get: rest.Handle(who, op)},
		}})
	}
	api, err := build(rest.Op{Before: []rest.Limiter{before}, After: []rest.Limiter{after}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		status int
		header string
	}{{200, ""}, {429, "Ratelimit"}, {429, "Ratelimit"}, {429, "X-Ratelimit-Limit"}} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, from("192.0.2.1:1"))
		if w.Code != want.status || want.header != "" && w.Header()[want.header] == nil {
			t.Errorf("request %d: got %d %s %v, want %d with %s", i, w.Code, w.Body, w.Header(), want.status, want.header)
		}
	}
	documented := api.Document().Paths["/"].Get.Responses["429"]
	if documented == nil || documented.Headers["Retry-After"].Schema == nil {
		t.Errorf("got the document %+v", documented)
	}
	if _, err := build(rest.Op{Before: []rest.Limiter{throttle.New(throttle.Limit{})}}); err == nil || !strings.Contains(err.Error(), "Requests must be 1 or more") {
		t.Errorf("got %v", err)
	}
}

func ExampleNew() {
	perAddress := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/", Auth: auth.Public, Get: rest.Handle(who, rest.Op{Before: []rest.Limiter{perAddress}})},
	}})
	if err != nil {
		panic(err)
	}
	for range 2 {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 "ok"
	// 429 {"detail":[{"msg":"Too many requests","type":"ratelimit"}]}
}

func TestCount(t *testing.T) {
	memory := throttle.NewMemory()
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Store: memory, Now: func() time.Time { return start }})
	long := strings.Repeat("x", 1<<20)
	for i, test := range []struct {
		key  string
		want bool
	}{{"alice", true}, {"alice", false}, {"bob", true}, {long, true}, {long, false}, {long + "y", true}} {
		err := l.Count(t.Context(), test.key)
		refusal := new(auth.Error)
		if (err == nil) != test.want || err != nil && (!errors.As(err, &refusal) || refusal.Code() != 429 || refusal.Header.Get("Retry-After") != "60") {
			t.Errorf("step %d: got %v, want allowed: %t", i, err, test.want)
		}
	}
	var declared *auth.Error
	if !errors.As(l.Refusal(), &declared) || declared.Code() != 429 || len(declared.Header) != 4 {
		t.Errorf("Refusal: got %v", l.Refusal())
	}
}

func TestReadyKeys(t *testing.T) {
	header := func(values ...string) *http.Request {
		r := from("192.0.2.1:1")
		r.Header["X-Api-Token"] = values
		return r
	}
	for _, test := range []struct {
		name    string
		key     throttle.Key
		a, b    *http.Request
		ia, ib  auth.Identity
		limited bool
		same    bool
	}{
		{name: "user", key: throttle.User, a: header(), b: from("192.0.2.9:1"), ia: auth.Identity{UserID: "1"}, ib: auth.Identity{UserID: "1"}, limited: true, same: true},
		{name: "another user", key: throttle.User, a: header(), b: header(), ia: auth.Identity{UserID: "1"}, ib: auth.Identity{UserID: "2"}, limited: true},
		{name: "nobody", key: throttle.User, a: header(), b: header()},
		{name: "token", key: throttle.Header("X-API-Token"), a: header("secret"), b: header("secret"), limited: true, same: true},
		{name: "another token", key: throttle.Header("X-API-Token"), a: header("secret"), b: header("secret2"), limited: true},
		{name: "no token", key: throttle.Header("X-API-Token"), a: from("192.0.2.1:1"), b: from("192.0.2.1:1")},
	} {
		a, limited := test.key(test.a, test.ia)
		b, _ := test.key(test.b, test.ib)
		if limited != test.limited || limited && (a == b) != test.same || strings.Contains(a, "secret") {
			t.Errorf("%s: got %q and %q, limited: %t", test.name, a, b, limited)
		}
	}
}
