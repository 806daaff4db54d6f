package app

import (
	"context"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/openapi"
)

// liar promises an integer and writes a text.
type liar string

func (liar) JSONSchema() openapi.Schema { return openapi.Schema{Type: "integer"} }

func (l liar) MarshalJSON() ([]byte, error) { return []byte(`"` + l + `"`), nil }

// UnmarshalJSON is never called: it is here for the type to be a JSON type.
func (l *liar) UnmarshalJSON([]byte) error { return nil }

type item struct {
	Name string `json:"name"`
}

type itemBody struct {
	Body item `body:""`
}

func (a *app) misc() rest.Router {
	lie := func(context.Context, rest.None) (liar, error) { return "not an int", nil }
	return rest.Router{Controllers: []rest.Controller{
		{Path: "/wrong-type/", Auth: a.basic, Get: rest.Handle(lie), Post: rest.Handle(lie, rest.Op{Replies: rest.Unchecked})},
		{Path: "/body/", Auth: a.basic, Post: rest.Handle(func(_ context.Context, in itemBody) (item, error) { return in.Body, nil })},
		{Path: "/problem/", Auth: a.jwt, ErrorFormat: problem, Get: rest.Handle(whoami)},
		{
			Path: "/problem-negotiated/", Auth: a.jwt, Get: rest.Handle(whoami),
			Codecs: []rest.Codec{{MediaType: "application/json"}, {MediaType: "application/problem+json", ReplyOnly: true}},
		},
		both("/i18n/", a.jwt),
	}}
}
