package stream

import (
	"runtime"
	"sync"
	"unsafe"
)

// maxPending is how many bytes wait to be written before the iterator has to wait.
const maxPending = 32 << 10

// pump carries frames from the goroutine of the iterator to that of the reply.
type pump struct {
	form  Form
	frame func(dst []byte, item unsafe.Pointer) ([]byte, error)
	ready chan struct{} // there are frames, or the iterator has ended
	taken chan struct{} // there is room for frames
	over  chan struct{} // closed when the reply has ended

	mu      sync.Mutex
	pending []byte // frames that are not yet taken
	ended   bool   // the iterator has
	err     error  // of the iterator
	stopped bool   // the reply has ended

	// The goroutine of the iterator alone uses the following.
	scratch []byte
	refused bool // yield has returned false

	// The goroutine of the reply alone uses the following.
	spare []byte // to swap with pending
}

func newPump(form Form, frame func([]byte, unsafe.Pointer) ([]byte, error)) *pump {
	return &pump{form: form, frame: frame, ready: make(chan struct{}, 1), taken: make(chan struct{}, 1), over: make(chan struct{})}
}

// yield is what the iterator calls. An iterator that goes on after it has returned false
// would never end, so its goroutine ends here.
func (p *pump) yield(item unsafe.Pointer, err error) bool {
	if p.refused {
		runtime.Goexit()
	}
	p.refused = !p.put(item, err)
	return !p.refused
}

// put hands over one item. It waits only for room: items that are yielded while the ones
// before are written are written together.
func (p *pump) put(item unsafe.Pointer, err error) bool {
	if err == nil {
		p.scratch, err = p.frame(p.scratch[:0], item)
	}
	if err != nil {
		p.finish(err)
		return false
	}
	p.mu.Lock()
	if p.stopped {
		p.mu.Unlock()
		return false
	}
	first := len(p.pending) == 0
	p.pending = append(p.pending, p.scratch...)
	full := len(p.pending) >= maxPending
	if full {
		select {
		case <-p.taken: // an older one
		default:
		}
	}
	p.mu.Unlock()
	if first || full {
		signal(p.ready)
	}
	if !full {
		return true
	}
	select {
	case <-p.taken:
		return true
	case <-p.over:
		return false
	}
}

// finish ends the items, with an error or without. Only the first call counts.
func (p *pump) finish(err error) {
	p.mu.Lock()
	if !p.ended {
		p.ended, p.err = true, err
	}
	p.mu.Unlock()
	signal(p.ready)
}

// urgent reports whether there is something to write that need not wait for more.
func (p *pump) urgent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended || len(p.pending) >= maxPending || p.form == Events && len(p.pending) > 0
}

// take returns the pending frames, until the next call, and whether there will be more.
func (p *pump) take() (frames []byte, ended bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	frames = p.pending
	p.pending, p.spare = p.spare[:0], frames
	signal(p.taken)
	return frames, p.ended, p.err
}

// stop ends the reply: yield returns false from now on.
func (p *pump) stop() {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	close(p.over)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
