package rest_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/store"
)

type (
	bodyOf[T any] struct {
		Body T `body:""`
	}
	mine    store.User
	profile struct {
		store.User
		Bio string `json:"bio"`
	}
	page struct {
		Items []*struct {
			Author map[string]*store.User `json:"author"`
		} `json:"items"`
	}
	hidden struct {
		Name string      `json:"name"`
		User *store.User `json:"-"`
		user store.User
	}
	shown     struct{ User *store.User }
	principal struct {
		User *store.User `auth:""`
	}
	Who struct {
		User *store.User `auth:""`
	}
	tree struct {
		Children []tree `json:"children"`
	}
)

// MarshalJSON writes the name alone.
func (s shown) MarshalJSON() ([]byte, error) { return []byte(`"` + s.User.Username + `"`), nil }

func replying[T any]() *rest.Endpoint {
	return rest.Handle(func(context.Context, rest.None) (out T, err error) { return out, nil })
}

func reading[T any]() *rest.Endpoint {
	return rest.Handle(func(context.Context, T) (string, error) { return "", nil })
}

// TestRecordsAreNotReplies: what the store keeps of a user, session or token neither
// leaves nor enters through an operation.
func TestRecordsAreNotReplies(t *testing.T) {
	_ = hidden{}.user
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		wrong    string // part of the mistake; empty: it starts
	}{
		{"a user", replying[*store.User](), "store.User"},
		{"sessions", replying[[]store.Session](), "store.Session"},
		{"a token by name", replying[map[string]store.Token](), "store.Token"},
		{"a family", replying[store.Family](), "store.Family"},
		{"the fields of a user", replying[mine](), "rest_test.mine"},
		{"embedded", replying[profile](), ".User"},
		{"deep inside", replying[page](), ".Items.Author"},
		{"in the body of a reply", replying[bodyOf[*store.User]](), ".Body"},
		{"streamed", replying[rest.Stream[*store.User]](), "store.User"},
		{"streamed as events", replying[rest.Stream[rest.Event[store.User]]](), ".Data"},
		{"optional", replying[rest.Optional[store.User]](), "store.User"},
		{"an account", replying[[]auth.Account](), "auth.Account"},
		{"as a body", reading[bodyOf[store.User]](), ".Body"},
		{"in a body that is also tagged for JSON", replying[struct {
			Body *store.User `body:"" json:"-"`
		}](), ".Body"},
		{"tagged auth where nothing is", replying[struct {
			User *store.User `auth:"" json:"user"`
		}](), ".User"},
		{"an embedded principal", reading[struct{ Who }](), ""},
		{"behind a JSON of its own", replying[shown](), ""},
		{"not in the JSON", replying[hidden](), ""},
		{"the principal", reading[principal](), ""},
		{"recursive, without one", replying[tree](), ""},
		{"a time", replying[time.Time](), ""},
	} {
		controller := rest.Controller{Path: "/x", Auth: authtest.As(&store.User{ID: "1"}), Post: test.endpoint}
		_, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{controller}})
		switch {
		case test.wrong == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(err.Error(), "declare a type")):
			t.Errorf("%s: got %v, want a mistake that names %q", test.name, err, test.wrong)
		}
	}
}

// TestEveryRecordIsRefused: a record that is added to package store is added here.
func TestEveryRecordIsRefused(t *testing.T) {
	known := map[string]*rest.Endpoint{
		"User": replying[store.User](), "Session": replying[store.Session](), "Token": replying[store.Token](),
		"Family": replying[store.Family](), "BlockedToken": replying[store.BlockedToken](),
	}
	file, err := parser.ParseFile(token.NewFileSet(), "store/store.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.TypeSpec)
			if _, isStruct := spec.Type.(*ast.StructType); !isStruct {
				continue
			}
			found++
			endpoint := known[spec.Name.Name]
			if endpoint == nil {
				t.Errorf("store.%s: not in the list of records", spec.Name)
				continue
			}
			if _, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: endpoint}}}); err == nil {
				t.Errorf("store.%s can be a reply", spec.Name)
			}
		}
	}
	if found < len(known) {
		t.Errorf("got %d records, want %d: %v", found, len(known), reflect.ValueOf(known).MapKeys())
	}
}
