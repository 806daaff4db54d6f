package main

import (
	"context"
	"strconv"
	"sync"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/store"
)

// Mine is a request of a user without parameters.
type Mine struct {
	User *store.User `auth:""`
}

// Changes sends each note that was created or shared through this process, to those who may read
// it, until the client leaves, logs out or the server shuts down.
func (n *Notes) Changes(ctx context.Context, in Mine) (rest.Stream[rest.Event[Note]], error) {
	ids := n.changed.listen(ctx) // before the client sees the reply: what it creates then is sent
	return func(yield func(rest.Event[Note], error) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case id := <-ids:
				notes, err := n.find(ctx, in.User, 1, `note.id = $3`, id)
				for _, note := range notes {
					if !yield(rest.Event[Note]{ID: strconv.FormatInt(id, 10), Name: "note", Data: note}, nil) {
						return
					}
				}
				if err != nil {
					yield(rest.Event[Note]{}, err)
					return
				}
			}
		}
	}, nil
}

// feed passes the ids of changed notes to the streams of this process.
type feed struct {
	mu        sync.Mutex
	listeners map[chan int64]struct{}
}

func newFeed() *feed { return &feed{listeners: map[chan int64]struct{}{}} }

// publish passes an id on. A listener that is 100 ids behind misses it.
func (f *feed) publish(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ids := range f.listeners {
		select {
		case ids <- id:
		default:
		}
	}
}

// listen returns a channel of ids, until the context ends.
func (f *feed) listen(ctx context.Context) <-chan int64 {
	ids := make(chan int64, 100)
	f.mu.Lock()
	f.listeners[ids] = struct{}{}
	f.mu.Unlock()
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.listeners, ids)
	})
	return ids
}
