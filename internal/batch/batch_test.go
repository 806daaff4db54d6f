package batch_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-modern-rest/rest/internal/batch"
)

// table records what was written.
type table struct {
	mu     sync.Mutex
	rows   map[string]int
	writes int
	err    error
}

func (w *table) write(_ context.Context, rows map[string]int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	if w.err != nil {
		return w.err
	}
	if w.rows == nil {
		w.rows = map[string]int{}
	}
	maps.Copy(w.rows, rows)
	return nil
}

func (w *table) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

func (w *table) has(t *testing.T, what string, writes int, rows string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := fmt.Sprint(w.rows); got != "map["+rows+"]" || w.writes != writes {
		t.Errorf("%s: got %s after %d writes, want [%s] after %d", what, got, w.writes, rows, writes)
	}
}

func newBatch() (*table, *batch.Batch[string, int]) {
	w := &table{}
	return w, batch.New(3, func(a, b int) bool { return a > b }, w.write)
}

func TestPutWritesWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newBatch()
		put := func(key string, row int, wait time.Duration) {
			t.Helper()
			if err := b.Put(t.Context(), key, row, wait); err != nil {
				t.Error(err)
			}
		}
		put("a", 1, time.Minute)
		put("a", 3, time.Hour)
		put("a", 2, time.Hour) // older than the one before it
		put("b", 1, time.Hour)
		w.has(t, "two rows", 0, "")
		put("c", 1, time.Hour)
		w.has(t, "three rows", 1, "a:3 b:1 c:1")
		put("d", 1, time.Hour)
		put("e", 1, time.Minute)
		<-time.After(time.Minute)
		w.has(t, "before the next request", 1, "a:3 b:1 c:1")
		put("e", 2, time.Hour)
		w.has(t, "a row that was due", 2, "a:3 b:1 c:1 d:1 e:2")
		put("f", 1, time.Hour)
		if err := b.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		w.has(t, "Flush", 3, "a:3 b:1 c:1 d:1 e:2 f:1")
		if err := b.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		w.has(t, "Flush of nothing", 3, "a:3 b:1 c:1 d:1 e:2 f:1")
	})
}

func TestRunWritesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newBatch()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			b.Run(ctx, func(err error) { t.Error(err) })
			close(ended)
		}()
		synctest.Wait()
		for i := range 3 {
			if err := b.Put(t.Context(), fmt.Sprint("full", i), i, time.Hour); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		w.has(t, "full", 1, "full0:0 full1:1 full2:2")
		for key, wait := range map[string]time.Duration{"late": time.Hour, "soon": time.Minute} {
			if err := b.Put(t.Context(), key, 1, wait); err != nil {
				t.Error(err)
			}
		}
		<-time.After(time.Minute - 1)
		synctest.Wait()
		w.has(t, "before it is due", 1, "full0:0 full1:1 full2:2")
		<-time.After(1)
		synctest.Wait()
		w.has(t, "due", 2, "full0:0 full1:1 full2:2 late:1 soon:1")
		stop()
		<-ended
	})
}

func TestFailedWritesAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newBatch()
		down := errors.New("down")
		w.fail(down)
		for _, key := range []string{"a", "b"} {
			if err := b.Put(t.Context(), key, 1, time.Hour); err != nil {
				t.Error(err)
			}
		}
		if err := b.Put(t.Context(), "c", 1, time.Hour); !errors.Is(err, down) {
			t.Errorf("got %v, want the error of the write", err)
		}
		if err := b.Put(t.Context(), "a", 2, time.Hour); err != nil {
			t.Errorf("a moment later: got %v, want no second attempt", err)
		}
		w.has(t, "down", 1, "")
		w.fail(nil)
		<-time.After(time.Second)
		if err := b.Put(t.Context(), "b", 0, time.Hour); err != nil {
			t.Error(err)
		}
		w.has(t, "back", 2, "a:2 b:1 c:1")
	})
}

// TestFailedWritesAreBounded: a store that is down does not fill the memory.
func TestFailedWritesAreBounded(t *testing.T) {
	w, b := newBatch()
	w.fail(errors.New("down"))
	for i := range 1000 {
		_ = b.Put(t.Context(), fmt.Sprint(i), i, time.Hour)
	}
	w.fail(nil)
	if err := b.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if len(w.rows) != 30 {
		t.Errorf("got %d rows, want 30", len(w.rows))
	}
}

func TestRunReportsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newBatch()
		w.fail(errors.New("down"))
		ctx, stop := context.WithCancel(t.Context())
		failures := 0
		ended := make(chan struct{})
		go func() {
			b.Run(ctx, func(error) { failures++ })
			close(ended)
		}()
		synctest.Wait()
		if err := b.Put(t.Context(), "a", 1, 0); err != nil {
			t.Error(err)
		}
		<-time.After(2*time.Second + time.Millisecond)
		stop()
		<-ended
		if failures != 3 {
			t.Errorf("got %d failures in two seconds, want 3", failures)
		}
	})
}

// TestFlushMeetsPut: the race detector watches.
func TestFlushMeetsPut(t *testing.T) {
	w := &table{}
	b := batch.New(1000, func(a, b int) bool { return a > b }, w.write)
	var puts, flushes sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		flushes.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := b.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 400 {
		puts.Go(func() {
			if err := b.Put(t.Context(), fmt.Sprint(i), i, time.Hour); err != nil {
				t.Error(err)
			}
		})
	}
	puts.Wait()
	close(done)
	flushes.Wait()
	if err := b.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if len(w.rows) != 400 {
		t.Errorf("got %d rows, want 400", len(w.rows))
	}
}

// TestFlushEndsWithItsContext: it does not wait for a write that hangs.
func TestFlushEndsWithItsContext(t *testing.T) {
	writes, release := make(chan struct{}), make(chan struct{})
	b := batch.New(1, func(a, b int) bool { return a > b }, func(context.Context, map[string]int) error {
		writes <- struct{}{}
		<-release
		return nil
	})
	done := make(chan error)
	go func() { done <- b.Put(t.Context(), "a", 1, 0) }()
	<-writes
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if err := b.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context ended", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFullBatchIsWritten: after an outage the next request writes the rows that were kept.
func TestFullBatchIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newBatch()
		w.fail(errors.New("down"))
		for i := range 100 {
			_ = b.Put(t.Context(), fmt.Sprint(i), i, time.Hour)
		}
		w.fail(nil)
		<-time.After(time.Second)
		if err := b.Put(t.Context(), "new", 1, time.Hour); err != nil {
			t.Error(err)
		}
		if len(w.rows) != 30 {
			t.Errorf("got %d rows, want the 30 that were kept", len(w.rows))
		}
	})
}
