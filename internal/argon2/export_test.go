package argon2

// Derive is Key with a secret and associated data, as the vectors of RFC 9106 have them.
func Derive(kind Kind, password, salt, secret, data []byte, passes, memory, lanes, length uint32) []byte {
	var m Memory
	defer m.Free()
	return m.derive(kind, password, salt, secret, data, passes, memory, lanes, length)
}

// Block is what the functions below mix.
type Block = block

// The functions of this machine, and the one of machines without assembly.
var (
	ProcessBlock        = processBlock
	ProcessBlockXOR     = processBlockXOR
	ProcessBlockGeneric = processBlockGeneric
)
