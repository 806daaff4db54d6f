//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package argon2

import "syscall"

// mapPages returns zeroed memory of the operating system, nil if there is none. Garbage-collected
// memory of this size would let the heap double before it is collected, and remain with the
// process for minutes after its last use.
func mapPages(size int) []byte {
	pages, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return pages
}

func unmapPages(pages []byte) {
	if err := syscall.Munmap(pages); err != nil {
		panic("argon2: " + err.Error()) // they are not those of mapPages
	}
}
