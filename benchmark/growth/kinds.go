package growth

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// The operations have a thousand types of requests and of replies, as those of a large service do. They
// are made of three digits.
type (
	d0 struct{}
	d1 struct{}
	d2 struct{}
	d3 struct{}
	d4 struct{}
	d5 struct{}
	d6 struct{}
	d7 struct{}
	d8 struct{}
	d9 struct{}
)

type thing[A, B, C any] struct {
	ID    int64  `json:"id"`
	Name  string `json:"name" maxLength:"64"`
	Lines []line `json:"lines" maxItems:"100"`
}

// getThing is the input of our operations and of huma's.
type getThing[A, B, C any] struct {
	ID   int64  `path:"id" minimum:"1"`
	Page int    `query:"page" default:"1" minimum:"1"`
	Tag  string `query:"tag" default:"" maxLength:"20"`
}

// kind is an operation with types of its own.
type kind struct {
	ours func(path string) rest.Controller
	huma func(api huma.API, id, path string)
}

func kindOf[A, B, C any]() kind {
	type output struct{ Body thing[A, B, C] }
	get := func(in getThing[A, B, C]) thing[A, B, C] {
		return thing[A, B, C]{ID: in.ID, Name: "x", Lines: []line{}}
	}
	return kind{
		ours: func(path string) rest.Controller {
			return rest.Controller{Path: path, Auth: auth.Public, Get: rest.Handle(func(_ context.Context, in getThing[A, B, C]) (thing[A, B, C], error) { return get(in), nil })}
		},
		huma: func(api huma.API, id, path string) {
			huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: path}, func(_ context.Context, in *getThing[A, B, C]) (*output, error) {
				return &output{get(*in)}, nil
			})
		},
	}
}

func third[A, B any]() []kind {
	return []kind{
		kindOf[A, B, d0](), kindOf[A, B, d1](), kindOf[A, B, d2](), kindOf[A, B, d3](), kindOf[A, B, d4](),
		kindOf[A, B, d5](), kindOf[A, B, d6](), kindOf[A, B, d7](), kindOf[A, B, d8](), kindOf[A, B, d9](),
	}
}

func second[A any]() []kind {
	return slices.Concat(third[A, d0](), third[A, d1](), third[A, d2](), third[A, d3](), third[A, d4](),
		third[A, d5](), third[A, d6](), third[A, d7](), third[A, d8](), third[A, d9]())
}

// kinds returns a thousand operations.
func kinds() []kind {
	return slices.Concat(second[d0](), second[d1](), second[d2](), second[d3](), second[d4](),
		second[d5](), second[d6](), second[d7](), second[d8](), second[d9]())
}
