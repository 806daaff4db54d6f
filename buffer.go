package rest

import (
	"io"
	"net/http"
	"slices"
	"sync"
)

const (
	// maxKeptBuffer is the largest buffer in bytes that an exchange keeps for later requests.
	maxKeptBuffer = 64 << 10
	// maxLargeBuffer is the largest buffer in bytes that is kept at all.
	maxLargeBuffer = 4 << 20
	// firstRead is how many bytes a client may make the server allocate before it sends any.
	firstRead = 16 << 10
)

// largeBuffers keeps the buffers of large bodies and replies. They are not kept in exchanges,
// because each exchange would end up with one. The garbage collector takes those that are not
// used.
var largeBuffers sync.Pool

// keptBuffer returns the buffer for the next user of an exchange.
func keptBuffer(buf []byte) []byte {
	if cap(buf) <= maxKeptBuffer {
		return buf[:0]
	}
	if large := buf; cap(large) <= maxLargeBuffer {
		largeBuffers.Put(&large)
	}
	return nil
}

// growLarge is slices.Grow for the buffer of an exchange.
func growLarge(buf []byte, n int) []byte {
	if cap(buf) <= maxKeptBuffer && len(buf)+n > maxKeptBuffer {
		if large, ok := largeBuffers.Get().(*[]byte); ok {
			buf = append((*large)[:0], buf...)
		}
	}
	return slices.Grow(buf, n)
}

// appendAll reads a body. grow is slices.Grow or growLarge.
func appendAll(dst []byte, r *http.Request, grow func([]byte, int) []byte) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = grow(dst, bodyRoom(len(dst), r.ContentLength))
		}
		n, err := r.Body.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

// bodyRoom is the number of bytes that a full buffer grows by when n bytes of a body have
// arrived. A client that claims a great length gets at most four times the space of what it
// has sent.
func bodyRoom(n int, claimed int64) int {
	if claimed < int64(n) { // not known, or changed by middleware
		return max(512, n)
	}
	left := min(claimed-int64(n), max(firstRead, 3*int64(n))-1)
	return int(left) + 1 // the read that finds the end needs space
}
