package resttest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
)

// exampleT stands in for the *testing.T that an example does not have.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                           {}
func (exampleT) Context() context.Context          { return context.Background() }
func (exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

type hello struct {
	User *store.User `auth:""`
}

func ExampleClient() {
	t := exampleT{} // the *testing.T of a test
	login := resttest.NewLogin[*store.User]()
	greet := func(_ context.Context, in hello) (string, error) {
		return "hello, " + in.User.Username, nil
	}
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: login}, rest.Router{Controllers: []rest.Controller{
		{Path: "/hello", Get: rest.Handle(greet)},
	}})
	if err != nil {
		panic(err)
	}
	client := resttest.NewClient(t, api)
	alice := client.As(&store.User{ID: 1, Username: "alice"})
	fmt.Println(resttest.Decode[string](alice.Get("/hello").Want(200)))
	fmt.Println(client.Get("/hello").Want(401).Err().Msg)
	// Output:
	// hello, alice
	// Not authenticated
}
