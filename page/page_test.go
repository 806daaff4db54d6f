package page_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/page"
)

type position struct {
	Created time.Time
	ID      int64
}

type note struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

type list struct {
	page.Query[position]
	Tag     string `query:"tag" default:""`
	Request *http.Request
}

var begun = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(n note) position { return position{begun.Add(time.Duration(n.ID)), n.ID} }

// newAPI serves total notes.
func newAPI(t *testing.T, total int64) *rest.API {
	t.Helper()
	notes := func(_ context.Context, in list) (page.Of[note], error) {
		if in.Request == nil {
			t.Error("the input's own Request is nil")
		}
		after, _ := in.After()
		var rows []note
		for id := after.ID + 1; id <= total && len(rows) <= in.Limit; id++ {
			rows = append(rows, note{id, in.Tag})
		}
		return page.New(in.Query, rows, at), nil
	}
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/notes", Auth: auth.Public, Get: rest.Handle(notes)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func get(api http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
	return w
}

// TestPages follows the Link headers, and compares them with the cursors in the bodies.
func TestPages(t *testing.T) {
	api := newAPI(t, 5)
	var ids []int64
	path := "/notes?limit=2&tag=a%20b%26c"
	for pages := 1; path != ""; pages++ {
		w := get(api, path)
		var body page.Page[note]
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 {
			t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
		}
		for _, n := range body.Items {
			if ids = append(ids, n.ID); n.Title != "a b&c" {
				t.Errorf("%s: got the tag %q: the link lost it", path, n.Title)
			}
		}
		path = ""
		link := w.Header().Get("Link")
		if (link == "") != (body.Next == "") || (body.Next == "") != (pages == 3) {
			t.Fatalf("page %d: got the link %q and next %q", pages, link, body.Next)
		}
		if reference, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`); ok {
			u, err := url.Parse(reference)
			if err != nil || u.Query().Get("cursor") != body.Next || u.Query().Get("limit") != "2" || u.Path != "" {
				t.Errorf("page %d: got the link %q, want the cursor %q", pages, link, body.Next)
			}
			path = "/notes" + reference
		}
	}
	if !slices.Equal(ids, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("got the items %v", ids)
	}
}

// TestBounds: what a client cannot ask for is a 400 that names the parameter.
func TestBounds(t *testing.T) {
	api := newAPI(t, 1)
	text := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	good := page.At(at(note{ID: 1})).String()
	for _, test := range []struct {
		name, query string
		want        int
	}{
		{"nothing", "", 200},
		{"no cursor", "cursor=", 200},
		{"a cursor", "cursor=" + good, 200},
		{"the largest limit", "limit=200", 200},
		{"a larger limit", "limit=201", 400},
		{"no items", "limit=0", 400},
		{"no number", "limit=x", 400},
		{"not base64", "cursor=%25%25", 400},
		{"padded", "cursor=" + good + "=", 400},
		{"not JSON", "cursor=" + text("{"), 400},
		{"null", "cursor=" + text("null"), 400},
		{"of another list", "cursor=" + page.At("x").String(), 400},
		{"a member is missing", "cursor=" + text(`{"ID":1}`), 400},
		{"an unknown member", "cursor=" + text(`{"Created":"2026-01-02T03:04:05Z","ID":1,"x":1}`), 400},
		{"another type", "cursor=" + text(`{"Created":"2026-01-02T03:04:05Z","ID":"1"}`), 400},
		{"more than one", "cursor=" + text(`{"Created":"2026-01-02T03:04:05Z","ID":1} 1`), 400},
		{"very long", "cursor=" + text(strings.Repeat(" ", 5000)), 400},
	} {
		w := get(api, "/notes?"+test.query)
		if w.Code != test.want || test.want == 400 && !strings.Contains(w.Body.String(), "parsed_query") {
			t.Errorf("%s: got %d %s, want %d", test.name, w.Code, w.Body, test.want)
		}
	}
}

// TestEmpty: an empty list is a list, and a page without a request has no link.
func TestEmpty(t *testing.T) {
	if w := get(newAPI(t, 0), "/notes"); strings.TrimSpace(w.Body.String()) != `{"items":[]}` || w.Header()["Link"] != nil {
		t.Errorf("got %s %v", w.Body, w.Header())
	}
	plain := page.New(page.Query[position]{Limit: 1}, []note{{ID: 1}, {ID: 2}}, at)
	if plain.Link != "" || plain.Body.Next != page.At(at(note{ID: 1})).String() || len(plain.Body.Items) != 1 {
		t.Errorf("got %+v", plain)
	}
}

// TestDocumented: the parameters, the page and the Link header are in the document.
func TestDocumented(t *testing.T) {
	op := newAPI(t, 0).Document().Paths["/notes"].Get
	params := map[string]string{}
	for _, p := range op.Parameters {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		params[p.Name] = string(text)
	}
	for name, want := range map[string]string{"limit": `"maximum":200`, "cursor": `"type":"string"`} {
		if !strings.Contains(params[name], want) || strings.Contains(params[name], `"required":true`) {
			t.Errorf("%s: got %s, want %s", name, params[name], want)
		}
	}
	reply := op.Responses["200"]
	if _, ok := reply.Headers["Link"]; !ok {
		t.Errorf("got the headers %v, want Link", reply.Headers)
	}
	if _, ok := op.Responses["400"]; !ok {
		t.Error("400 is not documented")
	}
}

func FuzzCursor(f *testing.F) {
	for _, text := range []string{"", "e30", "bnVsbA", page.At(position{begun, 1}).String()} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c page.Cursor[position]
		if err := c.UnmarshalText([]byte(text)); err == nil && c.String() != text {
			t.Errorf("read %q, wrote %q", text, c)
		}
	})
}
