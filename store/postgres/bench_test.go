package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// BenchmarkReads compares the reads of a request with the same query by hand, on the same server.
func BenchmarkReads(b *testing.B) {
	_, app := migrated(b, postgres.Config{})
	db := open(b, app, postgres.Config{})
	user, err := db.Users().Create(b.Context(), store.User{Username: "alice", Email: "alice@example.com", Password: "encoded", Active: true})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Now().Truncate(time.Microsecond)
	session := store.Session{Key: "k", Data: strings.Repeat("d", 300), UserID: user.ID, Created: at, Seen: at, Expires: at.Add(time.Hour)}
	token := store.Token{Hash: "h", Name: "laptop", UserID: user.ID, Created: at, Updated: at, Expires: at.Add(time.Hour)}
	if err := db.Sessions().Create(b.Context(), session); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Tokens().CreateToken(b.Context(), token); err != nil {
		b.Fatal(err)
	}
	pool, err := pgxpool.New(b.Context(), app)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	const columns = ` u.id::text, u.username, u.email, u.password, u.is_active FROM `
	var row struct {
		data, id, name, email, password string
		active                          bool
		expires                         time.Time
	}
	byHand := func(query, key string) func(context.Context) error {
		return func(ctx context.Context) error {
			return pool.QueryRow(ctx, query, key).Scan(&row.data, &row.expires, &row.id, &row.name, &row.email, &row.password, &row.active)
		}
	}
	for _, read := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"session/by hand", byHand(`SELECT s.data, s.expires,`+columns+`rest.sessions s JOIN rest.users u ON u.id::text = s.user_id WHERE s.key = $1`, "k")},
		{"session", func(ctx context.Context) error { _, _, _, err := db.Sessions().WithUser(ctx, "k"); return err }},
		{"token/by hand", byHand(`SELECT t.name, t.expires,`+columns+`rest.tokens t JOIN rest.users u ON u.id::text = t.user_id WHERE t.hash = $1`, "h")},
		{"token", func(ctx context.Context) error { _, _, _, err := db.Tokens().WithUser(ctx, "h"); return err }},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read.run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
