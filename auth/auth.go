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
// An Authenticator is immutable and safe for concurrent use. It must not read the body of the
// request.
type Authenticator interface {
	// Authenticate returns the identity of the sender of a request. It has these outcomes:
	//
	//   - an [Identity] with a principal and a nil error: the request is accepted;
	//   - [ErrSkip] or [Skip]: the request has no credential of this kind. The next
	//     alternative is tried; if none accepts, the reply is a 401;
	//   - an [*Error]: the request is refused. No other alternative is tried;
	//   - [ErrUnavailable], wrapped or not: the store is down, 503;
	//   - any other error, or an identity without a principal: a fault of this service,
	//     500. The error is logged, and not part of the reply.
	//
	// Authenticate returns early when the context of the request ends.
	Authenticate(r *http.Request) (Identity, error)

	// Declare describes this authenticator for one HTTP method. It is called once per
	// operation when an API is built. Its error is a mistake in the configuration of the
	// authenticator, and keeps the API from being built.
	Declare(method string) (Declaration, error)
}

// Identity says who sent a request, and how that was proved. Its maps and slices must not be
// changed.
type Identity struct {
	// Principal is the sender, as a handler's auth field receives it. It is never nil.
	Principal any
	// Credential is what the request proved it with: claims, a session, the row of a token.
	// It may be nil.
	Credential any
	// UserID is the [Account].ID of the sender. It is empty if the authenticator has no
	// accounts.
	UserID string
	// Accounts identifies the table of accounts that UserID is from, as [AccountsOf] does.
	// nil: unknown. It must be what [Alternative].Accounts declares.
	Accounts any
	// By is the innermost authenticator that accepted the request. The combinator or
	// framework that called an authenticator sets it if it is nil.
	By Authenticator
	// All has the identities of all members if an [AllOf] accepted the request.
	All []Identity
	// Expires is when the identity ends, and a stream with it. Zero: never.
	Expires time.Time
	// Header is added to the reply, also if that is an error. It may renew a cookie.
	Header http.Header

	stale    *Error     // what was wrong with the credential of a request that passed as Nobody
	narrowed *narrowing // the last Narrow that it went through; nil: none
}

// Nobody is the principal of an anonymous request: one that [Optional] let pass without a
// credential, or one that passed a check that asks for none. An auth field that is a pointer
// or an interface is nil then.
type Nobody struct{}

// Declaration describes what an Authenticator demands of a request, and how it refuses one.
type Declaration struct {
	// Alternatives are the ways to be accepted, in the order in which they are tried.
	Alternatives []Alternative
	// Schemes are the security schemes that the Alternatives require, by name.
	Schemes map[string]Scheme
	// Challenges are the WWW-Authenticate challenges of a 401 (RFC 9110 §11.6.1),
	// in order. Cookies, for example, have none.
	Challenges []string
	// Vary names request headers that the outcome depends on, besides those of the Schemes.
	// Authorization is not needed here (RFC 9111 §3.5).
	Vary []string
	// Refusals are the statuses besides 401 with which Authenticate may refuse.
	Refusals []Refusal
}

// Alternative is one way to be accepted.
type Alternative struct {
	// Requirement names the schemes that are needed together. Empty: the request needs no
	// credential.
	Requirement openapi.SecurityRequirement
	// Principals are the types of the principals of such a request: one, or one for each
	// member of an [AllOf].
	Principals []reflect.Type
	// Accounts identifies, for each principal, the table that its [Identity].UserID is from,
	// as [AccountsOf] does. A nil element means that the principal has no account, or that its
	// table is unknown. A nil slice means this for all principals. See [AccountID].
	Accounts []any
}

// Scheme is a security scheme and where its credentials come from.
type Scheme struct {
	openapi.SecurityScheme
	// Source identifies the issuer or table that the credentials are checked against. It is
	// any comparable value. In an API all schemes of one name must have the same
	// SecurityScheme and the same Source.
	Source any
}

// Refusal documents a status besides 401 with which an Authenticator refuses.
type Refusal struct {
	Status      int
	Description string
	Headers     []string // names of headers that the reply may have
}

// Users finds accounts. U is the user type of the application, and the principal. If there is
// no such user, the error is [store.ErrNotFound], wrapped or not; any other error means that
// the store is down, 503.
//
// [store.ErrNotFound]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrNotFound
type Users[U any] interface {
	// ByID finds a user by id.
	ByID(ctx context.Context, id string) (U, Account, error)
	// ByUsername finds a user by the name that was typed at a login.
	ByUsername(ctx context.Context, name string) (U, Account, error)
}

// UserJoiner is a table whose rows belong to users, and that can read a row and its user at
// once, because both are in one database. Sessions, tokens and refresh families may have it.
// A backend uses it if JoinsUsers returns true for its users, and reads the row and the user
// one after the other otherwise.
type UserJoiner[Row, U any] interface {
	// JoinsUsers reports whether WithUser reads from these users.
	JoinsUsers(users Users[U]) bool
	// WithUser returns the row with a key, and the user with the row's UserID. The key is
	// that of a session, the hash of a token or the id of a family. The error is
	// [store.ErrNotFound] if there is no such row. If there is no such user, the account
	// has no ID, and the error is nil.
	//
	// [store.ErrNotFound]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrNotFound
	WithUser(ctx context.Context, key string) (Row, U, Account, error)
}

// JoinerOf returns table as a UserJoiner that reads from users, or nil if it is none.
func JoinerOf[Row, U any](table any, users Users[U]) UserJoiner[Row, U] {
	joiner, ok := table.(UserJoiner[Row, U])
	if !ok || IsNil(table) || IsNil(users) || !joiner.JoinsUsers(users) {
		return nil
	}
	return joiner
}

// PrincipalType is the reflect.Type of P, for [Alternative].Principals.
func PrincipalType[P any]() []reflect.Type { return []reflect.Type{reflect.TypeFor[P]()} }
