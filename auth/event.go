package auth

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-modern-rest/rest/internal/requestid"
)

// Outcome is the decision about a request.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"    // by a credential
	LoggedIn  Outcome = "logged in"   // by the handler of a login
	Anonymous Outcome = "anonymous"   // accepted without a credential: Public, Optional, or a check that asks for none
	Refused   Outcome = "refused"     // with 401 or another status
	Down      Outcome = "unavailable" // a store is down: 503
	Faulty    Outcome = "fault"       // of this service: 500
)

// Event is a decision about a request. It has no credential, and nothing that the client
// sent.
type Event struct {
	Outcome Outcome
	// Operation is the operation of the request, "GET /api/notes/{id}", or the path of a
	// mount. For [Require] it is Request.Pattern, which http.ServeMux sets for its handlers.
	Operation string
	// Level is the level that set the auth of the operation: settings, router, controller,
	// endpoint or mount.
	Level string
	// Scheme is the name of the security scheme that accepted or refused the request. For an
	// [AllOf] it has all names, joined by "+". Empty: no credential was found.
	Scheme string
	// Reason says why a request was refused, in words that are the same for all requests:
	// "jwt: expired". For an anonymous request it says what was wrong with the credential
	// that was sent, such as the cookie of a session that has ended. Empty: the authenticator
	// gave none, see [Reason].
	Reason string
	// Status of the reply. Zero: the request was accepted.
	Status int
	// UserID is that of the [Identity]. For a refusal it is set if the account is known.
	UserID string
	// Client is the address of the client without a port: that of the peer, or the one that a
	// trusted proxy of the API named. Empty: there is none.
	Client string
}

// Reason is the cause of a refusal in words that are the same for all requests, and contain
// nothing from a request. Events have it. [Refuse] makes one.
type Reason string

// Error returns the text.
func (r Reason) Error() string { return string(r) }

// LogEvents returns a function for Settings.OnAuth of package rest and for RequireConfig that
// logs events: accepted requests at level debug, logins and refusals at info, stores that are
// down and faults at error.
func LogEvents(logger *slog.Logger) func(*http.Request, Event) {
	return func(r *http.Request, e Event) {
		level := slog.LevelDebug
		switch e.Outcome {
		case Refused, LoggedIn:
			level = slog.LevelInfo
		case Down, Faulty:
			level = slog.LevelError
		}
		if !logger.Enabled(r.Context(), level) {
			return
		}
		attrs := make([]slog.Attr, 0, 9)
		for _, a := range []slog.Attr{
			slog.String("outcome", string(e.Outcome)), slog.String("operation", e.Operation), slog.String("auth_level", e.Level),
			slog.String("scheme", e.Scheme), slog.String("reason", e.Reason), slog.String("user", e.UserID), slog.String("client", e.Client),
		} {
			if a.Value.String() != "" {
				attrs = append(attrs, a)
			}
		}
		if e.Status != 0 {
			attrs = append(attrs, slog.Int("status", e.Status))
		}
		attrs = append(attrs, slog.String("request_id", requestid.Of(r)))
		logger.LogAttrs(r.Context(), level, "auth", attrs...)
	}
}

// Event describes an outcome of [Guard.Authenticate], or the refusal of a limiter or a handler
// to an accepted identity. The guard is nil for a public operation.
func (g *Guard) Event(id Identity, err error) Event {
	if err == nil {
		if isNobody(id.Principal) {
			event := Event{Outcome: Anonymous}
			if id.stale != nil {
				event.Scheme, event.Reason = id.stale.Scheme, reasonOf(id.stale)
			}
			return event
		}
		return Event{Outcome: Accepted, Scheme: g.schemeOf(id), UserID: id.UserID}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return Event{Outcome: Refused, Status: e.HTTPStatus(), Scheme: cmp.Or(e.Scheme, g.schemeOf(id)), UserID: cmp.Or(e.UserID, id.UserID), Reason: reasonOf(e)}
	}
	if errors.Is(err, ErrUnavailable) {
		return Event{Outcome: Down, Status: http.StatusServiceUnavailable}
	}
	return Event{Outcome: Faulty, Status: http.StatusInternalServerError}
}

// reasonOf returns the reason of a refusal; empty: it has none.
func reasonOf(e *Error) string {
	reason, _ := errors.AsType[Reason](e.Err)
	return string(reason)
}

// maxNames is how many authenticators a guard remembers the names of. Usually there are few,
// but an authenticator that returns a new Identity.By for each request must not fill the
// memory.
const maxNames = 64

// names caches the names of the schemes of authenticators.
type names struct {
	mu    sync.RWMutex
	known map[Authenticator]string
}

func (n *names) of(a Authenticator) (name string, ok bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	name, ok = n.known[a]
	return name, ok
}

func (n *names) remember(a Authenticator, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[Authenticator]string{}
	}
	if len(n.known) < maxNames {
		n.known[a] = name
	}
}

// schemeOf returns the names of the schemes by which an identity was accepted.
func (g *Guard) schemeOf(id Identity) string {
	if len(id.All) > 0 {
		var names []string
		for _, member := range id.All {
			if name := g.schemeOf(Identity{By: member.By}); name != "" {
				names = append(names, name)
			}
		}
		return strings.Join(names, "+")
	}
	if g == nil || id.By == nil {
		return ""
	}
	cache := reflect.ValueOf(id.By).Comparable()
	if cache {
		if known, ok := g.names.of(id.By); ok {
			return known
		}
	}
	d, err := id.By.Declare(http.MethodGet) // without the CSRF token that an unsafe method needs
	if err != nil || len(d.Alternatives) == 0 {
		return ""
	}
	name := strings.Join(slices.Sorted(maps.Keys(d.Alternatives[0].Requirement)), "+")
	if cache {
		g.names.remember(id.By, name)
	}
	return name
}
