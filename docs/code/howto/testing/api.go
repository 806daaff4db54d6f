// Package testing is an API that its tests show.
package testing

import (
	"context"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

type Hello struct {
	Text string `json:"text"`
}

type Mine struct {
	User *store.User `auth:""`
}

func hello(_ context.Context, in Mine) (Hello, error) { return Hello{"Hello " + in.User.Username}, nil }

func count(_ context.Context, _ Mine) (rest.Stream[int], error) {
	return func(yield func(int, error) bool) {
		for n := 1; yield(n, nil) && n < 3; n++ {
		}
	}, nil
}

// newAPI builds the API. The caller and the logins differ in tests.
func newAPI(caller auth.Authenticator, logins ...rest.Router) (*rest.API, error) {
	return rest.New(rest.Settings{Title: "Hello", Version: "1", Auth: caller, ErrorFormat: rest.Problem}, rest.Router{
		Controllers: []rest.Controller{
			{Path: "/hello/", Get: rest.Handle(hello), Post: rest.Handle(hello)},
			{Path: "/count/", Get: rest.Handle(count)},
		},
		Routers: logins,
	})
}
