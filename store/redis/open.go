package redis

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/rueidis"
)

// connect sets client and line.
func (db *DB) connect(ctx context.Context, option rueidis.ClientOption) error {
	if db.cfg.CacheSessions == 0 {
		option.DisableCache = true
	} else if option.DisableCache {
		return errors.New("client_cache=0 in the URL contradicts Config.CacheSessions")
	}
	option.ForceSingleClient = option.Sentinel.MasterSet == ""
	if err := db.dial(ctx, option); err != nil {
		return err
	}
	server, err := db.hello(ctx)
	switch {
	case err != nil:
	case server["role"] == "replica":
		err = errors.New("the server is a replica, which cannot write; connect to its master")
	case server["mode"] == "cluster" && !hashTag(db.cfg.Prefix):
		err = errors.New(`the server is a cluster, which cannot change keys of several nodes in one step; set Config.Prefix to one with a hash tag, such as "{rest}:", which keeps all keys on one node`)
	case server["mode"] == "cluster":
		db.client.Close()
		option.ForceSingleClient = false
		return db.dial(ctx, option)
	}
	if err != nil {
		db.client.Close()
	}
	return err
}

// hashTag reports whether all keys with a prefix have one hash slot.
func hashTag(prefix string) bool {
	_, after, found := strings.Cut(prefix, "{")
	return found && strings.IndexByte(after, '}') > 0
}

// dial makes a client. The client does not obey a context while it connects.
func (db *DB) dial(ctx context.Context, option rueidis.ClientOption) error {
	type result struct {
		client rueidis.Client
		err    error
	}
	l := newLine(db.cfg.Timeout)
	dialed := make(chan result, 1)
	go func() {
		client, err := rueidis.NewClient(l.options(option))
		if err != nil && client != nil {
			client.Close()
		}
		dialed <- result{client, err}
	}()
	select {
	case r := <-dialed:
		db.client, l.client, db.line = r.client, r.client, l
		return r.err
	case <-ctx.Done():
		go func() {
			if r := <-dialed; r.err == nil {
				r.client.Close()
			}
		}()
		return ctx.Err()
	}
}

// hello asks the server what it is.
func (db *DB) hello(ctx context.Context) (map[string]string, error) {
	result, err := db.line.read(ctx, "HELLO", func(ctx context.Context) rueidis.RedisResult {
		return db.client.Do(ctx, db.client.B().Arbitrary("HELLO").Build())
	})
	if err != nil {
		return nil, err
	}
	fields, err := result.AsMap()
	if err != nil {
		return nil, err
	}
	server := map[string]string{}
	for name, value := range fields {
		server[name], _ = value.ToString() // version, mode and role; others are no strings
	}
	return server, nil
}
