package testing

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func TestSeveralUsers(t *testing.T) {
	api, err := newAPI(resttest.NewLogin[*store.User]())
	if err != nil {
		t.Fatal(err)
	}
	anyone := resttest.NewClient(t, api)
	alice := anyone.As(&store.User{ID: "1", Username: "alice", Active: true})

	got := resttest.Decode[Hello](alice.Get("/hello/").Want(200).Documented(api.Document()))
	if got.Text != "Hello alice" {
		t.Errorf("got %q", got.Text)
	}
	if err := anyone.Get("/hello/").Want(401).Err(); err.Code != "security" {
		t.Errorf("got the code %q", err.Code)
	}
}

func TestStoreIsDown(t *testing.T) {
	api, err := newAPI(authtest.Deny[*store.User](auth.ErrUnavailable))
	if err != nil {
		t.Fatal(err)
	}
	resttest.NewClient(t, api).Get("/hello/").Want(503)
}

func TestStream(t *testing.T) {
	api, err := newAPI(authtest.As(&store.User{ID: "1", Username: "alice"}))
	if err != nil {
		t.Fatal(err)
	}
	client := resttest.NewClient(t, api)
	client.Header = http.Header{"Accept": {"application/jsonl"}}
	if got := string(client.Get("/count/").Want(200).Body); got != "1\n2\n3\n" {
		t.Errorf("got %q", got)
	}
}

func TestSessionExpires(t *testing.T) {
	db, now := memory.New(), time.Now()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte(strings.Repeat("s", 32)),
		Age:    time.Hour,
		Now:    func() time.Time { return now },
	})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := newAPI(session, accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session))
	if err != nil {
		t.Fatal(err)
	}
	browser := resttest.NewClient(t, api) // keeps cookies, sends the CSRF token
	alice := map[string]string{"username": "alice", "password": "milk and honey"}
	browser.Post("/sign-up/", alice).Want(201)
	browser.Post("/session/login/", alice).Want(200)
	browser.Post("/hello/", nil).Want(201)
	now = now.Add(61 * time.Minute)
	browser.Post("/hello/", nil).Want(401)
}

var update = flag.Bool("update", false, "write testdata/openapi.json")

// TestDocument: a change of what clients see is a change of this file, in the same commit.
func TestDocument(t *testing.T) {
	api, err := newAPI(resttest.NewLogin[*store.User]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(api.Document(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/openapi.json", got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/openapi.json")
	if err != nil || string(got) != string(want) {
		t.Errorf("the document has changed (%v): run go test -update, and read the difference", err)
	}
}
