package site

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// encoded stands for the passwords of all users, which no workload checks.
const encoded = "pbkdf2_sha256$1000000$Y0dFbmJ4c2FsdHNhbHQ$q9lJ6mI5rX4mZ2yqJ8qv0mVt6o3w0fW1bq4hC9sGm3k="

// seed fills both databases and writes credentials.json.
func (s *Site) seed(ctx context.Context) error {
	now := time.Now()
	s.Credentials = newCredentials(now)
	if err := s.seedOwn(ctx); err != nil {
		return fmt.Errorf("site: own database: %w", err)
	}
	if err := s.seedDjango(ctx, now); err != nil {
		return fmt.Errorf("site: Django's database: %w", err)
	}
	return s.write(s.credentialsPath())
}

func username(id int) string {
	if id == Alice.ID {
		return Alice.Username
	}
	return "user" + strconv.Itoa(id)
}

// seedOwn makes users, sessions and tokens by the public API.
func (s *Site) seedOwn(ctx context.Context) error {
	secret := []byte(s.Secret)
	sessions := sessionauth.New(s.Own.Users(), s.Own.Sessions(), sessionauth.Config{Secret: secret})
	tokens := tokenauth.New(s.Own.Users(), s.Own.Tokens(), tokenauth.Config{Secret: secret})
	login := httptest.NewRequestWithContext(ctx, "POST", "/login", nil)
	for id := 1; id <= users; id++ {
		name := username(id)
		user, err := s.Own.Users().Create(ctx, store.User{Username: name, Email: name + "@example.com", Password: encoded, Active: true})
		if err != nil {
			return err
		}
		if id > users/2 {
			continue
		}
		_, who, err := s.Own.Users().ByID(ctx, user.ID)
		if err != nil {
			return err
		}
		cookies, err := sessions.Begin(login, who)
		if err != nil {
			return err
		}
		raw, _, err := tokens.Issue(ctx, who, tokenauth.Grant{Name: "benchmark"})
		if err != nil {
			return err
		}
		if id != Alice.ID {
			continue
		}
		s.Token, s.Session = raw, sessionOf(cookies)
	}
	return nil
}

// sessionOf returns the key of a session that was begun.
func sessionOf(cookies []*http.Cookie) string {
	for _, cookie := range cookies {
		if cookie.Name == "sessionid" {
			return cookie.Value
		}
	}
	return ""
}

//go:embed django.sql
var djangoTables string

// seedDjango writes the rows that Django would write.
func (s *Site) seedDjango(ctx context.Context, now time.Time) (err error) {
	db, err := sql.Open("sqlite", s.DjangoPath()+"?_pragma=journal_mode(WAL)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	exec := func(query string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, query, args...)
		}
	}
	exec(djangoTables)
	const layout = "2006-01-02 15:04:05.000000"
	joined, expires := now.UTC().Format(layout), now.UTC().Add(14*24*time.Hour)
	s.tokenKey = tokenKey(s.TokenSalt, s.Secret)
	for id := 1; id <= users; id++ {
		name := username(id)
		exec(`INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name) VALUES (?, ?, 0, ?, '', ?, 0, 1, ?, '')`,
			id, encoded, name, name+"@example.com", joined)
		if id > users/2 {
			continue
		}
		key, token := sessionKey(), rand.Text()
		if id == Alice.ID {
			s.DjangoSession, token = key, s.Token
			exec(`INSERT INTO plain_session VALUES (?, ?, ?)`, s.Session, id, expires.Unix())
		}
		exec(`INSERT INTO django_session VALUES (?, ?, ?)`, key, djangoSession(s.Secret, id, now), expires.Format(layout))
		exec(`INSERT INTO plain_session VALUES (?, ?, ?)`, key, id, expires.Unix())
		exec(`INSERT INTO app_token (name, token_hash, expires_at, created_at, updated_at, user_id) VALUES ('benchmark', ?, ?, ?, ?, ?)`,
			s.tokenHash(token), expires.Format(layout), joined, joined, id)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// sessionKey returns a key in Django's alphabet.
func sessionKey() string {
	return strings.ToLower(rand.Text() + rand.Text())[:32]
}

// djangoSession is the session_data of a login: the JSON of its members, compressed and signed, as
// SessionBase.encode and core/signing.py:dumps write it.
func djangoSession(secret string, id int, now time.Time) string {
	hash := hex.EncodeToString(salted("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash", secret, encoded))
	payload := fmt.Sprintf(`{"_auth_user_id":"%d","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"%s"}`, id, hash)
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write([]byte(payload)) // a buffer accepts everything
	_ = w.Close()
	value := "." + base64.RawURLEncoding.EncodeToString(packed.Bytes()) + ":" + base62(now.Unix())
	return value + ":" + base64.RawURLEncoding.EncodeToString(salted("django.contrib.sessions.SessionStoresigner", secret, value))
}

// salted is Django's salted_hmac with SHA-256 (utils/crypto.py).
func salted(salt, secret, value string) []byte {
	mac := hmac.New(sha256.New, tokenKey(salt, secret))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

func tokenKey(salt, secret string) []byte {
	key := sha256.Sum256([]byte(salt + secret))
	return key[:]
}

// base62 writes a number in the digits of core/signing.py:b62_encode: 0-9, A-Z, a-z. Those of
// big.Int have the cases the other way round.
func base62(n int64) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, big.NewInt(n).Text(62))
}
