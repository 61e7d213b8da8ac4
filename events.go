package main

import (
	"slices"
	"sync"

	"github.com/parley-calls/parley/engine"
)

// events passes the events of one session after the other to the same listeners. The zero value is ready.
type events struct {
	mu        sync.Mutex
	listeners []*func(engine.Event) // replaced, never changed, so that publish needs no lock to call them
}

// subscribe adds a listener, which must not block. It is no more called for what happens after stop has returned.
func (e *events) subscribe(f func(engine.Event)) (stop func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	own := &f
	e.listeners = append(slices.Clone(e.listeners), own)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.listeners = slices.DeleteFunc(slices.Clone(e.listeners), func(l *func(engine.Event)) bool { return l == own })
	}
}

// publish is called by the dispatcher of the session's engine, so events stay in order.
func (e *events) publish(event engine.Event) {
	e.mu.Lock()
	all := e.listeners
	e.mu.Unlock()
	for _, f := range all {
		(*f)(event)
	}
}
