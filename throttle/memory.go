package throttle

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Memory stores counts in the memory of the process. The zero value is empty and ready to use.
// It is safe for concurrent use. It forgets keys some time after their windows are over.
type Memory struct {
	// MaxKeys is how many keys are kept at most, at about 150 bytes each. If there would be
	// more, the keys that have used the least part of their limits are dropped, so that new
	// keys do not displace one that is refused. Set it before the first use. Zero and less
	// mean 1,048,576.
	MaxKeys int

	shards [maxShards]shard
	turn   atomic.Uint64 // the shard that forgets keys next
}

const (
	defaultMaxKeys = 1 << 20

	maxShards  = 256
	shardLeast = 1024 // keys of a shard, if MaxKeys allows more than one shard
	sweepLeast = 8    // keys of a shard that are never dropped early
	sweepEach  = time.Minute
)

// shard is a part of the keys with a lock of its own, so that forgetting keys blocks only a
// part of the requests.
type shard struct {
	mu      sync.Mutex
	entries map[string]entry
	fill    int       // how many keys there may be before some are forgotten
	due     time.Time // when some are forgotten even so
}

type entry struct {
	Count
	requests int // of the rate
}

// seed keeps clients from choosing keys of one shard.
var seed = maphash.MakeSeed()

// NewMemory makes an empty memory.
func NewMemory() *Memory { return &Memory{} }

// inUse returns the shards that MaxKeys needs, and how many keys each may have.
func (m *Memory) inUse() (shards []shard, most int) {
	keys := m.MaxKeys
	if keys <= 0 {
		keys = defaultMaxKeys
	}
	n := min(max(keys/shardLeast, 1), maxShards)
	return m.shards[:n], max(keys/n, 1)
}

func (m *Memory) shardOf(key string) (s *shard, most int) {
	shards, most := m.inUse()
	return &shards[maphash.String(seed, key)%uint64(len(shards))], most
}

// Take implements [Store].
func (m *Memory) Take(_ context.Context, key string, rate Rate, now time.Time) (Result, error) {
	s, most := m.shardOf(key)
	result := s.take(key, rate, now, most)
	m.forget(now)
	return result, nil
}

// Refund implements [Store].
func (m *Memory) Refund(_ context.Context, key string, rate Rate, now time.Time) error {
	s, _ := m.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries[key]; ok && e.Until.After(now) {
		e.Count = rate.Refund(e.Count)
		s.entries[key] = e
	}
	return nil
}

func (s *shard) take(key string, rate Rate, now time.Time, most int) Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, known := s.entries[key]
	result, next := rate.Take(e.Count, now)
	if !result.Allowed {
		return result
	}
	if !known && len(s.entries) >= min(s.fill, most) {
		s.sweep(now, most)
	}
	s.entries[key] = entry{next, rate.Requests}
	return result
}

// forget removes the keys of one shard whose windows are over, if this was not done for a
// minute. The shards take turns, so that the cost is spread over the requests.
func (m *Memory) forget(now time.Time) {
	shards, most := m.inUse()
	s := &shards[m.turn.Add(1)%uint64(len(shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.entries) > 0 && !now.Before(s.due) {
		s.sweep(now, most)
	}
}

type keyed struct {
	key string
	entry
}

// sweep removes the keys whose windows are over. If the shard is still nearly full, it drops the
// quarter of the keys that have used the least part of their limits, so that the next new keys
// do not need a sweep each.
func (s *shard) sweep(now time.Time, most int) {
	list := make([]keyed, 0, len(s.entries))
	for key, e := range s.entries {
		if e.Until.After(now) {
			list = append(list, keyed{key, e})
		}
	}
	if room := most - max(most/4, 1); len(list) > room {
		slices.SortFunc(list, func(a, b keyed) int {
			return cmp.Or(cmp.Compare(b.part(), a.part()), cmp.Compare(b.Used, a.Used), b.Until.Compare(a.Until))
		})
		list = list[:room]
	}
	s.entries = make(map[string]entry, len(list)) // deleting from a map does not free its memory
	for _, k := range list {
		s.entries[k.key] = k.entry
	}
	s.fill, s.due = max(2*len(list), sweepLeast), now.Add(sweepEach)
}

// part returns how much of its limit a key has used; 1 is all of it.
func (e entry) part() float64 { return float64(e.Used) / float64(e.requests) }

// Len returns how many keys are kept.
func (m *Memory) Len() int {
	shards, _ := m.inUse()
	sum := 0
	for i := range shards {
		shards[i].mu.Lock()
		sum += len(shards[i].entries)
		shards[i].mu.Unlock()
	}
	return sum
}
