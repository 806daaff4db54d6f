// The program of the agent skill: notes that belong to their users.
package main

import (
	"context"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/docsui"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// Note is the body of replies.
type Note struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

// AddNote is a request: each field has one source.
type AddNote struct {
	User *store.User `auth:""` // who asks; the type is checked by rest.New
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200" example:"Milk"`
	} `body:""`
}

// ReadNote has a parameter of the path.
type ReadNote struct {
	ID   int         `path:"id" minimum:"1"`
	User *store.User `auth:""`
}

var errNoNote = &rest.Error{Status: http.StatusNotFound, Msg: "There is no such note", Code: "no_note"}

// Notes holds what handlers share.
type Notes struct {
	mu   sync.Mutex
	rows []row
}

type row struct {
	owner string
	note  Note
}

// Add answers 201, because it is a POST.
func (n *Notes) Add(_ context.Context, in AddNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	note := Note{ID: len(n.rows) + 1, Title: in.Body.Title}
	n.rows = append(n.rows, row{in.User.ID, note})
	return note, nil
}

// Read decides what the user may see: there are no permission classes.
func (n *Notes) Read(_ context.Context, in ReadNote) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if in.ID > len(n.rows) || n.rows[in.ID-1].owner != in.User.ID {
		return Note{}, errNoNote
	}
	return n.rows[in.ID-1].note, nil
}

func newAPI(db *sqlite.DB, key []byte) (*rest.API, error) {
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: key, Cookie: auth.Cookie{Insecure: true}, // plain HTTP, for development
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Families: db.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: db.Throttle()})
	notes := &Notes{}
	return rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0", ErrorFormat: rest.Problem,
		Auth: auth.AnyOf(session, tokens.Header()), // holds where nothing nearer says otherwise
	}, rest.Router{
		Path: "/api",
		Controllers: []rest.Controller{
			{Path: "/notes/", Post: rest.Handle(notes.Add)},
			{Path: "/notes/{id}/", Get: rest.Handle(notes.Read, rest.Op{Errors: []error{errNoNote}})},
		},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create), // POST /api/sign-up/
			accounts.Session("/session", session),          // POST /api/session/login/, logout/, logout/all/
			accounts.JWT("/jwt", tokens),                   // POST /api/jwt/obtain/, refresh/, verify/, revoke/
		},
	}, rest.Router{
		Auth: auth.Public,
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Handler: rest.OpenAPI()},
			{Path: "/docs/", Handler: docsui.New(docsui.Config{})},
		},
	})
}

func main() {
	key, err := secret.File("secret") // made at the first start
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), "notes.sqlite3", sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	api, err := newAPI(db, key)
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
