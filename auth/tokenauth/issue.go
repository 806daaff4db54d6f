package tokenauth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/store"
)

// Grant describes a new token.
type Grant struct {
	// Name distinguishes the tokens of a user. Empty: 32 random hexadecimal digits.
	Name string
	// Lifetime of this token. Zero means that of [Config]. Negative: it does not expire.
	Lifetime time.Duration
}

// Issue makes a token for an account that the caller has authenticated, and returns it with its
// row. The token is not stored, so it can only be shown now. An inactive account is refused
// with an [*auth.Error].
func (a *Auth[U]) Issue(ctx context.Context, who auth.Account, grant Grant) (raw string, row store.Token, err error) {
	if a.err != nil {
		return "", row, a.err
	}
	if who.ID == "" || !who.Active {
		return "", row, auth.Refuse("tokenauth: Issue: the account is inactive or has no id")
	}
	raw = newToken(a.cfg.Prefix, a.cfg.Size)
	now := a.cfg.Now()
	row = store.Token{UserID: who.ID, Name: grant.Name, Hash: a.macs[0].Hex(raw), Created: now, Updated: now}
	if row.Name == "" {
		var name [16]byte
		rand.Read(name[:])
		row.Name = hex.EncodeToString(name[:])
	}
	lifetime := grant.Lifetime
	if lifetime == 0 {
		lifetime = a.cfg.Lifetime
	}
	if lifetime > 0 {
		row.Expires = now.Add(lifetime)
	}
	row, err = a.store.CreateToken(ctx, row)
	if err != nil {
		return "", store.Token{}, auth.Unavailable(err)
	}
	if err := a.confirm(ctx, who, row.ID); err != nil {
		return "", store.Token{}, err
	}
	return raw, row, nil
}

// confirm revokes a token that was made while the password was changed or the account was
// deactivated, because the row was not there yet when the other tokens were revoked.
func (a *Auth[U]) confirm(ctx context.Context, who auth.Account, id int64) error {
	if who.Password == "" {
		return nil // the caller has not checked a password
	}
	overtaken, err := refusal.Overtaken(ctx, a.users, who.ID, who)
	switch {
	case err == nil && !overtaken:
		return nil
	case err == nil:
		err = errOvertaken
	}
	if end := a.Revoke(ctx, who.ID, id); end != nil && !errors.Is(end, store.ErrNotFound) {
		return end
	}
	return err
}

// newToken returns size random bytes as text. With a prefix it has a checksum as well.
func newToken(prefix string, size int) string {
	bytes := make([]byte, size)
	rand.Read(bytes) // never fails: the program crashes instead
	text := base64.RawURLEncoding.EncodeToString(bytes)
	if prefix == "" {
		return text
	}
	text = prefix + "_" + text
	return text + checksum(text)
}

// checksum is the CRC-32 of a text as six characters.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// wellFormed reports whether a text can be a token. Without a prefix, any text can.
func wellFormed(prefix, raw string) bool {
	if prefix == "" {
		return true
	}
	const length = 6 // of the checksum
	if !strings.HasPrefix(raw, prefix+"_") || len(raw) < len(prefix)+1+length {
		return false
	}
	at := len(raw) - length
	return checksum(raw[:at]) == raw[at:]
}
