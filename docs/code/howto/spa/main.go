package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/rs/cors"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

type Mine struct {
	User *store.User `auth:""`
}

type Profile struct {
	Username string `json:"username"`
}

func me(_ context.Context, in Mine) (Profile, error) { return Profile{in.User.Username}, nil }

func newHandler(db *sqlite.DB, key []byte) (http.Handler, error) {
	pages := []string{"https://app.example.com"} // where the pages are
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: key,
		CSRF: csrf.New(csrf.Config{
			Cookie:         auth.Cookie{Domain: "example.com"}, // scripts of app.example.com read the token
			TrustedOrigins: pages,                              // requests that change something
		}),
	})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{
		Limits:      db.Throttle(),
		CrossOrigin: csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: pages}), // sign-up and login
	})
	api, err := rest.New(rest.Settings{Title: "API", Version: "1", Auth: session}, rest.Router{
		Controllers: []rest.Controller{{Path: "/me/", Get: rest.Handle(me), Post: rest.Handle(me)}},
		Routers:     []rest.Router{accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session)},
	})
	if err != nil {
		return nil, err
	}
	return cors.New(cors.Options{
		AllowedOrigins:   pages,
		AllowedMethods:   []string{"GET", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders:   []string{"Content-Type", "X-CSRFToken", "If-Match"},
		ExposedHeaders:   []string{"ETag", "Link", "Location", "X-Request-Id"}, // what scripts may read
		AllowCredentials: true,                                                 // cookies
	}).Handler(api), nil
}

func main() {
	key, err := secret.File("secret")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), "app.sqlite3", sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	handler, err := newHandler(db, key)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
