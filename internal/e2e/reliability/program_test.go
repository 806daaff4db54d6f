package reliability_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/throttle"
)

const (
	storeTimeout   = 2 * time.Second
	requestTimeout = 6 * time.Second // a deadline that the program sets for each request
)

// settings are those of one process of the API.
type settings struct {
	Address         string
	Postgres, Redis string
	Secret          string
	Fallbacks       []string
}

// TestMain runs a process of the API if it is started as one.
func TestMain(m *testing.M) {
	text, ok := os.LookupEnv("RELIABILITY_PROCESS")
	if !ok {
		os.Exit(m.Run())
	}
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic(err)
	}
	if err := s.serve(context.Background()); err != nil {
		slog.Error("the process ends", "err", err)
		os.Exit(1)
	}
}

// serve answers requests until the process is killed.
func (s settings) serve(ctx context.Context) error {
	db, err := postgres.Open(ctx, s.Postgres, postgres.Config{Timeout: storeTimeout})
	if err != nil {
		return err
	}
	cache, err := redis.Open(ctx, s.Redis, redis.Config{Timeout: storeTimeout})
	if err != nil {
		return err
	}
	for _, run := range []func(context.Context) error{db.Run, cache.Run} {
		go func() { _ = run(ctx) }()
	}
	api, err := s.api(db, cache)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := context.WithTimeout(r.Context(), requestTimeout)
		defer stop()
		api.ServeHTTP(w, r.WithContext(ctx))
	})}
	return server.Serve(listener)
}

// api has each kind of credential, those with a store on both engines.
func (s settings) api(db *postgres.DB, cache *redis.DB) (*rest.API, error) {
	secret, fallbacks := []byte(s.Secret), [][]byte{}
	for _, former := range s.Fallbacks {
		fallbacks = append(fallbacks, []byte(former))
	}
	limit := func(name string) *throttle.Limiter {
		return throttle.New(throttle.Limit{Requests: 1_000_000, Window: time.Minute, Smooth: true, Name: name, Store: cache.Throttle()})
	}
	accounts := account.New(password.NewChecker(db.Users(), cheap()), account.Config{Address: limit("address"), Name: limit("name")})
	var routers []rest.Router
	whoAmI := func(path string, guard auth.Authenticator) {
		routers = append(routers, rest.Router{Path: path, Auth: guard, Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(me)}}})
	}
	for name, table := range map[string]sessionauth.Store{"pg": db.Sessions(), "redis": cache.Sessions()} {
		session := sessionauth.New(db.Users(), table, sessionauth.Config{
			Secret: secret, Fallbacks: fallbacks, Idle: 10 * time.Minute, InsecureNoCSRF: true,
			Cookie: auth.Cookie{Name: "session_" + name, SchemeName: "session_" + name},
		})
		routers = append(routers, accounts.Session("/session/"+name, session))
		whoAmI("/session/"+name, session)
	}
	for name, families := range map[string]jwtauth.Families{"pg": db.Families(), "redis": cache.Families()} {
		tokens := jwtauth.New(db.Users(), jwtauth.Config{
			Secret: secret, Fallbacks: fallbacks, Issuer: name, Families: families, Grace: 5 * time.Minute, Header: auth.Header{SchemeName: "jwt_" + name},
		})
		routers = append(routers, accounts.JWT("/jwt/"+name, tokens))
		whoAmI("/jwt/"+name, tokens.Header())
	}
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret, Fallbacks: fallbacks, TrackUse: true})
	routers = append(routers, accounts.Tokens("/token/pg", keys.Header(), keys), rest.Health(
		rest.HealthCheck{Name: "postgres", Check: db.Ping}, rest.HealthCheck{Name: "redis", Check: cache.Ping}))
	whoAmI("/token/pg", keys.Header())
	return rest.New(rest.Settings{Title: "Reliability", Version: "1"}, routers...)
}

// cheap is a hasher that costs next to nothing.
func cheap() *password.Hasher {
	return &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}, MaxWaiting: 10_000}
}

type caller struct {
	User *store.User `auth:""`
}

func me(_ context.Context, in caller) (string, error) { return in.User.Username, nil }

// process is a process of the API.
type process struct {
	t        *testing.T
	settings settings
	url      string
	log      *os.File
	cmd      *exec.Cmd
	ended    chan struct{}
}

// startProcess starts a process, which listens at a port of its own.
func startProcess(t *testing.T, s settings, log *os.File) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, settings: s, url: "http://" + s.Address, log: log}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func (p *process) start() error {
	text, err := json.Marshal(p.settings)
	if err != nil {
		return err
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), "RELIABILITY_PROCESS="+string(text))
	p.cmd.Stderr = p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.ended = make(chan struct{})
	line, err := bufio.NewReader(out).ReadString('\n')
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
	if err != nil || !strings.HasPrefix(line, "listening") {
		return errors.New("a process of the API did not start, see its log")
	}
	return nil
}

// kill ends the process without a chance to clean up.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}
