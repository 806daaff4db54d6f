package site

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrUnauthenticated means that a credential was refused.
var ErrUnauthenticated = errors.New("site: unauthenticated")

// Bodies of the replies that peers agree on, and the challenges beside them.
const (
	UnauthenticatedBody = `{"detail":[{"msg":"Not authenticated","type":"security"}]}`
	InvalidBody         = `{"detail":[{"msg":"Validation failed","type":"value_error"}]}`
	BearerChallenge     = `Bearer`
	ChainChallenge      = `Basic realm="api", charset="UTF-8", Bearer`
)

// openByHand prepares the statements that a service without a store has.
func (s *Site) openByHand(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:"+s.DjangoPath()+"?mode=ro&_pragma=cache_size(-8000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	s.byHand.db = db
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&s.byHand.user, `SELECT id, username, email, is_active FROM auth_user WHERE id = ?`},
		{&s.byHand.session, `SELECT user_id, expires_at FROM plain_session WHERE session_key = ?`},
		{&s.byHand.token, `SELECT u.id, u.username, u.is_active FROM app_token t JOIN auth_user u ON u.id = t.user_id
			WHERE t.token_hash = ? AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > datetime('now'))`},
	} {
		if *p.to, err = db.PrepareContext(ctx, p.query); err != nil {
			return err
		}
	}
	s.tokenKey = tokenKey(s.TokenSalt, s.Secret)
	s.static = map[string]string{s.BasicUser: s.BasicPassword}
	s.parser = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(Issuer), jwt.WithAudience(Audience))
	return nil
}

// UserByID reads a user.
func (s *Site) UserByID(ctx context.Context, id int) (User, error) {
	var u User
	var email string
	var active bool
	if err := s.byHand.user.QueryRowContext(ctx, id).Scan(&u.ID, &u.Username, &email, &active); err != nil || !active {
		return User{}, ErrUnauthenticated
	}
	return u, nil
}

// SessionUser reads a session and its user.
func (s *Site) SessionUser(ctx context.Context, key string) (User, error) {
	if key == "" {
		return User{}, ErrUnauthenticated
	}
	var id int
	var expires int64
	if err := s.byHand.session.QueryRowContext(ctx, key).Scan(&id, &expires); err != nil || expires <= time.Now().Unix() {
		return User{}, ErrUnauthenticated
	}
	return s.UserByID(ctx, id)
}

// TokenUser reads the user of an API token.
func (s *Site) TokenUser(ctx context.Context, raw string) (User, error) {
	if raw == "" {
		return User{}, ErrUnauthenticated
	}
	var u User
	var active bool
	if err := s.byHand.token.QueryRowContext(ctx, s.tokenHash(raw)).Scan(&u.ID, &u.Username, &active); err != nil || !active {
		return User{}, ErrUnauthenticated
	}
	return u, nil
}

func (s *Site) tokenHash(raw string) string {
	mac := hmac.New(sha256.New, s.tokenKey)
	mac.Write([]byte(raw))
	return hex.EncodeToString(mac.Sum(nil))
}

// StaticBasic compares a password with the one of the configuration.
func (s *Site) StaticBasic(user, password string) (User, error) {
	want, known := s.static[user]
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(a[:], b[:]) != 1 || !known {
		return User{}, ErrUnauthenticated
	}
	return User{ID: Alice.ID, Username: user}, nil
}

// BasicHeader reads the header Authorization. It reports present if the scheme is Basic, and ok if
// the credentials are well-formed.
func BasicHeader(header string) (user, password string, present, ok bool) {
	encoded, found := strings.CutPrefix(header, "Basic ")
	if !found {
		return "", "", false, false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", true, false
	}
	user, password, ok = strings.Cut(string(raw), ":")
	return user, password, true, ok
}

// Claims are the claims that golang-jwt decodes and checks.
type Claims struct {
	jwt.RegisteredClaims
	Type     string `json:"type"`
	Username string `json:"username"`
	Extras   struct {
		Family string `json:"family"`
	} `json:"extras"`
}

// Validate is called by golang-jwt. It checks all that the workloads ask for, because the
// middleware of other peers cannot set the options of the parser.
func (c *Claims) Validate() error {
	if c.ExpiresAt == nil || c.IssuedAt == nil || c.NotBefore == nil || c.ID == "" || c.Subject == "" || c.Type != "access" ||
		c.Issuer != Issuer || !slices.Contains(c.Audience, Audience) {
		return ErrUnauthenticated
	}
	return nil
}

// User is the user that the claims name.
func (c *Claims) User() (User, error) {
	id, err := strconv.Atoi(c.Subject)
	if err != nil {
		return User{}, ErrUnauthenticated
	}
	return User{ID: id, Username: c.Username}, nil
}

// Key gives golang-jwt the key.
func (s *Site) Key(*jwt.Token) (any, error) { return []byte(s.Secret), nil }

// VerifyJWT checks a token with golang-jwt.
func (s *Site) VerifyJWT(token string) (User, error) {
	claims, err := s.verify(token)
	if err != nil {
		return User{}, err
	}
	return claims.User()
}

func (s *Site) verify(token string) (*Claims, error) {
	var claims Claims
	if _, err := s.parser.ParseWithClaims(token, &claims, s.Key); err != nil {
		return nil, ErrUnauthenticated
	}
	return &claims, nil
}

// Chain accepts Basic, a session or a JWT, in this order. The peer has its own way to verify a JWT.
func (s *Site) Chain(ctx context.Context, authorization, session string, verify func(string) (User, error)) (User, error) {
	if user, password, present, ok := BasicHeader(authorization); present {
		if !ok {
			return User{}, ErrUnauthenticated
		}
		return s.StaticBasic(user, password)
	}
	if session != "" {
		return s.SessionUser(ctx, session)
	}
	if token, ok := strings.CutPrefix(authorization, "Bearer "); ok {
		return verify(token)
	}
	return User{}, ErrUnauthenticated
}
