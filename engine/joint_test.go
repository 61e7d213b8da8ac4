package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// newWorld has three people, of whom some have two devices.
func newWorld(seed uint64) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 7)), now: epoch, calls: map[CallID]signal.Call{}, leases: map[DeviceID]UserID{}}
	for _, u := range []User{ana, bob, cyd} {
		for n := range 1 + w.rnd.IntN(2) {
			d := &desk{w: w, user: u, home: DeviceID(fmt.Sprint(u.ID, n)), won: map[InvitationID]bool{}}
			w.desks = append(w.desks, d)
			d.start()
			d.dial()
		}
	}
	return w
}

// pop takes a random element out: what comes first need not arrive first.
func pop(rnd *rand.Rand, queue *[]func()) func() {
	at := rnd.IntN(len(*queue))
	f := (*queue)[at]
	*queue = slices.Delete(slices.Clone(*queue), at, at+1)
	return f
}

func (w *world) step() {
	d := w.desks[w.rnd.IntN(len(w.desks))]
	switch n := w.rnd.IntN(40); {
	case n < 12 && len(w.requests) > 0:
		pop(w.rnd, &w.requests)()
	case n < 26 && len(d.inbox) > 0:
		pop(w.rnd, &d.inbox)()
	case n < 34 && d.alive:
		d.press()
	case n == 34 && d.up:
		d.cut()
	case n == 35 && d.alive && w.rnd.IntN(3) == 0:
		d.crash()
	case n == 36 && !d.alive:
		d.start()
	case n >= 36 && n < 38 && d.alive && !d.up:
		d.dial()
	case n == 38:
		w.pass(time.Duration(w.rnd.IntN(12)) * time.Second)
	case n == 39:
		w.sweep()
	}
}

func (w *world) pass(by time.Duration) {
	w.now = w.now.Add(by)
	for _, d := range w.desks {
		if due := d.s.due(); d.alive && !due.IsZero() && !w.now.Before(due) {
			d.take(passed{})
		}
	}
}

// settle lets everything arrive, brings every line back and waits for longer than anything may ring.
func (w *world) settle() {
	w.calm = true
	for round := range 30 {
		for _, d := range w.desks {
			switch {
			case !d.alive && round == 0 && w.rnd.IntN(2) == 0:
				d.start()
				d.dial()
			case d.alive && !d.up:
				d.dial()
			case d.alive && round%5 == 4:
				d.sync() // slow consumers, and those that lost a delivery, hear the truth some time
			}
		}
		for busy := true; busy; {
			busy = false
			for len(w.requests) > 0 {
				pop(w.rnd, &w.requests)()
				busy = true
			}
			for _, d := range w.desks {
				for len(d.inbox) > 0 {
					pop(w.rnd, &d.inbox)()
					busy = true
				}
			}
		}
		w.pass(5 * time.Second)
		w.sweep()
	}
}

// check says what is wrong with a world in which nothing happens any more.
func (w *world) check() {
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		r := w.calls[id]
		in := 0
		for _, p := range r.Parties {
			if p.State.In() {
				in++
			}
			if r.Ended.IsZero() && (p.State.Waiting() || p.State == signal.Lost) {
				w.fault("%s hangs: %s", id, brief(r))
			}
		}
		if r.Ended.IsZero() && in < 2 && !(r.Rules.Open && r.Live.IsZero()) {
			w.fault("%s goes on without members: %s", id, brief(r))
		}
	}
	for _, d := range w.desks {
		if d.alive {
			d.check()
		}
	}
}

func (d *desk) check() {
	w, talking := d.w, 0
	for id, c := range d.s.calls {
		r := w.calls[id]
		mine, _ := r.Party(d.user.ID)
		if !c.inside || !r.Ended.IsZero() || mine.State != signal.Joined || mine.Device != d.s.device || c.record.Revision != r.Revision {
			w.fault("%s: inside %v, refused %v, hidden %v in %s: %s", d.s.device, c.inside, c.refused, c.waiting, id, brief(r))
		}
		if !c.held {
			talking++
		}
	}
	w.each(func(id CallID, p signal.Party) {
		if _, inside := d.s.calls[id]; p.ID == d.user.ID && p.State.In() {
			if _, afar := d.s.afar[id]; p.Device == d.s.device && !inside || (p.Device != d.s.device) != afar {
				w.fault("%s: inside %v, joinable %v in %s", d.s.device, inside, afar, id)
			}
		}
	})
	for id := range d.s.afar {
		if r := w.calls[id]; !r.Ended.IsZero() {
			w.fault("%s: %s is offered but over", d.s.device, id)
		}
	}
	if talking > 1 || toneOf(d.s) != quiet || len(d.s.pending) > 0 {
		w.fault("%s: %d calls that are not held, tone %d, asking for %v", d.s.device, talking, toneOf(d.s), d.s.pending)
	}
}

// Whatever is late, lost, doubled or overtaken, whoever crashes and whichever button is pressed: every ring ends, no call hangs, one
// device wins a ring, and each device hears of each end once.
func TestEngineAndLawTogether(t *testing.T) {
	t.Parallel()
	worlds := uint64(2000)
	if testing.Short() {
		worlds = 300
	}
	for seed := range worlds {
		w := newWorld(seed)
		for step := 0; step < 150 && w.problem == ""; step++ {
			w.step()
		}
		if w.problem == "" {
			w.settle()
			w.check()
		}
		if w.problem != "" {
			t.Fatalf("seed %d: %s\n%s", seed, w.problem, strings.Join(w.trace, "\n"))
		}
	}
}
