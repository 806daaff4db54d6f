package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/route"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// level is what an inner level inherits.
type level struct {
	path      string
	tag       string
	auth      auth.Authenticator
	authLevel string // where auth was decided
	replies   Replies
	errors    ErrorFormat
	codecs    []Codec
	mapErrors []func(context.Context, error) error // nearest first
}

// operation is one method of one path, compiled: what serving and the document read.
type operation struct {
	level
	name     string // "GET /api/notes/{id}"
	method   string
	endpoint *Endpoint
	op       *Op
	guard    *auth.Guard // nil: public
	input    *bind.Plan
	setters  []authSetter
	output   *outputPlan
	status   int
	limited  []auth.Refusal   // what the limiters declared
	declared map[int][]string // statuses besides success, and their headers
	served   served
}

type compiler struct {
	api       *API
	errs      *configErrors
	base      level
	targets   map[string]*target
	paths     []string
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

func (c *compiler) settings() {
	s := &c.api.settings
	c.targets, c.ids, c.schemes = map[string]*target{}, map[string]string{}, map[string]schemeUse{}
	c.base = level{replies: Checked, errors: Details, codecs: []Codec{{MediaType: mediaJSON}}}
	if err := openSettings(s.Auth); err != nil {
		c.errs.add("API", "settings", "", err)
		s.Auth = nil
		c.base.auth = auth.Public // one mistake, not one for each operation
	}
	c.inherit(&c.base, "settings", s.Auth, s.Replies, s.Errors, s.Codecs, s.MapError)
	if s.MaxBody == 0 {
		s.MaxBody = 1 << 20
	}
	if s.OpenAPI != "" {
		_, err := (&openapi.Document{}).Version(s.OpenAPI)
		c.errs.add("API", "settings", "", err)
	}
	if s.Title == "" || s.Version == "" {
		c.errs.add("API", "settings", "", errors.New("Title and Version are required, OpenAPI documents need them"))
	}
	for _, prefix := range s.TrustedProxies {
		switch {
		case !prefix.IsValid():
			c.errs.add("API", "settings", "", errors.New("TrustedProxies has a prefix that is not valid; write 10.0.0.1/32 for one address"))
		case prefix.Bits() == 0:
			c.errs.add("API", "settings", "", fmt.Errorf("TrustedProxies has %v, which trusts every client to name its own address; list the addresses of your proxies", prefix))
		case prefix.Addr().Is4In6():
			c.errs.add("API", "settings", "", fmt.Errorf("TrustedProxies has %v, which no address matches; write the IPv4 prefix", prefix))
		}
	}
	var err error
	c.api.languages, err = newLanguages(s.Languages, s.LanguageCookie)
	if err != nil {
		c.errs.add("API", "settings", "", err)
		c.api.languages, _ = newLanguages(nil, "") // so that the rest can be checked
	}
	headers := s.Headers
	if headers == nil {
		headers = SecurityHeaders()
	}
	for _, name := range sortedKeys(headers) {
		if err := checkReplyHeader(name); err != nil {
			c.errs.add("API", "settings", "", fmt.Errorf("Headers: %w", err))
		}
		c.api.headers = append(c.api.headers, headerValue{http.CanonicalHeaderKey(name), slices.Clip(slices.Clone(headers[name]))})
	}
	for node, model := range map[**schema.Node]reflect.Type{
		&c.api.errorNode: reflect.TypeFor[ErrorModel](), &c.api.detailNode: reflect.TypeFor[ErrorDetail](),
		&c.api.problem: reflect.TypeFor[ProblemDetailsModel](),
	} {
		if *node, err = c.api.schemas.Compile(model); err != nil {
			panic(err)
		}
	}
}

// inherit overwrites what a level says.
func (c *compiler) inherit(l *level, name string, a auth.Authenticator, r Replies, e ErrorFormat, codecs []Codec, mapError func(context.Context, error) error) {
	if a != nil {
		if auth.IsNil(a) {
			c.errs.add(orRoot(l.path), name, "", fmt.Errorf("Auth holds a nil %T; leave the field out to inherit", a))
		} else {
			l.auth, l.authLevel = a, name
		}
	}
	if r != 0 {
		l.replies = r
	}
	if e != 0 {
		l.errors = e
	}
	if len(codecs) > 0 {
		l.codecs = codecs
		for _, codec := range codecs {
			if codec.MediaType == "" || codec.MediaType != strings.ToLower(codec.MediaType) || strings.ContainsAny(codec.MediaType, "; ") {
				c.errs.add(orRoot(l.path), name, "", fmt.Errorf("the codec's MediaType %q is not a lower-case media type without parameters", codec.MediaType))
			}
		}
	}
	if mapError != nil {
		l.mapErrors = append([]func(context.Context, error) error{mapError}, l.mapErrors...)
	}
}

func orRoot(path string) string {
	if path == "" {
		return "API"
	}
	return path
}

func (c *compiler) router(outer level, r *Router) {
	l := outer
	l.path += r.Path
	if r.Tag != "" {
		l.tag = r.Tag
	}
	if r.Path != "" && (!strings.HasPrefix(r.Path, "/") || strings.HasSuffix(r.Path, "/")) {
		c.errs.add(orRoot(l.path), "router", "", fmt.Errorf("the router's Path %q must start with a slash and not end in one", r.Path))
		return
	}
	c.inherit(&l, "router", r.Auth, r.Replies, r.Errors, r.Codecs, r.MapError)
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
	l := outer
	l.path += ctl.Path
	c.inherit(&l, "controller", ctl.Auth, ctl.Replies, ctl.Errors, ctl.Codecs, ctl.MapError)
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
	t := c.target(l.path)
	if t == nil {
		return
	}
	for _, e := range endpoints {
		op := c.operation(l, ctl, e, params)
		if t.find(op.method, true) != nil {
			c.errs.add(op.name, "controller", e.endpoint.pos, errors.New("another controller has this method and path"))
			continue
		}
		t.operations = append(t.operations, op)
		c.api.operations = append(c.api.operations, op)
	}
}

// target returns the target of a path, a new one or that of an equal pattern.
func (c *compiler) target(path string) *target {
	if t, ok := c.targets[path]; ok {
		return t
	}
	t := &target{}
	if err := c.api.tree.Add(path, t); err != nil {
		c.errs.add(path, "controller", "", err)
		return nil
	}
	c.targets[path] = t
	c.paths = append(c.paths, path)
	return t
}

func (c *compiler) operation(outer level, ctl *Controller, e methodEndpoint, params []string) *operation {
	ep := e.endpoint
	op := &operation{level: outer, method: e.method, name: e.method + " " + outer.path, endpoint: ep, op: &ep.op}
	c.inherit(&op.level, "endpoint", ep.op.Auth, ep.op.Replies, 0, nil, ep.op.MapError)
	fail := func(err error) { c.errs.add(op.name, "endpoint", ep.pos, err) }
	if ep.wrong != "" {
		fail(errors.New(ep.wrong))
	}
	c.guard(op, ep.pos)
	var err error
	if op.input, err = bind.Compile(c.api.schemas, ep.in, params); err != nil {
		fail(err)
	}
	if op.input != nil && (op.guard != nil || op.auth == auth.Public) { // otherwise its own mistake is reported
		op.setters, err = authSetters(op.input.AuthFields(), op.guard)
		fail(err)
	}
	if op.output, err = compileOutput(c.api.schemas, ep.out); err != nil {
		fail(err)
	}
	fail(refuseRecords("input", ep.in))
	fail(refuseRecords("output", ep.out))
	op.status = ep.op.Status
	if op.status == 0 {
		op.status = statusFor(op.method, ep.out)
	}
	if op.status < 200 || op.status > 399 {
		fail(fmt.Errorf("Op.Status %d is not a success; errors go to Op.Errors", op.status))
	}
	fail(op.declare())
	fail(op.checkAccounts())
	c.operationID(op, ctl, fail)
	op.serve(c.api)
	return op
}

// guard finds the auth of an operation.
func (c *compiler) guard(op *operation, pos string) {
	if op.auth == nil {
		c.errs.add(op.name, "", pos, errors.New("no level decided about auth; set Auth on the endpoint, its controller, a router or in Settings, auth.Public if it needs none"))
		return
	}
	if op.auth == auth.Public {
		return
	}
	guard, err := auth.Compile(op.auth, op.method)
	if err != nil {
		c.errs.add(op.name, op.authLevel, "", err)
		return
	}
	op.guard = guard
	for name, scheme := range guard.Declaration().Schemes {
		have, ok := c.schemes[name]
		if !ok {
			c.schemes[name] = schemeUse{scheme, op.name}
		} else if !have.scheme.Same(scheme) {
			c.errs.add(op.name, op.authLevel, "", fmt.Errorf("the security scheme %q means another credential at %s; give one of them a SchemeName of its own", name, have.operation))
		}
	}
}

// declare collects the statuses that an operation may answer with.
func (op *operation) declare() error {
	op.declared = map[int][]string{}
	var errs []error
	var refusals []auth.Refusal
	var principals []reflect.Type
	if op.guard != nil {
		op.declared[http.StatusUnauthorized] = nil
		refusals, principals = op.guard.Declaration().Refusals, op.guard.Principals()
	}
	limiters := func(name string, list []Limiter, principals []reflect.Type) {
		for i, limiter := range list {
			if auth.IsNil(limiter) {
				errs = append(errs, fmt.Errorf("Op.%s[%d] is a nil limiter", name, i))
				continue
			}
			declared, err := limiter.Declare(principals)
			errs = append(errs, err)
			op.limited = append(op.limited, declared...)
		}
	}
	limiters("Before", op.op.Before, nil)
	if op.guard != nil || op.auth == auth.Public { // otherwise its own mistake is reported
		limiters("After", op.op.After, principals)
	}
	for _, refusal := range slices.Concat(refusals, op.limited) {
		op.declared[refusal.Status] = append(op.declared[refusal.Status], refusal.Headers...)
	}
	for _, err := range op.op.Errors {
		status, _, headers, ok := describeError(err)
		if !ok || status < 400 || status > 599 {
			errs = append(errs, fmt.Errorf("Op.Errors has %v: want an *rest.Error or *auth.Error with a status from 400 to 599", err))
			continue
		}
		for _, name := range headers {
			if err := checkReplyHeader(name); err != nil {
				errs = append(errs, fmt.Errorf("Op.Errors, status %d: %w", status, err))
			}
		}
		op.declared[status] = append(op.declared[status], headers...)
	}
	return errors.Join(errs...)
}

// describeError reads an element of Op.Errors.
func describeError(err error) (status int, description string, headers []string, ok bool) {
	if e, is := errors.AsType[*Error](err); is && e != nil {
		return e.status(), e.Msg, sortedKeys(e.Header), true
	}
	if e, is := errors.AsType[*auth.Error](err); is && e != nil {
		names := sortedKeys(e.Header)
		if e.Challenge != "" && e.HTTPStatus() != http.StatusUnauthorized && !containsFold(names, "WWW-Authenticate") {
			names = append(names, "WWW-Authenticate")
		}
		return e.HTTPStatus(), e.Msg, names, true
	}
	return 0, "", nil, false
}

func (c *compiler) operationID(op *operation, ctl *Controller, fail func(error)) {
	id := op.op.ID
	if id == "" {
		id = strings.ToLower(op.method) + camel(ctl.Name) + camel(op.path)
	}
	if other, ok := c.ids[id]; ok {
		fail(fmt.Errorf("the operationId %q is also that of %s; set Op.ID", id, other))
		return
	}
	c.ids[id] = op.name
	op.served.id = id
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
		if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) && !c.api.settings.ExplicitMethods {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		t.allow = strings.Join(methods, ", ")
	}
	nowhere := &operation{level: c.base, op: &Op{}}
	nowhere.serve(c.api)
	c.api.nowhere = nowhere
}
