package auth_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// Member is the user type of the application.
type Member struct{ ID, Email, Password string }

// Members is its table: a database, usually.
type Members map[string]*Member

// ByID finds a member by the id that a token has.
func (m Members) ByID(_ context.Context, id string) (*Member, auth.Account, error) {
	member, ok := m[id]
	if !ok {
		return nil, auth.Account{}, store.ErrNotFound // any other error means that the table is down
	}
	return member, auth.Account{ID: id, Username: member.Email, Password: member.Password, Active: true}, nil
}

// ByUsername finds a member by what was typed at a login: the e-mail address.
func (m Members) ByUsername(ctx context.Context, name string) (*Member, auth.Account, error) {
	for id, member := range m {
		if member.Email == name {
			return m.ByID(ctx, id)
		}
	}
	return nil, auth.Account{}, store.ErrNotFound
}

// A table of your own, behind a backend. A handler gets the application's own type. Package
// store/postgres has an example of a table in PostgreSQL.
func ExampleUsers() {
	const id = "4b0b2a4e-6f0e-4a3e-9a39-0d8e7c3f1a52"
	members := &Members{id: {ID: id, Email: "alice@example.com"}} // a pointer, which can be compared
	tokens := jwtauth.New(members, jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	type hello struct {
		Member *Member `auth:""`
	}
	greet := func(_ context.Context, in hello) (string, error) { return "hello, " + in.Member.Email, nil }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: tokens.Header()}, rest.Router{
		Controllers: []rest.Controller{{Path: "/", Get: rest.Handle(greet)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	pair, err := tokens.Issue(context.Background(), auth.Account{ID: id, Active: true})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+pair.Access)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: "hello, alice@example.com"
}
