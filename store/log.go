package store

import (
	"log/slog"
	"time"
)

// LogValue implements [slog.LogValuer]. It leaves out the password.
func (u User) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", u.ID), slog.String("username", u.Username),
		slog.Bool("active", u.Active), slog.Bool("staff", u.Staff), slog.Bool("superuser", u.Superuser),
	)
}

// String returns what LogValue logs.
func (u User) String() string { return u.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the key and the data.
func (s Session) LogValue() slog.Value {
	return group([]slog.Attr{slog.String("user", s.UserID)},
		moment{"created", s.Created}, moment{"seen", s.Seen}, moment{"expires", s.Expires})
}

// String returns what LogValue logs.
func (s Session) String() string { return s.LogValue().String() }

// LogValue implements [slog.LogValuer].
func (b BlockedToken) LogValue() slog.Value {
	return group([]slog.Attr{slog.String("jti", b.ID), slog.String("user", b.UserID)},
		moment{"created", b.Created}, moment{"expires", b.Expires})
}

// String returns what LogValue logs.
func (b BlockedToken) String() string { return b.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the ids of the refresh tokens.
func (f Family) LogValue() slog.Value {
	return group([]slog.Attr{slog.String("id", f.ID), slog.String("user", f.UserID)},
		moment{"created", f.Created}, moment{"rotated", f.Rotated}, moment{"expires", f.Expires})
}

// String returns what LogValue logs.
func (f Family) String() string { return f.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the hash.
func (t Token) LogValue() slog.Value {
	return group([]slog.Attr{slog.Int64("id", t.ID), slog.String("user", t.UserID), slog.String("name", t.Name)},
		moment{"created", t.Created}, moment{"expires", t.Expires}, moment{"revoked", t.Revoked}, moment{"last_used", t.LastUsed})
}

// String returns what LogValue logs.
func (t Token) String() string { return t.LogValue().String() }

type moment struct {
	name string
	at   time.Time
}

// group makes a value of attributes and of the moments that are known.
func group(attrs []slog.Attr, moments ...moment) slog.Value {
	for _, m := range moments {
		if !m.at.IsZero() {
			attrs = append(attrs, slog.Time(m.name, m.at))
		}
	}
	return slog.GroupValue(attrs...)
}
