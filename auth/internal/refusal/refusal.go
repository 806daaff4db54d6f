// Package refusal adds the name of the scheme and the challenge to the refusals of a backend, whose
// credentials can be sent in several ways.
package refusal

import "github.com/go-modern-rest/rest/auth"

// Set holds the refusals of one authenticator. It is made at start, so that refusing
// allocates nothing.
type Set struct {
	scheme, challenge string
	own               map[*auth.Error]*auth.Error
}

// NewSet makes the set of an authenticator from the refusals that it shares with others.
func NewSet(scheme, challenge string, shared ...*auth.Error) Set {
	s := Set{scheme: scheme, challenge: challenge, own: make(map[*auth.Error]*auth.Error, len(shared))}
	for _, e := range shared {
		s.own[e] = s.copy(e)
	}
	return s
}

// Of returns the refusal of the set for a shared one, and any other error unchanged.
func (s Set) Of(err error) error {
	e, ok := err.(*auth.Error) //nolint:errorlint // a wrapped one is not a refusal of this backend
	if !ok || e == nil {
		return err
	}
	if own, ok := s.own[e]; ok {
		return own
	}
	return s.copy(e)
}

func (s Set) copy(e *auth.Error) *auth.Error {
	own := *e
	if own.Scheme == "" {
		own.Scheme = s.scheme
	}
	if own.Challenge == "" && own.Status == 0 {
		own.Challenge = s.challenge
	}
	return &own
}
