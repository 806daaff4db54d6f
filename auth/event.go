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

// Outcome is how a request was decided on.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"    // somebody was let in, by a credential
	LoggedIn  Outcome = "logged in"   // somebody was let in by a handler: a login
	Anonymous Outcome = "anonymous"   // nobody was let in: Optional, or a guard that asks for no credential
	Refused   Outcome = "refused"     // 401, or a status of the authenticator's own
	Down      Outcome = "unavailable" // a store is down: 503
	Faulty    Outcome = "fault"       // a mistake of this service: 500
)

// Event is a decision about a request. It holds no credential, and nothing that the
// client wrote.
type Event struct {
	Outcome Outcome
	// Operation is what was asked for: "GET /api/notes/{id}", or the path of a mount. Of
	// [Require] it is the pattern of http.ServeMux; empty in front of one.
	Operation string
	// Level is where the auth of the operation was declared: settings, router,
	// controller, endpoint or mount.
	Level string
	// Scheme names the security scheme that accepted or refused; of an [AllOf] all of
	// them, joined by "+". Empty where no credential was found.
	Scheme string
	// Reason says why a request was refused, in words that do not change from request
	// to request: "jwt: expired". Of an anonymous request it says what was wrong with the
	// credential that came with it, such as a cookie of a session that has ended. Empty
	// where the authenticator gave none, see [Reason].
	Reason string
	// Status of the reply; zero where a request was let in.
	Status int
	// UserID is the account's, see [Identity].UserID; of a refusal where it is known.
	UserID string
	// Client is the address of the client, without port: of the peer, or in an API what
	// its trusted proxies say. Empty if there is none.
	Client string
}

// Reason is a cause for the log that is the same text whenever it occurs, and holds
// nothing of a request. Events repeat it. [Refuse] makes its cause one.
type Reason string

// Error returns the text.
func (r Reason) Error() string { return string(r) }

// LogEvents returns an observer, for Settings.OnAuth of package rest and for
// [Require], that writes events to a logger: what was let in at debug level, logins and
// what was refused at info, stores that are down and faults at error.
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
			slog.String("outcome", string(e.Outcome)), slog.String("operation", e.Operation), slog.String("level", e.Level),
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

// Event describes an outcome of [Guard.Authenticate], or what a limiter or a handler
// refused to an identity that was let in before. The guard may be nil then: of a
// public operation.
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

// reasonOf is the reason that a refusal gives; empty if it gives none.
func reasonOf(e *Error) string {
	reason, _ := errors.AsType[Reason](e.Err)
	return string(reason)
}

// maxNames is how many authenticators a guard remembers the names of. A chain has few,
// but one that makes a new Identity.By for each request must not fill the memory.
const maxNames = 64

// names remembers the schemes of authenticators.
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

// schemeOf names the schemes by which an identity was accepted.
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
	d, err := id.By.Declare(http.MethodGet) // without what an unsafe method needs besides
	if err != nil || len(d.Alternatives) == 0 {
		return ""
	}
	name := strings.Join(slices.Sorted(maps.Keys(d.Alternatives[0].Requirement)), "+")
	if cache {
		g.names.remember(id.By, name)
	}
	return name
}
