package main

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/store"
)

// Note is a text of a user, whom others may read it.
type Note struct {
	ID         int64    `json:"id"`
	Title      string   `json:"title"`
	Owner      string   `json:"owner"`
	SharedWith []string `json:"shared_with"`
}

var errNoNote = &rest.Error{Status: http.StatusNotFound, Msg: "There is no such note", Type: "not_found"}

// Notes keeps notes in memory: the example is about who may see them.
type Notes struct {
	mu   sync.Mutex
	last int64
	all  []*Note
}

// NewNote is what a client sends to create a note.
type NewNote struct {
	User *store.User `auth:""` // the principal; its type is checked when the API is built
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200"`
	} `body:""`
}

// Create adds a note of the caller.
func (n *Notes) Create(_ context.Context, in NewNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	note := &Note{ID: n.last, Title: in.Body.Title, Owner: in.User.Username}
	n.all = append(n.all, note)
	return *note, nil
}

// Mine is a request of a user about nothing in particular.
type Mine struct {
	User *store.User `auth:""`
}

// List returns what the caller may read.
func (n *Notes) List(_ context.Context, in Mine) ([]Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var mine []Note
	for _, note := range n.all {
		if note.mayRead(in.User) {
			mine = append(mine, *note)
		}
	}
	return mine, nil
}

// mayRead is a permission: plain code of the application.
func (n *Note) mayRead(u *store.User) bool {
	return n.Owner == u.Username || slices.Contains(n.SharedWith, u.Username)
}

// OneNote is a request about one note.
type OneNote struct {
	ID   int64       `path:"id" minimum:"1"`
	User *store.User `auth:""`
}

// Read returns one note.
func (n *Notes) Read(_ context.Context, in OneNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, note := range n.all {
		if note.ID == in.ID && note.mayRead(in.User) {
			return *note, nil
		}
	}
	return Note{}, errNoNote
}

// Delete removes a note of the caller.
func (n *Notes) Delete(_ context.Context, in OneNote) (rest.None, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := len(n.all)
	n.all = slices.DeleteFunc(n.all, func(note *Note) bool { return note.ID == in.ID && note.Owner == in.User.Username })
	if len(n.all) == before {
		return rest.None{}, errNoNote
	}
	return rest.None{}, nil
}

// ShareNote names who shall read a note.
type ShareNote struct {
	OneNote
	Body struct {
		With string `json:"with" minLength:"1"`
	} `body:""`
}

// Share lets another user read a note of the caller.
func (n *Notes) Share(_ context.Context, in ShareNote) (rest.None, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, note := range n.all {
		if note.ID == in.ID && note.Owner == in.User.Username {
			note.SharedWith = append(slices.Clip(note.SharedWith), in.Body.With)
			return rest.None{}, nil
		}
	}
	return rest.None{}, errNoNote
}

// Metrics is what the monitoring reads.
type Metrics struct {
	Notes int `json:"notes"`
}

// Metrics counts.
func (n *Notes) Metrics(context.Context, rest.None) (Metrics, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return Metrics{Notes: len(n.all)}, nil
}
