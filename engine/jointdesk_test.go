package engine

import (
	"errors"
	"fmt"
	"slices"

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
	sent  []func() // requests of this line: they reach the switchboard at the latest when it breaks, or never

	leaving map[CallID]int  // requests to leave without an answer
	joined  map[CallID]bool // open calls that [Client.Join] has entered

	rooms  map[CallID]bool
	near   map[CallID]bool       // silent ones, of rings
	seen   map[CallID]bool       // calls and rings that were told of and have not ended
	rung   map[InvitationID]bool // in this run
	asked  map[CallID]uint64     // by which wish a person wants to be in it
	wishes uint64
	won    map[InvitationID]bool
	given  map[signal.Order]bool // orders that were seen
}

var errLine = errors.New("the line is down")

// start begins a new run of the app, without a line.
func (d *desk) start() {
	d.runs++
	d.alive, d.up, d.inbox, d.await, d.sent, d.leaving = true, false, nil, nil, nil, map[CallID]int{}
	d.joined = map[CallID]bool{}
	d.s = state{me: d.user, home: d.home, device: DeviceID(fmt.Sprint(d.home, ".", d.runs)), prefs: Preferences{CallWaiting: d.w.rnd.IntN(2) == 0}}
	d.rooms, d.near, d.seen, d.rung, d.asked = map[CallID]bool{}, map[CallID]bool{}, map[CallID]bool{}, map[InvitationID]bool{}, map[CallID]uint64{}
	d.given = map[signal.Order]bool{}
}

func (d *desk) crash() {
	d.w.note("%s crashes", d.s.device)
	d.alive, d.up, d.inbox = false, false, nil
}

// cut ends the line: what is on its way to the desk is lost.
func (d *desk) cut() {
	d.w.note("%s loses its line", d.s.device)
	lost := slices.Concat(d.sent, d.await)
	d.up, d.inbox, d.await, d.sent = false, nil, nil, nil
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
		d.post(func() { d.take(synced{SyncReply: reply, asked: asked}) })
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
	done := false
	send := func() {
		if done {
			return
		}
		done = true
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
	}
	d.sent = append(d.sent, send)
	d.w.requests = append(d.w.requests, send)
}

