package password

// Spends makes a Hasher report each hash that it computes: the algorithm and its cost.
func (h *Hasher) Spends(report func(work string)) { h.spent = report }

// Sample returns the algorithm and the cost that an element of Legacy stands for.
func (h *Hasher) Sample(text string) (string, error) {
	if err := h.Validate(); err != nil {
		return "", err
	}
	m, _ := h.sample(text)
	return m.String(), nil
}
