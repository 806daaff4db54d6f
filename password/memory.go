package password

import (
	"sync"
	"time"

	"github.com/go-modern-rest/rest/internal/argon2"
)

// memories keeps the memory of argon2 from one hash to the next. There are as many as hashes were
// computed at the same time, which Hasher.MaxConcurrent bounds.
type memories struct {
	mu   sync.Mutex
	free []*argon2.Memory
	idle *time.Timer // gives them back
}

// keepFor is how long memory is kept after the last hash.
const keepFor = 10 * time.Second

func (m *memories) take() *argon2.Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.free) - 1
	if last < 0 {
		return new(argon2.Memory)
	}
	memory := m.free[last]
	m.free = m.free[:last]
	return memory
}

func (m *memories) put(memory *argon2.Memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, memory)
	if m.idle == nil {
		m.idle = time.AfterFunc(keepFor, m.giveBack)
		return
	}
	m.idle.Reset(keepFor)
}

func (m *memories) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, memory := range m.free {
		memory.Free()
	}
	m.free = nil
}
