package redis_test

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/redis"
)

// Users in one database, sessions in Redis.
func Example() {
	ctx := context.Background()
	users := memory.New().Users() // of store/postgres, usually
	db, err := redis.Open(ctx, "redis://127.0.0.1:6379", redis.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	session := sessionauth.New(users, db.Sessions(), sessionauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	fmt.Println(session.List(ctx, "7"))
}

// A Redis with TLS and a password, a shorter wait, and sessions kept in memory until Redis says that
// they have changed.
func ExampleOpen() {
	db, err := redis.Open(context.Background(), "rediss://notes:password@redis.example.com:6380/0", redis.Config{
		Prefix:        "notes:",
		Timeout:       time.Second,
		CacheSessions: time.Minute,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

// Run writes the last uses of sessions in the background, so that no request does.
func ExampleDB_Run() {
	ctx, stop := context.WithCancel(context.Background())
	db, err := redis.Open(ctx, "redis://127.0.0.1:6379", redis.Config{})
	if err != nil {
		log.Fatal(err)
	}
	var background sync.WaitGroup
	background.Go(func() { _ = db.Run(ctx) })
	// Serve requests, and then:
	stop()
	background.Wait()
	_ = db.Close()
}
