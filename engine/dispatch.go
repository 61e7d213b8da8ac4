package engine

import (
	"sync"
	"sync/atomic"
)

// maxEvents bounds the queue of events. A subscriber that is so far behind is broken: newer events are dropped and counted.
const maxEvents = 4096

// dispatcher is the one goroutine from which subscribers hear: events in order, snapshots merged to the newest.
type dispatcher struct {
	newest  atomic.Pointer[Snapshot]
	dropped atomic.Uint64

	mu      sync.Mutex
	events  []Event
	fresh   bool // newest has not been handed out
	lastID  int
	onEvent map[int]func(Event)
	onShot  map[int]func(*Snapshot)
	order   []int
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
}

func newDispatcher(first *Snapshot) *dispatcher {
	d := &dispatcher{
		onEvent: map[int]func(Event){}, onShot: map[int]func(*Snapshot){},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	d.newest.Store(first)
	go d.run()
	return d
}

// post hands over what one turn led to. It never waits.
func (d *dispatcher) post(s *Snapshot, events []Event) {
	d.newest.Store(s)
	d.mu.Lock()
	d.fresh = true
	for _, e := range events {
		if len(d.events) >= maxEvents {
			d.dropped.Add(1)
			continue
		}
		d.events = append(d.events, e)
	}
	d.mu.Unlock()
	d.poke()
}

func (d *dispatcher) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *dispatcher) subscribe(onEvent func(Event), onShot func(*Snapshot)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID++
	id := d.lastID
	d.order = append(d.order, id)
	if onEvent != nil {
		d.onEvent[id] = onEvent
	}
	if onShot != nil {
		d.onShot[id] = onShot
		d.fresh = true // a newcomer gets the present first; the others may get it twice
		d.poke()
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.onEvent, id)
		delete(d.onShot, id)
		for i, o := range d.order {
			if o == id {
				d.order = append(d.order[:i:i], d.order[i+1:]...)
				break
			}
		}
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
		d.events, d.fresh = nil, false
		d.mu.Unlock()
		if len(events) == 0 && !fresh {
			return
		}
		for _, e := range events {
			for _, id := range d.ids() {
				if f := d.eventOf(id); f != nil {
					f(e)
				}
			}
		}
		if fresh {
			for _, id := range d.ids() {
				if f := d.shotOf(id); f != nil {
					f(d.newest.Load())
				}
			}
		}
	}
}

func (d *dispatcher) ids() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]int(nil), d.order...)
}

func (d *dispatcher) eventOf(id int) func(Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.onEvent[id]
}

func (d *dispatcher) shotOf(id int) func(*Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.onShot[id]
}

// close hands out what is left and ends the goroutine.
func (d *dispatcher) close() {
	close(d.stop)
	<-d.done
}
