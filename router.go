package rest

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
)

// Router is a part of the tree under a common path. Its fields apply to all below
// it that do not say otherwise.
type Router struct {
	// Path is put before the paths below, for example "/api"; empty adds nothing.
	Path string
	// Tag groups the operations in the document. Empty inherits.
	Tag string

	Auth     auth.Authenticator                 // nil inherits
	Replies  Replies                            // zero inherits
	Errors   ErrorFormat                        // zero inherits
	Codecs   []Codec                            // empty inherits
	MapError func(context.Context, error) error // asked before outer levels

	Controllers []Controller
	Routers     []Router
	Mounts      []Mount
}

// Controller is one path and the endpoints of its methods.
type Controller struct {
	// Path below the routers'. Segments are text or {name}, a parameter.
	Path string
	// Name is part of the operationIds. Empty derives them from the path.
	Name string

	Auth     auth.Authenticator                 // nil inherits
	Replies  Replies                            // zero inherits
	Errors   ErrorFormat                        // zero inherits
	Codecs   []Codec                            // empty inherits
	MapError func(context.Context, error) error // asked before outer levels

	Get, Head, Post, Put, Patch, Delete, Options, Query *Endpoint
}

// endpoints lists what a controller serves, in document order.
func (c *Controller) endpoints() []methodEndpoint {
	all := []methodEndpoint{
		{http.MethodGet, c.Get}, {http.MethodPut, c.Put}, {http.MethodPost, c.Post}, {http.MethodDelete, c.Delete},
		{http.MethodOptions, c.Options}, {http.MethodHead, c.Head}, {http.MethodPatch, c.Patch}, {"QUERY", c.Query},
	}
	declared := all[:0]
	for _, e := range all {
		if e.endpoint != nil {
			declared = append(declared, e)
		}
	}
	return declared
}

type methodEndpoint struct {
	method   string
	endpoint *Endpoint
}
