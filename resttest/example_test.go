package resttest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
)

// The login of the API is replaced, so that a test says who the caller is.
func Example() {
	test := func(t *testing.T) { // func TestGreet(t *testing.T)
		type hello struct {
			User *store.User `auth:""`
		}
		greet := func(_ context.Context, in hello) (string, error) { return "hello, " + in.User.Username, nil }
		login := resttest.NewLogin[*store.User]()
		api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: login}, rest.Router{Controllers: []rest.Controller{
			{Path: "/hello", Get: rest.Handle(greet)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		client := resttest.NewClient(t, api)
		alice := client.As(&store.User{ID: "1", Username: "alice"})
		if got := resttest.Decode[string](alice.Get("/hello").Want(200)); got != "hello, alice" {
			t.Errorf("got %q", got)
		}
		if err := client.Get("/hello").Want(401).Err(); err.Code != "security" {
			t.Errorf("got %v", err)
		}
	}
	_ = test // run by go test
}

// A client keeps cookies and sends the CSRF token, as a browser does. Documented compares a
// reply with the document.
func ExampleNewClient() {
	test := func(t *testing.T, api *rest.API) {
		client := resttest.NewClient(t, api)
		client.Post("/login/", map[string]string{"username": "alice", "password": "alice-pass"}).Want(200)
		client.Post("/notes/", map[string]string{"title": "Milk"}).Want(201).Documented(api.Document())
	}
	_ = test // called with the *testing.T of a test
}

// Decode reads the body of a reply, or ends the test.
func ExampleDecode() {
	type Note struct {
		Title string `json:"title"`
	}
	test := func(t *testing.T, client *resttest.Client) {
		note := resttest.Decode[Note](client.Get("/notes/1/").Want(200))
		if note.Title != "Milk" {
			t.Errorf("got %q", note.Title)
		}
	}
	_ = test // called with the *testing.T of a test
}

// A reply has the status, the header and the body.
func ExampleReply() {
	test := func(t *testing.T, client *resttest.Client) {
		reply := client.Get("/notes/8/").Want(http.StatusNotFound)
		if err := reply.Err(); err.Code != "not_found" {
			t.Errorf("got %v", err)
		}
	}
	_ = test // called with the *testing.T of a test
}

// Claims of a token, for a handler that takes them as its principal.
func ExampleClaims() {
	test := func(t *testing.T, api http.Handler) { // its Auth is resttest.NewLogin[*jwtauth.Claims]()
		claims := resttest.Claims(t, "alice", map[string]any{"roles": []string{"editor"}})
		resttest.NewClient(t, api).As(claims).Get("/drafts/").Want(200)
	}
	_ = test // called with the *testing.T of a test
}
