package main

import (
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
)

func TestNotesBelongToTheirUsers(t *testing.T) {
	login := resttest.NewLogin[*store.User]() // replaces sessions and tokens
	notes := &Notes{}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Auth: login}, rest.Router{Controllers: []rest.Controller{
		{Path: "/notes/", Post: rest.Handle(notes.Add)},
		{Path: "/notes/{id}/", Get: rest.Handle(notes.Read, rest.Op{Errors: []error{errNoNote}})},
	}})
	if err != nil {
		t.Fatal(err)
	}
	client := resttest.NewClient(t, api)
	alice, bob := client.As(&store.User{ID: "1"}), client.As(&store.User{ID: "2"})
	note := resttest.Decode[Note](alice.Post("/notes/", map[string]string{"title": "Milk"}).Want(201).Documented(api.Document()))
	if note.Title != "Milk" {
		t.Errorf("got %+v", note)
	}
	alice.Get("/notes/1/").Want(200)
	bob.Get("/notes/1/").Want(404)
	client.Get("/notes/1/").Want(401)
}
