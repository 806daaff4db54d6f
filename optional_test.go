package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type edit struct {
	Title rest.Optional[string] `json:"title" minLength:"2"`
	Due   rest.Optional[[]int]  `json:"due" maxItems:"1"`
}

type edits struct {
	Body edit `body:""`
}

func echoEdit(_ context.Context, in edits) (edit, error) { return in.Body, nil }

func TestOptionalIsEnforced(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Patch: rest.Handle(echoEdit)})
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"absent", `{}`, 200, `{}`},
		{"null", `{"title":null,"due":null}`, 200, `{"title":null,"due":null}`},
		{"a value", `{"title":"ab","due":[1]}`, 200, `{"title":"ab","due":[1]}`},
		{"a value that breaks a constraint", `{"title":"a"}`, 400, `{"detail":[{"msg":"Expected at least 2 characters","type":"value_error","loc":["parsed_body","title"]}]}`},
		{"a value of another type", `{"due":1}`, 400, `{"detail":[{"msg":"Expected an array","type":"value_error","loc":["parsed_body","due"]}]}`},
	} {
		if w := send(api, "PATCH", "/x", test.body); w.Code != test.status || w.Body.String() != test.want {
			t.Errorf("%s: got %d %s, want %d %s", test.name, w.Code, w.Body, test.status, test.want)
		}
	}
}

func TestOptionalIsDocumented(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Patch: rest.Handle(echoEdit)})
	got, err := json.Marshal(api.Document().Components.Schemas["Edit"])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","properties":{"title":{"anyOf":[{"type":"string","minLength":2},{"type":"null"}]},` +
		`"due":{"anyOf":[{"type":"array","items":{"type":"integer","format":"int64"},"maxItems":1},{"type":"null"}]}}}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// title embeds an Optional and writes its own JSON.
type title struct{ rest.Optional[string] }

func (t title) MarshalJSON() ([]byte, error) { return []byte(`"title ` + t.Value + `"`), nil }

// TestOptionalInside checks that a type which embeds an Optional is not taken for one.
func TestOptionalInside(t *testing.T) {
	type body struct {
		Title title `json:"title"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (body, error) {
		return body{title{rest.Some("a")}}, nil
	})})
	if w := send(api, "GET", "/x", ""); w.Body.String() != `{"title":"title a"}` {
		t.Errorf("got %s", w.Body)
	}
}

func TestOptionalWithEncodingJSON(t *testing.T) {
	type members struct {
		A rest.Optional[int] `json:"a,omitzero"`
		B rest.Optional[int] `json:"b,omitzero"`
		C rest.Optional[int] `json:"c,omitzero"`
	}
	want := members{B: rest.Null[int](), C: rest.Some(1)}
	text, err := json.Marshal(want)
	if err != nil || string(text) != `{"b":null,"c":1}` {
		t.Fatalf("got %s, %v", text, err)
	}
	var got members
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"a":"x"}`), &got); err == nil {
		t.Error("a string was read as an int")
	}
	if got := fmt.Sprint(want.A.Or(7), want.B.Or(7), want.C.Or(7)); got != "7 7 1" {
		t.Errorf("got %s, want 7 7 1", got)
	}
}
