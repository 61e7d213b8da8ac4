package engine

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxEvents bounds the queue of events. A subscriber that is so far behind is broken: newer events are dropped and counted.
const maxEvents = 4096

// dispatcher is the one goroutine from which subscribers hear: events in order, snapshots merged to the newest.
type dispatcher struct {
	newest  atomic.Pointer[Snapshot]
	dropped atomic.Uint64

	mu          sync.Mutex
	events      []happening
	fresh       bool          // newest has not been handed out
	subscribers []*subscriber // replaced, never changed in place
	last        int           // number of the newest subscriber
	full        bool          // the overrun has been told

	wake chan struct{}
	stop chan struct{}
	done chan struct{}
}

// subscriber hears either of events or of snapshots. What it is told and when is guarded by dispatcher.mu.
type subscriber struct {
	number  int
	onEvent func(Event)
	onShot  func(*Snapshot)
	gone    bool
}

// happening is an event for those who had subscribed when it happened.
type happening struct {
	Event
	last int // number of the newest of them
}

func newDispatcher(first *Snapshot) *dispatcher {
	d := &dispatcher{wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	d.newest.Store(first)
	go d.run()
	return d
}

// post hands over what one turn led to. It never waits. It reports whether the queue has just run over: it says so once, until
// there is room again.
func (d *dispatcher) post(s *Snapshot, events []Event) (overrun bool) {
	d.newest.Store(s)
	d.mu.Lock()
	d.fresh = true
	room := maxEvents - len(d.events)
	for _, e := range events[:min(room, len(events))] {
		d.events = append(d.events, happening{e, d.last})
	}
	if lost := len(events) - room; lost > 0 {
		overrun, d.full = !d.full, true
		d.dropped.Add(uint64(lost))
	}
	d.mu.Unlock()
	d.poke()
	return overrun
}

func (d *dispatcher) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// subscribe adds who hears of events, or of snapshots. Once stop has returned nothing new is told; a call that is under way on
// the dispatcher's goroutine may still go on. stop may be called from the function itself, and again.
func (d *dispatcher) subscribe(onEvent func(Event), onShot func(*Snapshot)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &subscriber{number: d.last + 1, onEvent: onEvent, onShot: onShot}
	d.last = s.number
	d.subscribers = append(slices.Clip(d.subscribers), s)
	if onShot != nil {
		d.fresh = true // a newcomer gets the present first; the others may get it twice
		d.poke()
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		s.gone = true
		d.subscribers = slices.DeleteFunc(slices.Clone(d.subscribers), func(o *subscriber) bool { return o == s })
	}
}

func (d *dispatcher) run() {
	defer close(d.done)
	for {
		select {
		case <-d.wake:
			d.drain()
		case <-d.stop:
			d.drain()
			return
		}
	}
}

func (d *dispatcher) drain() {
	for {
		d.mu.Lock()
		events, fresh := d.events, d.fresh
		d.events, d.fresh, d.full = nil, false, false
		d.mu.Unlock()
		if len(events) == 0 && !fresh {
			return
		}
		for _, e := range events {
			d.each(func(s *subscriber) {
				if s.onEvent != nil && s.number <= e.last {
					s.onEvent(e.Event)
				}
			})
		}
		if fresh {
			d.each(func(s *subscriber) {
				if s.onShot != nil {
					s.onShot(d.newest.Load())
				}
			})
		}
	}
}

// each tells every subscriber that has not left, in the order of their coming, without the lock.
func (d *dispatcher) each(tell func(*subscriber)) {
	d.mu.Lock()
	all := d.subscribers
	d.mu.Unlock()
	for _, s := range all {
		d.mu.Lock()
		gone := s.gone
		d.mu.Unlock()
		if !gone {
			tell(s)
		}
	}
}

// close hands out what is left and ends the goroutine.
func (d *dispatcher) close() {
	close(d.stop)
	<-d.done
}
