package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

type Note struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

var errNoNote = &rest.Error{Status: http.StatusNotFound, Code: "not_found", Msg: "There is no such note"}

// Notes is a table in the database file that has the users.
type Notes struct{ db *sqlite.DB }

func newNotes(db *sqlite.DB) (*Notes, error) {
	_, err := db.Writer().Exec(`CREATE TABLE IF NOT EXISTS note (
		id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER NOT NULL REFERENCES auth_user (id), title TEXT NOT NULL)`)
	return &Notes{db}, err
}

type NewNote struct {
	User *store.User `auth:""` // the caller
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200"`
	} `body:""`
}

func (n *Notes) Create(ctx context.Context, in NewNote) (Note, error) {
	note := Note{Title: in.Body.Title}
	err := n.db.Write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO note (owner_id, title) VALUES (?, ?) RETURNING id`,
			in.User.ID, note.Title).Scan(&note.ID)
	})
	return note, err
}

type Mine struct {
	User *store.User `auth:""`
}

func (n *Notes) List(ctx context.Context, in Mine) ([]Note, error) {
	rows, err := n.db.Reader().QueryContext(ctx, `SELECT id, title FROM note WHERE owner_id = ? ORDER BY id LIMIT 100`, in.User.ID)
	if err != nil {
		return nil, err // a 500 that shows nothing; the log has the cause
	}
	defer rows.Close()
	notes := []Note{}
	for rows.Next() {
		var note Note
		if err := rows.Scan(&note.ID, &note.Title); err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, rows.Err()
}

type OneNote struct {
	ID   int64       `path:"id" minimum:"1"`
	User *store.User `auth:""`
}

func (n *Notes) Read(ctx context.Context, in OneNote) (Note, error) {
	note := Note{ID: in.ID}
	err := n.db.Reader().QueryRowContext(ctx, `SELECT title FROM note WHERE id = ? AND owner_id = ?`, in.ID, in.User.ID).Scan(&note.Title)
	if errors.Is(err, sql.ErrNoRows) {
		return Note{}, errNoNote // also for the note of another user
	}
	return note, err
}
