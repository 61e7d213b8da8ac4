package engine

import (
	"maps"
	"time"

	"github.com/parley-calls/parley/engine/link"
)

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
		t.member(in.call, in.user, in.device, func(c *call, m *member) { t.movePath(c, m, in) })
	case told:
		t.member(in.call, in.user, in.device, func(c *call, m *member) {
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
		t.member(in.call, in.user, in.device, func(c *call, m *member) {
			if !m.picture {
				m.picture = true
				t.emit(Event{Type: FirstPicture, Call: in.call, User: nameOf(c.record, in.user)})
			}
		})
	case judged:
		for user, q := range in.quality {
			t.member(in.call, user, "", func(_ *call, m *member) { m.quality = q })
		}
	case switched:
		t.switchOwn(in)
	case deviceState:
		t.deviceMoved(in)
	case speakerState:
		t.speakerMoved(in.err)
	case chosen:
		t.do(aim{})
		for id, c := range s.calls {
			if c.inside {
				t.do(set{id, c.want})
			}
		}
	case done:
		t.finish(in.call, in.reason, t.me)
	case plugged:
		t.emit(Event{Type: DevicesChanged})
	case preferred:
		t.prefs = in.Preferences
	case recalled:
		t.recall(in.HistoryPage)
	case missedOpened:
		t.emit(Event{Type: MissedOpened, History: &in.HistoryEntry})
	case dialBackFailed:
		t.emit(Event{Type: DialBackFailed, History: &in.HistoryEntry, Err: in.err})
	case passed:
		t.expire()
	case acceptedEarly:
		t.early = early{call: in.call, answer: in.answer, until: now.Add(earlyTime), later: in.later}
	case refusedEarly:
		t.emit(Event{Type: ErrorOccurred, Call: in.call, Err: in.err})
	}
	t.enterEarly(in)
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

// member changes one member of one call, if it is there, and on that device; an empty device means any. What is told of the
// device that somebody came from does not concern the one that he is on now.
func (t *turn) member(id CallID, user UserID, device DeviceID, change func(*call, *member)) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	m, ok := c.members[user]
	if !ok || device != "" && device != m.device {
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

// switchOwn changes what is wanted. What stands in the way of it only the keeper of the device knows, and says when it changes.
func (t *turn) switchOwn(in switched) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	if in.microphone {
		c.want.microphone = in.on
	} else {
		c.want.camera = in.on
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
	slot := [...]*error{&c.failures.microphone, &c.failures.camera}[in.kind]
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

// speakerMoved keeps why nothing is heard, also for calls to come.
func (t *turn) speakerMoved(err error) {
	if Code(t.speaker) == Code(err) {
		return
	}
	t.speaker = err
	for id, c := range t.calls {
		if c.inside && err != nil {
			t.emit(Event{Type: DeviceFailed, Call: id, Err: err})
		}
	}
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
