package store

import (
	"log/slog"
	"time"
)

// LogValue implements [slog.LogValuer]. It leaves out the password.
func (u User) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int64("id", u.ID), slog.String("username", u.Username),
		slog.Bool("active", u.Active), slog.Bool("staff", u.Staff), slog.Bool("superuser", u.Superuser),
	)
}

// String returns what LogValue logs.
func (u User) String() string { return u.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the key and the data.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("user", s.UserID)},
		times("created", s.Created, "seen", s.Seen, "expires", s.Expires)...)...)
}

// String returns what LogValue logs.
func (s Session) String() string { return s.LogValue().String() }

// LogValue implements [slog.LogValuer].
func (b BlockedToken) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("jti", b.ID), slog.String("user", b.UserID)},
		times("created", b.Created, "expires", b.Expires)...)...)
}

// String returns what LogValue logs.
func (b BlockedToken) String() string { return b.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out what the refresh tokens carry.
func (f Family) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("id", f.ID), slog.String("user", f.UserID)},
		times("created", f.Created, "rotated", f.Rotated, "expires", f.Expires)...)...)
}

// String returns what LogValue logs.
func (f Family) String() string { return f.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the hash.
func (t Token) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.Int64("id", t.ID), slog.String("user", t.UserID), slog.String("name", t.Name)},
		times("created", t.Created, "expires", t.Expires, "revoked", t.Revoked, "last_used", t.LastUsed)...)...)
}

// String returns what LogValue logs.
func (t Token) String() string { return t.LogValue().String() }

// times makes attributes of names and times in turn. It leaves out zero times.
func times(pairs ...any) []slog.Attr {
	var attrs []slog.Attr
	for i := 0; i < len(pairs); i += 2 {
		if at := pairs[i+1].(time.Time); !at.IsZero() {
			attrs = append(attrs, slog.Time(pairs[i].(string), at))
		}
	}
	return attrs
}
