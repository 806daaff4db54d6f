package stream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/leaktest"
	"github.com/go-modern-rest/rest/internal/stream"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// client is a ResponseWriter that notes what is flushed and when. A client that is stuck
// does not read, so writes wait for their deadline.
type client struct {
	start time.Time

	mu       sync.Mutex
	written  strings.Builder
	flushed  []string
	stuck    bool
	deadline time.Time
	moved    chan struct{}
}

func newClient() *client { return &client{start: time.Now(), moved: make(chan struct{}, 1)} }

func (c *client) Header() http.Header { return http.Header{} }
func (c *client) WriteHeader(int)     {}

func (c *client) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.stuck {
		left := time.Until(c.deadline)
		c.mu.Unlock()
		if left <= 0 {
			c.mu.Lock()
			return 0, os.ErrDeadlineExceeded
		}
		select {
		case <-time.After(left):
		case <-c.moved:
		}
		c.mu.Lock()
	}
	return c.written.Write(p)
}

func (c *client) FlushError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushed = append(c.flushed, fmt.Sprintf("%v %s", time.Since(c.start), c.written.String()))
	c.written.Reset()
	return nil
}

func (c *client) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	select {
	case c.moved <- struct{}{}:
	default:
	}
	return nil
}

func (c *client) got() string { return strings.Join(c.flushed, "|") }

// texts is a source whose items are strings.
func texts(run func(yield func(string, error) bool)) stream.Source {
	return stream.Source{
		Run: func(yield func(unsafe.Pointer, error) bool) {
			run(func(text string, err error) bool { return yield(unsafe.Pointer(&text), err) })
		},
		Frame: func(dst []byte, item unsafe.Pointer) ([]byte, error) {
			text := *(*string)(item)
			if text == "bad" {
				return dst, errors.New("a bad item")
			}
			return append(append(dst, text...), ';'), nil
		},
		Last: func(dst []byte, err error) []byte { return append(dst, "error:"+err.Error()...) },
	}
}

// after waits in the time of the test.
func after(d time.Duration) { <-time.After(d) }

var errOwn = errors.New("the iterator's own error")

func TestSend(t *testing.T) {
	for _, test := range []struct {
		name string
		form stream.Form
		run  func(yield func(string, error) bool)
		want string
		err  string
	}{
		{"events one by one", stream.Events, func(yield func(string, error) bool) {
			yield("a", nil)
			after(time.Millisecond)
			yield("b", nil)
			after(time.Second)
			yield("c", nil)
		}, "0s a;|1ms b;|1.001s c;", ""},
		{"keep-alive", stream.Events, func(yield func(string, error) bool) {
			yield("a", nil)
			after(40 * time.Second)
			yield("b", nil)
			after(16 * time.Second)
		}, "0s a;|15s :\n\n|30s :\n\n|40s b;|55s :\n\n", ""},
		{"lines together", stream.Lines, func(yield func(string, error) bool) {
			_ = yield("a", nil) && yield("b", nil)
			after(40 * time.Millisecond)
			yield("c", nil)
			after(20 * time.Second)
			yield("d", nil)
			after(time.Second)
		}, "50ms a;b;c;|20.09s d;", ""},
		{"lines at the end", stream.Lines, func(yield func(string, error) bool) {
			_ = yield("a", nil) && yield("b", nil)
		}, "0s a;b;", ""},
		{"nothing", stream.Events, func(func(string, error) bool) {}, "", ""},
		{"an error", stream.Events, func(yield func(string, error) bool) { _ = yield("a", nil) && yield("", errOwn) }, "0s a;|0s error:the iterator's own error", "the iterator's own error"},
		{"an item that cannot be written", stream.Events, func(yield func(string, error) bool) { _ = yield("bad", nil) && yield("b", nil) }, "0s error:a bad item", "a bad item"},
		{"a panic", stream.Events, func(func(string, error) bool) { panic("oh no") }, "0s error:panic: oh no", "panic: oh no"},
		{"goes on after an error", stream.Lines, func(yield func(string, error) bool) {
			yield("", errOwn)
			for {
				yield("b", nil)
			}
		}, "0s error:the iterator's own error", "the iterator's own error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				c := newClient()
				err := stream.Send(ctx, cancel, c, test.form, texts(test.run), stream.Defaults)
				got := c.got()
				if before, _, cut := strings.Cut(got, "\ngoroutine"); cut {
					got = before
				}
				want := strings.TrimSuffix("0s |"+test.want, "|") // the header is flushed before the iterator yields
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("got the error %v, want %q", err, test.err)
				}
				if ctx.Err() == nil {
					t.Error("the context of the iterator has not ended")
				}
			})
		})
	}
}

