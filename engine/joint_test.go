package engine

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// desk is a device of a user: the pure engine, and what stands for its line and its rooms.
type desk struct {
	w     *world
	user  User
	home  DeviceID
	runs  int
	up    bool // it runs and has a line
	alive bool
	s     state
	inbox []func()
	await []func() // what to do when the line breaks before the answers in the inbox are read

	rooms map[CallID]bool
	seen  map[CallID]bool // calls and rings that were told of and have not ended
	won   map[InvitationID]bool
}

var errLine = errors.New("the line is down")

// start begins a new run of the app, without a line.
func (d *desk) start() {
	d.runs++
	d.alive, d.up, d.inbox, d.await = true, false, nil, nil
	d.s = state{me: d.user, home: d.home, device: DeviceID(fmt.Sprint(d.home, ".", d.runs)), prefs: Preferences{CallWaiting: d.w.rnd.IntN(2) == 0}}
	d.rooms, d.seen = map[CallID]bool{}, map[CallID]bool{}
}

func (d *desk) crash() {
	d.w.note("%s crashes", d.s.device)
	d.alive, d.up, d.inbox = false, false, nil
}

// cut ends the line: what is on its way to the desk is lost.
func (d *desk) cut() {
	d.w.note("%s loses its line", d.s.device)
	lost := d.await
	d.up, d.inbox, d.await = false, nil, nil
	for _, f := range lost {
		f()
	}
}

// dial brings the line back, and asks for the truth.
func (d *desk) dial() {
	d.w.note("%s has a line", d.s.device)
	d.up = true
	d.w.hello(d)
	d.sync()
}

func (d *desk) sync() {
	asked := d.s.tracked()
	d.w.requests = append(d.w.requests, d.guard(func() {
		reply := d.w.sync(d.user.ID)
		d.post(func() { d.take(synced{reply, asked}) })
	}))
}

// guard makes f do nothing when the line over which it came is not the same any more.
func (d *desk) guard(f func()) func() {
	run := d.runs
	return func() {
		if d.runs == run && d.up {
			f()
		}
	}
}

func (d *desk) post(f func()) { d.inbox = append(d.inbox, f) }

func (d *desk) deliver(in input) { d.post(func() { d.take(in) }) }

// ask sends a request. then hears the answer, or that the line broke before it came: the request may have arrived all the same.
func (d *desk) ask(request func() (signal.Call, error), then func(signal.Call, error)) {
	run := d.runs
	if !d.up {
		then(signal.Call{}, errLine)
		return
	}
	d.w.requests = append(d.w.requests, func() {
		arrived := d.runs == run && d.up || d.w.chance(2)
		var r signal.Call
		err := errLine
		if arrived {
			r, err = request()
		}
		switch {
		case d.runs != run || !d.alive:
		case !arrived || !d.up || d.w.chance(10):
			then(signal.Call{}, errLine)
		default:
			answered := false
			d.await = append(d.await, func() {
				if !answered {
					then(signal.Call{}, errLine)
				}
			})
			d.post(func() {
				answered = true
				then(r, err)
			})
		}
	})
}

// tellBoard is [Client.ask]: the answer only matters as a newer record.
func (d *desk) tellBoard(id CallID, in law.Input) {
	d.ask(func() (signal.Call, error) { return d.w.apply(id, in) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
		}
	})
}

// take gives the engine an input, does what it says, and checks what must hold at every moment.
func (d *desk) take(in input) {
	if c, ok := in.(changed); ok {
		d.w.note("%s takes %s %s", d.s.device, c.ID, brief(c.Call))
	} else {
		d.w.note("%s takes %T %+v", d.s.device, in, in)
	}
	before := d.s
	var actions []action
	d.s, actions = next(d.s, in, d.w.now)
	for _, a := range actions {
		d.perform(a, before)
	}
	for id, c := range d.s.calls {
		if c.inside != d.rooms[id] {
			d.w.fault("%s: room of %s %v, inside %v", d.s.device, id, d.rooms[id], c.inside)
		}
		if d.seen[id] == c.waiting {
			d.w.fault("%s: %s told of %v, hidden %v", d.s.device, id, d.seen[id], c.waiting)
		}
	}
	for id := range d.seen {
		if _, ok := d.s.calls[id]; d.seen[id] && !ok {
			d.w.fault("%s: %s vanished without an end", d.s.device, id)
		}
	}
	if shot := show(d.s); len(shot.Calls)+len(shot.Incoming) == 0 && toneOf(d.s) != quiet {
		d.w.fault("%s: a tone without a call", d.s.device)
	}
}

func (d *desk) perform(a action, before state) {
	me, device := d.user.ID, d.s.device
	switch a := a.(type) {
	case confirm:
		d.tellBoard(a.call, law.Received{User: me})
	case refuse:
		d.tellBoard(a.call, law.Reject{User: me, As: a.reason})
	case leave:
		d.tellBoard(a.call, law.Leave{User: me, Device: device})
	case open:
		if d.rooms[a.call] {
			d.w.fault("%s: %s opened twice", device, a.call)
		}
		d.rooms[a.call] = true
	case shut:
		if !d.rooms[a.call] {
			d.w.fault("%s: %s shut twice", device, a.call)
		}
		delete(d.rooms, a.call)
	case emit:
		d.w.note("  %s: %s %s %s", device, a.Type, a.Call, a.Reason)
		d.hear(a.Event, before)
	}
}

