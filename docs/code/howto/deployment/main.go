package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// secrets returns the present secret and former ones, the latest first: the files secret,
// secret.1 and so on. To rotate, rename them and start the program.
func secrets(data string) (key []byte, former [][]byte, err error) {
	if key, err = secret.File(filepath.Join(data, "secret")); err != nil {
		return nil, nil, err
	}
	files, err := filepath.Glob(filepath.Join(data, "secret.*"))
	for _, file := range files {
		text, err := secret.File(file)
		if err != nil {
			return nil, nil, err
		}
		former = append(former, text)
	}
	return key, former, err
}

func newAPI(db *sqlite.DB, key []byte, former [][]byte, proxy netip.Prefix) (*rest.API, error) {
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: key, Fallbacks: former})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Fallbacks: former, Issuer: "notes", Families: db.Families()})
	caller := auth.AnyOf(session, tokens.Header())
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: db.Throttle()})
	return rest.New(rest.Settings{
		Title: "Notes", Version: "1", Auth: caller,
		TrustedProxies: []netip.Prefix{proxy},
	}, rest.Router{
		Routers: []rest.Router{rest.Health(rest.HealthCheck{Name: "database", Check: db.Ping}), accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session), accounts.JWT("/jwt", tokens)},
	})
}

func main() {
	data := cmp.Or(os.Getenv("DATA"), ".")
	key, former, err := secrets(data)
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), filepath.Join(data, "notes.sqlite3"), sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 2 && os.Args[1] == "backup" {
		if err := db.Backup(context.Background(), os.Args[2]); err != nil {
			log.Fatal(err)
		}
		return
	}
	proxy, err := netip.ParsePrefix(cmp.Or(os.Getenv("PROXY"), "127.0.0.1/32"))
	if err != nil {
		log.Fatal(err)
	}
	api, err := newAPI(db, key, former, proxy)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:8000"), Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
