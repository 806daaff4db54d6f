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

	Auth             auth.Authenticator                 // nil inherits
	Replies          Replies                            // zero inherits
	ErrorFormat      ErrorFormat                        // nil inherits; unknown paths below Path are refused in it as well
	Errors           []error                            // *Error and *auth.Error that each operation below may return
	Codecs           []Codec                            // empty inherits
	Headers          http.Header                        // of every reply, see [Settings]
	MapError         func(context.Context, error) error // asked before outer levels
	MaxBody          int64                              // in bytes; zero inherits, negative is no limit
	LimitsBeforeAuth []Limiter                          // asked after those of outer levels, before authentication
	Limits           []Limiter                          // asked after those of outer levels, after authentication
	Around           Around                             // inside those of outer levels
	Tags             []string                           // in the document; empty inherits
	Deprecated       bool                               // in the document; outer levels count as well

	Controllers []Controller
	Routers     []Router
	Mounts      []Mount
}

func (r *Router) says() layer {
	return layer{r.Auth, r.Replies, r.ErrorFormat, r.Errors, r.Codecs, r.Headers, r.MapError, r.MaxBody,
		r.LimitsBeforeAuth, r.Limits, r.Around, r.Tags, r.Deprecated}
}

// Controller is one path and the endpoints of its methods.
type Controller struct {
	// Path below the routers'. Segments are text or {name}, a parameter.
	Path string
	// Name is part of the operationIds. Empty derives them from the path.
	Name string

	Auth             auth.Authenticator                 // nil inherits
	Replies          Replies                            // zero inherits
	ErrorFormat      ErrorFormat                        // nil inherits; methods that Path does not have are refused in it as well
	Errors           []error                            // *Error and *auth.Error that each operation below may return
	Codecs           []Codec                            // empty inherits
	Headers          http.Header                        // of every reply, see [Settings]
	MapError         func(context.Context, error) error // asked before outer levels
	MaxBody          int64                              // in bytes; zero inherits, negative is no limit
	LimitsBeforeAuth []Limiter                          // asked after those of outer levels, before authentication
	Limits           []Limiter                          // asked after those of outer levels, after authentication
	Around           Around                             // inside those of outer levels
	Tags             []string                           // in the document; empty inherits
	Deprecated       bool                               // in the document; outer levels count as well

	Get, Head, Post, Put, Patch, Delete, Options, Query *Endpoint
}

func (c *Controller) says() layer {
	return layer{c.Auth, c.Replies, c.ErrorFormat, c.Errors, c.Codecs, c.Headers, c.MapError, c.MaxBody,
		c.LimitsBeforeAuth, c.Limits, c.Around, c.Tags, c.Deprecated}
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
