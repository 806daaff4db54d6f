package faults_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

// What the document says must be accepted: a member with the format date takes a date. Or New refuses the tag on a time.Time.
func TestDocumentedDateIsAccepted(t *testing.T) {
	type body struct {
		D time.Time `json:"d" format:"date"`
	}
	api, err := echoes[body]()
	if err != nil {
		return
	}
	if property(t, api, "d").at("format").v == "date" {
		accepts[body](t, `{"d":"2020-01-31"}`)
	}
}

// The same for a parameter.
func TestDocumentedDateParameterIsAccepted(t *testing.T) {
	type in struct {
		Day time.Time `query:"day" format:"date"`
	}
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(context.Context, in) (string, error) { return "", nil })}}})
	if err != nil {
		return
	}
	if parameter(t, api, "day").at("schema", "format").v != "date" {
		return
	}
	if w := send(api, "GET", "/x?day=2020-01-31", ""); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// The range of an integer is enforced and therefore documented, by bounds or a format of the OpenAPI registry: generators choose types by it.
func TestDocumentedRangesOfIntegers(t *testing.T) {
	type body struct {
		A int8   `json:"a"`
		B int16  `json:"b"`
		C uint8  `json:"c"`
		D uint16 `json:"d"`
		E uint32 `json:"e"`
	}
	api, err := echoes[body]()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		format    string
		low, high float64
	}{"a": {"int8", -128, 127}, "b": {"int16", -32768, 32767}, "c": {"uint8", 0, 255}, "d": {"uint16", 0, 65535}, "e": {"uint32", 0, 4294967295}} {
		if s := property(t, api, name); s.at("format").v != want.format && (s.at("minimum").v != want.low || s.at("maximum").v != want.high) {
			t.Errorf("%s: got %v, want %v", name, s, want)
		}
	}
}

// A bound that the type does not reach is not offered: a uint8 is never -5.
func TestDocumentedBoundWithinTheType(t *testing.T) {
	type body struct {
		A uint8 `json:"a" minimum:"-5"`
	}
	api, err := echoes[body]()
	if err != nil {
		return
	}
	if s := property(t, api, "a"); s.at("minimum").v == float64(-5) {
		t.Errorf("got %v", s)
	}
}

// 64-bit integers say so (the OpenAPI format registry): generators read a bare integer as 32 bits.
func TestDocumentedFormatInt64(t *testing.T) {
	type body struct {
		A int64  `json:"a"`
		B uint64 `json:"b"`
		C int    `json:"c"`
		D int32  `json:"d"`
	}
	api, err := echoes[body]()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "int64", "c": "int64", "d": "int32"} {
		if s := property(t, api, name); s.at("format").v != want {
			t.Errorf("%s: got %v, want the format %s", name, s, want)
		}
	}
	if s := property(t, api, "b"); !s.has("format") && !s.has("maximum") {
		t.Errorf("b: got %v, want a format or a maximum", s)
	}
}

// A parameter cannot be null: an optional one is not required, and says no more (clients made of "T or null" send the text null).
func TestDocumentedOptionalParameterHasNoNull(t *testing.T) {
	type in struct {
		On   *bool    `query:"on"`
		Rate *float64 `query:"rate"`
		Lang *string  `cookie:"lang"`
	}
	api := reads[in](t)
	for _, name := range []string{"on", "rate", "lang"} {
		p := parameter(t, api, name)
		if strings.Contains(p.at("schema").String(), `"null"`) && (name == "lang" || send(api, "GET", "/x?"+name+"=null", "").Code != 200) {
			t.Errorf("%s: %v", name, p)
		}
		if p.at("required").v == true {
			t.Errorf("%s is required", name)
		}
	}
}

// A list with minItems that is left out: what happens is what the document says.
func TestDocumentedListWithMinItems(t *testing.T) {
	type in struct {
		L []int `query:"l" minItems:"1"`
	}
	api := reads[in](t)
	required := parameter(t, api, "l").at("required").v == true
	if w := send(api, "GET", "/x", ""); required != (w.Code == 400) {
		t.Errorf("left out: got %d, and the document says required: %t", w.Code, required)
	}
}

// A list in a header has the style simple, "a,b", which is the only one (OpenAPI §4.12.2): what is written so is read so.
func TestDocumentedListInAHeader(t *testing.T) {
	type in struct {
		L []string `header:"X-L" maxItems:"1"`
	}
	api := reads[in](t)
	if parameter(t, api, "X-L").at("schema", "type").v != "array" {
		return
	}
	clientError(t, "two items where one is allowed", send(api, "GET", "/x", "", "X-L", "a,b"))
}

// A public operation says so, with an empty list or {}: readers tell it from one where security was forgotten (OpenAPI §4.8.1; Redocly's security-defined).
func TestDocumentedPublicOperation(t *testing.T) {
	s := general
	s.Auth = basic
	api := build(t, s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Auth: auth.Public, Get: rest.Handle(hello)}, {Path: "/y", Get: rest.Handle(hello)}}})
	d := document(t, api)
	if got := d.at("paths", "/x", "get"); !got.has("security") || got.at("security").String() != "[]" && got.at("security").String() != "[{}]" {
		t.Errorf("the public operation: got %v", got.at("security"))
	}
	if got := d.at("paths", "/y", "get", "security").String(); got != `[{"http_basic":[]}]` {
		t.Errorf("the other one: got %s", got)
	}
}

// Each operation of the ready logins has a summary: pages of documentation list them by it.
func TestDocumentedSummariesOfLogins(t *testing.T) {
	db := memory.New()
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	api := build(t, general, accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session), accounts.JWT("/jwt", tokens), accounts.JWTCookies("/spa", tokens),
		accounts.Tokens("/tokens", session, keys), accounts.Password("/password", session, session, tokens), accounts.LogoutAll("/logout-all", session, session))
	noSummary(t, api)
}

// An operation of which nothing was said has a summary: of its function's name, or of its path.
func TestDocumentedSummaryOfAnyOperation(t *testing.T) {
	noSummary(t, replies(t, "hello"))
}

func noSummary(t *testing.T, api *rest.API) {
	t.Helper()
	paths, _ := document(t, api).at("paths").v.(map[string]any)
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			if text, _ := (tree{op}).at("summary").v.(string); text == "" {
				t.Errorf("%s %s has none", method, path)
			}
		}
	}
}

// A header of the reply that is a number is documented as one, as in a body.
func TestDocumentedTypeOfReplyHeaders(t *testing.T) {
	type reply struct {
		Total int      `header:"X-Total-Count"`
		Body  []string `body:""`
	}
	d := document(t, replies(t, reply{Total: 3}))
	if got := d.at("paths", "/x", "get", "responses", "200", "headers", "X-Total-Count", "schema", "type").v; got != "integer" {
		t.Errorf("got %v", got)
	}
}

// A 204 has no content (RFC 9110 §15.3.5): New refuses a body there, or the document leaves it out.
func TestDocumented204HasNoContent(t *testing.T) {
	for _, status := range []int{204, 304} {
		api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello, rest.Op{Status: status})}}})
		if err != nil {
			continue
		}
		if got := document(t, api).at("paths", "/x", "get", "responses", fmt.Sprint(status)); got.has("content") {
			t.Errorf("got %v", got)
		}
	}
}
