package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// logins are the users and the refresh families of an engine.
type logins struct {
	users    auth.Users[*store.User]
	families jwtauth.Families
	close    func() error
}

// openLogins opens a SQLite file, a PostgreSQL database or a Redis. Alice is its first user.
func openLogins(ctx context.Context, where string) (logins, error) {
	alice := store.User{ID: "1", Username: "alice", Active: true}
	created := func(_ *store.User, err error) error {
		if errors.Is(err, store.ErrExists) { // another process was first
			return nil
		}
		return err
	}
	switch scheme, _, _ := strings.Cut(where, "://"); scheme {
	case "postgres":
		db, err := postgres.Open(ctx, where, postgres.Config{})
		if err != nil {
			return logins{}, err
		}
		return logins{db.Users(), db.Families(), db.Close}, created(db.Users().Create(ctx, alice))
	case "redis": // has no users: each process has the same ones
		db, err := redis.Open(ctx, where, redis.Config{})
		if err != nil {
			return logins{}, err
		}
		users := memory.New().Users()
		return logins{users, db.Families(), db.Close}, created(users.Create(ctx, alice))
	default:
		db, err := sqlite.Open(ctx, where, sqlite.Config{})
		if err != nil {
			return logins{}, err
		}
		return logins{db.Users(), db.Families(), db.Close}, created(db.Users().Create(ctx, alice))
	}
}

func (l logins) issuer() *jwtauth.Issuer[*store.User] {
	return jwtauth.New(l.users, jwtauth.Config{
		Secret: []byte(strings.Repeat("s", 32)), Families: l.families, Logger: slog.New(slog.DiscardHandler),
	})
}

// loginsOf is the variable of the environment that makes this binary a process of
// TestParallelRefreshes.
const loginsOf = "E2E_LOGINS"

// serveLogins is that process. It prints its address, and ends with its standard input.
func serveLogins(where string) error {
	db, err := openLogins(context.Background(), where)
	if err != nil {
		return err
	}
	router := account.New(password.NewChecker(db.users, nil), account.Config{}).JWT("/jwt", db.issuer())
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, router)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() { _ = http.Serve(listener, api) }()
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, db.close())
}

// startLogins starts such a process, and returns its address.
func startLogins(t *testing.T, where string) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(context.WithoutCancel(t.Context()), binary)
	process.Env = append(os.Environ(), loginsOf+"="+where)
	process.Stderr = os.Stderr
	in, errIn := process.StdinPipe()
	out, errOut := process.StdoutPipe()
	if err := errors.Join(errIn, errOut, process.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	})
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		t.Fatal(err)
	}
	return address
}

// TestParallelRefreshes: of 20 requests at once, to three processes, with one refresh token
// exactly one is answered with a pair, on each engine. The others learn that the token was
// exchanged, and the login goes on.
func TestParallelRefreshes(t *testing.T) {
	for name, engine := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "db") },
		"PostgreSQL": func(t *testing.T) string { return servers.Postgres(t).URL },
		"Redis":      func(t *testing.T) string { return servers.Redis(t).URL },
	} {
		t.Run(name, func(t *testing.T) { refreshInParallel(t, engine(t)) })
	}
}

func refreshInParallel(t *testing.T, where string) {
	db, err := openLogins(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	processes := []string{startLogins(t, where), startLogins(t, where), startLogins(t, where)}
	tokens := db.issuer()
	alice := auth.Account{ID: "1", Username: "alice", Active: true}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 20}}
	defer client.CloseIdleConnections()
	post := func(url, body string) (int, string) {
		reply, err := client.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer reply.Body.Close()
		text, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Error(err)
		}
		return reply.StatusCode, string(text)
	}
	const rounds, requests = 100, 20
	for round := range rounds {
		pair, err := tokens.Issue(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var won []string
		var wg sync.WaitGroup
		for i := range requests {
			wg.Go(func() {
				status, body := post(processes[i%3]+"/jwt/refresh/", `{"refresh_token":"`+pair.Refresh+`"}`)
				switch {
				case status == http.StatusOK:
					mu.Lock()
					won = append(won, body)
					mu.Unlock()
				case status != http.StatusConflict || !strings.Contains(body, `"type":"refresh_repeated"`):
					t.Errorf("round %d: got %d %s", round, status, body)
				}
			})
		}
		if wg.Wait(); len(won) != 1 {
			t.Fatalf("round %d: got %d pairs, want 1", round, len(won))
		}
		if status, body := post(processes[round%3]+"/jwt/verify/", won[0]); status != http.StatusNoContent { // both members stand in the body
			t.Fatalf("round %d: verify with the pair: got %d %s", round, status, body)
		}
		if status, body := post(processes[(round+1)%3]+"/jwt/refresh/", won[0]); status != http.StatusOK {
			t.Fatalf("round %d: refresh with the pair: got %d %s", round, status, body)
		}
	}
	if rows, err := db.families.FamiliesOf(t.Context(), alice.ID); err != nil || len(rows) != rounds {
		t.Errorf("got %d logins, %v, want %d", len(rows), err, rounds)
	}
}
