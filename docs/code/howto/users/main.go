package main

import (
	"context"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

type Profile struct {
	ID    uuid.UUID `json:"id"`
	Email string    `json:"email" format:"email"`
}

type Mine struct {
	Person *Person `auth:""`
}

func me(_ context.Context, in Mine) (Profile, error) {
	return Profile{in.Person.ID, in.Person.Email}, nil
}

// signUp accepts addresses only.
func (p *People) signUp(ctx context.Context, u store.User) (*store.User, error) {
	if !strings.Contains(u.Username, "@") {
		return nil, &rest.Error{Status: http.StatusBadRequest, Code: "email", Msg: "Expected an e-mail address", Loc: []any{"parsed_body", "username"}}
	}
	return p.Create(ctx, u)
}

func main() {
	key, err := secret.File("secret")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), "people.sqlite3", sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	people, err := newPeople(db)
	if err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(people, jwtauth.Config{Secret: key, Issuer: "people", Families: db.Families()})
	accounts := account.New(password.NewChecker(people, nil), account.Config{Limits: db.Throttle()})
	api, err := rest.New(rest.Settings{Title: "People", Version: "1", Auth: tokens.Header(), ErrorFormat: rest.Problem}, rest.Router{
		Controllers: []rest.Controller{{Path: "/me/", Get: rest.Handle(me)}},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", people.signUp),
			accounts.JWT("/jwt", tokens),
			accounts.Password("/password", tokens.Header(), tokens),
		},
	})
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
