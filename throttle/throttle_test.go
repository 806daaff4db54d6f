package throttle_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/internal/authctx"
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
	if refusal := new(auth.Error); err != nil && (!errors.As(err, &refusal) || refusal.HTTPStatus() != 429) {
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
		{throttle.Limit{Requests: 1, Window: 1500 * time.Millisecond}, map[string]string{"Retry-After": "2", "X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2"}},
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
		declared, err := l.Declare(nil)
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

// TestMemoryForgets: keys of the past do not pile up, neither when new ones come nor
// after a peak, and a refused request adds none.
func TestMemoryForgets(t *testing.T) {
	memory, clock := throttle.NewMemory(), start
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Second, Store: memory, Now: func() time.Time { return clock }})
	ask := func(i int) bool {
		return allowed(t, l, from(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)), auth.Identity{})
	}
	for i := range 100_000 {
		clock = clock.Add(10 * time.Millisecond)
		ask(i)
	}
	if n := memory.Len(); n > 2048 {
		t.Errorf("a steady flow: got %d keys", n)
	}
	for i := range 100_000 {
		ask(i)
	}
	peak := memory.Len()
	clock = clock.Add(time.Hour)
	for range 256 { // each cleans up a part
		ask(1)
	}
	if n := memory.Len(); peak < 100_000 || n != 1 {
		t.Errorf("an hour after a peak of %d keys: got %d, want 1", peak, n)
	}
	if ask(1); memory.Len() != 1 {
		t.Errorf("a refused request: got %d keys", memory.Len())
	}
}

