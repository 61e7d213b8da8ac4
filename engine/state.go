package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// state is everything the client knows, as one value. Only [next] makes a new one; the old one stays as it was.
type state struct {
	me         User
	device     DeviceID
	autoAccept bool
	conn       Connection
	people     map[UserID]Person
	calls      map[CallID]call
	pending    map[CallID]pending // calls that we asked for but whose record has not come yet
	ended      []Ended
}

// intent is what the person wants on in a call.
type intent struct{ microphone, camera bool }

// pending is a call that we asked for. When both call each other the switchboard answers with the other's call, so whom we
// called counts as well.
type pending struct {
	want intent
	to   []UserID
}

// call is one call that concerns us: it rings here, or we are in it.
type call struct {
	record   signal.Call
	want     intent
	inside   bool // we are in it on this device: its room is open
	silenced bool
	refused  bool // the ring was refused as busy: it is not shown
	waiting  bool // the ring waits for our own call to be merged with it: it is not shown
	members  map[UserID]member
	failures failures
}

// failures are why something is off although it is wanted.
type failures struct{ microphone, camera, speaker error }

// switches are what is really on of ours.
func (c *call) switches() switches {
	return switches{Microphone: c.want.microphone && c.failures.microphone == nil, Camera: c.want.camera && c.failures.camera == nil}
}

// member is what we know about another person in the call besides the record.
type member struct {
	device   DeviceID
	path     link.State
	reached  bool // was connected once
	switches switches
	picture  bool
	quality  Quality
}

// switches is what members tell each other about what is on. It travels as JSON on the data channel.
type switches struct {
	Microphone bool `json:"microphone"`
	Camera     bool `json:"camera"`
	Sharing    bool `json:"sharing"`
}

// input is something that happened; action is something to do about it.
type (
	input  interface{ input() }
	action interface{ action() }
)

// The inputs.
type (
	connected struct{ Connection }
	synced    struct {
		signal.SyncReply
		asked []CallID // the calls that were known when it was asked for
	}
	changed  struct{ signal.Call } // a record, from a delivery or an answer
	presence struct{ signal.Person }
	intended struct { // we ask for a call
		call CallID
		pending
	}
	forgotten struct{ call CallID } // what was asked for did not come about, or as another call
	silence   struct{ invitation InvitationID }
	pathMoved struct {
		call CallID
		user UserID
		path link.State
	}
	told struct { // a member's switches
		call CallID
		user UserID
		switches
	}
	pictured struct {
		call CallID
		user UserID
	}
	judged struct {
		call    CallID
		quality map[UserID]Quality
	}
	switched struct { // we switched something
		call       CallID
		microphone bool // which of the two
		on         bool
	}
	deviceState struct { // a device of ours opened (err nil) or failed
		call CallID
		kind deviceUse
		err  error
	}
	done struct { // we end it here, whatever the switchboard says
		call   CallID
		reason EndReason
	}
	plugged struct{}
)

// deviceUse is what a device is used for in a call.
type deviceUse uint8

const (
	forMicrophone deviceUse = iota
	forCamera
	forSpeaker
)

// The actions.
type (
	emit    struct{ Event }
	confirm struct{ call CallID } // tell the authority that it rings here
	refuse  struct {
		call   CallID
		reason signal.PartyState
	}
	take  struct{ call CallID } // accept without asking
	leave struct{ call CallID }
	open  struct { // the room
		call CallID
		want intent
	}
	shut    struct{ call CallID }
	connect struct {
		call     CallID
		user     UserID
		device   DeviceID
		offering bool
	}
	disconnect struct {
		call CallID
		user UserID
	}
	set struct { // switch a device of the room
		call CallID
		want intent
	}
	announce struct { // what is on here, to one member or (empty) all
		call CallID
		to   UserID
		switches
	}
	beep struct{ reason EndReason } // a tone for the end of a call
)

func (connected) input()   {}
func (synced) input()      {}
func (changed) input()     {}
func (presence) input()    {}
func (intended) input()    {}
func (forgotten) input()   {}
func (silence) input()     {}
func (pathMoved) input()   {}
func (told) input()        {}
func (pictured) input()    {}
func (judged) input()      {}
func (switched) input()    {}
func (deviceState) input() {}
func (done) input()        {}
func (plugged) input()     {}

