package rest

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/records"
	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/route"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// compiler turns a tree into an API. It goes on after a mistake, so that New reports all
// of them.
type compiler struct {
	api       *API
	errs      *configErrors
	schemas   *schema.Compiler
	records   *records.Finder
	formats   map[ErrorFormat]*errorFormat
	targets   map[string]*target
	paths     []string // of targets, in order
	ids       map[string]string
	schemes   map[string]schemeUse
	documents []*mountedDocument
	mounts    []string // paths
	slashed   []string // those with EncodedSlash
}

type schemeUse struct {
	scheme    auth.Scheme
	operation string
}

func newCompiler(api *API) *compiler {
	return &compiler{
		api: api, errs: &configErrors{}, schemas: schema.NewCompiler(isOptional), records: records.NewFinder(wrapped), formats: map[ErrorFormat]*errorFormat{},
		targets: map[string]*target{}, ids: map[string]string{}, schemes: map[string]schemeUse{},
	}
}

// settings returns what Settings say, and reports their mistakes.
func (c *compiler) settings() level {
	s := &c.api.settings
	fail := func(err error) { c.errs.add("API", "settings", "", err) }
	outer := c.outermost()
	if err := openSettings(s.Auth); err != nil {
		fail(err)
		s.Auth = nil
		outer.auth = auth.Public // one mistake, not one for each operation
	}
	if s.OpenAPI != "" {
		_, err := (&openapi.Document{}).Version(s.OpenAPI)
		fail(err)
	}
	if s.Title == "" || s.Version == "" {
		fail(errors.New("Title and Version are required, OpenAPI documents need them"))
	}
	for i, tag := range s.Tags {
		if tag.Name == "" || slices.ContainsFunc(s.Tags[:i], func(other openapi.Tag) bool { return other.Name == tag.Name }) {
			fail(fmt.Errorf("Tags[%d] has the name %q; want names that are not empty and differ", i, tag.Name))
		}
	}
	c.api.proxies = forwarded.Proxies{Trusted: s.TrustedProxies, Unix: s.TrustUnixProxy}
	for _, err := range c.api.proxies.Mistakes() {
		fail(fmt.Errorf("TrustedProxies %w", err))
	}
	var err error
	shared := &c.api.shared
	if shared.languages, err = message.NewLanguages(s.Languages, s.LanguageCookie); err != nil {
		fail(err)
		shared.languages, _ = message.NewLanguages(nil, "") // so that the rest can be checked
	}
	if s.Compat.ProblemIfPreferred != nil {
		shared.preferred = c.format(s.Compat.ProblemIfPreferred)
	}
	return c.inner(outer, "", "settings", s.says())
}

// format compiles a format of errors, once.
func (c *compiler) format(f ErrorFormat) *errorFormat {
	if known, ok := c.formats[f]; ok {
		return known
	}
	compiled, err := f.compile(c.schemas)
	if err != nil {
		c.errs.add("API", "", "", fmt.Errorf("ErrorFormat: %w", err))
		compiled = c.format(Details)
	}
	c.formats[f] = compiled
	return compiled
}

func (c *compiler) router(outer level, r *Router) {
	l := c.inner(outer, r.Path, "router", r.says())
	if r.Path != "" && (!strings.HasPrefix(r.Path, "/") || strings.HasSuffix(r.Path, "/")) {
		c.errs.add(orRoot(l.path), "router", "", fmt.Errorf("the router's Path %q must start with a slash and not end in one", r.Path))
		return
	}
	if r.Path != "" {
		c.api.scopes = append(c.api.scopes, scope{l.path, c.nowhere(l)})
	}
	for i := range r.Controllers {
		c.controller(l, &r.Controllers[i])
	}
	for i := range r.Routers {
		c.router(l, &r.Routers[i])
	}
	for i := range r.Mounts {
		c.mount(l, &r.Mounts[i])
	}
}

func (c *compiler) controller(outer level, ctl *Controller) {
	l := c.inner(outer, ctl.Path, "controller", ctl.says())
	params, err := route.Params(l.path)
	if err != nil {
		c.errs.add(orRoot(l.path), "controller", "", err)
		return
	}
	endpoints := ctl.endpoints()
	if len(endpoints) == 0 {
		c.errs.add(orRoot(l.path), "controller", "", errors.New("the controller has no endpoint"))
		return
	}
	t := c.target(l)
	if t == nil {
		return
	}
	for _, e := range endpoints {
		if taken := t.find(e.method, true); taken != nil {
			c.errs.add(taken.title, "controller", e.endpoint.pos, fmt.Errorf("another controller has this method and path: %s", taken.endpoint.pos))
			continue
		}
		op := c.operation(l, ctl, e, params)
		t.operations = append(t.operations, op)
		c.api.operations = append(c.api.operations, op)
	}
}

// target returns the target of a level's path, a new one or that of an equal path.
func (c *compiler) target(l level) *target {
	if t, ok := c.targets[l.path]; ok {
		if t.mounted {
			c.errs.add(l.path, l.name, "", errors.New("a mount has this path as well; give one of them another"))
			return nil
		}
		return t
	}
	t := &target{nowhere: c.nowhere(l)}
	if err := c.api.tree.Add(l.path, t); err != nil {
		c.errs.add(l.path, l.name, "", err)
		return nil
	}
	c.targets[l.path] = t
	c.paths = append(c.paths, l.path)
	return t
}

// nowhere returns the operation that answers in a level where no operation does.
func (c *compiler) nowhere(l level) *operation {
	op := &operation{level: l, shared: &c.api.shared, output: reply.Empty()}
	op.prepare()
	return op
}