// TestFullMemory floods a memory with keys of few requests. Those that are refused, or
// close to it, stay refused.
func TestFullMemory(t *testing.T) {
	for _, c := range []struct {
		most   int
		smooth bool
	}{{1000, false}, {1000, true}, {5000, false}, {100_000, false}} {
		memory := throttle.NewMemory()
		memory.MaxKeys = c.most
		limit := func(requests int) *throttle.Limiter {
			return throttle.New(throttle.Limit{Requests: requests, Window: time.Hour, Smooth: c.smooth, Store: memory, Name: fmt.Sprint(requests), Now: func() time.Time { return start }})
		}
		names, addresses := limit(3), limit(100)
		for range 3 {
			if err := names.Count(t.Context(), "alice"); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 * c.most {
			for range 1 + i%5 { // more than alice had, and less of what is allowed
				if err := addresses.Count(t.Context(), fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := memory.Len(); n > c.most || n < c.most/3 {
			t.Errorf("%+v: got %d keys", c, n)
		}
		if err := names.Count(t.Context(), "alice"); err == nil {
			t.Errorf("%+v: the flood gave alice new guesses", c)
		}
	}
}

// TestClockSetBack: counts that a wrong clock has made do not refuse requests until that
// time comes. Clocks of processes that differ by less than a window give no new budget.
func TestClockSetBack(t *testing.T) {
	for _, smooth := range []bool{false, true} {
		for back, want := range map[time.Duration]bool{time.Second: false, 30 * time.Second: false, 3 * time.Minute: true, 24 * 365 * time.Hour: true} {
			now := start
			l := throttle.New(throttle.Limit{Requests: 2, Window: time.Minute, Smooth: smooth, Now: func() time.Time { return now }})
			for range 2 {
				if err := l.Count(t.Context(), "alice"); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(-back)
			if err := l.Count(t.Context(), "alice"); (err == nil) != want {
				t.Errorf("smooth %v, %v back: got %v, want it allowed: %v", smooth, back, err, want)
			}
		}
	}
}

// TestZeroMemory: a memory that was not made by NewMemory counts as well.
func TestZeroMemory(t *testing.T) {
	for name, memory := range map[string]*throttle.Memory{"zero": {}, "with MaxKeys": {MaxKeys: 5000}, "negative MaxKeys": {MaxKeys: -1}} {
		l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Store: memory, Now: func() time.Time { return start }})
		for i := range 100 {
			if err := l.Count(t.Context(), fmt.Sprint(i)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := l.Count(t.Context(), "0"); err == nil || memory.Len() != 100 {
			t.Errorf("%s: got %v and %d keys, want a refusal and 100", name, err, memory.Len())
		}
	}
}

// BenchmarkMemory counts new keys in a memory that is full.
func BenchmarkMemory(b *testing.B) {
	b.ReportAllocs()
	memory := throttle.NewMemory()
	rate := throttle.Rate{Requests: 10, Window: time.Hour}
	key := make([]byte, 8)
	for i := 0; b.Loop(); i++ {
		binary.LittleEndian.PutUint64(key, uint64(i))
		if _, err := memory.Take(b.Context(), string(key), rate, start); err != nil {
			b.Fatal(err)
		}
	}
}

type broken struct{}

func (broken) Refund(context.Context, string, throttle.Rate, time.Time) error {
	return errors.New("connection refused")
}

func (broken) Take(context.Context, string, throttle.Rate, time.Time) (throttle.Result, error) {
	return throttle.Result{}, errors.New("10.0.0.1 is down")
}

func TestStoreIsDown(t *testing.T) {
	for _, test := range []struct {
		name               string
		whenDown           throttle.Outage
		take, login, count bool // refused
	}{
		{"by default", throttle.RefuseLogins, false, true, true},
		{"all are refused", throttle.RefuseAll, true, true, true},
		{"all pass", throttle.PassAll, false, false, false},
	} {
		var logged bytes.Buffer
		l := throttle.New(throttle.Limit{
			Requests: 1, Window: time.Hour, Store: broken{}, WhenDown: test.whenDown, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		})
		for range 3 {
			for what, got := range map[string]struct {
				err     error
				refused bool
			}{
				"Take":      {l.Take(from("192.0.2.1:1"), auth.Identity{}), test.take},
				"ForLogins": {l.ForLogins().Take(from("192.0.2.1:1"), auth.Identity{}), test.login},
				"Count":     {l.Count(t.Context(), "alice"), test.count},
			} {
				if refused := errors.Is(got.err, auth.ErrUnavailable); refused != got.refused || !refused && got.err != nil {
					t.Errorf("%s, %s: got %v, want refused: %t", test.name, what, got.err, got.refused)
				}
			}
		}
		want := 0
		if !test.take || !test.login {
			want = 1
		}
		if got := strings.Count(logged.String(), "10.0.0.1 is down"); got != want {
			t.Errorf("%s: got %d lines, want %d:\n%s", test.name, got, want, &logged)
		}
	}
}

// hanging is a store that answers when it may.
type hanging struct {
	asked  chan struct{}
	answer chan error
}

func (hanging) Refund(context.Context, string, throttle.Rate, time.Time) error { return nil }

func (h hanging) Take(context.Context, string, throttle.Rate, time.Time) (throttle.Result, error) {
	h.asked <- struct{}{}
	return throttle.Result{Allowed: true}, <-h.answer
}

// TestOneRequestAsksAStoreThatIsDown: the others do not wait for it.
func TestOneRequestAsksAStoreThatIsDown(t *testing.T) {
	h := hanging{make(chan struct{}, 9), make(chan error)}
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Store: h, Logger: slog.New(slog.DiscardHandler)})
	done := make(chan error, 9)
	ask := func() {
		go func() { done <- l.Take(from("192.0.2.1:1"), auth.Identity{}) }()
		<-h.asked
	}
	ask()
	h.answer <- errors.New("down")
	<-done
	ask() // the one that asks again
	for range 3 {
		if err := l.Take(from("192.0.2.1:1"), auth.Identity{}); err != nil {
			t.Errorf("while another request asks: got %v, want it to pass", err)
		}
		if err := l.Count(t.Context(), "alice"); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("a login while another request asks: got %v, want ErrUnavailable", err)
		}
	}
	h.answer <- nil
	if err := <-done; err != nil {
		t.Error(err)
	}
	for range 2 { // it is back: every request asks
		ask()
	}
	for range 2 {
		h.answer <- nil
		<-done
	}
}

// TestStoreIsDownAfterTheClientLeft: a store that fails because the request has ended is not down.
func TestStoreIsDownAfterTheClientLeft(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	var logged bytes.Buffer
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Store: broken{}, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	err := l.Take(from("192.0.2.1:1").WithContext(ctx), auth.Identity{})
	if !errors.Is(err, auth.ErrUnavailable) || logged.Len() > 0 {
		t.Errorf("got %v, logged %q, want ErrUnavailable and no line", err, &logged)
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
	api, err := build(rest.Op{LimitsBeforeAuth: []rest.Limiter{before}, Limits: []rest.Limiter{after}})
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
	documented := api.Document().Resolve(api.Document().Paths["/"].Get.Responses["429"])
	for header, want := range map[string]string{"Retry-After": "integer", "X-RateLimit-Limit": "integer", "RateLimit": "string"} {
		if documented == nil || documented.Headers[header].Schema == nil || documented.Headers[header].Schema.Type != want {
			t.Errorf("%s: got the document %+v, want the type %s", header, documented, want)
		}
	}
	if _, err := build(rest.Op{LimitsBeforeAuth: []rest.Limiter{throttle.New(throttle.Limit{})}}); err == nil || !strings.Contains(err.Error(), "Requests must be 1 or more") {
		t.Errorf("got %v", err)
	}
}

func ExampleNew() {
	answer := func(context.Context, rest.None) (string, error) { return "ok", nil }
	perAddress := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/", Auth: auth.Public, Get: rest.Handle(answer, rest.Op{LimitsBeforeAuth: []rest.Limiter{perAddress}})},
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
		if (err == nil) != test.want || err != nil && (!errors.As(err, &refusal) || refusal.HTTPStatus() != 429 || refusal.Header.Get("Retry-After") != "60") {
			t.Errorf("step %d: got %v, want allowed: %t", i, err, test.want)
		}
	}
	declared, err := l.InHandler().Declare(nil)
	if err != nil || len(declared) != 1 || declared[0].Status != 429 || len(declared[0].Headers) != 4 {
		t.Errorf("InHandler: got %v, %v", declared, err)
	}
	for range 2 {
		if err := l.InHandler().Take(from("192.0.2.1:1"), auth.Identity{}); err != nil {
			t.Errorf("InHandler counts: %v", err)
		}
	}
	if n := memory.Len(); n != 4 {
		t.Errorf("got %d keys, want alice, bob and two hashes", n)
	}
	if _, err := throttle.New(throttle.Limit{}).InHandler().Declare(nil); err == nil {
		t.Error("a mistake does not surface")
	}
}

// longest remembers the longest key that a store got.
type longest struct{ bytes int }

func (*longest) Refund(context.Context, string, throttle.Rate, time.Time) error { return nil }

func (s *longest) Take(_ context.Context, key string, _ throttle.Rate, _ time.Time) (throttle.Result, error) {
	s.bytes = max(s.bytes, len(key))
	return throttle.Result{Allowed: true}, nil
}

// heedful is a store whose work ends with its context, as that of databases does.
type heedful struct{ *throttle.Memory }

func (h heedful) Refund(ctx context.Context, key string, rate throttle.Rate, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return h.Memory.Refund(ctx, key, rate, now)
}

// TestRefund: an attempt that is taken back leaves the budget as it was, and never
// more than the whole of it.
func TestRefund(t *testing.T) {
	for _, smooth := range []bool{false, true} {
		now := time.Unix(1000, 0)
		l := throttle.New(throttle.Limit{Requests: 2, Window: time.Minute, Smooth: smooth, Now: func() time.Time { return now }})
		count := func(want bool) {
			t.Helper()
			if err := l.Count(t.Context(), "alice"); (err == nil) != want {
				t.Errorf("smooth %v: got %v, want allowed %v", smooth, err, want)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 5 { // more than was ever counted, by a client that has left
			if err := l.Refund(gone, "alice"); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			count(true)
			if err := l.Refund(t.Context(), "alice"); err != nil {
				t.Fatal(err)
			}
		}
		count(true)
		count(true)
		count(false)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Store: heedful{throttle.NewMemory()}}).Refund(gone, "a"); err != nil {
		t.Errorf("a client that has left, at a store that heeds it: got %v", err)
	}
	if err := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Store: broken{}}).Refund(t.Context(), "a"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a store that is down: got %v", err)
	}
}

// TestStoresGetShortKeys: whatever a client makes up.
func TestStoresGetShortKeys(t *testing.T) {
	s := &longest{}
	l := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Store: s, Name: "n"})
	if err := l.Count(t.Context(), strings.Repeat("x", 1<<20)); err != nil || s.bytes == 0 || s.bytes > 100 {
		t.Errorf("got a key of %d bytes, %v", s.bytes, err)
	}
}

