package rest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// A PATCH tells a member that was not sent from one that was sent as null.
func ExampleOptional() {
	type Note struct {
		Title string  `json:"title"`
		Due   *string `json:"due"`
	}
	type EditNote struct {
		Body struct {
			Title rest.Optional[string]  `json:"title" minLength:"1"`
			Due   rest.Optional[*string] `json:"due"`
		} `body:""`
	}
	due := "2026-01-31"
	note := Note{Title: "Milk", Due: &due}
	edit := func(_ context.Context, in EditNote) (Note, error) {
		note.Title = in.Body.Title.Or(note.Title)
		if in.Body.Due.Present {
			note.Due = in.Body.Due.Value // nil for null
		}
		return note, nil
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/note", Patch: rest.Handle(edit)},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, target, contentType, body string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("PATCH", "/note", "application/json", `{"title":"Bread"}`)
	send("PATCH", "/note", "application/json", `{"due":null}`)
	// Output:
	// 200 {"title":"Bread","due":"2026-01-31"}
	// 200 {"title":"Bread","due":null}
}

// A form with a text and a file, as a browser sends it.
func ExampleFile() {
	type Upload struct {
		Title  string    `form:"title"`
		Avatar rest.File `form:"avatar"`
	}
	upload := func(_ context.Context, in Upload) (string, error) {
		content, err := in.Avatar.Open()
		if err != nil {
			return "", err
		}
		defer content.Close()
		text, err := io.ReadAll(content)
		return fmt.Sprintf("%s: %s, %d bytes, %s", in.Title, in.Avatar.Filename, in.Avatar.Size, text), err
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/avatar", Post: rest.Handle(upload)},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, target, contentType, body string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("POST", "/avatar", "multipart/form-data; boundary=b", strings.Join([]string{
		"--b", `Content-Disposition: form-data; name="title"`, "", "Me",
		"--b", `Content-Disposition: form-data; name="avatar"; filename="me.txt"`, "", ":-)", "--b--", "",
	}, "\r\n"))
	// Output:
	// 201 "Me: me.txt, 3 bytes, :-)"
}

// An upload that is read while it arrives. The reader ends with an error where the body
// is longer than MaxBody; a handler that returns it answers 413.
func ExampleHandle_upload() {
	type Upload struct {
		Name string    `path:"name"`
		Body io.Reader `body:"image/png,image/jpeg"`
	}
	type Stored struct {
		Name  string `json:"name"`
		Bytes int64  `json:"bytes"`
	}
	upload := func(_ context.Context, in Upload) (Stored, error) {
		n, err := io.Copy(io.Discard, in.Body) // into a file, say
		return Stored{in.Name, n}, err
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/images/{name}", Put: rest.Handle(upload)},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, target, contentType, body string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("PUT", "/images/cat", "image/png", "...")
	send("PUT", "/images/cat", "text/plain", "...")
	// Output:
	// 200 {"name":"cat","bytes":3}
	// 415 {"detail":[{"msg":"The body has the type 'text/plain', expected: image/png, image/jpeg","type":"value_error"}]}
}

// A webhook whose sender signs the bytes of the body.
func ExampleHandle_signature() {
	type Hook struct {
		Signature string `header:"X-Signature"`
		Sent      []byte `body:"raw"`
		Body      struct {
			Event string `json:"event"`
		} `body:""`
	}
	denied := &rest.Error{Status: http.StatusForbidden, Msg: "The signature is wrong"}
	receive := func(_ context.Context, in Hook) (string, error) {
		mac := hmac.New(sha256.New, []byte("the secret of the webhook"))
		mac.Write(in.Sent)
		if signature, err := hex.DecodeString(in.Signature); err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
			return "", denied
		}
		return in.Body.Event, nil
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/hook", Post: rest.Handle(receive, rest.Op{Errors: []error{denied}})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	r := httptest.NewRequest("POST", "/hook", strings.NewReader(`{"event": "paid"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Signature", "1b4bebe1fca12a9540b0f72fa34b70f000251f34c1f2ad0c1c8fec10e0868143")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 201 "paid"
}

// Lists and objects in a query. An optional parameter is a pointer or has a default.
func ExampleHandle_query() {
	type Search struct {
		IDs    []int  `query:"ids" explode:"false" maxItems:"100"`
		Order  string `query:"order" enum:"name,age" default:"name"`
		Filter struct {
			Name *string  `json:"name"`
			Tags []string `json:"tag,omitzero"`
		} `query:"filter"`
	}
	search := func(_ context.Context, in Search) (string, error) {
		return fmt.Sprintln(in.IDs, in.Order, *in.Filter.Name, in.Filter.Tags), nil
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/cats", Get: rest.Handle(search)},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, target, contentType, body string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("GET", "/cats?ids=1,2&filter[name]=Tom&filter[tag]=grey&filter[tag]=old", "", "")
	send("GET", "/cats?ids=1,x&order=size", "", "")
	// Output:
	// 200 "[1 2] name Tom [grey old]\n"
	// 400 {"detail":[{"msg":"Expected an integer","type":"value_error","loc":["parsed_query","ids",1]},{"msg":"Expected one of 'name', 'age'","type":"value_error","loc":["parsed_query","order"]}]}
}
