package account

import "log/slog"

// Requests and replies have passwords and tokens, which must not appear in a log.

// LogValue implements [slog.LogValuer]. It leaves out the password.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("username", c.Username))
}

// String returns what LogValue logs.
func (c Credentials) String() string { return c.LogValue().String() }

// LogValue implements [slog.LogValuer]. It leaves out the password and the address.
func (u NewUser) LogValue() slog.Value { return slog.GroupValue(slog.String("username", u.Username)) }

// String returns what LogValue logs.
func (u NewUser) String() string { return u.LogValue().String() }

// String returns a text without the passwords.
func (NewPassword) String() string { return "account.NewPassword" }

// LogValue implements [slog.LogValuer]. It leaves out the passwords.
func (p NewPassword) LogValue() slog.Value { return slog.StringValue(p.String()) }

// String returns a text without the tokens.
func (TokenPair) String() string { return "account.TokenPair" }

// LogValue implements [slog.LogValuer]. It leaves out the tokens.
func (p TokenPair) LogValue() slog.Value { return slog.StringValue(p.String()) }

// String returns a text without the token.
func (RefreshToken) String() string { return "account.RefreshToken" }

// LogValue implements [slog.LogValuer]. It leaves out the token.
func (r RefreshToken) LogValue() slog.Value { return slog.StringValue(r.String()) }

// String returns a text without the token.
func (AccessToken) String() string { return "account.AccessToken" }

// LogValue implements [slog.LogValuer]. It leaves out the token.
func (a AccessToken) LogValue() slog.Value { return slog.StringValue(a.String()) }

// String returns a text without the token.
func (APIToken) String() string { return "account.APIToken" }

// LogValue implements [slog.LogValuer]. It leaves out the token.
func (t APIToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

// LogValue implements [slog.LogValuer]. It leaves out the password.
func (t NewToken) LogValue() slog.Value { return slog.GroupValue(slog.String("username", t.Username)) }

// String returns what LogValue logs.
func (t NewToken) String() string { return t.LogValue().String() }
