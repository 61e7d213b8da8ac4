package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/link"
)

// next is the whole behaviour of the client: from a state and something that happened to the new state and what to do.
// It has no clock, no device and no network, and it changes nothing but what it returns.
func next(s state, in input, now time.Time) (state, []action) {
	t := &turn{state: s, now: now}
	t.take(in)
	t.ringAfterAll()
	t.enterEarly(in)
	t.compare(&s)
	return t.state, t.actions
}

// turn collects what one input leads to.
type turn struct {
	state
	now     time.Time
	actions []action
}

func (t *turn) take(in input) {
	switch in := in.(type) {
	case connected:
		if t.conn.State != in.State || Code(t.conn.Err) != Code(in.Err) {
			t.emit(Event{Type: ConnectionChanged, Err: in.Err})
		}
		t.conn = in.Connection
	case expiring:
		t.emit(Event{Type: TokenExpiring, Lasted: in.left})
	case failed:
		t.emit(Event{Type: ErrorOccurred, Call: in.call, Err: in.err})
	case synced:
		t.sync(in)
	case changed:
		t.change(in.Call)
	case presence:
		t.people = with(t.people, in.ID, in.Person)
		t.emit(Event{Type: PeopleChanged, User: in.User})
	case intended:
		t.intend(in)
	case forgotten:
		t.forget(in)
	case silence:
		for id, c := range t.calls {
			if p, _ := c.record.Party(t.me.ID); p.Invitation == in.invitation {
				c.silenced = true
				t.put(id, c)
			}
		}
	case cancelling:
		t.takeBack(in)
	case knocked:
		t.admit(in)
	case pathMoved:
		t.member(in.call, in.user, in.device, func(c *call, m *member) { t.movePath(c, m, in) })
	case told:
		t.member(in.call, in.user, in.device, func(c *call, m *member) { t.hear(c, m, in) })
	case thinned:
		t.member(in.call, in.user, in.device, func(c *call, m *member) { t.thinPath(c, m, in) })
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
	case granted:
		t.grant(in)
	case held:
		t.holdOwn(in)
	case shared:
		t.shareOwn(in)
	case unshared:
		t.unshareOwn(in)
	case paused:
		t.pauseOwn(in)
	case deviceState:
		t.deviceMoved(in)
	case speakerState:
		t.speakerMoved(in.err)
	case heardOn:
		t.hearOn(in.Output)
	case replaced:
		t.replace(in)
	case chosen:
		t.choose(in)
	case done:
		t.finish(in.call, in.reason, t.me, in.data)
	case plugged:
		t.emit(Event{Type: DevicesChanged})
	case said:
		t.say(in)
	case saidAgain:
		t.sayAgain(in)
	case heard:
		t.member(in.call, in.user, in.device, func(c *call, _ *member) { t.read(c, in) })
	case received:
		t.member(in.call, in.user, in.device, func(c *call, _ *member) { t.noted(c, in) })
	case spoke:
		t.member(in.call, in.user, in.device, func(c *call, _ *member) {
			c.floor = in.user
			t.emit(Event{Type: SpeakerChanged, Call: in.call, User: nameOf(c.record, in.user)})
		})
	case preferred:
		t.prefs = in.Preferences
		t.do(adjust{t.prefs.Volumes})
	case recalled:
		t.recall(in.HistoryPage)
	case missedOpened:
		t.emit(Event{Type: MissedOpened, History: &in.HistoryEntry})
	case dialBackFailed:
		t.emit(Event{Type: DialBackFailed, History: &in.HistoryEntry, Err: in.err})
	case acceptedEarly:
		t.early = early{call: in.call, answer: in.answer, until: t.now.Add(earlyTime), later: in.later}
	case passed:
		t.pass()
	}
}

// compare says what follows from the new state as a whole.
func (t *turn) compare(before *state) {
	for _, id := range slices.Sorted(maps.Keys(t.calls)) {
		c := t.calls[id]
		if !c.inside {
			continue
		}
		was, ok := before.calls[id]
		t.weigh(id)
		if most := c.cameraSize(); most != was.cameraSize() {
			t.do(scale{id, most})
		}
		phase, err := phaseOf(c)
		if ok && was.inside {
			if p, e := phaseOf(was); p == phase && Code(e) == Code(err) {
				continue
			}
		}
		t.emit(Event{Type: PhaseChanged, Call: id, Phase: phase, Err: err})
	}
	if s := t.speakerOfCall(); s != before.speakerOfCall() {
		t.do(aim{s})
	}
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
		t.do(announce{in.call, in.user, t.announced(c)})
		t.catchUp(in.call, in.user)
		t.emit(Event{Type: CallConnected, Call: in.call, User: who})
	case link.Reconnecting, link.Failed:
		e := Event{Type: CallRejoining, Call: in.call, User: who}
		if in.path == link.Failed {
			e.Err = fail("connect", ErrJoinFailed)
		}
		t.emit(e)
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
