// A controller of django-modern-rest with auth on three levels.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// Request has what a handler of a Controller[Body, Query] would parse, and request.user.
type Request struct {
	User *store.User `auth:""`
}

func whoami(_ context.Context, in Request) (string, error) { return in.User.Username, nil }

func ping(context.Context, rest.None) (string, error) { return "pong", nil }

func newAPI(ctx context.Context, secret []byte) (*rest.API, error) {
	db, hasher := memory.New(), &password.Hasher{}
	// A password as Django keeps it: pbkdf2_sha256 of "django-pass".
	_, err := db.Users().Create(ctx, store.User{
		Username: "alice", Active: true,
		Password: "pbkdf2_sha256$600000$salt$/yvWnw1XwqyZ+wexEcy2hq54BvCEYwJZhQzBXv5VHqQ=",
	})
	if err != nil {
		return nil, err
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: secret, Cookie: auth.Cookie{Insecure: true}, // this program speaks plain HTTP
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	return rest.New(rest.Settings{
		Title: "Site", Version: "1.0.0",
		Auth: auth.AnyOf(session, tokens.Header()), // DMR_SETTINGS[Settings.auth]
	}, rest.Router{
		Path: "/api",
		Controllers: []rest.Controller{
			{Path: "/me/", Get: rest.Handle(whoami)},
			{Path: "/jwt/me/", Auth: tokens.Header(), Get: rest.Handle(whoami)},                           // auth = (JWTSyncAuth(),)
			{Path: "/ping/", Get: rest.Handle(ping, rest.Op{Auth: auth.Public}), Post: rest.Handle(ping)}, // auth=None
		},
		Routers: []rest.Router{accounts.Session("/session", session), accounts.JWT("/jwt", tokens)},
	})
}

func main() {
	api, err := newAPI(context.Background(), []byte("a secret of at least thirty-two bytes"))
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
