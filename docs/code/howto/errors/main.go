package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// Errors of the application, which knows no HTTP.
var (
	ErrNoOrder = errors.New("no such order")
	ErrPaid    = errors.New("already paid")
)

// What clients read.
var (
	noOrder = &rest.Error{Status: http.StatusNotFound, Code: "no_order", Msg: "There is no such order"}
	paid    = &rest.Error{Status: http.StatusConflict, Code: "already_paid", Msg: "The order is paid"}
)

func mapError(_ context.Context, err error) error {
	switch {
	case errors.Is(err, ErrNoOrder), errors.Is(err, sql.ErrNoRows):
		return noOrder
	case errors.Is(err, ErrPaid):
		return paid
	}
	return err // a 500, logged, without the cause in the reply
}

type Pay struct {
	ID   int64 `path:"id"`
	Body struct {
		Cents int64 `json:"cents" minimum:"1"`
	} `body:""`
}

func pay(_ context.Context, in Pay) (rest.None, error) {
	switch in.ID {
	case 1:
		return rest.None{}, fmt.Errorf("order %d: %w", in.ID, ErrPaid)
	case 2:
		if in.Body.Cents > 500 {
			// A mistake that only the handler can see, at its place in the request.
			return rest.None{}, &rest.Error{Status: http.StatusBadRequest, Code: "too_much",
				Msg: "Expected at most 500", Loc: []any{"parsed_body", "cents"}}
		}
		return rest.None{}, nil
	case 3:
		return rest.None{}, errors.New("bank: connection refused")
	case 4:
		return rest.None{}, &rest.Error{Status: http.StatusPaymentRequired, Msg: "The card is empty"} // not declared
	}
	return rest.None{}, ErrNoOrder
}

// Trouble is the body of error replies: a problem with the operation and a help page.
type Trouble struct {
	rest.ProblemBody
	Type      string `json:"type" format:"uri"`
	Operation string `json:"operation,omitempty"`
}

func trouble(ctx context.Context, e *rest.Error) Trouble {
	operation, _ := rest.OperationFrom(ctx)
	return Trouble{e.Problem(), "https://docs.example.com/errors#" + e.Code, operation.ID}
}

func main() {
	api, err := rest.New(rest.Settings{
		Title: "Orders", Version: "1",
		ErrorFormat: rest.ErrorBody(trouble),
		MapError:    mapError,
	}, rest.Router{
		Auth:   auth.Public,
		Errors: []error{noOrder, paid}, // documented at each operation below
		Controllers: []rest.Controller{
			{Path: "/orders/{id}/pay/", Post: rest.Handle(pay, rest.Op{ID: "pay"})},
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
