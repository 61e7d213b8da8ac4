package ui

import (
	"slices"
	"sync"

	"github.com/parley-calls/parley/engine"
)

// watchers are told on Fyne's goroutine whenever the windows have taken up a snapshot. Each belongs to who added it: one does not replace
// another, and a change of the call, of its view or of the engine leaves them all.
type watchers struct {
	mu  sync.Mutex
	all []*watcher // replaced, never changed in place
}

type watcher struct {
	look func(*engine.Snapshot)
	gone bool
}

// look tells all of them. Without an engine nothing is known of anybody.
func (w *watchers) look(s *engine.Snapshot) {
	w.mu.Lock()
	all := w.all
	w.mu.Unlock()
	for _, o := range all {
		w.tell(o, s)
	}
}

func (w *watchers) tell(o *watcher, s *engine.Snapshot) {
	w.mu.Lock()
	gone := o.gone
	w.mu.Unlock()
	if gone {
		return
	}
	if s == nil {
		s = &engine.Snapshot{}
	}
	o.look(s)
}

func (w *watchers) add(o *watcher) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(slices.Clip(w.all), o)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		o.gone = true
		w.all = slices.DeleteFunc(slices.Clone(w.all), func(other *watcher) bool { return other == o })
	}
}

// watch tells f what of says of the newest snapshot, and again whenever that becomes another one, on Fyne's goroutine. Once stop has
// returned, or has been called there, nothing new is told. It may be called from any goroutine.
func watch[T any](u *UI, of func(*engine.Snapshot) T, same func(a, b T) bool, f func(T)) (stop func()) {
	var last T
	told := false
	o := &watcher{look: func(s *engine.Snapshot) {
		if now := of(s); !told || !same(last, now) {
			told, last = true, now
			f(now)
		}
	}}
	stop = u.watchers.add(o)
	u.do(func() { u.watchers.tell(o, u.last) })
	return stop
}

// equal is the sameness of what can be compared.
func equal[T comparable](a, b T) bool { return a == b }