func (emit) action()       {}
func (confirm) action()    {}
func (refuse) action()     {}
func (take) action()       {}
func (leave) action()      {}
func (open) action()       {}
func (shut) action()       {}
func (connect) action()    {}
func (disconnect) action() {}
func (set) action()        {}
func (announce) action()   {}
func (beep) action()       {}

// next is the whole behaviour of the client: from a state and something that happened to the new state and what to do.
// It has no clock, no device and no network, and it changes nothing but what it returns.
func next(s state, in input, now time.Time) (state, []action) {
	t := &turn{state: s, now: now}
	switch in := in.(type) {
	case connected:
		if s.conn.State != in.State || Code(s.conn.Err) != Code(in.Err) {
			t.emit(Event{Type: ConnectionChanged, Err: in.Err})
		}
		t.conn = in.Connection
	case synced:
		t.sync(in)
	case changed:
		t.change(in.Call)
	case presence:
		t.people = with(s.people, in.ID, in.Person)
		t.emit(Event{Type: PeopleChanged, User: in.User})
	case intended:
		t.pending = with(s.pending, in.call, in.pending)
	case forgotten:
		t.pending = without(s.pending, in.call)
		t.ringAfterAll(s.pending[in.call].to)
	case silence:
		for id, c := range s.calls {
			if p, _ := c.record.Party(s.me.ID); p.Invitation == in.invitation {
				c.silenced = true
				t.put(id, c)
			}
		}
	case pathMoved:
		t.member(in.call, in.user, func(c *call, m *member) { t.movePath(c, m, in) })
	case told:
		t.member(in.call, in.user, func(c *call, m *member) {
			if m.switches == in.switches {
				return
			}
			if m.switches.Camera && !in.Camera {
				m.picture = false
			}
			m.switches = in.switches
			t.emit(Event{Type: MediaChanged, Call: in.call, User: nameOf(c.record, in.user), Microphone: in.Microphone, Camera: in.Camera})
		})
	case pictured:
		t.member(in.call, in.user, func(c *call, m *member) {
			if !m.picture {
				m.picture = true
				t.emit(Event{Type: FirstPicture, Call: in.call, User: nameOf(c.record, in.user)})
			}
		})
	case judged:
		for user, q := range in.quality {
			t.member(in.call, user, func(_ *call, m *member) { m.quality = q })
		}
	case switched:
		t.switchOwn(in)
	case deviceState:
		t.deviceMoved(in)
	case done:
		t.finish(in.call, in.reason, t.me)
	case plugged:
		t.emit(Event{Type: DevicesChanged})
	}
	return t.state, t.actions
}

// turn collects what one input leads to.
type turn struct {
	state
	now     time.Time
	actions []action
}

func (t *turn) do(a action) { t.actions = append(t.actions, a) }

func (t *turn) emit(e Event) {
	e.At = t.now
	t.do(emit{e})
}

func (t *turn) put(id CallID, c call) { t.calls = with(t.calls, id, c) }

// member changes one member of one call, if it is there.
func (t *turn) member(id CallID, user UserID, change func(*call, *member)) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	m, ok := c.members[user]
	if !ok {
		return
	}
	change(&c, &m)
	c.members = with(c.members, user, m)
	t.put(id, c)
}

func (t *turn) movePath(c *call, m *member, in pathMoved) {
	if m.path == in.path && (m.reached || in.path != link.Connected) {
		return
	}
	m.path = in.path
	who := nameOf(c.record, in.user)
	switch in.path {
	case link.Connected:
		m.reached = true
		t.do(announce{in.call, in.user, c.switches()})
		t.emit(Event{Type: CallConnected, Call: in.call, User: who})
	case link.Reconnecting, link.Failed:
		e := Event{Type: CallRejoining, Call: in.call, User: who}
		if in.path == link.Failed {
			e.Err = fail("connect", ErrJoinFailed)
		}
		t.emit(e)
	}
}

func (t *turn) switchOwn(in switched) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	if in.microphone {
		c.want.microphone = in.on
		c.failures.microphone = nil
	} else {
		c.want.camera = in.on
		c.failures.camera = nil
	}
	t.put(in.call, c)
	t.do(set{in.call, c.want})
	t.do(announce{in.call, "", c.switches()})
	t.emit(Event{Type: MediaChanged, Call: in.call, User: t.me, Microphone: c.want.microphone, Camera: c.want.camera})
}

