//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package argon2

func mapPages(int) []byte { return nil }

func unmapPages([]byte) {}