// tellBoard is [Client.ask]: the answer only matters as a newer record.
func (d *desk) tellBoard(id CallID, in law.Input) {
	_, leaves := in.(law.Leave)
	if leaves {
		d.leaving[id]++
	}
	_, asking := d.s.pending[id] // then it was pressed after the button to join
	request := func() (signal.Call, error) {
		if leaves && !asking && d.alive && d.joined[id] {
			d.w.fault("%s: joined %s, and what it asked before takes it out", d.s.device, id)
		}
		return d.w.apply(id, in)
	}
	d.ask(request, func(r signal.Call, err error) {
		if leaves {
			d.leaving[id]--
		}
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
	d.checkOrders(in, before, actions)
	for id, c := range d.s.calls {
		if c.near != d.near[id] {
			d.w.fault("%s: silent room of %s %v, near %v", d.s.device, id, d.near[id], c.near)
		}
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

// checkOrders fails unless an order is followed when it is seen first, and never again.
func (d *desk) checkOrders(in input, before state, actions []action) {
	fresh := map[signal.Order]bool{}
	for id, c := range d.s.calls {
		if !c.inside {
			continue
		}
		mine, _ := c.record.Party(d.user.ID)
		o := mine.Microphone
		if !o.At.IsZero() && !d.given[o] {
			d.given[o], fresh[o] = true, true
			if c.want.microphone && !o.On || !c.want.microphone && o.On != c.asked.Microphone {
				d.w.fault("%s: %s ordered %+v: on %v, asked %+v", d.s.device, id, o, c.want.microphone, c.asked)
			}
		}
		_, pressed := in.(switched)
		_, answered := in.(granted)
		was, merged := before.calls[id], len(d.s.ended) > 0 && d.s.ended[0].Reason == MergedCall
		if was.inside && was.want.microphone != c.want.microphone && !pressed && !answered && !merged && (!fresh[o] || o.On) {
			d.w.fault("%s: %s switched the microphone to %v by itself", d.s.device, id, c.want.microphone)
		}
	}
	for _, a := range actions {
		if e, ok := a.(emit); ok && e.Type == DeviceOrdered && len(fresh) == 0 {
			d.w.fault("%s: told of an order that is not new", d.s.device)
		}
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
	case prepare:
		if d.rooms[a.call] || d.near[a.call] {
			d.w.fault("%s: %s prepared twice", device, a.call)
		}
		d.near[a.call] = true
	case open:
		delete(d.near, a.call)
		if d.rooms[a.call] {
			d.w.fault("%s: %s opened twice", device, a.call)
		}
		if !d.wants(a.call, before) {
			d.w.fault("%s: %s opened, and nobody here wanted to be in it", device, a.call)
		}
		d.rooms[a.call] = true
	case approach:
		if !d.rooms[a.call] && !d.near[a.call] {
			d.w.fault("%s: %s approaches %s without a room", device, a.call, a.user)
		}
		for _, o := range d.w.desks {
			if d.near[a.call] && o.s.device == a.device {
				o.take(knocked{a.call, me, device})
			}
		}
	case shut:
		if !d.rooms[a.call] && !d.near[a.call] {
			d.w.fault("%s: %s shut twice", device, a.call)
		}
		delete(d.near, a.call)
		delete(d.rooms, a.call)
		delete(d.joined, a.call)
	case emit:
		d.w.note("  %s: %s %s %s", device, a.Type, a.Call, a.Reason)
		d.hear(a.Event, before)
	}
}

func (d *desk) hear(e Event, before state) {
	switch e.Type {
	case IncomingReceived, IncomingBusy, CallStarted:
		if e.Type != CallStarted {
			if d.seen[e.Call] || d.rung[e.Invitation] {
				d.w.fault("%s: %s rings twice", d.s.device, e.Call)
			}
			d.rung[e.Invitation] = true
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
		if r := d.w.calls[e.Call]; e.Reason == KickedOut && (e.User.ID == "" || e.User.ID == d.user.ID) {
			d.w.fault("%s: removed from %s by %q: %s", d.s.device, e.Call, e.User.ID, brief(r))
		}
		if _, asked := before.pending[e.Call]; !d.seen[e.Call] && !asked {
			d.w.fault("%s: %s ended twice, or before it was told of", d.s.device, e.Call)
		}
		delete(d.seen, e.Call)
		again := e.Reason == Elsewhere || e.Call == "lobby" // it can still become what was asked for
		if _, asking := before.pending[e.Call]; e.Reason != MergedCall && !(asking && again) {
			delete(d.asked, e.Call)
		}
	}
}

// wants reports whether somebody here asked for a call, or for one that was, or will be, merged with it.
func (d *desk) wants(id CallID, before state) bool {
	r := d.w.calls[id]
	for _, p := range before.pending {
		if p.crosses(&r) {
			return true
		}
	}
	for _, c := range before.calls {
		if c.inside && r.Initiator != d.user.ID && crossing(&c.record, &r) {
			return true
		}
	}
	for asked := range d.asked {
		if asked == id || d.w.calls[asked].MergedInto == id {
			return true
		}
	}
	return false
}

// intend is [Client.intend].
func (d *desk) intend(id CallID, p pending) (wish uint64, ok bool) {
	d.wishes++
	p.wish = d.wishes
	d.take(intended{id, p})
	if d.s.pending[id].wish != p.wish {
		return 0, false
	}
	if !d.s.calls[id].inside { // else it only grows
		d.asked[id] = p.wish
	}
	return p.wish, true
}

// The buttons do what the methods of Client do.

func (d *desk) invite(id CallID, to []UserID, rules Rules, current Current) {
	wish, ok := d.intend(id, pending{to: to, current: current})
	if !ok {
		return
	}
	d.ask(func() (signal.Call, error) { return d.w.invite(d, id, to, rules) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
			d.take(forgotten{id, wish})
			return
		}
		d.undo(id, wish)
	})
}

// undo is [Client.undo].
func (d *desk) undo(id CallID, wish uint64) {
	d.take(forgotten{id, wish})
	if d.asked[id] == wish {
		delete(d.asked, id)
	}
	if k := d.s.calls[id]; k.inside && k.wish == wish {
		d.hangUp(id, CancelledHere)
	}
}

func (d *desk) accept(in Incoming, current Current) {
	wish, ok := d.intend(in.Call, pending{current: current})
	if !ok {
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
			d.take(forgotten{in.Call, wish})
		}
	})
}

func (d *desk) join(id CallID, take bool, current Current) {
	d.enter(id, pending{current: current}, law.Join{User: d.user.ID, Device: d.s.device, Take: take})
}

// open enters the room where everybody may meet.
func (d *desk) open(take bool, current Current) {
	if _, inside := show(d.s).Call("lobby"); inside {
		return
	}
	rules := Rules{Adding: signal.MembersAdd, EndWithInitiator: d.w.rnd.IntN(3) == 0}
	d.enter("lobby", pending{current: current, opens: true}, law.Open{By: d.user, Device: d.s.device, Take: take, Rules: rules})
}

func (d *desk) enter(id CallID, p pending, join law.Input) {
	if d.leaving[id] > 0 { // it waits then: see [departures]
		return
	}
	wish, ok := d.intend(id, p)
	if !ok {
		return
	}
	d.ask(func() (signal.Call, error) { return d.w.apply(id, join) }, func(r signal.Call, err error) {
		if err == nil {
			d.take(changed{r})
			if d.asked[id] > 0 && !d.s.calls[id].inside && d.w.calls[id].Revision == r.Revision {
				d.w.fault("%s: the switchboard confirmed %s, and it is not open", d.s.device, id)
			}
			d.joined[id] = d.rooms[id]
			d.take(forgotten{id, wish})
			return
		}
		d.undo(id, wish)
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
	switch n := w.rnd.IntN(17); {
	case n == 16:
		d.open(w.rnd.IntN(2) == 0, current)
	case n < 3:
		to := []UserID{anybody()}
		if w.rnd.IntN(3) == 0 {
			to = append(to, anybody())
		}
		to = slices.DeleteFunc(to, func(u UserID) bool { return u == d.user.ID })
		if len(to) > 0 {
			w.counter++
			rules := Rules{Adding: signal.MembersAdd, EndWithInitiator: w.rnd.IntN(3) == 0, Hosts: []UserID{anybody()}}
			d.invite(CallID(fmt.Sprint("c", w.counter)), slices.Compact(to), rules, current)
		}
	case n < 6 && len(shot.Incoming) > 0:
		d.accept(shot.Incoming[0], current)
	case n == 6 && len(shot.Incoming) > 0:
		id := shot.Incoming[0].Call
		delete(d.asked, id)
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
		on := w.rnd.IntN(2) == 0
		switch n {
		case 12:
			d.tellBoard(k.ID, law.Kick{By: d.user.ID, Device: d.s.device, To: []UserID{anybody()}})
		case 13:
			d.tellBoard(k.ID, law.Order{By: d.user.ID, Device: d.s.device, Microphone: &on})
		case 14:
			d.take(switched{k.ID, true, on})
		case 15:
			d.take(granted{k.ID, on})
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
