package main

import (
	"context"
	"log"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/page"
)

type Ticket struct {
	ID       int64     `json:"id"`
	Title    string    `json:"title" minLength:"1" maxLength:"200"`
	State    string    `json:"state" enum:"open,closed"`
	Assignee *string   `json:"assignee"` // null: nobody yet
	Created  time.Time `json:"created"`
	version  int
}

func (t Ticket) etag() string { return `"v` + strconv.Itoa(t.version) + `"` }

var noTicket = &rest.Error{Status: http.StatusNotFound, Code: "no_ticket", Msg: "There is no such ticket"}

// Tickets is a table in memory, in the order of the ids.
type Tickets struct {
	mu   sync.Mutex
	rows []Ticket
}

// Find asks for a page of tickets: ?state=open&limit=2&cursor=…
type Find struct {
	page.Query[int64]           // limit and cursor; the position of a ticket is its id
	State             *string   `query:"state" enum:"open,closed"`
	Since             time.Time `query:"since" default:"2000-01-01T00:00:00Z"`
}

func (t *Tickets) List(_ context.Context, in Find) (page.Of[Ticket], error) {
	after, _ := in.After() // zero on the first page
	t.mu.Lock()
	defer t.mu.Unlock()
	found := []Ticket{}
	for _, row := range t.rows {
		if row.ID > after && (in.State == nil || row.State == *in.State) && !row.Created.Before(in.Since) && len(found) <= in.Limit {
			found = append(found, row) // one more than the page has: page.New sees that there is a next one
		}
	}
	return page.New(in.Query, found, func(row Ticket) int64 { return row.ID }), nil
}

// One is a ticket and its entity tag.
type One struct {
	ETag string `header:"ETag"`
	Body Ticket `body:""`
}

type ByID struct {
	ID int64 `path:"id" minimum:"1"`
}

func (t *Tickets) Read(_ context.Context, in ByID) (One, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, found := t.index(in.ID)
	if !found {
		return One{}, noTicket
	}
	return One{t.rows[i].etag(), t.rows[i]}, nil
}

// Edit changes the members that were sent, if the ticket is still the one that was read.
type Edit struct {
	ByID
	IfMatch rest.IfMatch `header:"If-Match"`
	Body    struct {
		Title    rest.Optional[string] `json:"title" minLength:"1" maxLength:"200"`
		Assignee rest.Optional[string] `json:"assignee"`
	} `body:""`
}

func (t *Tickets) Edit(_ context.Context, in Edit) (One, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, found := t.index(in.ID)
	if !found {
		return One{}, noTicket
	}
	row := &t.rows[i]
	if err := in.IfMatch.Check(row.etag()); err != nil {
		return One{}, err // 412: another client was faster
	}
	if title, ok := in.Body.Title.Get(); ok {
		row.Title = title
	}
	if in.Body.Assignee.Present {
		row.Assignee = nil
		if name, ok := in.Body.Assignee.Get(); ok {
			row.Assignee = &name
		}
	}
	row.version++
	return One{row.etag(), *row}, nil
}

func (t *Tickets) index(id int64) (int, bool) {
	return slices.BinarySearchFunc(t.rows, id, func(row Ticket, id int64) int { return int(row.ID - id) })
}

func main() {
	tickets := &Tickets{}
	for i, title := range []string{"Printer", "Coffee", "Door"} {
		tickets.rows = append(tickets.rows, Ticket{ID: int64(i) + 1, Title: title, State: "open", Created: time.Date(2026, 1, i+1, 0, 0, 0, 0, time.UTC), version: 1})
	}
	tickets.rows[1].State = "closed"
	api, err := rest.New(rest.Settings{Title: "Tickets", Version: "1", ErrorFormat: rest.Problem}, rest.Router{
		Auth:   auth.Public,
		Errors: []error{noTicket},
		Controllers: []rest.Controller{
			{Path: "/tickets/", Get: rest.Handle(tickets.List)},
			{Path: "/tickets/{id}/", Get: rest.Handle(tickets.Read), Patch: rest.Handle(tickets.Edit)},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
