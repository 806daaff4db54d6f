package jwtauth

import (
	"log/slog"
	"time"
)

// Pair is an access token and the refresh token that renews it.
type Pair struct {
	Access, Refresh               string
	AccessExpires, RefreshExpires time.Time
}

// LogValue implements [slog.LogValuer]. It leaves out the tokens.
func (p Pair) LogValue() slog.Value {
	return slog.GroupValue(slog.Time("access_expires", p.AccessExpires), slog.Time("refresh_expires", p.RefreshExpires))
}

// String returns what LogValue logs.
func (p Pair) String() string { return p.LogValue().String() }
