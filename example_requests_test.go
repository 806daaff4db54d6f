package rest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// exampleAPI makes an API with one public controller. A service would report the error.
func exampleAPI(c rest.Controller) *rest.API {
	c.Auth = auth.Public
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Controllers: []rest.Controller{c}})
	if err != nil {
		log.Fatal(err)
	}
	return api
}

// printReply sends a request and prints the reply.
func printReply(api http.Handler, method, target, contentType, body string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
}

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
	api := exampleAPI(rest.Controller{Path: "/note", Patch: rest.Handle(edit)})
	printReply(api, "PATCH", "/note", "application/json", `{"title":"Bread"}`)
	printReply(api, "PATCH", "/note", "application/json", `{"due":null}`)
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
	api := exampleAPI(rest.Controller{Path: "/avatar", Post: rest.Handle(upload)})
	printReply(api, "POST", "/avatar", "multipart/form-data; boundary=b", strings.Join([]string{
		"--b", `Content-Disposition: form-data; name="title"`, "", "Me",
		"--b", `Content-Disposition: form-data; name="avatar"; filename="me.txt"`, "", ":-)", "--b--", "",
	}, "\r\n"))
	// Output:
	// 201 "Me: me.txt, 3 bytes, :-)"
}
