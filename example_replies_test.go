package rest_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// An output with a status field has several statuses, all of which are documented. A status
// without content leaves the body out.
func ExampleHandle_status() {
	type Note struct {
		Text string `json:"text"`
	}
	type Put struct {
		ID   string `path:"id"`
		Body Note   `body:""`
	}
	type Saved struct {
		Status   int    `status:"200,201"`
		Location string `header:"Location"`
		Body     Note   `body:""`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Put: rest.Handle(func(_ context.Context, in Put) (Saved, error) {
			return Saved{Status: http.StatusCreated, Location: "/notes/" + in.ID, Body: in.Body}, nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("PUT", http.Header{"Content-Type": {"application/json"}}, `{"text": "hello"}`, "Location")
	// Output:
	// 201
	// Location: /notes/7
	// {"text":"hello"}
}

// A body with a media type is sent as it is. A function writes it while it is sent, so that a
// large one is never in memory as a whole.
func ExampleHandle_csv() {
	type Note struct {
		ID string `path:"id"`
	}
	type Sheet struct {
		Body func(io.Writer) error `body:"text/csv"`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in Note) (Sheet, error) {
			return Sheet{Body: func(w io.Writer) error {
				rows := csv.NewWriter(w)
				_ = rows.Write([]string{"id", "text"}) // Error returns what went wrong
				_ = rows.Write([]string{in.ID, "hello, you"})
				rows.Flush()
				return rows.Error()
			}}, nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("GET", nil, "", "Content-Type")
	// Output:
	// 200
	// Content-Type: text/csv
	// id,text
	// 7,"hello, you"
}

// Content answers ranges, so that a download that broke off is resumed, and conditional
// requests.
func ExampleContent() {
	type Note struct {
		ID string `path:"id"`
	}
	type Attachment struct {
		ETag string       `header:"ETag"`
		Body rest.Content `body:"text/plain"`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in Note) (Attachment, error) {
			return Attachment{
				ETag: `"v1"`,
				Body: rest.Content{
					Reader:   strings.NewReader("0123456789"), // an *os.File is closed after the reply
					Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
					Filename: "Zähler " + in.ID + ".txt",
				},
			}, nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("GET", http.Header{"Range": {"bytes=6-"}}, "", "Content-Range", "Content-Disposition")
	send("GET", http.Header{"If-None-Match": {`"v1"`}}, "", "ETag")
	// Output:
	// 206
	// Content-Range: bytes 6-9/10
	// Content-Disposition: attachment; filename="Z_hler 7.txt"; filename*=UTF-8''Z%C3%A4hler%207.txt
	// 6789
	// 304
	// ETag: "v1"
}

// A GET whose output has an ETag answers a client that has the representation with 304.
func ExampleHandle_conditional() {
	type Note struct {
		ID string `path:"id"`
	}
	type Version struct {
		ETag string `header:"ETag"`
		Body string `body:""`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(context.Context, Note) (Version, error) {
			return Version{ETag: `"v7"`, Body: "hello"}, nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("GET", nil, "", "ETag")
	send("GET", http.Header{"If-None-Match": {`"v7"`}}, "", "ETag")
	// Output:
	// 200
	// ETag: "v7"
	// "hello"
	// 304
	// ETag: "v7"
}

// A write with a precondition does not overwrite what another client changed meanwhile.
func ExampleIfMatch() {
	type Edit struct {
		ID      string       `path:"id"`
		IfMatch rest.IfMatch `header:"If-Match"`
	}
	current := `"v7"` // the entity tag of the note in the database
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Put: rest.Handle(func(_ context.Context, in Edit) (string, error) {
			if err := in.IfMatch.Check(current); err != nil {
				return "", err
			}
			return "saved", nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("PUT", http.Header{"If-Match": {`"v7"`}}, "")
	send("PUT", http.Header{"If-Match": {`"v6"`}}, "")
	send("PUT", nil, "")
	// Output:
	// 200
	// "saved"
	// 412
	// {"detail":[{"msg":"The resource has changed, or does not exist","type":"precondition_failed"}]}
	// 428
	// {"detail":[{"msg":"The header If-Match is required","type":"precondition_required"}]}
}
