package main

import (
	"context"
	"database/sql"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/page"
	"github.com/go-modern-rest/rest/store"
)

// Note is a text of a user, who may let others read it.
type Note struct {
	ID         int64    `json:"id"`
	Title      string   `json:"title"`
	Owner      string   `json:"owner"`
	SharedWith []string `json:"shared_with"`
}

var errNoNote = &rest.Error{Status: http.StatusNotFound, Msg: "There is no such note", Code: "not_found"}

// Notes are the application's own tables, in the database of the users.
type Notes struct {
	db      *database
	changed *feed
}

// newNotes makes the tables if there are none.
func newNotes(ctx context.Context, db *database) (*Notes, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.schema)
		return err
	})
	return &Notes{db, newFeed()}, err
}

// NewNote is what a client sends to create a note.
type NewNote struct {
	User *store.User `auth:""` // the principal; its type is checked when the API is built
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200"`
	} `body:""`
}

// Create adds a note of the caller.
func (n *Notes) Create(ctx context.Context, in NewNote) (Note, error) {
	var id int64
	err := n.db.write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO note (owner_id, title) VALUES ($1, $2) RETURNING id`, in.User.ID, in.Body.Title).Scan(&id)
	})
	if err != nil {
		return Note{}, err // logged, and a 500 that shows nothing
	}
	n.changed.publish(id)
	return Note{ID: id, Title: in.Body.Title, Owner: in.User.Username, SharedWith: []string{}}, nil
}

// mayRead is a permission: plain code of the application. $1 is the id of the user.
const mayRead = `(note.owner_id = $1 OR EXISTS (SELECT 1 FROM note_reader WHERE note_id = note.id AND user_id = $1))`

// find returns notes that a user may read, in the order of their ids: up to limit of those
// that match a condition, in which $3 is the id.
func (n *Notes) find(ctx context.Context, user *store.User, limit int, condition string, id int64) ([]Note, error) {
	rows, err := n.db.reader.QueryContext(ctx, `
		SELECT note.id, note.title, owner.username, COALESCE(reader.username, '')
		FROM (SELECT * FROM note WHERE `+mayRead+` AND `+condition+` ORDER BY id LIMIT $2) note
		JOIN `+n.db.users+` owner ON owner.id = note.owner_id
		LEFT JOIN note_reader ON note_reader.note_id = note.id LEFT JOIN `+n.db.users+` reader ON reader.id = note_reader.user_id
		ORDER BY note.id, reader.username`, user.ID, limit, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	notes := []Note{}
	for rows.Next() {
		note, reader := Note{SharedWith: []string{}}, ""
		if err := rows.Scan(&note.ID, &note.Title, &note.Owner, &reader); err != nil {
			return nil, err
		}
		if len(notes) == 0 || notes[len(notes)-1].ID != note.ID {
			notes = append(notes, note)
		}
		if reader != "" {
			last := &notes[len(notes)-1]
			last.SharedWith = append(last.SharedWith, reader)
		}
	}
	return notes, rows.Err()
}

// ListNotes asks for a page of notes. The position of a note in the list is its id.
type ListNotes struct {
	page.Query[int64]
	User *store.User `auth:""`
}

// List returns a page of the notes that the caller may read.
func (n *Notes) List(ctx context.Context, in ListNotes) (page.Of[Note], error) {
	after, _ := in.After() // ids are positive: 0 is before the first one
	notes, err := n.find(ctx, in.User, in.Limit+1, `note.id > $3`, after)
	return page.New(in.Query, notes, func(note Note) int64 { return note.ID }), err
}

// OneNote is a request about one note.
type OneNote struct {
	ID   int64       `path:"id" minimum:"1"`
	User *store.User `auth:""`
}

// Read returns one note.
func (n *Notes) Read(ctx context.Context, in OneNote) (Note, error) {
	notes, err := n.find(ctx, in.User, 1, `note.id = $3`, in.ID)
	if err != nil || len(notes) == 0 {
		return Note{}, orNoNote(err)
	}
	return notes[0], nil
}

// Delete removes a note of the caller.
func (n *Notes) Delete(ctx context.Context, in OneNote) (rest.None, error) {
	return n.change(ctx, `DELETE FROM note WHERE id = $1 AND owner_id = $2`, in.ID, in.User.ID)
}

// ShareNote names a user who may read a note.
type ShareNote struct {
	OneNote
	Body struct {
		With string `json:"with" minLength:"1"`
	} `body:""`
}

// Share lets another user read a note of the caller.
func (n *Notes) Share(ctx context.Context, in ShareNote) (rest.None, error) {
	none, err := n.change(ctx, `INSERT INTO note_reader (note_id, user_id)
		SELECT note.id, reader.id FROM note, `+n.db.users+` reader WHERE note.id = $1 AND note.owner_id = $2 AND reader.username = $3
		ON CONFLICT (note_id, user_id) DO UPDATE SET user_id = excluded.user_id`,
		in.ID, in.User.ID, in.Body.With)
	if err == nil {
		n.changed.publish(in.ID)
	}
	return none, err
}

// change runs a statement that must change a note of the caller.
func (n *Notes) change(ctx context.Context, statement string, args ...any) (rest.None, error) {
	return rest.None{}, n.db.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || changed > 0 {
			return err
		}
		return errNoNote
	})
}

func orNoNote(err error) error {
	if err == nil {
		return errNoNote
	}
	return err
}

// Metrics is the reply to the monitoring.
type Metrics struct {
	Notes int `json:"notes"`
}

// Metrics counts the notes.
func (n *Notes) Metrics(ctx context.Context, _ rest.None) (Metrics, error) {
	var m Metrics
	err := n.db.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM note`).Scan(&m.Notes)
	return m, err
}
