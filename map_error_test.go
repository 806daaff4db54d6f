package rest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// TestMapErrorGoesOutwards: a level that does not know an error passes it on, and what it
// makes another error of is mapped by the levels around it; an *Error ends the search.
func TestMapErrorGoesOutwards(t *testing.T) {
	var errMissing, errGone = errors.New("missing"), errors.New("gone")
	status := func(code int) error { return &rest.Error{Status: code, Msg: "mapped"} }
	s := settings()
	s.MapError = func(_ context.Context, err error) error {
		if errors.Is(err, errGone) {
			return status(410)
		}
		return err
	}
	endpoint := func(err error) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (string, error) { return "", err },
			rest.Op{Errors: []error{status(404), status(409), status(410)}, MapError: func(_ context.Context, err error) error {
				switch {
				case errors.Is(err, errMissing):
					return status(404)
				case err.Error() == "renamed":
					return errGone
				}
				return err
			}})
	}
	api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/inner", Get: endpoint(errMissing)},
		{Path: "/outer", Get: endpoint(errGone)},
		{Path: "/both", Get: endpoint(errors.New("renamed"))},
		{Path: "/own", Get: endpoint(status(409))},
		{Path: "/none", Get: endpoint(errors.New("nobody knows"))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/inner": 404, "/outer": 410, "/both": 410, "/own": 409, "/none": 500} {
		if w := send(api, "GET", path, ""); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}
