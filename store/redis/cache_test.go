package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/redis"
)

// TestCache: a session that is in memory is read from there until it changes: at once if this process
// changes it, and as soon as the message of the server arrives if another does.
func TestCache(t *testing.T) {
	server := servers.Redis(t, "--appendfsync", "no")
	db, other := open(t, server.URL, redis.Config{CacheSessions: time.Hour, Logger: quiet}), open(t, server.URL, redis.Config{Logger: quiet})
	client := raw(t, server.URL)
	gets := func() string {
		info := command(t, client, "INFO", "commandstats")
		text, err := info.ToString()
		if err != nil {
			t.Fatal(err)
		}
		return callsOf(text, "get")
	}
	read := func() error {
		_, err := db.Sessions().Session(t.Context(), secretKey)
		return err
	}
	end := map[string]func(*redis.DB) error{
		"Delete": func(db *redis.DB) error { return db.Sessions().Delete(t.Context(), secretKey) },
		"DeleteByUser": func(db *redis.DB) error {
			_, err := db.Sessions().DeleteByUser(t.Context(), "7", "")
			return err
		},
		"Replace": func(db *redis.DB) error {
			return db.Sessions().Replace(t.Context(), secretKey, row("new"+time.Now().String(), "7"))
		},
	}
	for name, end := range end {
		for range 300 {
			if err := db.Sessions().Create(t.Context(), row(secretKey, "7")); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(read(), read()); err != nil {
				t.Fatal(err)
			}
			if err := end(db); err != nil {
				t.Fatal(err)
			}
			if err := read(); !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("%s in this process: got %v, want that the session has ended", name, err)
			}
		}
		if err := errors.Join(db.Sessions().Create(t.Context(), row(secretKey, "7")), read()); err != nil {
			t.Fatal(err)
		}
		before := gets()
		if err := errors.Join(read(), read(), read()); err != nil {
			t.Error(err)
		}
		if after := gets(); before != after {
			t.Errorf("got %s reads, and %s after three more, want no more", before, after)
		}
		if err := end(other); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return errors.Is(read(), store.ErrNotFound) })
	}
	if err := errors.Join(db.Sessions().Create(t.Context(), row(secretKey, "7")), read()); err != nil {
		t.Fatal(err)
	}
	changed := row(secretKey, "7")
	changed.Data = "changed"
	if err := db.Sessions().Update(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Sessions().Session(t.Context(), secretKey); err != nil || got != changed {
		t.Errorf("after Update: got %v, %v, want %v", got, err, changed)
	}
}

// TestCacheIsFlushed: a process that has lost its connection does not know what has ended, so it
// forgets all sessions, whether the connection was cut or has become silent.
func TestCacheIsFlushed(t *testing.T) {
	server := servers.Redis(t)
	p := newProxy(t, server.URL)
	db := open(t, p.URL, redis.Config{CacheSessions: time.Hour, Timeout: 300 * time.Millisecond, Logger: quiet})
	other := open(t, server.URL, redis.Config{Logger: quiet})
	for name, fault := range map[string]mode{"cut": refusing, "silent": silent} {
		t.Run(name, func(t *testing.T) {
			eventually(t, func() bool { return db.Ping(t.Context()) == nil })
			if err := other.Sessions().Create(t.Context(), row(secretKey, "7")); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool {
				_, err := db.Sessions().Session(t.Context(), secretKey)
				return err == nil
			})
			p.set(fault)
			if err := other.Sessions().Delete(t.Context(), secretKey); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool {
				_, err := db.Sessions().Session(t.Context(), secretKey)
				return err != nil
			})
			_, err := db.Sessions().Session(t.Context(), secretKey)
			down(t, "while there is no connection", err)
			p.set(refusing)
			p.set(passing)
			eventually(t, func() bool { return db.Ping(t.Context()) == nil })
			if _, err := db.Sessions().Session(t.Context(), secretKey); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("afterwards: got %v, want that the session has ended", err)
			}
		})
	}
}

// callsOf returns how often a command was called, of INFO commandstats.
func callsOf(info, command string) string {
	_, rest, _ := strings.Cut(info, "cmdstat_"+command+":calls=")
	calls, _, _ := strings.Cut(rest, ",")
	return calls
}
