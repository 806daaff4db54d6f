package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type Received struct {
	Name   string `json:"name,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A form with a file: multipart/form-data.
type Form struct {
	Title string    `form:"title" maxLength:"80"`
	File  rest.File `form:"file"`
}

func upload(_ context.Context, in Form) (Received, error) {
	file, err := in.File.Open()
	if err != nil {
		return Received{}, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	return Received{in.File.Filename, n, hex.EncodeToString(sum.Sum(nil))}, err
}

// A body that is read while it arrives, of any size up to Op.MaxBody.
type Blob struct {
	Body io.Reader `body:"application/octet-stream"`
}

func put(_ context.Context, in Blob) (Received, error) {
	file, err := os.CreateTemp(".", "upload-*")
	if err != nil {
		return Received{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), in.Body)
	if err := errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return Received{}, err // 413 if it is too large, 400 if it ends too early
	}
	return Received{"", n, hex.EncodeToString(sum.Sum(nil))}, nil
}

// A file that clients can read in parts.
type Download struct {
	ETag string       `header:"ETag"`
	Body rest.Content `body:"text/plain"`
}

func download(context.Context, rest.None) (Download, error) {
	text := []byte("0123456789\n")
	return Download{ETag: `"v1"`, Body: rest.Content{Reader: bytes.NewReader(text), Filename: "digits.txt"}}, nil
}

// A table that is written while it is sent: no file, no memory.
type Table struct {
	Disposition string                `header:"Content-Disposition"`
	Body        func(io.Writer) error `body:"text/csv"`
}

func export(_ context.Context, _ rest.None) (Table, error) {
	return Table{Disposition: `attachment; filename="squares.csv"`, Body: func(w io.Writer) error {
		rows := csv.NewWriter(w)
		for n := range 3 {
			if err := rows.Write([]string{fmt.Sprint(n), fmt.Sprint(n * n)}); err != nil {
				return err
			}
		}
		rows.Flush()
		return rows.Error()
	}}, nil
}

func main() {
	api, err := rest.New(rest.Settings{Title: "Files", Version: "1"}, rest.Router{
		Auth: auth.Public,
		Controllers: []rest.Controller{
			{Path: "/forms/", Post: rest.Handle(upload, rest.Op{MaxBody: 10 << 20})},
			{Path: "/blobs/", Put: rest.Handle(put, rest.Op{MaxBody: 5 << 20})},
			{Path: "/digits/", Get: rest.Handle(download)},
			{Path: "/squares/", Get: rest.Handle(export)},
		},
	})
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
