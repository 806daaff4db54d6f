package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/go-modern-rest/rest/store"
)

// Codes of errors, PostgreSQL's appendix A.
const (
	uniqueViolation       = "23505"
	foreignKeyViolation   = "23503"
	serializationFailure  = "40001"
	deadlockDetected      = "40P01"
	readOnly              = "25006"
	insufficientPrivilege = "42501"
	undefinedTable        = "42P01"
	undefinedSchema       = "3F000"
)

// errText means that a text cannot be in a PostgreSQL database.
var errText = errors.New("a text has a NUL byte or is not UTF-8, which PostgreSQL does not store")

// failed adds what failed to an error, and wraps an error of package store if there is one for
// it.
func failed(err error, what string) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		err = store.ErrNotFound
	case codeOf(err) == uniqueViolation:
		err = store.ErrExists
	}
	return fmt.Errorf("postgres: %s: %w", what, err)
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// repeatable reports whether a transaction failed only because of another one.
func repeatable(err error) bool {
	code := codeOf(err)
	return code == deadlockDetected || code == serializationFailure
}
