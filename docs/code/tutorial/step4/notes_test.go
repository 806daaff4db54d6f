package main

import (
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// newTest returns the API with an empty database, a client that is not logged in, and a
// function that makes a user and returns a client of that user.
func newTest(t *testing.T) (*rest.API, *resttest.Client, func(name string) *resttest.Client) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), ":memory:", sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	api, err := newAPI(db, resttest.NewLogin[*store.User](), nil)
	if err != nil {
		t.Fatal(err)
	}
	anyone := resttest.NewClient(t, api)
	return api, anyone, func(name string) *resttest.Client {
		user, err := db.Users().Create(t.Context(), store.User{Username: name, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return anyone.As(user)
	}
}

func TestNotesAreTheirOwners(t *testing.T) {
	api, anyone, as := newTest(t)
	alice, bob := as("alice"), as("bob")

	note := resttest.Decode[Note](alice.Post("/notes/", map[string]string{"title": "Milk"}).Want(201))
	if note.Title != "Milk" {
		t.Errorf("got %+v", note)
	}
	alice.Get("/notes/1/").Want(200).Documented(api.Document())
	bob.Get("/notes/1/").Want(404).Documented(api.Document())
	anyone.Get("/notes/1/").Want(401).Documented(api.Document())
	if notes := resttest.Decode[[]Note](bob.Get("/notes/").Want(200)); len(notes) != 0 {
		t.Errorf("bob sees %+v", notes)
	}
}

func TestTitleIsRequired(t *testing.T) {
	_, _, as := newTest(t)
	reply := as("alice").Post("/notes/", map[string]string{"title": ""}).Want(400)
	if mistake := reply.Err().Details[0]; mistake.Code != "minLength" || mistake.Loc[1] != "title" {
		t.Errorf("got %+v", mistake)
	}
}
