// A service beside a Django site, on the site's SQLite file.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// Request has the user of the request.
type Request struct {
	User *store.User `auth:""`
}

func whoami(_ context.Context, in Request) (string, error) { return in.User.Username, nil }

func openSite(ctx context.Context) (*sqlite.DB, error) {
	return sqlite.Open(ctx, "db.sqlite3", sqlite.Config{
		Django:    true,           // nothing in the site's file is created or altered
		OwnTables: "rest.sqlite3", // what the site has no tables for
	})
}

func newAPI(db *sqlite.DB, secretKey []byte) (*rest.API, error) {
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: secretKey,
		Compat: sessionauth.Compat{PlainKeys: true}, // the site looks its sessions up by them
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secretKey, Families: db.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: db.Throttle()})
	return rest.New(rest.Settings{Title: "Site", Version: "1.0.0", Auth: auth.AnyOf(session, tokens.Header())}, rest.Router{
		Path:        "/api",
		Controllers: []rest.Controller{{Path: "/me/", Get: rest.Handle(whoami)}},
		Routers:     []rest.Router{accounts.Session("/session", session), accounts.JWT("/jwt", tokens)},
	})
}

func main() {
	db, err := openSite(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	api, err := newAPI(db, []byte(os.Getenv("SECRET_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
