package main

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/page"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
)

// testAPI is the API with an empty database, and a client of each user.
type testAPI struct {
	*rest.API
	anonymous, alice, bob *resttest.Client
}

// newTestAPI makes a testAPI. A stand-in lets the clients in: passwords and sessions have
// tests of their own.
func newTestAPI(t *testing.T) testAPI {
	t.Helper()
	db, err := openStores(t.Context(), "sqlite", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.close() })
	notes, err := newNotes(t.Context(), db.notes)
	if err != nil {
		t.Fatal(err)
	}
	api, err := newAPI(notes, resttest.NewLogin[*store.User](), nil)
	if err != nil {
		t.Fatal(err)
	}
	client := resttest.NewClient(t, api)
	as := func(name string) *resttest.Client {
		user, err := db.users.Create(t.Context(), store.User{Username: name, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return client.As(user)
	}
	return testAPI{api, client, as("alice"), as("bob")}
}

type title struct {
	Title string `json:"title"`
}

func notePath(n Note) string { return "/api/notes/" + strconv.FormatInt(n.ID, 10) + "/" }

// TestSharing: only the owner reads, shares and deletes a note, and others read what is
// shared with them.
func TestSharing(t *testing.T) {
	api := newTestAPI(t)
	note := resttest.Decode[Note](api.alice.Post("/api/notes/", title{"Milk"}).Want(201))
	api.bob.Get(notePath(note)).Want(404)
	api.bob.Post(notePath(note)+"share/", map[string]string{"with": "bob"}).Want(404)
	api.alice.Post(notePath(note)+"share/", map[string]string{"with": "bob"}).Want(204)
	got := resttest.Decode[Note](api.bob.Get(notePath(note)).Documented(api.Document()))
	if got.Title != "Milk" || got.Owner != "alice" || strings.Join(got.SharedWith, ",") != "bob" {
		t.Errorf("got %+v", got)
	}
	api.bob.Delete(notePath(note)).Want(404)
	api.alice.Delete(notePath(note)).Want(204)
	api.bob.Get(notePath(note)).Want(404).Documented(api.Document())
	api.anonymous.Get(notePath(note)).Want(401).Documented(api.Document())
}

// TestPages follows the cursors through a list.
func TestPages(t *testing.T) {
	api := newTestAPI(t)
	for _, text := range []string{"a", "b", "c"} {
		api.alice.Post("/api/notes/", title{text}).Want(201)
	}
	api.bob.Post("/api/notes/", title{"not alice's"}).Want(201)
	var titles string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		list := resttest.Decode[page.Page[Note]](api.alice.Get("/api/notes/?limit=2&cursor=" + cursor).Documented(api.Document()))
		for _, note := range list.Items {
			titles += note.Title
		}
		cursor = list.Next
	}
	if titles != "abc" {
		t.Errorf("got the titles %q, want abc", titles)
	}
	api.alice.Get("/api/notes/?cursor=x").Want(400)
}

// TestMistakes: a form can show what is wrong beside the field.
func TestMistakes(t *testing.T) {
	api := newTestAPI(t)
	reply := api.alice.Post("/api/notes/", title{""}).Want(400).Documented(api.Document())
	if kind := reply.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("got the type %q", kind)
	}
	mistake := reply.Err().Details[0]
	if mistake.Code != "minLength" || len(mistake.Loc) != 2 || mistake.Loc[1] != "title" {
		t.Errorf("got %+v, want a minLength of the title", mistake)
	}
}

// TestExport: the file has a name, and a download that was interrupted goes on.
func TestExport(t *testing.T) {
	api := newTestAPI(t)
	api.alice.Post("/api/notes/", title{"Milk, eggs"}).Want(201)
	whole := api.alice.Get("/api/notes/export/").Want(200).Documented(api.Document())
	if want := "id,title,owner,shared with\n1,\"Milk, eggs\",alice,\n"; string(whole.Body) != want {
		t.Errorf("got %q, want %q", whole.Body, want)
	}
	if got := whole.Header.Get("Content-Disposition"); !strings.Contains(got, "notes.csv") {
		t.Errorf("got the Content-Disposition %q", got)
	}
	api.alice.Header.Set("Range", "bytes=3-")
	api.alice.Header.Set("If-Range", whole.Header.Get("ETag"))
	if rest := api.alice.Get("/api/notes/export/").Want(206); string(whole.Body[:3])+string(rest.Body) != string(whole.Body) {
		t.Errorf("got the rest %q", rest.Body)
	}
}

// TestAttachments: a file and the number beside it come back unchanged, to those who may read the note.
func TestAttachments(t *testing.T) {
	api := newTestAPI(t)
	note := resttest.Decode[Note](api.alice.Post("/api/notes/", title{"Milk"}).Want(201))
	const modified = 1<<53 - 1 // needs more than 32 bits
	attach(t, api.bob, note, "<b>eggs</b>", modified).Want(404).Documented(api.Document())
	got := resttest.Decode[Attachment](attach(t, api.alice, note, "<b>eggs</b>", modified).Want(201).Documented(api.Document()))
	if want := (Attachment{ID: 1, Name: "list.html", Size: 11, Modified: modified}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	path := notePath(note) + "attachments/"
	api.bob.Get(path + "1/").Want(404).Documented(api.Document())
	api.alice.Get(path + "2/").Want(404).Documented(api.Document())
	file := api.alice.Get(path + "1/").Want(200).Documented(api.Document())
	if string(file.Body) != "<b>eggs</b>" || file.Header.Get("Content-Type") != "application/octet-stream" ||
		file.Header.Get("Content-Disposition") != `attachment; filename="list.html"` {
		t.Errorf("got %q with %v", file.Body, file.Header)
	}
	api.alice.Post(notePath(note)+"share/", map[string]string{"with": "bob"}).Want(204)
	api.bob.Get(path + "1/").Want(200)
	if loc := attach(t, api.alice, note, "", -1).Want(400).Err().Details[0].Loc; loc[len(loc)-1] != "modified" {
		t.Errorf("got a mistake at %v, want modified", loc)
	}
}

// attach sends the form of NewAttachment.
func attach(t *testing.T, client *resttest.Client, note Note, content string, modified int64) *resttest.Reply {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "list.html")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(part, content)
	if err := errors.Join(err, form.WriteField("modified", strconv.FormatInt(modified, 10)), form.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", notePath(note)+"attachments/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return client.Do(r)
}

// TestDocs: the first page that a visitor opens is the documentation.
func TestDocs(t *testing.T) {
	api := newTestAPI(t)
	reply := api.anonymous.Get("/").Want(303).Documented(api.Document())
	api.anonymous.Get(reply.Header.Get("Location")).Want(200)
}