// TestEnd ends the context of a stream at 10 s, whatever the iterator and the client do.
func TestEnd(t *testing.T) {
	for _, test := range []struct {
		name  string
		stuck bool
		run   func(ctx context.Context, yield func(string, error) bool)
		end   time.Duration
	}{
		{"an iterator that obeys", false, func(ctx context.Context, yield func(string, error) bool) {
			yield("a", nil)
			<-ctx.Done()
			yield("discarded", nil)
		}, 10 * time.Second},
		{"one that reports the end", false, func(ctx context.Context, yield func(string, error) bool) {
			<-ctx.Done()
			yield("", ctx.Err())
		}, 10 * time.Second},
		{"one that ignores the end", false, func(_ context.Context, yield func(string, error) bool) {
			yield("a", nil)
			after(time.Minute)
			yield("discarded", nil)
		}, 10*time.Second + stream.Defaults.Grace},
		{"one that ignores false", false, func(_ context.Context, yield func(string, error) bool) {
			for {
				yield("a", nil)
				after(3 * time.Second)
			}
		}, 10*time.Second + stream.Defaults.Grace},
		{"one that waits in yield", true, func(_ context.Context, yield func(string, error) bool) {
			for yield("a", nil) {
			}
		}, 10*time.Second + stream.Defaults.Grace},
	} {
		for form, name := range map[stream.Form]string{stream.Events: "events", stream.Lines: "lines"} {
			t.Run(test.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(10*time.Second, func() { cancel(stream.ErrShutdown) })
					c := newClient()
					c.stuck = test.stuck
					err := stream.Send(ctx, cancel, c, form, texts(func(yield func(string, error) bool) { test.run(ctx, yield) }), stream.Defaults)
					if !errors.Is(err, stream.ErrShutdown) && !errors.Is(err, stream.ErrClient) || !errors.Is(context.Cause(ctx), stream.ErrShutdown) {
						t.Errorf("got %v, cause %v", err, context.Cause(ctx))
					}
					if took := time.Since(c.start); took != test.end {
						t.Errorf("got %v, want %v", took, test.end)
					}
					if got := c.got(); strings.Contains(got, "discarded") || strings.Contains(got, "error") {
						t.Errorf("sent %q", got)
					}
					after(time.Hour) // the test fails if the goroutine of the iterator is still there
				})
			})
		}
	}
}

// TestClientThatStopsReading: a write fails at its deadline, and the iterator is told. It has
// waited since there were 32 KiB to write.
func TestClientThatStopsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := newClient()
		c.stuck = true
		yields := 0
		err := stream.Send(ctx, cancel, c, stream.Events, texts(func(yield func(string, error) bool) {
			for yield("a", nil) {
				yields++
			}
			<-ctx.Done()
		}), stream.Defaults)
		if !errors.Is(err, stream.ErrClient) || !errors.Is(context.Cause(ctx), stream.ErrClient) || time.Since(c.start) != stream.Defaults.Write || yields > 32<<10/len("a;") {
			t.Errorf("got %v, cause %v, after %v and %d items", err, context.Cause(ctx), time.Since(c.start), yields)
		}
	})
}

// TestNoAllocationPerItem: frames reuse their buffers.
func TestNoAllocationPerItem(t *testing.T) {
	const items = 10000
	for form, name := range map[stream.Form]string{stream.Events: "events", stream.Lines: "lines"} {
		item := "text"
		allocations := testing.AllocsPerRun(2, func() {
			ctx, cancel := context.WithCancelCause(t.Context())
			source := texts(nil)
			source.Run = func(yield func(unsafe.Pointer, error) bool) {
				for range items {
					yield(unsafe.Pointer(&item), nil)
				}
			}
			if err := stream.Send(ctx, cancel, discard{}, form, source, stream.Defaults); err != nil {
				t.Error(err)
			}
		})
		if allocations > 100 {
			t.Errorf("%s: got %v allocations for %d items", name, allocations, items)
		}
	}
}

type discard struct{}

func (discard) Header() http.Header              { return nil }
func (discard) WriteHeader(int)                  {}
func (discard) Write(p []byte) (int, error)      { return len(p), nil }
func (discard) Flush()                           {}
func (discard) SetWriteDeadline(time.Time) error { return nil }
