package stream_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-modern-rest/rest/internal/stream"
)

func TestWatch(t *testing.T) {
	refused := errors.New("refused")
	for _, test := range []struct {
		name  string
		ends  func(start time.Time, down context.Context) stream.Ends
		cause error
		after time.Duration
	}{
		{"nothing ends it", func(_ time.Time, down context.Context) stream.Ends {
			return stream.Ends{Down: down, Every: time.Minute, Recheck: func(context.Context) error { return nil }}
		}, nil, time.Hour},
		{"expired", func(start time.Time, down context.Context) stream.Ends {
			return stream.Ends{Down: down, Expires: start.Add(10 * time.Second)}
		}, stream.ErrExpired, 10 * time.Second},
		{"refused at the third recheck", func(start time.Time, down context.Context) stream.Ends {
			return stream.Ends{Down: down, Every: time.Minute, Recheck: func(context.Context) error {
				if time.Since(start) < 3*time.Minute {
					return nil
				}
				return refused
			}}
		}, refused, 3 * time.Minute},
		{"shut down", func(time.Time, context.Context) stream.Ends {
			down, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			return stream.Ends{Down: down}
		}, stream.ErrShutdown, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithCancelCause(t.Context())
				stop := test.ends(start, context.Background()).Watch(ctx, cancel)
				select {
				case <-ctx.Done():
				case <-time.After(time.Hour):
				}
				if cause := context.Cause(ctx); cause != test.cause || time.Since(start) != test.after {
					t.Errorf("got %v after %v, want %v after %v", cause, time.Since(start), test.cause, test.after)
				}
				stop()
				cancel(nil)
			})
		})
	}
}

// TestRecheckEndsWithTheStream: nothing is asked after the end of the watch.
func TestRecheckEndsWithTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := stream.Ends{Down: context.Background(), Every: time.Minute, Recheck: func(context.Context) error {
			asked++
			after(30 * time.Second)
			return nil
		}}.Watch(ctx, cancel)
		after(70 * time.Second) // while the first recheck is asked
		stop()
		after(time.Hour)
		if asked != 1 {
			t.Errorf("got %d rechecks, want 1", asked)
		}
	})
}

func TestServers(t *testing.T) {
	var servers stream.Servers
	if down := servers.Down(t.Context()); down.Done() != nil {
		t.Error("no server: got a context that can end")
	}
	server := &http.Server{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if servers.Down(r.Context()) != servers.Down(r.Context()) {
			t.Error("got two contexts of one server")
		}
		if servers.Down(r.Context()).Err() != nil {
			t.Error("ended before the shutdown")
		}
	})
	go func() { _ = server.Serve(listener) }()
	reply, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	down := servers.Down(context.WithValue(t.Context(), http.ServerContextKey, server))
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-down.Done()
	if !errors.Is(context.Cause(down), stream.ErrShutdown) {
		t.Errorf("got %v", context.Cause(down))
	}
}

// TestServersKeepNoServer: a server that is not used any more is collected.
func TestServersKeepNoServer(t *testing.T) {
	var servers stream.Servers
	collected := make(chan struct{})
	func() {
		server := &http.Server{}
		runtime.AddCleanup(server, func(done chan struct{}) { close(done) }, collected)
		servers.Down(context.WithValue(t.Context(), http.ServerContextKey, server))
	}()
	for range 100 {
		runtime.GC()
		select {
		case <-collected:
			return
		case <-time.After(time.Millisecond):
		}
	}
	t.Error("the server is still there")
	runtime.KeepAlive(&servers)
}
