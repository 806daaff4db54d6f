package auth

// NamesOf returns how many schemes a guard remembers the names of.
func NamesOf(g *Guard) int { return len(g.names.known) }
