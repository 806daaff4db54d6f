package main

import (
	"context"
	"net/http"
	"sync"

	"github.com/go-modern-rest/rest"
)

type Note struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

var errNoNote = &rest.Error{Status: http.StatusNotFound, Code: "not_found", Msg: "There is no such note"}

// Notes keeps the notes in memory.
type Notes struct {
	mu    sync.Mutex
	notes []Note
}

type NewNote struct {
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200"`
	} `body:""`
}

func (n *Notes) Create(_ context.Context, in NewNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	note := Note{ID: int64(len(n.notes)) + 1, Title: in.Body.Title}
	n.notes = append(n.notes, note)
	return note, nil
}

func (n *Notes) List(context.Context, rest.None) ([]Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Note{}, n.notes...), nil
}

type OneNote struct {
	ID int64 `path:"id" minimum:"1"`
}

func (n *Notes) Read(_ context.Context, in OneNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if in.ID > int64(len(n.notes)) {
		return Note{}, errNoNote
	}
	return n.notes[in.ID-1], nil
}
