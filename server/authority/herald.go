package authority

import (
	"context"
	"errors"
	"sync"

	"github.com/parley-calls/parley/engine/signal"
)

// herald announces changes of presence. What was announced last is written in the person's record, and only the authority
// that wins the compare-and-set announces: each change is told once, and what a dead authority did not tell another one does.
//
// What this authority has done itself is announced at once. What it only sees in its view is left to the others for two
// sweeps: the view's parts do not advance together, and for a moment somebody who has just come may look gone.
type herald struct {
	a    *Authority
	wake chan struct{}

	mu     sync.Mutex
	dirty  map[signal.UserID]struct{}
	doubts map[signal.UserID]signal.Presence // what the last sweep saw and was not announced; owned by the sweep
}

func newHerald(a *Authority) *herald {
	return &herald{a: a, wake: make(chan struct{}, 1), dirty: map[signal.UserID]struct{}{}}
}

// touch asks to look at a user again. It never waits.
func (h *herald) touch(u signal.UserID) {
	h.mu.Lock()
	h.dirty[u] = struct{}{}
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// sweep touches those whose presence has not been announced for two sweeps.
func (h *herald) sweep() {
	doubts := map[signal.UserID]signal.Presence{}
	for _, p := range h.a.view.everybody() {
		if now := h.a.view.presence(p.ID); now != p.Presence {
			if h.doubts[p.ID] == now {
				h.touch(p.ID)
			}
			doubts[p.ID] = now
		}
	}
	h.doubts = doubts
}

func (h *herald) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		}
		h.mu.Lock()
		dirty := h.dirty
		h.dirty = make(map[signal.UserID]struct{})
		h.mu.Unlock()
		for u := range dirty {
			h.check(ctx, u)
		}
	}
}

// check announces the presence of a user if it differs from what was announced. When it fails, the sweep comes back to it.
func (h *herald) check(ctx context.Context, u signal.UserID) {
	v := h.a.view
	known, ok := v.person(u)
	if !ok || known.Presence == v.presence(u) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	person, wrote, err := h.a.store.changePerson(ctx, u, func(p signal.Person) signal.Person {
		if p.ID == u {
			p.Presence = v.presence(u)
		}
		return p
	})
	switch {
	case errors.Is(err, errConflict) || ctx.Err() != nil:
	case err != nil:
		h.a.log.Warn("presence not announced", "user", u, "err", err)
	case wrote:
		h.announce(ctx, person)
	case person.ID == u:
		v.putPerson(person)
	}
}

// announce tells everybody about a person. It waits for the view first: whoever is not in it then came later, and their sync
// shows the change.
func (h *herald) announce(ctx context.Context, p stored) {
	if err := h.a.crowd.through(ctx); err != nil {
		h.a.log.Warn("person may not be announced to everybody", "user", p.ID, "err", err)
	}
	h.a.view.putPerson(p)
	data, err := signal.Encode(p.Person)
	if err != nil {
		h.a.log.Error("person not announced", "user", p.ID, "err", err)
		return
	}
	for _, to := range h.a.view.everybody() {
		h.a.publish(to.ID, signal.DeliverPerson, data)
	}
}
