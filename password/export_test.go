package password

import "github.com/go-modern-rest/rest/internal/argon2"

// Spends makes a Hasher report each hash that it computes: the algorithm and its cost.
func (h *Hasher) Spends(report func(work string)) { h.spent = report }

// Kept returns how many hashes argon2 has memory for that is not in use.
func (h *Hasher) Kept() int {
	h.memories.mu.Lock()
	defer h.memories.mu.Unlock()
	return len(h.memories.free)
}

// Keep makes a Hasher keep the memory of n hashes, as if it had computed them at the same time.
func (h *Hasher) Keep(n int) {
	for range n {
		h.memories.put(new(argon2.Memory))
	}
}

// Sample returns the algorithm and the cost that an element of Legacy stands for.
func (h *Hasher) Sample(text string) (string, error) {
	if err := h.Validate(); err != nil {
		return "", err
	}
	m, _ := h.sample(text)
	return m.String(), nil
}
