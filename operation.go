package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/loglimit"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/reply"
)

// operation is one method of one path, compiled: what serving and the document read. An
// operation without an endpoint answers for a level where no operation does: 404 and 405.
type operation struct {
	level
	*shared
	Op              // as it was written; what the levels made of it is in level
	title    string // "GET /api/notes/{id}"; of a mount the path alone
	method   string
	endpoint *Endpoint
	guard    *auth.Guard // nil: public
	input    *bind.Plan
	setters  []authSetter
	ifMatch  *ifMatchField // nil: the input has none
	output   *reply.Plan
	writes   bool  // the output is an http.Handler
	statuses []int // of success, the default first; empty where the output writes it
	failures []failure
	prepared prepared
	large    atomic.Bool // the last body that a codec encoded was larger than maxKeptBuffer
}

// shared is what all operations of an API share.
type shared struct {
	logger    *slog.Logger
	down      *loglimit.Limit // of lines about stores
	languages *message.Languages
	onAuth    func(*http.Request, auth.Event)
	compat    Compat
	preferred *errorFormat // Compat.ProblemIfPreferred
}

// failure is a status, other than success, that an operation may answer with. Replies are
// checked against it, and it is in the document.
type failure struct {
	status       int
	descriptions []string
	headers      []string
	own          bool     // the framework, the guard or a limiter answers with it
	errs         []*Error // those that the program declared
}

// prepared is what replies need that is the same each time.
type prepared struct {
	mediaTypes   []string
	contentType  [][]string       // of codecs
	bodies       []string         // media types of a body that no codec encodes
	offers       string           // media types of the body, for messages
	statuses     string           // declared statuses, for messages
	headers      []headerValue    // of the levels, without Vary
	vary         []string         // what middleware has written is kept
	varyLanguage []string         // vary of a reply whose text is translated
	challenge    []string         // WWW-Authenticate
	denied       []preparedDenial // the plain 401 in each language; nil: not prepared
}

type preparedDenial struct {
	body  []byte
	media []string
}

// prepare makes what serving needs of a compiled operation.
func (op *operation) prepare() {
	p := &op.prepared
	for _, codec := range op.codecs {
		p.mediaTypes = append(p.mediaTypes, codec.MediaType)
		p.contentType = append(p.contentType, []string{codec.MediaType})
	}
	p.bodies, p.offers = op.output.Body.MediaTypes(), strings.Join(p.mediaTypes, ", ")
	if len(p.bodies) > 0 {
		p.offers = strings.Join(p.bodies, ", ")
	}
	statuses := slices.Clone(op.statuses)
	for _, f := range op.failures {
		statuses = append(statuses, f.status)
	}
	slices.Sort(statuses)
	var names []string
	for _, status := range slices.Compact(statuses) {
		names = append(names, strconv.Itoa(status))
	}
	p.statuses = strings.Join(names, ", ")
	op.prepareHeaders()
	op.prepareDenial()
}

// prepareHeaders makes the headers that each reply has.
func (op *operation) prepareHeaders() {
	p := &op.prepared
	var vary []string // that of the levels first
	p.headers = op.headers
	if i := slices.IndexFunc(op.headers, func(h headerValue) bool { return h.name == "Vary" }); i >= 0 {
		vary = append(vary, op.headers[i].values...)
		p.headers = slices.Delete(slices.Clone(op.headers), i, i+1)
	}
	levels := len(vary)
	if len(op.codecs) > 1 || len(p.bodies) > 1 {
		vary = append(vary, "Accept")
	}
	if op.guard != nil {
		vary = append(vary, op.guard.Declaration().Vary...)
		if challenge := op.guard.Challenge(); challenge != "" {
			p.challenge = []string{challenge}
		}
	}
	join := func(names []string) []string {
		if len(names) == 0 {
			return nil
		}
		return []string{strings.Join(names, ", ")}
	}
	p.vary = join(vary)
	p.varyLanguage = p.vary
	if op.languages.Negotiated() {
		p.varyLanguage = join(slices.Insert(vary, levels, "Accept-Language"))
	}
}

// prepareDenial makes the replies of a plain 401, so that a refusal is cheaper than an
// acceptance. A format that may look at the request, a codec and MapError prevent it.
func (op *operation) prepareDenial() {
	format := op.formatFor(0)
	if op.guard == nil || len(op.mapErrors) > 0 || !format.static || op.codecs[0].FromJSON != nil {
		return
	}
	media := op.prepared.contentType[0]
	if format.mediaType != "" {
		media = format.header
	}
	for lang := range op.languages.Len() {
		body, err := format.append(nil, context.Background(), errDenied.shown(op.languages, lang))
		if err != nil {
			panic(fmt.Sprintf("rest: a plain 401 does not encode: %v", err))
		}
		op.prepared.denied = append(op.prepared.denied, preparedDenial{body, media})
	}
}

// formatFor returns the format of errors for the client that gets a codec.
func (op *operation) formatFor(codec int) *errorFormat {
	if op.preferred != nil && op.codecs[codec].MediaType == mediaProblem {
		return op.preferred
	}
	return op.format
}

