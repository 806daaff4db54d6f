package argon2

import "unsafe"

// Memory is what one hash at a time is computed in. The zero value has none yet. Free must be called
// when it is not used any more.
type Memory struct {
	blocks []block
	pages  []byte // what blocks are part of; nil: the garbage collector has them
}

// reserve returns n blocks, whose content is that of the hash before.
func (m *Memory) reserve(n uint32) []block {
	if uint32(len(m.blocks)) < n {
		m.Free() // before the new ones are allocated
		if m.pages = mapPages(int(n) * int(unsafe.Sizeof(block{}))); m.pages != nil {
			m.blocks = unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(m.pages))), n)
		} else {
			m.blocks = make([]block, n)
		}
	}
	return m.blocks[:n]
}

// Free gives the memory back to the operating system. The next hash allocates it anew.
func (m *Memory) Free() {
	m.blocks = nil
	if m.pages != nil {
		unmapPages(m.pages)
		m.pages = nil
	}
}
