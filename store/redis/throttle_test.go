package redis_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/throttle"
)

// TestThrottleAsMemory compares with throttle.Memory on clocks that jump in both directions, for
// windows of up to a year, whose nanoseconds are no exact numbers in Lua.
func TestThrottleAsMemory(t *testing.T) {
	server := servers.Redis(t, "--appendfsync", "no")
	db := open(t, server.URL, redis.Config{Logger: quiet})
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for i, window := range []time.Duration{time.Second, time.Minute, time.Hour, 30 * 24 * time.Hour, 366 * 24 * time.Hour} {
		for _, requests := range []int{1, 3, 7, 1000} {
			for _, smooth := range []bool{false, true} {
				memory, rate := throttle.NewMemory(), throttle.Rate{Requests: requests, Window: window, Smooth: smooth}
				key, now := fmt.Sprint(i, rate), time.Now()
				for step := range 150 {
					now = now.Add(time.Duration(random.Int64N(1 + 3*int64(window)/int64(requests))))
					switch random.IntN(20) {
					case 0:
						now = now.Add(-3 * window)
					case 1:
						now = now.Add(-window / 3)
					case 2, 3, 4, 5:
						errMemory, err := memory.Refund(t.Context(), key, rate, now), db.Throttle().Refund(t.Context(), key, rate, now)
						if err != nil || errMemory != nil {
							t.Fatal(err, errMemory)
						}
						continue
					}
					got, err := db.Throttle().Take(t.Context(), key, rate, now)
					want, errMemory := memory.Take(t.Context(), key, rate, now)
					if err != nil || errMemory != nil || got != want {
						t.Fatalf("seed %d, %+v, step %d: got %+v, %v, want %+v, %v", seed, rate, step, got, err, want, errMemory)
					}
				}
			}
		}
	}
}