func (d *desk) hear(e Event, before state) {
	switch e.Type {
	case IncomingReceived, IncomingBusy, CallStarted:
		if e.Type != CallStarted && d.seen[e.Call] {
			d.w.fault("%s: %s rings twice", d.s.device, e.Call)
		}
		d.seen[e.Call] = true
	case IncomingAccepted:
		for _, o := range d.w.desks {
			if o.won[e.Invitation] {
				d.w.fault("%s: %s was won before", d.s.device, e.Invitation)
			}
		}
		d.won[e.Invitation] = true
	case CallEnded:
		if _, asked := before.pending[e.Call]; !d.seen[e.Call] && !asked {
			d.w.fault("%s: %s ended twice, or before it was told of", d.s.device, e.Call)
		}
		delete(d.seen, e.Call)
	}
}

// The buttons do what the methods of Client do.

func (d *desk) invite(id CallID, to []UserID, rules Rules, current Current) {
	_, grows := show(d.s).Call(id)
	d.take(intended{id, pending{to: to, current: current}})
	if _, ok := d.s.pending[id]; !ok {
		return
	}
	d.ask(func() (signal.Call, error) { return d.w.invite(d, id, to, rules) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
			d.take(forgotten{id})
			return
		}
		d.undo(id, grows)
	})
}

func (d *desk) undo(id CallID, before bool) {
	d.take(forgotten{id})
	if _, ok := show(d.s).Call(id); ok && !before {
		d.hangUp(id, CancelledHere)
	}
}

func (d *desk) accept(in Incoming, current Current) {
	d.take(intended{in.Call, pending{current: current}})
	if _, ok := d.s.pending[in.Call]; !ok {
		return
	}
	accept := law.Accept{User: d.user.ID, Device: d.s.device}
	d.ask(func() (signal.Call, error) { return d.w.apply(in.Call, accept) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
			return
		}
		rings := slices.ContainsFunc(show(d.s).Incoming, func(o Incoming) bool { return o.ID == in.ID })
		if refused(err) || !rings {
			d.take(forgotten{in.Call})
		}
	})
}

func (d *desk) join(id CallID, take bool, current Current) {
	_, inside := show(d.s).Call(id)
	d.take(intended{id, pending{current: current}})
	if _, ok := d.s.pending[id]; !ok {
		return
	}
	join := law.Join{User: d.user.ID, Device: d.s.device, Take: take}
	d.ask(func() (signal.Call, error) { return d.w.apply(id, join) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
			d.take(forgotten{id})
			return
		}
		d.undo(id, inside)
	})
}

func (d *desk) hangUp(id CallID, reason EndReason) {
	leave := law.Leave{User: d.user.ID, Device: d.s.device}
	d.take(done{call: id, reason: reason})
	d.tellBoard(id, leave)
}

// press presses some button that is there.
func (d *desk) press() {
	w, shot := d.w, show(d.s)
	current := Current(w.rnd.IntN(3))
	anybody := func() UserID { return w.desks[w.rnd.IntN(len(w.desks))].user.ID }
	switch n := w.rnd.IntN(12); {
	case n < 3:
		to := []UserID{anybody()}
		if w.rnd.IntN(3) == 0 {
			to = append(to, anybody())
		}
		to = slices.DeleteFunc(to, func(u UserID) bool { return u == d.user.ID })
		if len(to) > 0 {
			w.counter++
			d.invite(CallID(fmt.Sprint("c", w.counter)), slices.Compact(to), Rules{Adding: signal.MembersAdd, EndWithInitiator: w.rnd.IntN(3) == 0}, current)
		}
	case n < 6 && len(shot.Incoming) > 0:
		d.accept(shot.Incoming[0], current)
	case n == 6 && len(shot.Incoming) > 0:
		id := shot.Incoming[0].Call
		d.take(done{call: id, reason: DeclinedHere})
		d.tellBoard(id, law.Reject{User: d.user.ID, As: signal.Declined})
	case n == 7 && len(shot.Joinable) > 0:
		if id := shot.Joinable[0].Call; w.rnd.IntN(3) > 0 {
			d.join(id, true, current)
		} else {
			d.tellBoard(id, law.Leave{User: d.user.ID, Device: d.s.device})
		}
	case n == 7 && len(shot.Ended) > 0:
		d.join(shot.Ended[0].Call, w.rnd.IntN(2) == 0, current)
	case n > 7 && len(shot.Calls) > 0:
		k := shot.Calls[w.rnd.IntN(len(shot.Calls))]
		switch n {
		case 8:
			d.hangUp(k.ID, LocalHangUp)
		case 9:
			d.take(held{k.ID, !k.Held})
		case 10:
			d.tellBoard(k.ID, law.Cancel{By: d.user.ID})
		default:
			if u := anybody(); u != d.user.ID {
				d.invite(k.ID, []UserID{u}, Rules{}, KeepCurrent)
			}
		}
	}
}

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
		if r.Ended.IsZero() && in < 2 {
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
