package ui

import (
	"slices"

	"github.com/parley-calls/parley/engine"
)

// lens shows some calls of an engine and not the others. It is used by pointer: engines are compared, and functions cannot be.
type lens struct {
	backend
	keep func(engine.CallID) bool
	deaf bool // nothing rings
}

func (l *lens) Snapshot() *engine.Snapshot { return l.see(l.backend.Snapshot()) }

func (l *lens) Updates(f func(*engine.Snapshot)) (stop func()) {
	return l.backend.Updates(func(s *engine.Snapshot) { f(l.see(s)) })
}

func (l *lens) Subscribe(f func(engine.Event)) (stop func()) {
	return l.backend.Subscribe(func(e engine.Event) {
		if e.Call == "" || l.keep(e.Call) {
			f(e)
		}
	})
}

// see is a snapshot with what the lens shows of it.
func (l *lens) see(s *engine.Snapshot) *engine.Snapshot {
	seen := *s
	seen.Calls = kept(s.Calls, func(c engine.CallState) bool { return l.keep(c.ID) })
	seen.Incoming = kept(s.Incoming, func(i engine.Incoming) bool { return !l.deaf && l.keep(i.Call) })
	seen.Joinable = kept(s.Joinable, func(j engine.Joinable) bool { return l.keep(j.Call) })
	seen.Ended = kept(s.Ended, func(e engine.Ended) bool { return l.keep(e.Call) })
	return &seen
}

func kept[E any](all []E, keep func(E) bool) []E {
	return slices.DeleteFunc(slices.Clone(all), func(e E) bool { return !keep(e) })
}
