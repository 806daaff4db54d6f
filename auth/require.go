package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/requestid"
	"github.com/go-modern-rest/rest/openapi"
)

// RequireConfig holds the settings of [Require]. The zero value is ready.
type RequireConfig struct {
	// Logger gets stores that are down and faults of the service, with their cause.
	// Defaults to slog.Default.
	Logger *slog.Logger
	// OnAuth is called with each decision, before the handler. [LogEvents] makes one. It
	// may be called by several requests at once.
	OnAuth func(*http.Request, Event)
}

// Require protects any net/http handler. It puts the identity into the request's context
// ([FromContext], [PrincipalFrom]), and answers a refusal in JSON, with the challenges of
// the authenticator:
//
//	{"detail":[{"msg":"Not authenticated","type":"security"}]}
//
// A store that is down is a 503 and a fault of the service a 500. The cause is logged, and
// not part of the reply. The error of Require is the configuration error of the
// authenticator.
//
// It is middleware as chi takes it, r.Use(protect); echo takes it through
// echo.WrapMiddleware(protect). For gin it needs an adapter:
//
//	func(c *gin.Context) {
//		passed := false
//		protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
//			passed, c.Request = true, r
//			c.Next()
//		})).ServeHTTP(c.Writer, c.Request)
//		if !passed {
//			c.Abort()
//		}
//	}
func Require(a Authenticator, cfg RequireConfig) (func(http.Handler) http.Handler, error) {
	guards := map[string]*Guard{}
	for _, method := range openapi.Methods() {
		guard, err := Compile(a, method)
		if err != nil {
			return nil, err
		}
		guards[method] = guard
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			guard, ok := guards[r.Method]
			if !ok {
				guard = guards[http.MethodPost] // a method that is not known may change something
			}
			for _, name := range guard.decl.Vary {
				w.Header().Add("Vary", name)
			}
			id, err := guard.Authenticate(r)
			if cfg.OnAuth != nil && !Cancelled(r.Context(), err) {
				cfg.OnAuth(r, guard.eventOf(r, id, err))
			}
			if err != nil {
				guard.refuse(w, r, err, cfg.Logger)
				return
			}
			addHeader(w.Header(), id.Header)
			next.ServeHTTP(w, withIdentity(r, &id))
		})
	}, nil
}

// eventOf is the event of a request outside of package rest.
func (g *Guard) eventOf(r *http.Request, id Identity, err error) Event {
	event := g.Event(id, err)
	event.Operation = r.Pattern
	if client := forwarded.Client(r); client.IsValid() {
		event.Client = client.String()
	}
	return event
}

// expired reports whether an outcome is that the deadline of its request passed.
func expired(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded)
}

// retryLater is the reply to a request that could not be decided.
var retryLater = &Error{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {RetryAfter}}}

// logDown is [loglimit.Limit.Allow] of the guard.
func (g *Guard) logDown() (more []any, ok bool) {
	if g == nil {
		return nil, true
	}
	return g.down.Allow()
}

// Refuse writes the reply to a request that [Guard.Authenticate] did not let in, as
// [Require] does: the refusal with the challenges of the guard, and 503 or 500 for the
// rest, which it logs to [slog.Default]. A nil Guard has no challenges. It is for adapters
// of other frameworks.
func (g *Guard) Refuse(w http.ResponseWriter, r *http.Request, err error) { g.refuse(w, r, err, nil) }

func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, err error, logger *slog.Logger) {
	log := func(what string, more ...any) {
		id := requestid.Of(r)
		w.Header().Set("X-Request-Id", id)
		cmp.Or(logger, slog.Default()).ErrorContext(r.Context(), "auth: "+what, append([]any{
			"method", r.Method, "path", r.URL.Path, "request_id", id, "err", err}, more...)...)
	}
	refusal, ok := errors.AsType[*Error](err)
	switch {
	case expired(r.Context(), err):
		refusal = retryLater
		log("the deadline of the request passed")
	case Cancelled(r.Context(), err):
		refusal = retryLater
	case ok:
	case errors.Is(err, ErrUnavailable):
		refusal = retryLater
		if more, ok := g.logDown(); ok {
			log("store unavailable; this is logged once a minute", more...)
		}
	default:
		refusal = &Error{Status: http.StatusInternalServerError, Msg: "Internal server error", Code: "internal_error"}
		log("fault")
	}
	header := w.Header()
	addHeader(header, ReplyHeader(err))
	addHeader(header, refusal.Header)
	status := refusal.HTTPStatus()
	if status == http.StatusUnauthorized && refusal.Header == nil && g != nil && g.challenge != "" {
		header.Set("WWW-Authenticate", g.challenge)
		if refusal.Challenge != "" {
			header["Www-Authenticate"] = g.ChallengeOf(refusal.Challenge)
		}
	} else if status != http.StatusUnauthorized && refusal.Challenge != "" {
		header.Set("WWW-Authenticate", refusal.Challenge)
	}
	body := refusalBody(refusal)
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone; nothing is left to do
}

func refusalBody(e *Error) []byte {
	type detail struct {
		Msg  string `json:"msg"`
		Type string `json:"type,omitempty"`
	}
	msg, code := e.Text()
	body, err := json.Marshal(map[string][]detail{"detail": {{Msg: msg, Type: code}}})
	if err != nil {
		panic(fmt.Sprintf("auth: two strings do not marshal: %v", err))
	}
	return body
}

func addHeader(to, from http.Header) {
	for _, name := range slices.Sorted(maps.Keys(from)) {
		for _, value := range from[name] {
			to.Add(name, value)
		}
	}
}
