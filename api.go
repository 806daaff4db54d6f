package rest

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/loglimit"
	"github.com/go-modern-rest/rest/internal/route"
	"github.com/go-modern-rest/rest/internal/stream"
	"github.com/go-modern-rest/rest/openapi"
)

// API is a compiled tree. It is an http.Handler, immutable and safe for
// concurrent use.
type API struct {
	shared
	settings   Settings
	operations []*operation // without those of mounts
	tree       route.Tree[*target]
	scopes     []scope // of routers with a path, the longest first
	servers    stream.Servers
	nowhere    *operation // answers where no router does
	proxies    forwarded.Proxies
	reported   atomic.Bool // see readProxy
	document   func() (*openapi.Document, error)
}

// scope is the part of the tree below a router, and what answers there for unknown paths.
type scope struct {
	path    string
	nowhere *operation
}

// target is what a path leads to.
type target struct {
	operations []*operation
	otherwise  *operation // for other methods; nil: 405
	nowhere    *operation // answers 405
	allow      string     // methods, comma-separated
	mounted    bool

	encodedSlash bool // Mount.EncodedSlash
}

// New compiles an API. The error lists every mistake of the tree, see
// [ConfigErrors].
func New(s Settings, routers ...Router) (*API, error) {
	a := &API{settings: s, shared: shared{logger: s.Logger, down: new(loglimit.Limit), onAuth: s.OnAuth, compat: s.Compat}}
	if a.logger == nil {
		a.logger = slog.Default()
	}
	c := newCompiler(a)
	outer := c.settings()
	a.nowhere = c.nowhere(outer)
	for i := range routers {
		c.router(outer, &routers[i])
	}
	c.finish()
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	a.document = sync.OnceValues(func() (*openapi.Document, error) { return c.document() })
	if _, err := a.document(); err != nil {
		return nil, err
	}
	for _, mounted := range c.documents {
		var err error
		if mounted.handler, err = a.handler(mounted.codecs, mounted.server()); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Document returns the OpenAPI description of the API, in the version of Settings.OpenAPI.
// It names no server unless Settings.Servers does. The Document is a copy, but what it
// points to is shared and must not be changed; Settings.EditDocument changes it.
func (a *API) Document() *openapi.Document {
	doc, err := a.document()
	if err == nil {
		doc, err = doc.Version(cmp.Or(a.settings.OpenAPI, defaultVersion))
	}
	if err != nil {
		panic("rest: New returned an API whose document fails: " + err.Error())
	}
	return doc
}

// OpenAPI returns a handler that serves the document, for a mux around the API. To serve
// it below a path of the API, mount the function [OpenAPI], which explains the versions and
// codecs. This handler asks for no credential, and its document names no server unless
// Settings.Servers does.
func (a *API) OpenAPI(codecs ...Codec) http.Handler {
	h, err := a.handler(codecs, "")
	if err != nil {
		panic("rest: the OpenAPI document does not encode: " + err.Error())
	}
	return h
}

// takes reports whether a mount's handler reads a path as the tree does. It may not: an
// escaped slash could lead into another folder.
func (t *target) takes(u *url.URL) bool {
	slashes, unclean := route.Structure(u)
	return !unclean && (t.encodedSlash || !slashes)
}

func (t *target) find(method string, explicit bool) *operation {
	i := slices.IndexFunc(t.operations, func(op *operation) bool { return op.method == method })
	if i < 0 && method == http.MethodHead && !explicit {
		i = slices.IndexFunc(t.operations, func(op *operation) bool { return op.method == http.MethodGet })
	}
	if i < 0 {
		return t.otherwise
	}
	return t.operations[i]
}

// scope returns what answers for a path that no operation has: the format of errors and
// the headers are those of the router that it is below.
func (a *API) scope(u *url.URL) *operation {
	for _, s := range a.scopes {
		if route.Below(u.Path, s.path) || u.Path == s.path {
			return s.nowhere
		}
	}
	return a.nowhere
}
