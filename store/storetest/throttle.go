package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/throttle"
)

// Throttle tests a store of counts. open returns an empty store each time.
func Throttle(t *testing.T, open func(t *testing.T) throttle.Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, throttle.Store)
	}{
		{"counts as memory does", countsAsMemory},
		{"keys are apart", keysApart},
		{"concurrent requests", concurrentTakes},
		{"sweep", sweepCounts},
		{"an ended context counts nothing", takeAfterTheEnd},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func take(t *testing.T, counts throttle.Store, key string, rate throttle.Rate, now time.Time) throttle.Result {
	t.Helper()
	result, err := counts.Take(t.Context(), key, rate, now)
	must(t, err)
	return result
}

// countsAsMemory takes and gives back at many times, and compares with [throttle.Memory].
func countsAsMemory(t *testing.T, counts throttle.Store) {
	memory := throttle.NewMemory()
	for key, rate := range map[string]throttle.Rate{
		"fixed":  {Requests: 3, Window: time.Minute},
		"smooth": {Requests: 3, Window: time.Minute, Smooth: true},
		"fine":   {Requests: 7, Window: time.Second, Smooth: true},
	} {
		now := begun
		for i := range 60 {
			now = now.Add(time.Duration(i*i) * 7_654_321 * time.Nanosecond)
			if i%7 == 6 {
				must(t, counts.Refund(t.Context(), key, rate, now))
				must(t, memory.Refund(t.Context(), key, rate, now))
				continue
			}
			if got, want := take(t, counts, key, rate, now), take(t, memory, key, rate, now); got != want {
				t.Fatalf("%s, step %d: got %+v, want %+v", key, i, got, want)
			}
		}
	}
}

func keysApart(t *testing.T, counts throttle.Store) {
	rate := throttle.Rate{Requests: 1, Window: time.Minute}
	for _, key := range []string{"", "a", "A", "a ", "a\x00", "a\xff", "é", "' OR 1=1 --", strings.Repeat("x", 100)} {
		if !take(t, counts, key, rate, begun).Allowed {
			t.Errorf("%q: the first request was refused", key)
		}
		if take(t, counts, key, rate, begun).Allowed {
			t.Errorf("%q: the second request was allowed", key)
		}
	}
	must(t, counts.Refund(t.Context(), "A", rate, begun))
	if take(t, counts, "a", rate, begun).Allowed || !take(t, counts, "A", rate, begun).Allowed {
		t.Error("the refund of A did not reach A alone")
	}
	must(t, counts.Refund(t.Context(), "unknown", rate, begun))
	if take(t, counts, "unknown", rate, begun); take(t, counts, "unknown", rate, begun).Allowed {
		t.Error("the refund of a key that counts nothing gave it a request")
	}
}

// concurrentTakes: of many requests at once exactly as many pass as are allowed.
func concurrentTakes(t *testing.T, counts throttle.Store) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 20 {
		wg.Go(func() {
			result, err := counts.Take(t.Context(), "key", throttle.Rate{Requests: 5, Window: time.Minute}, begun)
			if err != nil {
				t.Error(err)
			}
			if result.Allowed {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	if wg.Wait(); passed != 5 {
		t.Errorf("got %d requests that passed, want 5", passed)
	}
}

func sweepCounts(t *testing.T, counts throttle.Store) {
	rate := throttle.Rate{Requests: 1, Window: time.Minute}
	take(t, counts, "over", rate, begun.Add(-time.Minute))
	take(t, counts, "alive", rate, begun.Add(-time.Minute).Add(time.Nanosecond))
	sweep(t, counts, begun, 1) // the key whose window is over
	if take(t, counts, "alive", rate, begun).Allowed {
		t.Error("the key whose window is not over was forgotten")
	}
}

func takeAfterTheEnd(t *testing.T, counts throttle.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rate := throttle.Rate{Requests: 1, Window: time.Minute}
	if _, err := counts.Take(ctx, "key", rate, begun); err == nil {
		t.Error("got no error")
	}
	if !take(t, counts, "key", rate, begun).Allowed {
		t.Error("the request of the ended context was counted")
	}
}
