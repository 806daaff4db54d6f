package password

import (
	"slices"
	"sync"
	"time"

	"github.com/go-modern-rest/rest/internal/argon2"
)

// memories keeps the memory of argon2 from one hash to the next. There are as many as hashes were
// computed at the same time, which Hasher.MaxConcurrent bounds.
type memories struct {
	mu    sync.Mutex
	free  []unused    // the one that was used last is the last one, and is taken first
	timer *time.Timer // gives the first one back; nil: there is none
}

// unused is memory that is not in use.
type unused struct {
	memory *argon2.Memory
	since  time.Time
}

// keepFor is how long memory is kept after its last use.
const keepFor = 10 * time.Second

func (m *memories) take() *argon2.Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.free) - 1
	if last < 0 {
		return new(argon2.Memory)
	}
	memory := m.free[last].memory
	m.free = slices.Delete(m.free, last, last+1)
	return memory
}

func (m *memories) put(memory *argon2.Memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, unused{memory, time.Now()})
	if m.timer == nil {
		m.timer = time.AfterFunc(keepFor, m.giveBack)
	}
}

// giveBack frees the memory that was not used for keepFor.
func (m *memories) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.free) > 0 && time.Since(m.free[0].since) >= keepFor {
		m.free[0].memory.Free()
		m.free = slices.Delete(m.free, 0, 1)
	}
	m.timer = nil
	if len(m.free) > 0 {
		m.timer = time.AfterFunc(keepFor-time.Since(m.free[0].since), m.giveBack)
	}
}
