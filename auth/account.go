package auth

import "log/slog"

// Account is what credentials need to know of a user.
type Account struct {
	ID       string // as sessions and tokens carry it
	Username string
	Email    string // empty: none, or not known; a new password must not be made of it
	Password string `json:"-"` // encoded, see package password; empty: none
	Active   bool   // an inactive account is refused everywhere
}

// LogValue implements [slog.LogValuer]. It leaves out the password and the address.
func (a Account) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", a.ID), slog.String("username", a.Username), slog.Bool("active", a.Active))
}

// String returns what LogValue logs.
func (a Account) String() string { return a.LogValue().String() }