func (t *turn) deviceMoved(in deviceState) {
	c, ok := t.calls[in.call]
	if !ok {
		return
	}
	slot := [...]*error{&c.failures.microphone, &c.failures.camera, &c.failures.speaker}[in.kind]
	if Code(*slot) == Code(in.err) {
		return
	}
	before := c.switches()
	*slot = in.err
	t.put(in.call, c)
	if now := c.switches(); now != before {
		t.do(announce{in.call, "", now})
	}
	if in.err != nil {
		t.emit(Event{Type: DeviceFailed, Call: in.call, Err: in.err})
	}
}

// sync takes the truth of the authority: what it does not know any more is over.
func (t *turn) sync(r synced) {
	t.people = make(map[UserID]Person, len(r.People))
	for _, p := range r.People {
		t.people[p.ID] = p
	}
	t.emit(Event{Type: PeopleChanged})
	known := make(map[CallID]bool, len(r.Calls))
	for _, c := range r.Calls {
		known[c.ID] = true
		t.change(c)
	}
	for _, id := range r.asked {
		if !known[id] {
			t.finish(id, NetworkLost, User{})
		}
	}
}

// change takes a newer record of a call.
func (t *turn) change(r signal.Call) {
	c, tracked := t.calls[r.ID]
	if tracked && r.Revision <= c.record.Revision {
		return
	}
	mine, ok := r.Party(t.me.ID)
	if !ok {
		return
	}
	before := c.record
	was, _ := before.Party(t.me.ID)
	c.record = r
	here := mine.State.In() && mine.Device == t.device && r.Ended.IsZero()

	switch {
	case !tracked && !here && (!mine.State.Waiting() || !r.Ended.IsZero()):
		return // old news, or a call that another device of ours has taken
	case !tracked && here && !t.expected(r):
		// A call in which this device sat before it was restarted. Its media are gone: say so instead of sitting there mute.
		t.do(leave{r.ID})
		return
	case !tracked && t.over(r.ID, mine.Invitation):
		return
	case !here && mine.State.Waiting() && r.Ended.IsZero():
		t.ring(c, was, mine)
		return
	}

	if here && !c.inside {
		t.enter(&c)
	}
	t.put(r.ID, c)
	if c.inside {
		t.meet(r.ID, before)
	}
	if !here {
		reason, by := endOf(r, t.me.ID, t.device, c.inside)
		t.finish(r.ID, reason, by)
		if r.Reason == signal.EndMerged && r.MergedInto != "" {
			if _, asked := t.pending[r.MergedInto]; !asked {
				t.pending = with(t.pending, r.MergedInto, pending{want: c.want})
				if m, ok := t.calls[r.MergedInto]; ok && m.inside {
					m.want = c.want
					t.put(r.MergedInto, m)
					t.do(set{r.MergedInto, m.want})
				}
			}
		}
	}
}

// over reports whether a ring was ended here before the switchboard had heard of it.
func (t *turn) over(id CallID, ring InvitationID) bool {
	for _, e := range t.ended {
		if e.Call == id && e.invitation == ring && ring != "" {
			return true
		}
	}
	return false
}

// expected reports whether we asked to be in the call.
func (t *turn) expected(r signal.Call) bool {
	if _, asked := t.asked(r); asked || t.autoAccept {
		return true
	}
	for _, other := range t.calls { // both called each other, and the call that we asked for goes on as this one
		if other.inside && other.record.Live.IsZero() {
			for _, p := range other.record.Parties {
				if q, ok := r.Party(p.ID); ok && q.ID != t.me.ID {
					return true
				}
			}
		}
	}
	return false
}

// asked finds what we asked for that this call may be the answer to.
func (t *turn) asked(r signal.Call) (CallID, bool) {
	if _, ok := t.pending[r.ID]; ok {
		return r.ID, true
	}
	for id, p := range t.pending {
		for _, to := range p.to {
			if _, ok := r.Party(to); ok {
				return id, true
			}
		}
	}
	return "", false
}

