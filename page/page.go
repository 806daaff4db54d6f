// Package page divides lists into pages. A client asks for a number of items and, from the
// second page on, for those after a cursor that the page before contained:
//
//	type List struct {
//		page.Query[Position]        // ?limit=50&cursor=…
//		Tag string `query:"tag" default:""`
//	}
//
//	// Position is where a page begins: the columns that the list is sorted by.
//	type Position struct {
//		Created time.Time
//		ID      int64
//	}
//
//	func (n *Notes) List(ctx context.Context, in List) (page.Of[Note], error) {
//		after, ok := in.After()
//		notes, err := n.after(ctx, in.Tag, after, ok, in.Limit+1) // one more than the page has
//		if err != nil {
//			return page.Of[Note]{}, err
//		}
//		return page.New(in.Query, notes, func(note Note) Position { return Position{note.Created, note.ID} }), nil
//	}
//
// The reply is {"items":[…],"next":"…"}, without next on the last page, and has a Link
// header to the next page (RFC 8288). A limit out of range and a cursor that is not one
// are answered with 400.
//
// # Why cursors
//
// A cursor says which item was the last one, and not how many there were before: items that
// are added or removed meanwhile do not shift the pages, and the database finds the place
// through an index. The sort order must be unique. Put the primary key last.
//
// # Trust
//
// A cursor is opaque to clients, but it is neither encrypted nor signed: anyone can read it,
// and make one of any value of its type. Use what it holds as a parameter of a query that
// selects by the caller anyway, and keep secrets out of it.
package page

import (
	"net/http"
	"net/url"
	"strconv"
)

// Query is the part of an input that asks for a page. K is the position of an item in the
// list: a struct of the columns that the list is sorted by, or one of them. Embed the Query
// in an input of package rest.
//
// For another name of a parameter, another default or maximum, write the fields yourself
// and tag them so; [Cursor] is all that needs this package.
type Query[K any] struct {
	Limit  int        `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many items to return."`
	Cursor *Cursor[K] `query:"cursor" doc:"Where the page begins: next of the page before. Without it, the first page."`

	request *http.Request // set by the framework; nil: there is no Link
}

// After returns the position of the last item of the page before. It reports false for the
// first page.
func (q Query[K]) After() (position K, ok bool) {
	if q.Cursor == nil || !q.Cursor.set {
		return position, false
	}
	return q.Cursor.position, true
}

// Of is a page of a list, as the output of a handler.
type Of[T any] struct {
	// Link names the next page (RFC 8288), as <?cursor=…>; rel="next". It keeps all other
	// parameters of the query. Empty: there is no next page.
	Link string `header:"Link" doc:"The next page, with rel=next."`
	// Body is the page.
	Body Page[T] `body:""`
}

// Page is a page of a list as JSON.
type Page[T any] struct {
	_     struct{} `doc:"A page of a list."`
	Items []T      `json:"items"`
	// Next is the cursor of the next page. Empty: this is the last one.
	Next string `json:"next,omitempty" doc:"The cursor of the next page. Missing on the last page."`
}

// New makes a page of the items at the beginning of the rest of a list. Give it one item
// more than Limit if there are as many: the additional one says that there is a next page,
// and is left out. position returns the position of an item.
func New[K, T any](q Query[K], items []T, position func(T) K) Of[T] {
	page := Of[T]{Body: Page[T]{Items: items}}
	if items == nil {
		page.Body.Items = []T{}
	}
	if q.Limit <= 0 || len(items) <= q.Limit {
		return page
	}
	page.Body.Items = items[:q.Limit:q.Limit]
	page.Body.Next = At(position(items[q.Limit-1])).String()
	if q.request != nil {
		page.Link = next(q.request.URL.Query(), page.Body.Next, q.Limit)
	}
	return page
}

// next is the Link to the page after a cursor. The reference has no path, so that it is
// right behind every prefix that middleware or a proxy takes away (RFC 3986 §5.2.2).
func next(query url.Values, cursor string, limit int) string {
	query.Set("cursor", cursor)
	query.Set("limit", strconv.Itoa(limit))
	return "<?" + query.Encode() + `>; rel="next"`
}
