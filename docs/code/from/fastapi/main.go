// Items behind a login, to compare with the security chapter of FastAPI's tutorial.
package main

import (
	"context"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/docsui"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// Item is a Pydantic model here: its tags are checked and documented.
type Item struct {
	ID    int64   `json:"id" readOnly:"true"`
	Name  string  `json:"name" minLength:"1" maxLength:"50"`
	Price float64 `json:"price" exclusiveMinimum:"0"`
	Note  *string `json:"note" doc:"null or absent: none"`
}

// Items keeps the items of all users.
type Items struct {
	mu    sync.Mutex
	items []Item
}

// ListItems has the query parameters and the dependency on the user.
type ListItems struct {
	Limit int         `query:"limit" default:"10" minimum:"1" maximum:"100"`
	User  *store.User `auth:""` // Depends(get_current_user)
}

// List returns the first items.
func (s *Items) List(_ context.Context, in ListItems) ([]Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[:min(in.Limit, len(s.items))], nil
}

// NewItem has the body.
type NewItem struct {
	User *store.User `auth:""`
	Body Item        `body:""`
}

// Create adds an item.
func (s *Items) Create(_ context.Context, in NewItem) (Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.Body.ID = int64(len(s.items) + 1)
	s.items = append(s.items, in.Body)
	return in.Body, nil
}

func newAPI() (*rest.API, error) {
	db, items := memory.New(), &Items{items: []Item{}}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("a secret of at least thirty-two bytes")})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	return rest.New(rest.Settings{Title: "Items", Version: "0.1.0", Auth: tokens.Header()}, rest.Router{
		Controllers: []rest.Controller{{Path: "/items", Get: rest.Handle(items.List), Post: rest.Handle(items.Create)}},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create),
			accounts.JWT("/token", tokens),
		},
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
			{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{})},
		},
	})
}

func main() {
	api, err := newAPI()
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