// declare collects the statuses that the operation may answer with besides success.
func (op *operation) declare() error {
	limited, err := op.limiterRefusals()
	if op.guard != nil {
		op.declareAuth()
	}
	for _, refusal := range limited {
		op.declares(refusal.Status, refusal.Description, refusal.Headers...)
	}
	for _, f := range op.errors {
		op.add(f)
	}
	if op.input.CanFail() {
		op.declares(http.StatusBadRequest, docBadRequest)
	}
	if op.input.HasBody() {
		if op.maxBody >= 0 {
			op.declares(http.StatusRequestEntityTooLarge, docTooLarge)
		}
		op.declares(http.StatusUnsupportedMediaType, docUnsupportedType)
	}
	op.declarePreconditions()
	if !op.writes {
		op.declares(http.StatusNotAcceptable, docNotAcceptable)
		if op.replies != Unchecked {
			op.declares(http.StatusUnprocessableEntity, docUnprocessable)
		}
	}
	return err
}

// declarePreconditions declares the refusals of conditional and range requests.
func (op *operation) declarePreconditions() {
	content := op.output.Body.Kind == reply.Content
	if content && (op.method == http.MethodGet || op.method == http.MethodHead) || op.ifMatch != nil {
		op.declares(http.StatusPreconditionFailed, docPrecondition)
	}
	if content && op.method == http.MethodGet {
		op.declares(http.StatusRequestedRangeNotSatisfiable, docRange, "Content-Range")
	}
	if op.ifMatch != nil && op.ifMatch.required {
		op.declares(http.StatusPreconditionRequired, docPreconditionRequired)
	}
}

func (op *operation) declareAuth() {
	declaration := op.guard.Declaration()
	if identifies(declaration) {
		var headers []string
		if op.guard.Challenge() != "" {
			headers = []string{"WWW-Authenticate"}
		}
		op.declares(http.StatusUnauthorized, docUnauthorized, headers...)
	}
	for _, refusal := range declaration.Refusals {
		op.declares(refusal.Status, refusal.Description, refusal.Headers...)
	}
	if len(declaration.Schemes) > 0 {
		op.declares(http.StatusServiceUnavailable, docUnavailable)
	}
}

func (op *operation) declares(status int, description string, headers ...string) {
	op.add(failure{status: status, descriptions: []string{description}, headers: headers, own: true})
}

// add joins a failure with those that have its status.
func (op *operation) add(f failure) {
	have := op.failure(f.status)
	if have == nil {
		op.failures = append(op.failures, f)
		return
	}
	for _, description := range f.descriptions {
		if !slices.Contains(have.descriptions, description) {
			have.descriptions = append(slices.Clip(have.descriptions), description)
		}
	}
	have.headers = append(slices.Clip(have.headers), f.headers...)
	have.errs = append(slices.Clip(have.errs), f.errs...)
	have.own = have.own || f.own
}

func (op *operation) failure(status int) *failure {
	if i := slices.IndexFunc(op.failures, func(f failure) bool { return f.status == status }); i >= 0 {
		return &op.failures[i]
	}
	return nil
}

// limiterRefusals asks the limiters what they refuse with.
func (op *operation) limiterRefusals() ([]auth.Refusal, error) {
	var refusals []auth.Refusal
	var errs []error
	for _, limiter := range op.limitsBeforeAuth {
		declared, err := limiter.Declare(nil)
		refusals, errs = append(refusals, declared...), append(errs, err)
	}
	if op.guard == nil && op.auth != auth.Public {
		return refusals, errors.Join(errs...) // its own mistake is reported
	}
	var principals []reflect.Type
	if op.guard != nil {
		principals = op.guard.Principals()
	}
	for _, limiter := range op.limits {
		declared, err := limiter.Declare(principals)
		refusals, errs = append(refusals, declared...), append(errs, err)
	}
	return refusals, errors.Join(errs...)
}

// successes finds the statuses of success.
func (op *operation) successes() error {
	op.statuses = op.output.Statuses()
	switch {
	case len(op.statuses) == 0 && op.Status == 0:
		op.statuses = []int{statusFor(op.method, op.endpoint.out)}
	case len(op.statuses) == 0:
		op.statuses = []int{op.Status}
	case op.Status != 0:
		return errors.New("Op.Status and the status field of the output both say which status a success has; remove one")
	}
	if err := op.checkStatus(); err != nil {
		return err
	}
	return op.output.CheckStatuses(op.method, op.statuses)
}

func (op *operation) checkStatus() error {
	if op.Status != 0 && (op.Status < 200 || op.Status > 399) && op.Status != http.StatusSwitchingProtocols {
		return fmt.Errorf("Op.Status %d is not a success; errors go to Errors", op.Status)
	}
	return nil
}

// undeclared returns the 422 for an error that its operation did not declare, and the
// advice to its developer.
func (op *operation) undeclared(e *Error) (reply *Error, advice string) {
	if e.own || e.status() >= 500 || op.replies == Unchecked {
		return nil, ""
	}
	f := op.failure(e.status())
	if f == nil {
		return newError(http.StatusUnprocessableEntity, codeReply, msgUndeclaredStatus, e.status(), op.prepared.statuses),
			"list the error in Errors of the operation or of a level above it, or set Replies to Unchecked"
	}
	for _, name := range sortedKeys(e.Header) {
		if !commonHeader(name) && !containsFold(f.headers, name) {
			return newError(http.StatusUnprocessableEntity, codeReply, msgUndeclaredHeader, message.Quote(strings.ToLower(name)), e.status()),
				"add the header to the Header of the error in Errors, or set Replies to Unchecked"
		}
	}
	return nil, ""
}

func commonHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Www-Authenticate", "Set-Cookie", "Cache-Control", "Vary", "Retry-After", "Location", "Allow", "Content-Language":
		return true
	}
	return false
}
