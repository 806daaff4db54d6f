package auth

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/go-modern-rest/rest/openapi"
)

// Authenticator checks requests, and documents what it checks.
//
// A value is immutable and safe for concurrent use. It sees no ResponseWriter and
// must not read the body.
type Authenticator interface {
	// Authenticate says who sent the request. Each outcome is distinct:
	//
	//   - an [Identity] with a principal, and no error: accepted;
	//   - [ErrSkip] or [Skip]: no credential of this kind, the next alternative is
	//     asked, and a 401 is sent when nobody accepts;
	//   - an [*Error]: refused. No alternative is tried;
	//   - [ErrUnavailable] (wrapped or not): the store behind it is down, 503;
	//   - any other error, or an identity without principal: a fault of this
	//     service, 500. It is logged and never shown.
	//
	// The request's context cancels the work.
	Authenticate(r *http.Request) (Identity, error)

	// Declare describes this authenticator for one HTTP method. It is called at
	// start, once per operation. Its error is the configuration error: an
	// authenticator that was built wrongly says so here, and nothing starts.
	Declare(method string) (Declaration, error)
}

// Identity is who sent a request, and how that is known. It is passed by value;
// nobody writes to one that an authenticator returned.
type Identity struct {
	// Principal is who: what a handler's auth field receives. Never nil.
	Principal any
	// Credential is what proved it: claims, a session, a token row. May be nil.
	Credential any
	// UserID is the account's, as sessions and tokens carry it: [Account].ID. Empty
	// where an authenticator knows of no account.
	UserID string
	// Accounts stands for the table that UserID is an id of, as [AccountsOf] returns it.
	// nil: unknown. It is what [Alternative].Accounts declares.
	Accounts any
	// By is the authenticator that accepted, the innermost one. A nil By is filled
	// in by the combinator or framework that called it.
	By Authenticator
	// All holds the members' identities where an [AllOf] accepted.
	All []Identity
	// Expires is when a stream opened with this identity must end; zero: never.
	Expires time.Time
	// Header joins the reply, whatever the handler answers; a renewed cookie, say.
	Header http.Header

	stale    *Error     // what was wrong with the credential of a request that passed as Nobody
	narrowed *narrowing // the last Narrow that it went through; nil: none
}

// Nobody is the principal of a request without one: of [Optional] when no
// credential was sent, and of guards that let a request pass without asking who.
// A pointer or interface field stays nil for it.
type Nobody struct{}

// Declaration describes what an Authenticator demands of a request and how it
// refuses. Enforcing and documenting read the same one.
type Declaration struct {
	// Alternatives are the ways to be accepted, in the order they are tried.
	Alternatives []Alternative
	// Schemes are the security schemes that the requirements name.
	Schemes map[string]Scheme
	// Challenges are the WWW-Authenticate challenges of a 401 (RFC 9110 §11.6.1),
	// in order. None where no RFC 9110 scheme fits, as for cookies.
	Challenges []string
	// Vary names request headers that the outcome depends on, other than the headers of
	// the Schemes, which are added. Caches respect Authorization by themselves.
	Vary []string
	// Refusals are the answers besides 401 that Authenticate may give.
	Refusals []Refusal
}

// Alternative is one way to be accepted.
type Alternative struct {
	// Requirement names the schemes that are needed together. Empty: anonymous.
	Requirement openapi.SecurityRequirement
	// Principals are the types that an identity accepted this way carries: one,
	// or one for each member of an [AllOf].
	Principals []reflect.Type
	// Accounts holds, for each principal, the table that its [Identity].UserID is an id of,
	// as [AccountsOf] returns it. A nil element says that the principal has no account, or
	// that its table is unknown; nil says so of all principals. See [AccountID].
	Accounts []any
}

// Scheme is a security scheme and what stands behind its name.
type Scheme struct {
	openapi.SecurityScheme
	// Source is the issuer or table that the credentials are checked against, any
	// comparable value. One scheme name stands for one SecurityScheme and one
	// Source in an API; anything else is a start-up error.
	Source any
}

// Refusal documents an answer of an Authenticator besides 401.
type Refusal struct {
	Status      int
	Description string
	Headers     []string // names of headers that the answer may carry
}

// Users finds accounts. U is the application's user type, the principal.
// An unknown user is [store.ErrNotFound] (wrapped or not); any other error means
// that the store is down, 503.
//
// [store.ErrNotFound]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrNotFound
type Users[U any] interface {
	// ByID finds a user by the id that sessions and tokens carry, as text.
	ByID(ctx context.Context, id string) (U, Account, error)
	// ByUsername finds a user by the name that people type, exactly as typed.
	ByUsername(ctx context.Context, name string) (U, Account, error)
}

// PrincipalType is the reflect.Type of P, for [Alternative].Principals.
func PrincipalType[P any]() []reflect.Type { return []reflect.Type{reflect.TypeFor[P]()} }
