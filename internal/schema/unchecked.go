package schema

// Constrained reports whether a value of the right type can break its schema.
func (v *Value) Constrained() bool { return v.rules != nil || v.Node.checked }
