package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// graces of the switchboard of the joint test.
var graces = law.Grace{Member: 20 * time.Second, Ringer: 10 * time.Second}

// world is a switchboard with its desks. The law decides; everything between the two is late, lost, twice or in another order.
type world struct {
	rnd      *rand.Rand
	now      time.Time
	calls    map[CallID]signal.Call
	desks    []*desk
	leases   map[DeviceID]UserID
	requests []func() // on their way to the switchboard
	counter  int
	calm     bool // nothing is lost any more
	trace    []string
	problem  string
}

// chance is true in one of n cases, unless all is calm.
func (w *world) chance(n int) bool { return !w.calm && w.rnd.IntN(n) == 0 }

func (w *world) note(format string, a ...any) {
	w.trace = append(w.trace, w.now.Format("04:05 ")+fmt.Sprintf(format, a...))
}

func (w *world) fault(format string, a ...any) {
	if w.problem == "" {
		w.problem = fmt.Sprintf(format, a...)
		w.note("PROBLEM: %s", w.problem)
	}
}

// apply changes a call by the law, and delivers it to every desk that has a line.
func (w *world) apply(id CallID, in law.Input) (signal.Call, error) {
	before, known := w.calls[id]
	if !known {
		switch in.(type) {
		case law.Invite, law.Open:
		default:
			return before, &signal.Error{Code: signal.CodeNotFound}
		}
	}
	before.ID = id
	after, err := law.Next(before, in, w.now)
	if err != nil || reflect.DeepEqual(before, after) {
		return after, err
	}
	after.Revision++
	w.calls[id] = after
	w.note("  board: %s %T %+v: %s", id, in, in, brief(after))
	for _, p := range after.Parties {
		for _, d := range w.desks {
			if d.user.ID != p.ID || !d.up || w.chance(8) {
				continue
			}
			d.deliver(changed{after})
			if w.chance(8) {
				d.deliver(changed{after})
			}
		}
	}
	return after, nil
}

func brief(r signal.Call) string {
	s := fmt.Sprintf("#%d", r.Revision)
	for _, p := range r.Parties {
		s += fmt.Sprintf(" %s=%s@%s", p.ID, p.State, p.Device)
	}
	if !r.Ended.IsZero() {
		s += " ended: " + string(r.Reason)
	}
	return s
}

func (w *world) online(u UserID) bool {
	return slices.Contains(slices.Collect(maps.Values(w.leases)), u)
}

// invite is the request, with the merging of calls that cross.
func (w *world) invite(d *desk, id CallID, to []UserID, rules Rules) (signal.Call, error) {
	in := law.Invite{By: d.user, Device: d.s.device, Rules: rules, Limit: 2 + len(id)%2, Timeout: 30 * time.Second, Request: signal.Request{Data: "hello"}}
	for _, u := range to {
		w.counter++
		in.To = append(in.To, law.Invitee{User: User{ID: u, Name: string(u)}, Invitation: InvitationID(fmt.Sprint("i", w.counter)), Online: w.online(u)})
	}
	call, err := w.apply(id, in)
	if err == nil && !w.chance(2) {
		call = w.uncross(call)
	}
	return call, err
}

// uncross merges a call with one that crosses it, as the authority does.
func (w *world) uncross(call signal.Call) signal.Call {
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		other := w.calls[id]
		if !law.Crossing(&call, &other) {
			continue
		}
		win, lose := law.Winner(call, other)
		caller, _ := lose.Party(lose.Initiator)
		if merged, err := w.apply(win.ID, law.Accept{User: caller.ID, Device: caller.Device}); err == nil {
			_, _ = w.apply(lose.ID, law.Merge{Into: win.ID})
			return merged
		}
	}
	return call
}

// sync is the truth for a user.
func (w *world) sync(u UserID) (reply signal.SyncReply) {
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		r := w.calls[id]
		if p, ok := r.Party(u); ok && r.Ended.IsZero() && (p.State.In() || p.State.Waiting()) {
			reply.Calls = append(reply.Calls, r)
		}
	}
	return reply
}

// hello takes the lease of a desk that is back.
func (w *world) hello(d *desk) {
	w.leases[d.s.device] = d.user.ID
	w.each(func(id CallID, p signal.Party) {
		if p.ID == d.user.ID {
			_, _ = w.apply(id, law.Back{User: d.user.ID, Device: d.s.device})
		}
	})
}

func (w *world) each(f func(CallID, signal.Party)) {
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		if r := w.calls[id]; r.Ended.IsZero() {
			for _, p := range r.Parties {
				f(id, p)
			}
		}
	}
}

// sweep enforces what nobody asks for.
func (w *world) sweep() {
	for device := range w.leases {
		if !slices.ContainsFunc(w.desks, func(d *desk) bool { return d.up && d.s.device == device }) {
			delete(w.leases, device)
		}
	}
	w.each(func(id CallID, p signal.Party) {
		_, leased := w.leases[p.Device]
		switch {
		case p.State == signal.Joined && !leased:
			_, _ = w.apply(id, law.Lost{User: p.ID, Device: p.Device, Online: w.online(p.ID), Grace: graces})
		case (p.State == signal.Calling || p.State == signal.Ringing) && !w.online(p.ID):
			_, _ = w.apply(id, law.Lost{User: p.ID, Grace: graces})
		case p.State == signal.Unreached && w.online(p.ID), p.State == signal.Lost && leased:
			_, _ = w.apply(id, law.Back{User: p.ID, Device: p.Device})
		}
	})
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		r := w.calls[id]
		if due := law.Due(&r); !due.IsZero() && !w.now.Before(due) {
			_, _ = w.apply(id, law.Tick{})
		}
		w.uncross(w.calls[id])
	}
}
