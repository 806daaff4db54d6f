package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
)

// Attachment describes a file of a note.
type Attachment struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Size     int64  `json:"size" doc:"In bytes."`
	Modified int64  `json:"modified" doc:"When the file was last changed, in milliseconds since 1970."`
}

// NewAttachment is a form with a file, as a browser or a client sends it.
type NewAttachment struct {
	OneNote
	File     rest.File `form:"file"`
	Modified int64     `form:"modified" minimum:"0" doc:"When the file was last changed, in milliseconds since 1970, as in a browser's File.lastModified."`
}

// Attach adds a file to a note of the caller. Settings.MaxBody limits the form to 1 MiB, so that
// its content fits in memory and in a row.
func (n *Notes) Attach(ctx context.Context, in NewAttachment) (Attachment, error) {
	file, err := in.File.Open()
	if err != nil {
		return Attachment{}, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return Attachment{}, err
	}
	attached := Attachment{Name: in.File.Filename, Size: in.File.Size, Modified: in.Modified}
	err = n.db.write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO attachment (note_id, name, modified, content)
			SELECT id, $1, $2, $3 FROM note WHERE id = $4 AND owner_id = $5 RETURNING id`,
			attached.Name, attached.Modified, content, in.ID, in.User.ID).Scan(&attached.ID)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Attachment{}, errNoNote
	}
	return attached, err
}

var errNoAttachment = &rest.Error{Status: http.StatusNotFound, Msg: "There is no such attachment", Code: "not_found"}

// OneAttachment is a request about one file of a note.
type OneAttachment struct {
	OneNote
	Attachment int64 `path:"attachment" minimum:"1"`
}

// Attached is a file as it was attached. The media type makes browsers save it, whatever it
// contains: they never show it as a page of this site.
type Attached struct {
	Body rest.Content `body:"application/octet-stream"`
}

// Download returns a file of a note to those who may read the note.
func (n *Notes) Download(ctx context.Context, in OneAttachment) (Attached, error) {
	var (
		name     string
		modified int64
		content  []byte
	)
	err := n.db.reader.QueryRowContext(ctx, `
		SELECT attachment.name, attachment.modified, attachment.content FROM attachment JOIN note ON note.id = attachment.note_id
		WHERE `+mayRead+` AND note.id = $2 AND attachment.id = $3`,
		in.User.ID, in.ID, in.Attachment).Scan(&name, &modified, &content)
	if errors.Is(err, sql.ErrNoRows) {
		return Attached{}, errNoAttachment
	}
	return Attached{Body: rest.Content{Reader: bytes.NewReader(content), Modified: time.UnixMilli(modified), Filename: name}}, err
}
