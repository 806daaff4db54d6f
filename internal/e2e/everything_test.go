package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/codec/yaml"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func itoa(n int) string { return strconv.Itoa(n) }

type page struct {
	Offset int      `query:"offset" minimum:"0" default:"0" doc:"Where the page begins."`
	Limit  int8     `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Tags   []string `query:"tag" maxItems:"5" uniqueItems:"true"`
	Order  string   `query:"order" enum:"asc,desc" default:"asc"`
}

type everythingIn struct {
	page
	ID      int64                    `path:"id" minimum:"1"`
	Trace   rest.Optional[string]    `header:"X-Trace" pattern:"^[a-f0-9]{16}$"`
	Theme   string                   `cookie:"theme" default:"light"`
	Since   rest.Optional[time.Time] `query:"since"`
	Request *http.Request
}

type tree struct {
	_        struct{}              `doc:"A node."`
	Name     string                `json:"name" minLength:"1" maxLength:"20" example:"root"`
	Parent   *string               `json:"parent"`
	Weight   float64               `json:"weight" multipleOf:"0.5" exclusiveMinimum:"0"`
	Email    rest.Optional[string] `json:"email" format:"email"`
	Labels   map[string]string     `json:"labels" default:"{}"`
	Children []tree                `json:"children" default:"[]"`
	Made     time.Time             `json:"made" readOnly:"true" default:"2026-01-01T00:00:00Z"`
	Any      any                   `json:"any" default:"null"`
	Data     rest.Optional[[]byte] `json:"data"`
}

// list is generic: the name of its component must be one that OpenAPI allows.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  *int64 `json:"next"`
}

type level int

type größe struct {
	Width float32 `json:"breite"`
}

type shapes struct {
	tree                            // promoted
	Level   level                   `json:"level" enum:"1,2,3" default:"2"`
	Sizes   map[int64]float32       `json:"sizes" values.minimum:"0" minProperties:"1"`
	Grid    [2][]*string            `json:"grid" items.maxItems:"3" items.items.minLength:"1"`
	Pages   list[list[tree]]        `json:"pages"`
	Rows    list[[]tree]            `json:"rows"`
	Points  list[*tree]             `json:"points"`
	Size    größe                   `json:"size"`
	Maybe   rest.Optional[*tree]    `json:"maybe"`
	Tags    rest.Optional[[]string] `json:"tags" uniqueItems:"true"`
	Secret  string                  `json:"secret" writeOnly:"true"`
	Raw     json.RawMessage         `json:"raw"`
	Key     string                  `json:"key" format:"uuid" title:"Key" deprecated:"true"`
	Strange struct {
		_    struct{} `additionalProperties:"false"`
		Name string   `json:"a b/c~d$é" pattern:"^\\w+\"\\\\$" example:"x\"\\"`
	} `json:"strange"`
}

type searchBody struct {
	Limit int    `query:"limit" default:"10"`
	Body  shapes `body:""`
}

type treeBody struct {
	ID   int64 `path:"id"`
	Body tree  `body:""`
}

type treeForm struct {
	Title string    `form:"title" minLength:"1"`
	Tags  []string  `form:"tags"`
	File  rest.File `form:"file"`
}

type treeReply struct {
	Location string         `header:"Location" doc:"Where it is."`
	Cookies  []*http.Cookie `cookie:""`
	Body     tree           `body:""`
}

// everything uses each feature that a document can show.
func everything(t *testing.T, version string) *openapi.Document {
	t.Helper()
	db, secret := memory.New(), []byte("a secret of at least thirty-two bytes")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families(), CSRF: session.CSRF()})
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	header := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Header: auth.Header{SchemeName: "x_jwt", Name: "X-JWT", Scheme: "JWT"}})
	basic := basicauth.New(basicauth.Static(map[string]string{"a": "b"}), basicauth.Config{})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	staff := auth.Narrow(session, func(_ context.Context, user *store.User) (*store.User, error) {
		if !user.Staff {
			return nil, &auth.Error{Status: http.StatusForbidden}
		}
		return user, nil
	}, auth.Refusal{Status: http.StatusForbidden, Description: "Not staff"})

	read := func(context.Context, everythingIn) (tree, error) { return tree{}, nil }
	write := func(context.Context, treeBody) (treeReply, error) { return treeReply{}, nil }
	none := func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil }
	one := func(context.Context, struct {
		ID int64 `path:"id"`
	}) (rest.None, error) {
		return rest.None{}, nil
	}
	search := func(context.Context, searchBody) (list[shapes], error) { return list[shapes]{}, nil }
	gone := &rest.Error{Status: http.StatusGone, Msg: "Gone", Header: http.Header{"X-Since": {"x"}}}
	api, err := rest.New(rest.Settings{
		Title: "Everything", Version: "1.0.0", Description: "*All* of it.", OpenAPI: version, Auth: auth.AnyOf(session, tokens.Header(), basic),
		Servers: []openapi.Server{{URL: "https://example.com"}},
		Codecs:  []rest.Codec{{MediaType: "application/json"}, {MediaType: "application/problem+json", ReplyOnly: true}}, ErrorFormat: rest.Problem,
	}, rest.Router{
		Path: "/v1", Tags: []string{"trees"},
		Controllers: []rest.Controller{
			{
				Path: "/trees/{id}",
				Get:  rest.Handle(read, rest.Op{Summary: "Read", Description: "Reads *one*.", Errors: []error{gone}, Deprecated: true}),
				Put:  rest.Handle(write, rest.Op{Cookies: map[string]string{"seen": "When it was seen."}, NoStore: true}), Patch: rest.Handle(write), Post: rest.Handle(write),
				Delete: rest.Handle(one), Head: rest.Handle(one), Options: rest.Handle(one),
			},
			{
				Path: "/search", Auth: auth.AnyOf(auth.AllOf(session, header.Header()), basic), Codecs: []rest.Codec{{MediaType: "application/json"}, yaml.Codec()},
				Query: rest.Handle(search), Post: rest.Handle(search, rest.Op{ID: "search-by_post.1", Status: http.StatusAccepted}),
			},
			{Path: "/forms", Post: rest.Handle(func(context.Context, treeForm) (rest.None, error) { return rest.None{}, nil })},
			{Path: "/both", Auth: auth.AllOf(session, header.Header()), Post: rest.Handle(none)},
			{Path: "/optional", Auth: auth.Optional(tokens.Header()), Get: rest.Handle(none)},
			{Path: "/staff", Auth: staff, Get: rest.Handle(none), Post: rest.Handle(none)},
			{Path: "/public", Auth: auth.Public, Get: rest.Handle(none, rest.Op{Replies: rest.Unchecked})},
			{Path: "/guarded", Auth: csrf.CrossOrigin(csrf.CrossOriginConfig{}), Post: rest.Handle(none)},
		},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session),
			accounts.JWT("/jwt", tokens), accounts.JWTCookies("/jwt-cookies", tokens), accounts.Tokens("/tokens", keys.Header(), keys),
			accounts.Password("/password", auth.AnyOf(session, tokens.Header(), tokens.Cookie()), session, tokens),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api.Document()
}

// least is the document with no schema, scheme or parameter of the user's.
func least(t *testing.T, version string) *openapi.Document {
	t.Helper()
	api, err := rest.New(rest.Settings{Title: "Least", Version: "0", OpenAPI: version, Replies: rest.Unchecked}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/", Delete: rest.Handle(func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil })}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api.Document()
}
