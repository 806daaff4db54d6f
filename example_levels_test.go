package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// A transaction around all handlers of a router: it is committed if the handler succeeds,
// and rolled back if it fails.
func ExampleAround() {
	transaction := func(ctx context.Context, next func(context.Context) error) error {
		op, _ := rest.OperationFrom(ctx)
		fmt.Println("begin", op.ID)
		if err := next(ctx); err != nil {
			fmt.Println("roll back")
			return err
		}
		fmt.Println("commit")
		return nil
	}
	type pay struct {
		Body struct {
			Amount int `json:"amount" minimum:"1"`
		} `body:""`
	}
	errPoor := &rest.Error{Status: http.StatusConflict, Code: "no_money", Msg: "There is not enough money"}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Around: transaction, Controllers: []rest.Controller{{
		Path: "/payments",
		Post: rest.Handle(func(_ context.Context, in pay) (rest.None, error) {
			if in.Body.Amount > 100 {
				return rest.None{}, errPoor
			}
			return rest.None{}, nil
		}, rest.Op{ID: "pay", Errors: []error{errPoor}}),
	}}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, path, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	send("POST", "/payments", `{"amount":10}`)
	send("POST", "/payments", `{"amount":1000}`)
	// Output:
	// begin pay
	// commit
	// 204
	// begin pay
	// roll back
	// 409
}

// Errors as RFC 9457 has them, with a member of your own.
func ExampleErrorBody() {
	type trouble struct {
		rest.ProblemBody
		Operation string `json:"operation"`
	}
	format := rest.ErrorBody(func(ctx context.Context, e *rest.Error) trouble {
		op, _ := rest.OperationFrom(ctx)
		return trouble{e.Problem(), op.ID}
	})
	type signUp struct {
		Body struct {
			Name string `json:"name" minLength:"2"`
		} `body:""`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, ErrorFormat: format, Controllers: []rest.Controller{{
		Path: "/users",
		Post: rest.Handle(func(context.Context, signUp) (rest.None, error) { return rest.None{}, nil }, rest.Op{ID: "signUp"}),
	}}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, path, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("POST", "/users", `{"name":"x"}`)
	// Output:
	// 400 {"title":"Bad Request","status":400,"code":"invalid_request","errors":[{"detail":"Expected at least 2 characters","pointer":"/name","code":"minLength","params":{"minLength":2}}],"operation":"signUp"}
}

// Errors of a store become replies in one place. They are declared where they are mapped.
func ExampleSettings_mapError() {
	errNoRows := errors.New("sql: no rows in result set")
	notFound := &rest.Error{Status: http.StatusNotFound, Code: "not_found", Msg: "There is no such note"}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{
		Auth:   auth.Public,
		Errors: []error{notFound},
		MapError: func(_ context.Context, err error) error {
			if errors.Is(err, errNoRows) {
				return notFound
			}
			return err
		},
		Controllers: []rest.Controller{{
			Path: "/notes/last",
			Get:  rest.Handle(func(context.Context, rest.None) (string, error) { return "", errNoRows }),
		}},
	})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method, path, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	send("GET", "/notes/last", "")
	// Output:
	// 404 {"detail":[{"msg":"There is no such note","type":"not_found"}]}
}

// A plain handler behind the auth, limits and error format of its levels.
func ExampleHandleHTTP() {
	old := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "the old service answers %s for %s", r.Pattern, r.PathValue("id"))
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{
		Path: "/reports/{id}",
		Get:  rest.HandleHTTP(old, rest.Op{Summary: "Read a report of the old service"}),
	}}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/reports/7", http.NoBody))
	fmt.Println(w.Body)
	// Output:
	// the old service answers GET /reports/{id} for 7
}

// A typed handler that writes the reply itself: its input is bound and checked first. This
// is how a WebSocket begins, whose library takes w and r.
func ExampleHandle_httpHandler() {
	type join struct {
		Room string `path:"room" pattern:"^[a-z]+$"`
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{
		Path: "/rooms/{room}",
		Get: rest.Handle(func(_ context.Context, in join) (http.Handler, error) {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "welcome to "+in.Room)
			}), nil
		}),
	}}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	for _, path := range []string{"/rooms/go", "/rooms/42"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 welcome to go
	// 400 {"detail":[{"msg":"Expected a text that matches the pattern '^[a-z]+$'","type":"value_error","loc":["parsed_path","room"]}]}
}
