package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type brokenType struct{}

func (brokenType) MediaType() string { return "text\r\nx: y" }

// TestWrongDeclarations: New refuses what could not work, and says what is wrong.
func TestWrongDeclarations(t *testing.T) {
	type twice struct {
		A string `query:"a"`
		B string `query:"a"`
	}
	type twiceInHeader struct {
		A string `header:"X-A"`
		B string `header:"x-a"`
	}
	type hidden struct {
		A string `query:"a" hidden:"true"`
	}
	plain := func(op rest.Op) *rest.Endpoint {
		return rest.HandleHTTP(func(http.ResponseWriter, *http.Request) {}, op)
	}
	codecs := func(types ...string) rest.Op {
		var op rest.Op
		for _, media := range types {
			op.Codecs = append(op.Codecs, rest.Codec{MediaType: media})
		}
		return op
	}
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		want     string
	}{
		{"a query parameter twice", rest.Handle(func(context.Context, twice) (string, error) { return "", nil }), `another field reads the query "a"`},
		{"a header twice", rest.Handle(func(context.Context, twiceInHeader) (string, error) { return "", nil }), `another field reads the header "X-A"`},
		{"pointers to events", gives(rest.Stream[*rest.Event[int]](nil)), "not pointers to them; return a rest.Stream[rest.Event[int]]"},
		{"an unknown value of Replies", rest.Handle(hello, rest.Op{Replies: 9}), "Replies is 9"},
		{"a codec without a slash", rest.Handle(hello, codecs("json")), `MediaType "json"`},
		{"a codec of a range", rest.Handle(hello, codecs("application/*")), `MediaType "application/*"`},
		{"a codec with a line break", rest.Handle(hello, codecs("a/b\r\nx:y")), "MediaType"},
		{"two equal codecs", rest.Handle(hello, codecs("application/json", "application/json")), "two codecs have the media type application/json"},
		{"a format with a line break", rest.Handle(hello, rest.Op{ErrorFormat: rest.ErrorBody(func(context.Context, *rest.Error) brokenType { return brokenType{} })}), "the method MediaType of rest_test.brokenType"},
		{"a body without a tag", gives(struct{ Body string }{}), `tag it body:""`},
		{"a tag of another library", rest.Handle(func(context.Context, hidden) (string, error) { return "", nil }), "the tag hidden has no meaning here"},
		{"an error as success of a plain handler", plain(rest.Op{Status: 404}), "Op.Status 404 is not a success"},
		{"Recheck of a plain handler", plain(rest.Op{Recheck: 1}), "Op.Recheck is for streams"},
	} {
		_, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: test.endpoint}}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: plain(rest.Op{Status: 101})}}}); err != nil {
		t.Errorf("the status of a WebSocket: %v", err)
	}
}

// TestRequiredPreconditionOfReturnedHandler: IfMatch is 428 also where an http.Handler replies.
func TestRequiredPreconditionOfReturnedHandler(t *testing.T) {
	type edit struct {
		IfMatch rest.IfMatch `header:"If-Match"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Put: rest.Handle(func(context.Context, edit) (http.Handler, error) {
		return http.NotFoundHandler(), nil
	})})
	if w := send(api, "PUT", "/x", ""); w.Code != 428 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
