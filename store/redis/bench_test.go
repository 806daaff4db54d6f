package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/redis"
)

// BenchmarkReads compares the read of a session with a GET by hand, on the same server.
func BenchmarkReads(b *testing.B) {
	server := servers.Redis(b, "--appendfsync", "no")
	db := open(b, server.URL, redis.Config{Prefix: "bench:", Logger: quiet})
	at := time.Now()
	row := store.Session{Key: "k", Data: strings.Repeat("d", 300), UserID: "1", Created: at, Seen: at, Expires: at.Add(time.Hour)}
	if err := db.Sessions().Create(b.Context(), row); err != nil {
		b.Fatal(err)
	}
	option, err := rueidis.ParseURL(server.URL)
	if err != nil {
		b.Fatal(err)
	}
	option.DisableCache = true
	client, err := rueidis.NewClient(option)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	b.Run("session/by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if text, err := client.Do(b.Context(), client.B().Get().Key("bench:session:k").Build()).ToString(); err != nil || text == "" {
				b.Fatal(text, err)
			}
		}
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Sessions().Session(b.Context(), "k"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
