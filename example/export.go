package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest"
)

// Sheet is a download. A client that was interrupted goes on where it stopped if the ETag is
// still the same.
type Sheet struct {
	ETag string       `header:"ETag"`
	Body rest.Content `body:"text/csv"`
}

// maxExport is how many notes a download has.
const maxExport = 100_000

// Export returns the notes that the caller may read as a file.
func (n *Notes) Export(ctx context.Context, in Mine) (Sheet, error) {
	notes, err := n.find(ctx, in.User, maxExport, `note.id > $3`, 0)
	if err != nil {
		return Sheet{}, err
	}
	var text bytes.Buffer
	rows := csv.NewWriter(&text)
	records := [][]string{{"id", "title", "owner", "shared with"}}
	for _, note := range notes {
		records = append(records, []string{strconv.FormatInt(note.ID, 10), note.Title, note.Owner, strings.Join(note.SharedWith, " ")})
	}
	if err := rows.WriteAll(records); err != nil {
		return Sheet{}, err
	}
	sum := sha256.Sum256(text.Bytes())
	return Sheet{
		ETag: `"` + hex.EncodeToString(sum[:8]) + `"`,
		Body: rest.Content{Reader: bytes.NewReader(text.Bytes()), Filename: "notes.csv"},
	}, nil
}
