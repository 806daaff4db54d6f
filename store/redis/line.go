package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/store"
)

// line is the connection of a DB. The client sends all commands over one connection, and does
// not always obey contexts while it connects. So line lets a command through only if Redis has
// just answered, or after a PING. That also keeps writes from waiting in a dead connection and
// being executed after their callers have given up.
type line struct {
	client  rueidis.Client
	timeout time.Duration
	sound   atomic.Bool   // the last command was answered, and no connection was closed since
	slots   chan struct{} // holds the commands that wait for their replies

	mu    sync.Mutex
	probe *probe // the PING on its way
}

// probe is one PING, for all who wait for it.
type probe struct {
	done chan struct{}
	err  error
}

// inFlight is how many commands may wait for replies. The queue of the client has 1024 places, and
// does not obey contexts when it is full.
const inFlight = 512

func newLine(timeout time.Duration) *line {
	return &line{timeout: timeout, slots: make(chan struct{}, inFlight)}
}

// options completes what the URL says.
func (l *line) options(option rueidis.ClientOption) rueidis.ClientOption {
	dial := option.DialCtxFn
	if dial == nil {
		dial = dialTCP
	}
	option.DialCtxFn = func(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		conn, err := dial(ctx, address, dialer, config)
		if err != nil {
			return nil, err
		}
		return &watched{conn, l}, nil
	}
	option.Dialer.Timeout = l.timeout
	option.ConnWriteTimeout = l.timeout // how long a PING of the client may take
	option.PipelineMultiplex = -1       // one connection, so that replies come in order
	option.AlwaysPipelining = true      // a context ends one command, not the connection
	option.DisableRetry = true          // see line.read
	return option
}

func dialTCP(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	if config == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", address)
}

// watched is a connection whose end makes the line unsound.
type watched struct {
	net.Conn
	line *line
}

func (c *watched) Close() error {
	c.line.sound.Store(false)
	return c.Conn.Close()
}

// errSilent means that Redis did not answer within [Config].Timeout.
var errSilent = errors.New("no answer in time")

// do runs a command that changes something, once. If it fails for another reason than an error
// that Redis has sent, the change may have happened.
func (l *line) do(ctx context.Context, what string, command func(context.Context) rueidis.RedisResult) (rueidis.RedisResult, error) {
	within, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	result, err := l.once(within, command)
	if err == nil {
		return result, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	} else if within.Err() != nil {
		err = errSilent
	}
	return result, fmt.Errorf("redis: %s: %w", what, err)
}

// read runs a command that changes nothing. It runs it again, once, if the connection was lost
// meanwhile.
func (l *line) read(ctx context.Context, what string, command func(context.Context) rueidis.RedisResult) (rueidis.RedisResult, error) {
	return l.do(ctx, what, func(ctx context.Context) rueidis.RedisResult {
		result := command(ctx)
		if result.NonRedisError() == nil || ctx.Err() != nil || l.answers(ctx) != nil {
			return result
		}
		return command(ctx)
	})
}

// once runs a command when the line is sound. A missing value is not an error.
func (l *line) once(ctx context.Context, command func(context.Context) rueidis.RedisResult) (rueidis.RedisResult, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return rueidis.RedisResult{}, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return rueidis.RedisResult{}, err
	}
	if !l.sound.Load() {
		if err := l.answers(ctx); err != nil {
			return rueidis.RedisResult{}, err
		}
	}
	result := command(ctx)
	if result.NonRedisError() != nil {
		l.sound.Store(false)
	}
	if err := result.Error(); err != nil && !rueidis.IsRedisNil(err) {
		return result, err
	}
	return result, nil
}

// answers waits until Redis answers a PING, whatever the answer is.
func (l *line) answers(ctx context.Context) error {
	l.mu.Lock()
	p := l.probe
	if p == nil {
		p = &probe{done: make(chan struct{})}
		l.probe = p
		go l.ping(p) //nolint:gosec // it belongs to no request
	}
	l.mu.Unlock()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ping belongs to no request: one that gives up must not end the connection for the others.
func (l *line) ping(p *probe) {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	p.err = l.client.Do(ctx, l.client.B().Ping().Build()).NonRedisError()
	if p.err == nil {
		l.sound.Store(true)
	}
	l.mu.Lock()
	l.probe = nil
	l.mu.Unlock()
	close(p.done)
}

// run runs a script that changes something.
func (db *DB) run(ctx context.Context, what string, script *rueidis.Lua, keys []string, args ...string) (rueidis.RedisResult, error) {
	return db.line.do(ctx, what, func(ctx context.Context) rueidis.RedisResult {
		return script.Exec(ctx, db.client, keys, args)
	})
}

// get reads a value, and reports whether there is one.
func (db *DB) get(ctx context.Context, what, key string) (value string, ok bool, err error) {
	result, err := db.line.read(ctx, what, func(ctx context.Context) rueidis.RedisResult {
		return db.client.Do(ctx, db.client.B().Get().Key(key).Build())
	})
	return text(result, err, what)
}

// text returns a string of Redis, and whether there is one.
func text(result rueidis.RedisResult, err error, what string) (value string, ok bool, _ error) {
	if err != nil {
		return "", false, err
	}
	value, err = result.ToString()
	if rueidis.IsRedisNil(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("redis: %s: %w", what, err)
	}
	return value, true, nil
}

// list runs a script that returns a list of texts.
func (db *DB) list(ctx context.Context, what string, script *rueidis.Lua, key string, args ...string) ([]string, error) {
	result, err := db.run(ctx, what, script, []string{key}, args...)
	if err != nil {
		return nil, err
	}
	texts, err := result.AsStrSlice()
	if err != nil {
		return nil, fmt.Errorf("redis: %s: %w", what, err)
	}
	return texts, nil
}

// The replies of scripts that change a row.
const (
	none   = 0
	exists = -1
)

// changed turns the reply of a script into an error of package store, or nil.
func changed(result rueidis.RedisResult, err error, what string) error {
	if err != nil {
		return err
	}
	code, err := result.AsInt64()
	switch {
	case err != nil:
		return fmt.Errorf("redis: %s: %w", what, err)
	case code == none:
		return fmt.Errorf("redis: %s: %w", what, store.ErrNotFound)
	case code == exists:
		return fmt.Errorf("redis: %s: %w", what, store.ErrExists)
	}
	return nil
}