// TestSharedStore: limits of one store are told apart by their names.
func TestSharedStore(t *testing.T) {
	memory := throttle.NewMemory()
	limit := func(name string) *throttle.Limiter {
		return throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Store: memory, Name: name})
	}
	for i, step := range []struct {
		name string
		want bool
	}{{"a", true}, {"b", true}, {"a", false}, {"", true}, {"", false}} {
		if got := allowed(t, limit(step.name), from("192.0.2.1:1"), auth.Identity{}); got != step.want {
			t.Errorf("step %d: %q: got %t, want %t", i, step.name, got, step.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	type staff struct{}
	user, nobody, text := reflect.TypeFor[*staff](), reflect.TypeFor[auth.Nobody](), reflect.TypeFor[string]()
	byStaff := throttle.By(func(*staff) (string, bool) { return "", true })
	byAny := throttle.By(func(fmt.Stringer) (string, bool) { return "", true })
	byCredential := throttle.ByCredential(func(*staff) (string, bool) { return "", true })
	hour := func(requests int, key throttle.Key) throttle.Limit {
		return throttle.Limit{Requests: requests, Window: time.Hour, Key: key}
	}
	for name, test := range map[string]struct {
		limit      throttle.Limit
		principals []reflect.Type
		want       string
	}{
		"nothing":                        {throttle.Limit{}, nil, "Requests must be 1 or more"},
		"a short window":                 {throttle.Limit{Requests: 1, Window: time.Millisecond}, nil, "a second or more"},
		"a long window":                  {throttle.Limit{Requests: 1, Window: 1 << 62}, nil, "longer than a year"},
		"more than there is time for":    {throttle.Limit{Requests: 1 << 50, Window: time.Second, Smooth: true}, nil, "number of nanoseconds"},
		"a nil function":                 {hour(1, throttle.KeyFunc(nil)), nil, "KeyFunc: the function is nil"},
		"a nil function of principals":   {hour(1, throttle.By[string](nil)), []reflect.Type{text}, "By: the function is nil"},
		"a nil function of credentials":  {hour(1, throttle.ByCredential[string](nil)), []reflect.Type{text}, "ByCredential: the function is nil"},
		"no header":                      {hour(1, throttle.Header("")), nil, "Header: the name is empty"},
		"a typed nil store":              {throttle.Limit{Requests: 1, Window: time.Second, Store: (*throttle.Memory)(nil)}, nil, "nil pointer"},
		"address":                        {hour(1, throttle.Address()), nil, ""},
		"header":                         {hour(1, throttle.Header("X-A")), nil, ""},
		"user before authentication":     {hour(1, throttle.User()), nil, "put the limit into Limits"},
		"user of a guard":                {hour(1, throttle.User()), []reflect.Type{nobody}, "put the limit into Limits"},
		"user":                           {hour(1, throttle.User()), []reflect.Type{nobody, user}, ""},
		"by before authentication":       {hour(1, byStaff), nil, "put the limit into Limits"},
		"by another principal":           {hour(1, byStaff), []reflect.Type{text}, "nothing would be limited"},
		"by one of them":                 {hour(1, byStaff), []reflect.Type{text, user}, ""},
		"by an interface nobody has":     {hour(1, byAny), []reflect.Type{user}, "nothing would be limited"},
		"credential before":              {hour(1, byCredential), nil, "put the limit into Limits"},
		"credential":                     {hour(1, byCredential), []reflect.Type{text}, ""},
		"a key of one's own, everywhere": {hour(1, throttle.KeyFunc(func(*http.Request, auth.Identity) (string, bool) { return "", true })), nil, ""},
	} {
		_, err := throttle.New(test.limit).Declare(test.principals)
		if test.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	wrong := throttle.New(throttle.Limit{Requests: 1 << 50, Window: time.Second, Smooth: true})
	if err := errors.Join(wrong.Take(from("192.0.2.1:1"), auth.Identity{}), wrong.Count(t.Context(), "a")); !errors.As(err, new(*auth.ConfigError)) {
		t.Errorf("Take, Count: got %v, want the mistake", err)
	}
}

func TestReadyKeys(t *testing.T) {
	header := func(values ...string) *http.Request {
		r := from("192.0.2.1:1")
		r.Header["X-Api-Token"] = values
		return r
	}
	bearer := func(value string) *http.Request {
		r := from("192.0.2.1:1")
		r.Header.Set("Authorization", value)
		return r
	}
	byName := throttle.ByCredential(func(name string) (string, bool) { return name, true })
	for _, test := range []struct {
		name    string
		key     throttle.Key
		a, b    *http.Request
		ia, ib  auth.Identity
		limited bool
		same    bool
	}{
		{name: "user", key: throttle.User(), a: header(), b: from("192.0.2.9:1"), ia: auth.Identity{UserID: "1"}, ib: auth.Identity{UserID: "1"}, limited: true, same: true},
		{name: "another user", key: throttle.User(), a: header(), b: header(), ia: auth.Identity{UserID: "1"}, ib: auth.Identity{UserID: "2"}, limited: true},
		{name: "a user of another issuer", key: throttle.User(), a: header(), b: header(), ia: auth.Identity{UserID: "1"}, ib: auth.Identity{UserID: "1", Accounts: authctx.StandIn{}}, limited: true},
		{name: "a user of one table", key: throttle.User(), a: header(), b: header(), ia: auth.Identity{UserID: "1", Accounts: authctx.StandIn{}}, ib: auth.Identity{UserID: "1", Accounts: authctx.StandIn{}}, limited: true, same: true},
		{name: "nobody", key: throttle.User(), a: header(), b: header(), ia: auth.Identity{Principal: auth.Nobody{}}, ib: auth.Identity{Principal: auth.Nobody{}}},
		{name: "token", key: throttle.Header("X-API-Token"), a: header("secret"), b: header("secret"), limited: true, same: true},
		{name: "another token", key: throttle.Header("X-API-Token"), a: header("secret"), b: header("secret2"), limited: true},
		{name: "more spaces", key: throttle.Header("Authorization"), a: bearer("Bearer s3cret"), b: bearer("BEARER   s3cret "), limited: true, same: true},
		{name: "another case", key: throttle.Header("Authorization"), a: bearer("Bearer s3cret"), b: bearer("Bearer S3cret"), limited: true},
		{name: "credential", key: byName, a: header(), b: header(), ia: auth.Identity{Credential: "a"}, ib: auth.Identity{Credential: "a"}, limited: true, same: true},
		{name: "another credential", key: byName, a: header(), b: header(), ia: auth.Identity{Credential: "a"}, ib: auth.Identity{Credential: "b"}, limited: true},
		{name: "a credential of another type", key: byName, a: header(), b: header(), ia: auth.Identity{Credential: 1}},
		{name: "no token", key: throttle.Header("X-API-Token"), a: from("192.0.2.1:1"), b: from("192.0.2.1:1")},
	} {
		store := keys{}
		l := throttle.New(throttle.Limit{Requests: 9, Window: time.Hour, Key: test.key, Store: store})
		allowed(t, l, test.a, test.ia)
		if limited := len(store) > 0; limited != test.limited {
			t.Errorf("%s: limited: %t", test.name, limited)
		}
		allowed(t, l, test.b, test.ib)
		if same := len(store) == 1; test.limited && same != test.same {
			t.Errorf("%s: got %d keys", test.name, len(store))
		}
		for key := range store {
			if strings.Contains(key, "cret") {
				t.Errorf("%s: the store reads %q", test.name, key)
			}
		}
	}
}

// keys remembers what a store was asked for.
type keys map[string]bool

func (keys) Refund(context.Context, string, throttle.Rate, time.Time) error { return nil }

func (k keys) Take(_ context.Context, key string, _ throttle.Rate, _ time.Time) (throttle.Result, error) {
	k[key] = true
	return throttle.Result{Allowed: true}, nil
}

// Staff may ask as often as they like, others once a minute. The limit stands after
// authentication, where it is known who asks; before it, rest.New would refuse it.
func ExampleBy() {
	answer := func(context.Context, rest.None) (string, error) { return "ok", nil }
	type user struct {
		name  string
		staff bool
	}
	perUser := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Key: throttle.By(func(u user) (string, bool) {
		return u.name, !u.staff
	})})
	for _, u := range []user{{"alice", false}, {"root", true}} {
		api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: authtest.As(u)}, rest.Router{Controllers: []rest.Controller{
			{Path: "/", Get: rest.Handle(answer, rest.Op{Limits: []rest.Limiter{perUser}})},
		}})
		if err != nil {
			panic(err)
		}
		for range 2 {
			w := httptest.NewRecorder()
			api.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			fmt.Println(u.name, w.Code)
		}
	}
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: authtest.As("alice")}, rest.Router{Controllers: []rest.Controller{
		{Path: "/", Get: rest.Handle(answer, rest.Op{LimitsBeforeAuth: []rest.Limiter{perUser}})},
	}})
	fmt.Println("before:", err != nil)
	// Output:
	// alice 200
	// alice 429
	// root 200
	// root 200
	// before: true
}

// TestUserWithoutAccount: a limit that could not count is not passed over in silence.
func TestUserWithoutAccount(t *testing.T) {
	perUser := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Key: throttle.User()})
	err := perUser.Take(from("192.0.2.1:1"), auth.Identity{Principal: "alice"})
	if err == nil || errors.As(err, new(*auth.Error)) || errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want a fault", err)
	}
}

// A store of your own keeps a Count for each key, and asks the Rate what comes next.
func ExampleRate_Take() {
	rate, now := throttle.Rate{Requests: 1, Window: time.Minute}, time.Unix(0, 0)
	result, count := rate.Take(throttle.Count{}, now)
	fmt.Println(result.Allowed, count.Used)
	result, count = rate.Take(count, now.Add(20*time.Second))
	fmt.Println(result.Allowed, result.Retry, count.Used)
	// Output:
	// true 1
	// false 40s 1
}
