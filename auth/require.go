package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/go-modern-rest/rest/internal/requestid"
)

// Require protects any net/http handler. The identity is in the request's context
// ([FromContext], [PrincipalFrom]); a refusal is answered in JSON, with the
// challenges of the authenticator:
//
//	{"detail":[{"msg":"Not authenticated","type":"security"}]}
//
// A store that is down is a 503, a fault of the service a 500; both are logged to
// [slog.Default] with their cause and answered without it. The error is the
// configuration error of the authenticator.
//
// Observers are told of each decision; [LogEvents] makes one.
//
// It is middleware as chi takes it, r.Use(protect); echo does with
// echo.WrapMiddleware(protect). A handler of gin has another shape:
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
func Require(a Authenticator, observers ...func(*http.Request, Event)) (func(http.Handler) http.Handler, error) {
	guards := map[string]*Guard{}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"} {
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
				guard = guards["POST"] // an unknown method is treated as unsafe
			}
			for _, name := range guard.decl.Vary {
				w.Header().Add("Vary", name)
			}
			id, err := guard.Authenticate(r)
			for _, observe := range observers {
				if Cancelled(r.Context(), err) {
					break
				}
				event := guard.Event(id, err)
				event.Operation = r.Pattern
				if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
					event.Client = peer.Addr().Unmap().String()
				}
				observe(r, event)
			}
			if err != nil {
				guard.Refuse(w, r, err)
				return
			}
			addHeader(w.Header(), id.Header)
			next.ServeHTTP(w, withIdentity(r, &id))
		})
	}, nil
}

// expired reports whether an outcome is that the deadline of its request passed.
func expired(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded)
}

// Refuse writes the answer to a request that [Guard.Authenticate] did not let in, as
// [Require] does: what it refused, with the challenges of the guard, and 503 or 500 for
// the rest, which is logged to [slog.Default]. A nil Guard has no challenges. It is for
// adapters of other frameworks.
func (g *Guard) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	refusal, ok := errors.AsType[*Error](err)
	switch {
	case expired(r.Context(), err):
		refusal = &Error{Status: http.StatusServiceUnavailable}
		slog.ErrorContext(r.Context(), "auth: the deadline of the request passed", "method", r.Method, "path", r.URL.Path, "request_id", requestid.Of(r), "err", err)
	case Cancelled(r.Context(), err):
		refusal = &Error{Status: http.StatusServiceUnavailable}
	case ok:
	case errors.Is(err, ErrUnavailable):
		refusal = &Error{Status: http.StatusServiceUnavailable}
		slog.ErrorContext(r.Context(), "auth: store unavailable", "method", r.Method, "path", r.URL.Path, "request_id", requestid.Of(r), "err", err)
	default:
		refusal = &Error{Status: http.StatusInternalServerError, Msg: "Internal server error", Code: "internal_error"}
		slog.ErrorContext(r.Context(), "auth: fault", "method", r.Method, "path", r.URL.Path, "request_id", requestid.Of(r), "err", err)
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
	msg, kind := e.Text()
	body, err := json.Marshal(map[string][]detail{"detail": {{Msg: msg, Type: kind}}})
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
