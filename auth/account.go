package auth

import "log/slog"

// Account is what this module needs to know about a user.
type Account struct {
	ID       string // the id that sessions and tokens contain
	Username string
	Email    string // empty: none, or not known. A password policy compares passwords with it.
	Password string `json:"-"` // encoded, see package password; empty: none
	Active   bool   // an inactive account is always refused
}

// LogValue implements [slog.LogValuer]. It leaves out the password and the address.
func (a Account) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", a.ID), slog.String("username", a.Username), slog.Bool("active", a.Active))
}

// String returns what LogValue logs.
func (a Account) String() string { return a.LogValue().String() }
