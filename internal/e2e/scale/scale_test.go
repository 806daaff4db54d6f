package scale_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/internal/leaktest"
	"github.com/go-modern-rest/rest/store"
)

// rows is how large the large tables are. The limits count only if it is a million.
var rows = flag.Int("rows", 3000, "rows of the large tables")

const (
	million = 1_000_000
	few     = 1000 // rows of the small tables
	most    = 1.5  // how many times as much a request may cost in the large tables
	blocked = 500 * time.Millisecond
)

// turns returns how often a small and a large table are measured, and with how many requests.
func turns() (turns, requests int) {
	if *rows < million {
		return 2, 50
	}
	return 15, 1000
}

func TestMain(m *testing.M) {
	flag.Parse()
	leaktest.Main(m)
}

var quiet = slog.New(slog.DiscardHandler)

// site is an API in this process, and the sessions of some of its users.
type site struct {
	api     http.Handler
	begin   func(user int) []*http.Cookie
	cookies [][]*http.Cookie
}

// newSite makes an API whose only operation needs a session, and begins a session for each of the
// users.
func newSite(t *testing.T, users auth.Users[*store.User], sessions sessionauth.Store, ids []string) *site {
	t.Helper()
	session := sessionauth.New(users, sessions, sessionauth.Config{Secret: []byte(strings.Repeat("s", 50)), Logger: quiet})
	type caller struct {
		User *store.User `auth:""`
	}
	who := func(_ context.Context, in caller) (string, error) { return in.User.Username, nil }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: session}, rest.Router{
		Controllers: []rest.Controller{{Path: "/", Get: rest.Handle(who)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{api: api, begin: func(user int) []*http.Cookie {
		_, account, err := users.ByID(t.Context(), ids[user])
		if err != nil {
			t.Fatal(err)
		}
		cookies, err := session.Begin(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil), account)
		if err != nil {
			t.Fatal(err)
		}
		return cookies
	}}
	for user := range ids {
		s.cookies = append(s.cookies, s.begin(user))
	}
	return s
}

// request sends the request of one user, and returns how long it took.
func (s *site) request(t *testing.T, user int) time.Duration {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, cookie := range s.cookies[user%len(s.cookies)] {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	begun := time.Now()
	s.api.ServeHTTP(w, r)
	took := time.Since(begun)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return took
}

// compare measures a small and a large site in turns, because the speed of the machine changes, and
// returns the medians of the medians.
func compare(t *testing.T, small, large *site) (a, b time.Duration) {
	t.Helper()
	var medians [2][]time.Duration
	turns, requests := turns()
	for turn := range turns {
		for i, s := range []*site{small, large} {
			var took []time.Duration
			for n := range requests {
				took = append(took, s.request(t, turn*7919+n))
			}
			medians[i] = append(medians[i], quantile(took, 0.5))
		}
	}
	return quantile(medians[0], 0.5), quantile(medians[1], 0.5)
}

// report logs a comparison, and fails if the large site is too slow.
func report(t *testing.T, what string, small, large time.Duration) {
	t.Helper()
	ratio := float64(large) / float64(small)
	t.Logf("%s: a request takes %v with %d rows, %v with %d: %.2f times", what, small.Round(time.Microsecond), few, large.Round(time.Microsecond), *rows, ratio)
	if *rows >= million && ratio > most {
		t.Errorf("want at most %.1f times", most)
	}
}

func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(q*float64(len(sorted)-1))]
}

// logins begins a session each five milliseconds, until done is closed, and returns how long each
// took.
func (s *site) logins(done <-chan struct{}) []time.Duration {
	var took []time.Duration
	for n := 0; ; n++ {
		select {
		case <-done:
			return took
		case <-time.After(5 * time.Millisecond):
		}
		begun := time.Now()
		s.begin(n % len(s.cookies))
		took = append(took, time.Since(begun))
	}
}

// sweeping compares the logins before a sweep with those while it runs. sweep returns how many rows it
// has removed.
func sweeping(t *testing.T, what string, s *site, sweep func() int) {
	t.Helper()
	calm := make(chan struct{})
	time.AfterFunc(time.Duration(*rows)*5*time.Microsecond, func() { close(calm) })
	before := s.logins(calm)

	swept := make(chan struct{})
	var during []time.Duration
	var waiting sync.WaitGroup
	waiting.Go(func() { during = s.logins(swept) })
	begun := time.Now()
	n := sweep()
	took := time.Since(begun)
	close(swept)
	waiting.Wait()
	if n < *rows {
		t.Errorf("%s: %d rows were removed, want %d", what, n, *rows)
	}
	if len(before) == 0 || len(during) == 0 {
		t.Logf("%s: the sweep was too short to measure logins", what)
		return
	}
	t.Logf("%s: removing %d rows took %v; a login took at most %v in 99 of 100 cases before, and %v meanwhile (the longest: %v)",
		what, n, took.Round(time.Millisecond), quantile(before, 0.99).Round(time.Microsecond), quantile(during, 0.99).Round(time.Microsecond), slices.Max(during).Round(time.Microsecond))
	if *rows >= million && quantile(during, 0.99) > blocked {
		t.Errorf("want less than %v", blocked)
	}
}

// throughput returns how many requests a second the site answers, with as many clients as there are
// cores and more.
func (s *site) throughput(t *testing.T) float64 {
	t.Helper()
	const clients = 16
	_, requests := turns()
	begun := time.Now()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := range requests {
				s.request(t, c*few+n)
			}
		})
	}
	wg.Wait()
	return float64(clients*requests) / time.Since(begun).Seconds()
}

func machine() string {
	return fmt.Sprintf("%s, %d cores, %s", runtime.Version(), runtime.GOMAXPROCS(0), time.Now().Format(time.DateOnly))
}
