package site

import (
	"context"
	"sync"
)

// Tick is an event of the workload that streams.
type Tick struct {
	Sequence int     `json:"sequence" minimum:"1"`
	Symbol   string  `json:"symbol" maxLength:"8"`
	Price    float64 `json:"price" minimum:"0"`
}

// The workload that streams sends StreamEvents events to each of StreamClients clients.
const (
	StreamClients = 100
	StreamEvents  = 100
)

// Ticks are the events that each client receives.
var Ticks = func() []Tick {
	ticks := make([]Tick, StreamEvents)
	for i := range ticks {
		ticks[i] = Tick{Sequence: i + 1, Symbol: "ACME", Price: 100 + float64(i)/4}
	}
	return ticks
}()

// rooms gathers clients until StreamClients are there, and then sends them the events.
type rooms struct {
	mu      sync.Mutex
	waiting []subscriber
}

type subscriber struct {
	gone   <-chan struct{}
	events chan<- Tick
}

// Subscribe returns the events of a client, who leaves when the context ends. The channel is closed
// after the last one. They are sent when StreamClients clients have subscribed.
func (s *Site) Subscribe(ctx context.Context) <-chan Tick {
	events := make(chan Tick)
	s.rooms.mu.Lock()
	defer s.rooms.mu.Unlock()
	s.rooms.waiting = append(s.rooms.waiting, subscriber{ctx.Done(), events})
	if len(s.rooms.waiting) == StreamClients {
		go broadcast(s.rooms.waiting)
		s.rooms.waiting = nil
	}
	return events
}

func broadcast(clients []subscriber) {
	for _, tick := range Ticks {
		for _, client := range clients {
			select {
			case client.events <- tick:
			case <-client.gone:
			}
		}
	}
	for _, client := range clients {
		close(client.events)
	}
}