// ring shows an invitation, or refuses it because we are busy.
func (t *turn) ring(c call, was, mine signal.Party) {
	r := c.record
	fresh := was.Invitation != mine.Invitation
	if !fresh {
		t.put(r.ID, c)
		return
	}
	caller := nameOf(r, mine.By)
	e := Event{Call: r.ID, Invitation: mine.Invitation, User: caller, Video: r.Video, Data: r.Data}
	switch {
	case t.calling(mine.By):
		c.waiting = true // both call each other: the authority merges the two
	case t.busy(r.ID):
		c.refused = true
		e.Type = IncomingBusy
		t.emit(e)
		t.do(refuse{r.ID, signal.Refused})
	default:
		e.Type = IncomingReceived
		t.emit(e)
		t.do(confirm{r.ID})
		if t.autoAccept {
			t.do(take{r.ID})
		}
	}
	t.put(r.ID, c)
}

// calling reports whether we ring that person at this moment.
func (t *turn) calling(u UserID) bool {
	for _, p := range t.pending {
		if slices.Contains(p.to, u) {
			return true
		}
	}
	for _, c := range t.calls {
		if c.inside {
			if p, ok := c.record.Party(u); ok && p.State.Waiting() {
				return true
			}
		}
	}
	return false
}

// ringAfterAll shows the rings of people whom we tried to call at the same moment, and could not.
func (t *turn) ringAfterAll(to []UserID) {
	for id, c := range t.calls {
		if mine, _ := c.record.Party(t.me.ID); c.waiting && slices.Contains(to, mine.By) && !t.calling(mine.By) {
			c.waiting = false
			t.calls = without(t.calls, id)
			t.ring(c, signal.Party{}, mine)
		}
	}
}

// busy reports whether another call or ring than this one is going on.
func (t *turn) busy(but CallID) bool {
	for id, c := range t.calls {
		if id != but && !c.waiting && !c.refused {
			return true
		}
	}
	return false
}

// enter opens the room of a call that we are in now.
func (t *turn) enter(c *call) {
	c.inside, c.waiting, c.refused = true, false, false
	c.want = intent{microphone: true, camera: c.record.Video}
	if id, ok := t.asked(c.record); ok {
		c.want = t.pending[id].want
		t.pending = without(t.pending, id)
	}
	t.do(open{c.record.ID, c.want})
	if c.record.Initiator == t.me.ID && c.record.Live.IsZero() {
		t.emit(Event{Type: OutgoingSent, Call: c.record.ID, Video: c.record.Video, Data: c.record.Data})
	}
	t.emit(Event{Type: CallStarted, Call: c.record.ID, Video: c.record.Video})
}

// meet follows the other parties of a call that we are in.
func (t *turn) meet(id CallID, before signal.Call) {
	c := t.calls[id]
	for _, p := range c.record.Parties {
		if p.ID == t.me.ID {
			continue
		}
		was, _ := before.Party(p.ID)
		if p.State != was.State {
			t.tell(id, was, p)
		}
		m, there := c.members[p.ID]
		in := p.State.In() && c.record.Ended.IsZero()
		if there && (!in || m.device != p.Device) {
			c.members = without(c.members, p.ID)
			t.do(disconnect{id, p.ID})
			there = false
		}
		if in && !there {
			c.members = with(c.members, p.ID, member{device: p.Device, quality: Good, switches: switches{Microphone: true, Camera: c.record.Video}})
			t.do(connect{id, p.ID, p.Device, c.record.Offers(t.me.ID, p.ID)})
		}
	}
	t.put(id, c)
}

// tell turns the change of a party into events.
func (t *turn) tell(id CallID, was, is signal.Party) {
	e := Event{Call: id, User: is.User, Data: is.Data}
	switch is.State {
	case signal.Ringing:
		e.Type = OutgoingRinging
	case signal.Declined:
		e.Type = OutgoingDeclined
	case signal.Refused:
		e.Type = OutgoingBusy
	case signal.TimedOut:
		e.Type = OutgoingTimeout
	case signal.Joined:
		if was.State == signal.Lost {
			return
		}
		if was.State.Waiting() {
			e.Type = OutgoingAccepted
			t.emit(e)
		}
		e.Type = UserEntered
	case signal.Left:
		e.Type, e.Reason = UserLeft, RemoteHangUp
	case signal.Kicked:
		e.Type, e.Reason = UserLeft, KickedOut
	default:
		return
	}
	t.emit(e)
}