func (c *compiler) operation(outer level, ctl *Controller, e methodEndpoint, params []string) *operation {
	ep := e.endpoint
	op := &operation{shared: &c.api.shared, Op: ep.op, method: e.method, title: e.method + " " + outer.path, endpoint: ep}
	fail := func(err error) { c.errs.add(op.title, "endpoint", ep.pos, err) }
	errs := c.errs
	c.errs = &configErrors{} // mistakes of the Op have the operation's place
	op.level = c.inner(outer, "", "endpoint", ep.op.says())
	for _, err := range c.errs.list {
		errs.add(op.title, "endpoint", ep.pos, err.Err)
	}
	c.errs = errs
	if ep.wrong != "" {
		fail(errors.New(ep.wrong))
	}
	c.guard(op)
	c.types(op, params, fail)
	fail(op.declare())
	fail(op.checkAccounts())
	c.operationID(op, ctl, fail)
	op.prepare()
	return op
}

// types compiles the input and the output of an operation.
func (c *compiler) types(op *operation, params []string, fail func(error)) {
	ep := op.endpoint
	in := ep.in
	if ep.plain {
		in = plainInput(params)
	}
	var err error
	if op.input, err = bind.Compile(inputTypes(c.schemas), in, op.method, params); err != nil {
		fail(err)
	}
	if op.guard != nil || op.auth == auth.Public { // otherwise its own mistake is reported
		op.setters, err = authSetters(op.input.AuthFields(), op.guard)
		fail(err)
	}
	fail(c.records.Refuse("input", in))
	op.ifMatch = findIfMatch(in, 0)
	fail(op.ifMatch.mistake())
	if op.writes = ep.out == reflect.TypeFor[http.Handler](); op.writes {
		op.output = reply.Empty()
		if op.Status != 0 {
			op.statuses = []int{op.Status}
			fail(op.checkStatus())
		}
		fail(op.checkRecheck())
		return
	}
	if op.output, err = reply.Compile(c.schemas, ep.out, outputTypes); err != nil {
		fail(err)
	}
	fail(c.records.Refuse("output", ep.out))
	fail(op.successes())
	fail(op.checkRecheck())
}

func (op *operation) checkRecheck() error {
	switch {
	case op.Recheck < 0:
		return fmt.Errorf("Op.Recheck is %v; want the time between two checks of the credential, or zero for the default of %v", op.Recheck, defaultRecheck)
	case op.Recheck > 0 && op.output.Body.Kind != reply.Stream:
		return errors.New("Op.Recheck is for streams; the output is not a rest.Stream")
	}
	return nil
}

// wrapped returns the type inside an Optional, and of the items of a stream.
func wrapped(t reflect.Type) (reflect.Type, bool) {
	if isOptional(t) {
		value, ok := t.FieldByName("Value")
		return value.Type, ok
	}
	item, _, ok := streamItem(t)
	return item, ok
}

// plainInput is the input type that documents the path of a plain handler.
func plainInput(params []string) reflect.Type {
	fields := make([]reflect.StructField, len(params))
	for i, name := range params {
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("P%d", i), Type: reflect.TypeFor[string](),
			Tag: reflect.StructTag(fmt.Sprintf("path:%q", name)),
		}
	}
	return reflect.StructOf(fields)
}

// guard finds the auth of an operation.
func (c *compiler) guard(op *operation) {
	if op.auth == nil {
		c.errs.add(op.title, "", op.endpoint.pos, undecided("endpoint, its controller"))
		return
	}
	if op.auth == auth.Public {
		return
	}
	guard, err := auth.Compile(op.auth, op.method)
	if err != nil {
		c.errs.add(op.title, op.authLevel, "", err)
		return
	}
	op.guard = guard
	for name, scheme := range guard.Declaration().Schemes {
		have, ok := c.schemes[name]
		if !ok {
			c.schemes[name] = schemeUse{scheme, op.title}
		} else if !have.scheme.Same(scheme) {
			c.errs.add(op.title, op.authLevel, "", fmt.Errorf("the security scheme %q means another credential at %s; give one of them a SchemeName of its own", name, have.operation))
		}
	}
}

func (c *compiler) operationID(op *operation, ctl *Controller, fail func(error)) {
	if op.ID == "" {
		op.ID = strings.ToLower(op.method) + camel(ctl.Name) + camel(op.path)
	}
	if other, ok := c.ids[op.ID]; ok {
		fail(fmt.Errorf("the operationId %q is also that of %s; set Op.ID", op.ID, other))
		return
	}
	c.ids[op.ID] = op.title
}

func camel(path string) string {
	var b strings.Builder
	upper := true
	for _, r := range path {
		switch {
		case r >= 'a' && r <= 'z' && upper:
			b.WriteRune(r - 'a' + 'A')
			upper = false
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
			upper = false
		default:
			upper = true
		}
	}
	return b.String()
}

// finish makes what needs the whole tree.
func (c *compiler) finish() {
	c.checkSlashes()
	for _, path := range c.paths {
		t := c.targets[path]
		var methods []string
		for _, op := range t.operations {
			methods = append(methods, op.method)
		}
		if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) && !c.api.settings.Compat.ExplicitMethods {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		t.allow = strings.Join(slices.Compact(methods), ", ")
	}
	slices.SortStableFunc(c.api.scopes, func(a, b scope) int { return strings.Count(b.path, "/") - strings.Count(a.path, "/") })
}
