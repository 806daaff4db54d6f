package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/page"
)

// A list in pages. The handler gives New one item more than the page has, if there is one.
func ExampleNew() {
	type input struct{ page.Query[int] }
	squares := func(_ context.Context, in input) (page.Of[int], error) {
		last, _ := in.After()
		var list []int
		for n := last + 1; n <= 5 && len(list) <= in.Limit; n++ {
			list = append(list, n)
		}
		return page.New(in.Query, list, func(n int) int { return n }), nil
	}
	api, err := rest.New(rest.Settings{Title: "Numbers", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/numbers", Auth: auth.Public, Get: rest.Handle(squares)},
	}})
	if err != nil {
		panic(err)
	}
	for _, path := range []string{"/numbers?limit=3", "/numbers?limit=3&cursor=Mw"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Body.String(), w.Header().Get("Link"))
	}
	// Output:
	// {"items":[1,2,3],"next":"Mw"} <?cursor=Mw&limit=3>; rel="next"
	// {"items":[4,5]}
}

// A cursor in a body of your own. Its text is opaque to clients.
func ExampleCursor() {
	type search struct {
		After page.Cursor[int64] `query:"after" default:""`
	}
	find := func(_ context.Context, in search) (string, error) {
		last, ok := in.After.Position()
		return fmt.Sprint(last, ok), nil
	}
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/items", Auth: auth.Public, Get: rest.Handle(find)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, query := range []string{"", "?after=" + page.At[int64](7).String(), "?after=x"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/items"+query, nil))
		fmt.Println(query, w.Code)
	}
	// Output:
	//  200
	// ?after=Nw 200
	// ?after=x 400
}

// At is the cursor of an item.
func ExampleAt() {
	cursor := page.At("2026-01-31")
	position, ok := cursor.Position()
	fmt.Println(cursor, position, ok)
	// Output: IjIwMjYtMDEtMzEi 2026-01-31 true
}

// A test of a client reads the page from the JSON of the reply.
func ExamplePage() {
	var notes page.Page[string]
	err := json.Unmarshal([]byte(`{"items":["Milk"],"next":"Nw"}`), &notes)
	fmt.Println(notes.Items, notes.Next, err)
	// Output: [Milk] Nw <nil>
}