// finish ends a call for us: the room is shut, the ring stops, and exactly one CallEnded goes out.
func (t *turn) finish(id CallID, reason EndReason, by User) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	t.calls = without(t.calls, id)
	r := c.record
	mine, _ := r.Party(t.me.ID)
	end := Ended{Call: id, Reason: reason, By: by, Video: r.Video, Outgoing: r.Initiator == t.me.ID, Answered: c.inside && !r.Live.IsZero(), At: t.now, invitation: mine.Invitation}
	if end.Answered {
		end.Lasted = t.now.Sub(r.Live)
		if !r.Ended.IsZero() {
			end.Lasted = r.Ended.Sub(r.Live)
		}
	}
	for _, p := range r.Parties {
		if p.ID != t.me.ID {
			end.With = append(end.With, p.User)
		}
	}
	if c.inside {
		t.do(shut{id})
		if reason != MergedCall {
			t.do(beep{reason})
		}
	} else if !c.waiting && !c.refused {
		e := Event{Call: id, Invitation: mine.Invitation, User: nameOf(r, mine.By), Reason: reason, Data: mine.Data}
		switch reason {
		case Unanswered:
			e.Type = IncomingTimeout
			t.emit(e)
		case CancelledCall, CallerLost, Elsewhere, NetworkLost:
			e.Type = IncomingCancelled
			t.emit(e)
		}
	}
	if c.waiting && reason == MergedCall {
		return // never shown: its twin goes on
	}
	t.emit(Event{Type: CallEnded, Call: id, User: by, Reason: reason, Lasted: end.Lasted, Video: r.Video})
	t.ended = append([]Ended{end}, t.ended[:min(len(t.ended), 7)]...)
}

// endOf reads from a record why the call is over for us.
func endOf(r signal.Call, me UserID, device DeviceID, inside bool) (EndReason, User) {
	mine, _ := r.Party(me)
	by := nameOf(r, r.EndedBy)
	switch {
	case mine.State == signal.Kicked:
		return KickedOut, by
	case mine.State.In() && mine.Device != device && r.Ended.IsZero():
		return Elsewhere, User{}
	}
	switch r.Reason {
	case signal.EndHangUp:
		if r.EndedBy == me {
			return LocalHangUp, by
		}
		return RemoteHangUp, by
	case signal.EndDeclined:
		if mine.State == signal.Declined {
			return DeclinedHere, mine.User
		}
		return DeclinedCall, firstIn(r, signal.Declined)
	case signal.EndBusy:
		if mine.State == signal.Refused {
			return BusyCall, mine.User
		}
		return BusyCall, firstIn(r, signal.Refused)
	case signal.EndTimeout:
		if inside {
			return NoAnswer, User{}
		}
		return Unanswered, User{}
	case signal.EndCancelled:
		if r.Initiator == me {
			return CancelledHere, by
		}
		return CancelledCall, nameOf(r, mine.By)
	case signal.EndCallerLost:
		return CallerLost, nameOf(r, r.Initiator)
	case signal.EndLost:
		return NetworkLost, by
	case signal.EndMerged:
		return MergedCall, User{}
	}
	switch mine.State { // the call goes on without us
	case signal.Declined:
		return DeclinedHere, mine.User
	case signal.Refused:
		return BusyCall, mine.User
	case signal.TimedOut:
		return Unanswered, User{}
	case signal.Cancelled:
		return CancelledCall, nameOf(r, mine.By)
	case signal.Left:
		return LocalHangUp, mine.User
	}
	return NetworkLost, User{}
}

func firstIn(r signal.Call, s signal.PartyState) User {
	for _, p := range r.Parties {
		if p.State == s {
			return p.User
		}
	}
	return User{}
}

func nameOf(r signal.Call, u UserID) User {
	if p, ok := r.Party(u); ok {
		return p.User
	}
	return User{ID: u, Name: string(u)}
}

// with and without return a changed copy of a map, so that older states keep theirs.
func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	c := maps.Clone(m)
	if c == nil {
		c = make(map[K]V, 1)
	}
	c[k] = v
	return c
}

func without[K comparable, V any](m map[K]V, k K) map[K]V {
	if _, ok := m[k]; !ok {
		return m
	}
	c := maps.Clone(m)
	delete(c, k)
	return c
}

// echoID is the contact that every switchboard has and that sends back what it gets.
const echoID = UserID("echo")

// comparePeople sorts Echo first, then by name.
func comparePeople(a, b Person) int {
	if (a.ID == echoID) != (b.ID == echoID) {
		if a.ID == echoID {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}
