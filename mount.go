package rest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/field"
	"github.com/go-modern-rest/rest/internal/route"
	"github.com/go-modern-rest/rest/openapi"
)

// Mount serves an http.Handler below a path: files, a proxy, a page. A Path that ends in a
// slash is served with all paths below it, another one alone. Everything that the levels
// say holds for it as for an endpoint of [HandleHTTP]: auth, limits, headers, MaxBody,
// Around and the format of errors. The handler sees the path as it came. Mounts are not in
// the document.
//
// Of two mounts the inner one has all paths below it. A path of a mount that means another
// place once it is decoded is a 400: one with dot segments, an escaped slash, a backslash or
// a NUL byte. This includes the segments that the parameters of Path take.
type Mount struct {
	Path    string
	Auth    auth.Authenticator // nil inherits
	Handler http.Handler
	// Methods that the handler is asked for; others are a 405. Empty: GET and HEAD. "*": all,
	// where auth treats an unknown method as POST.
	Methods []string
	// EncodedSlash lets escaped slashes (%2F) pass to the handler, for proxies whose
	// upstream has them in its names. It is refused where another mount is below this one,
	// because a handler may take "private%2Fkey" for a path of that mount.
	EncodedSlash bool
}

// mount compiles a mount: an operation for each method, which the document leaves out.
func (c *compiler) mount(outer level, m *Mount) {
	l := c.inner(outer, m.Path, "mount", layer{auth: m.Auth})
	fail := func(err error) { c.errs.add(orRoot(l.path), "mount", "", err) }
	if auth.IsNil(m.Handler) {
		fail(errors.New("the mount's Handler is nil"))
		return
	}
	params, err := route.Params(strings.TrimSuffix(l.path, "/") + "/")
	if err != nil {
		fail(err)
		return
	}
	params = slices.DeleteFunc(params, func(name string) bool { return name == "" })
	endpoint := HandleHTTP(m.Handler.ServeHTTP)
	if document, ok := m.Handler.(*mountedDocument); ok {
		if strings.HasSuffix(l.path, "/") {
			fail(errors.New("the path of OpenAPI() must not end in a slash, because the document is at one place"))
			return
		}
		ours := &mountedDocument{codecs: document.codecs, path: l.path}
		c.documents = append(c.documents, ours)
		endpoint, params = ours.endpoint(), nil // the document is the same for all values
	}
	endpoint.pos = ""
	t := &target{mounted: true, encodedSlash: m.EncodedSlash, nowhere: c.nowhere(l)}
	for _, method := range m.methods(fail) {
		op := &operation{level: l, shared: &c.api.shared, method: method, title: l.path, endpoint: endpoint}
		if c.guard(op); op.guard == nil && op.auth != auth.Public {
			return
		}
		c.types(op, params, fail)
		fail(op.declare())
		op.prepare()
		t.operations = append(t.operations, op)
		if slices.Contains(m.Methods, "*") && method == http.MethodPost {
			t.otherwise = op
		}
	}
	c.mounts = append(c.mounts, l.path)
	if m.EncodedSlash {
		c.slashed = append(c.slashed, l.path)
	}
	add := c.api.tree.Add
	if strings.HasSuffix(l.path, "/") {
		add = c.api.tree.AddSubtree
	}
	if other, taken := c.targets[l.path]; taken {
		what := "controller"
		if other.mounted {
			what = "mount"
		}
		fail(fmt.Errorf("a %s has the path %s as well; give one of them another", what, l.path))
		return
	}
	if err := add(l.path, t); err != nil {
		fail(err)
		return
	}
	c.targets[l.path] = t
	c.paths = append(c.paths, l.path)
}

// methods returns what the handler is asked for.
func (m *Mount) methods(fail func(error)) []string {
	switch {
	case len(m.Methods) == 0:
		return []string{http.MethodGet, http.MethodHead}
	case slices.Contains(m.Methods, "*"):
		return openapi.Methods()
	}
	for _, method := range m.Methods {
		if method == "" || method != strings.ToUpper(method) || !field.IsToken(method) {
			fail(fmt.Errorf("Methods has %q, want a method in capitals", method))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(m.Methods)))
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
