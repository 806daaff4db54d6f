package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/route"
)

// Mount serves any http.Handler below a path, under auth like everything else. A
// Path that ends in a slash is served with all paths below it, another one alone.
// The handler sees the request as it came. Mounts are not in the document.
//
// Of two mounts the inner one has all paths below it, and the path without its final
// slash is redirected to it (308). A path of a mount that means another place once it is
// decoded is a 400: one with dot segments, an escaped slash, a backslash or a NUL byte. This
// includes the segments that the parameters of Path take.
type Mount struct {
	Path    string
	Auth    auth.Authenticator // nil inherits
	Handler http.Handler
	// EncodedSlash lets escaped slashes (%2F) pass to the handler, for proxies whose
	// upstream has them in its names. It is refused where another mount is below this one,
	// because a handler may take "private%2Fkey" for a path of that mount.
	EncodedSlash bool
}

// mount compiles a mount.
func (c *compiler) mount(outer level, m *Mount) {
	l := outer
	l.path += m.Path
	c.inherit(&l, "mount", m.Auth, 0, 0, nil, nil)
	fail := func(err error) { c.errs.add(orRoot(l.path), "mount", "", err) }
	if m.Handler == nil {
		fail(errors.New("the mount's Handler is nil"))
		return
	}
	handler := m.Handler
	if document, ok := handler.(*mountedDocument); ok {
		ours := &mountedDocument{codecs: document.codecs}
		c.documents = append(c.documents, ours)
		handler = ours
	}
	switch l.auth {
	case nil:
		fail(errors.New("no level decided about auth; set Auth on the mount, a router or in Settings, auth.Public if it needs none"))
		return
	case auth.Public:
	default:
		protect, err := auth.Require(l.auth, auth.RequireConfig{Logger: c.api.logger, OnAuth: c.observer(l)})
		if err != nil {
			fail(err)
			return
		}
		handler = protect(handler)
	}
	t := &target{mount: handler, encodedSlash: m.EncodedSlash}
	c.mounts = append(c.mounts, l.path)
	if m.EncodedSlash {
		c.slashed = append(c.slashed, l.path)
	}
	if strings.HasSuffix(l.path, "/") {
		fail(c.api.tree.AddSubtree(l.path, t))
		return
	}
	fail(c.api.tree.Add(l.path, t))
}

// observer calls Settings.OnAuth for a mount, and says where the mount is.
func (c *compiler) observer(l level) func(*http.Request, auth.Event) {
	observe := c.api.settings.OnAuth
	if observe == nil {
		return nil
	}
	return func(r *http.Request, e auth.Event) {
		e.Operation, e.Level, e.Client = l.path, l.authLevel, clientText(r) // not the method, which a client may make up
		observe(r, e)
	}
}

// checkSlashes refuses Mount.EncodedSlash where a mount is below another.
func (c *compiler) checkSlashes() {
	for _, outer := range c.slashed {
		if !strings.HasSuffix(outer, "/") {
			c.errs.add(outer, "mount", "", errors.New("EncodedSlash is for a mount with paths below it, whose Path ends in a slash"))
		}
		for _, inner := range c.mounts {
			if inner != outer && reaches(outer, inner) {
				c.errs.add(outer, "mount", "", fmt.Errorf("EncodedSlash lets paths of the mount %s pass to this one, as %s%%2F…; leave it out, or mount them apart", inner, strings.TrimSuffix(inner, "/")))
			}
		}
	}
}

// reaches reports whether a path of a mount with EncodedSlash can be one of another mount
// once it is decoded. A parameter may then hold several segments.
func reaches(outer, inner string) bool {
	longer := strings.HasSuffix(inner, "/") || strings.Count(inner, "/") >= strings.Count(outer, "/")
	fixed, _, _ := strings.Cut(outer, "{")
	return longer && route.Below(strings.TrimSuffix(inner, "/"), fixed)
}
