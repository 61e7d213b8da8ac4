package engine

import (
	"maps"
	"slices"

	"github.com/parley-calls/parley/engine/media"
)

// hear takes what a member says of the switches over there.
func (t *turn) hear(c *call, m *member, in told) {
	was, is := m.switches, in.switches
	is.MicrophoneTrouble = Code(troubleOf(media.MicrophoneDevice, is.MicrophoneTrouble))
	is.CameraTrouble = Code(troubleOf(media.CameraDevice, is.CameraTrouble))
	is.Sharing = is.Sharing.checked()
	if !is.Output.Valid() {
		is.Output = was.Output
	}
	if is == was {
		return
	}
	if was.Camera && !is.Camera {
		m.picture = false
	}
	m.switches = is
	who := nameOf(c.record, in.user)
	if is.Held != was.Held {
		t.emit(Event{Type: CallHeld, Call: in.call, User: who, On: is.Held})
	}
	if is.Microphone != was.Microphone || is.Camera != was.Camera {
		t.emit(Event{Type: MediaChanged, Call: in.call, User: who, Microphone: is.Microphone, Camera: is.Camera})
	}
	t.tellSharing(in.call, who, was.Sharing, is.Sharing)
	if is.Output != was.Output {
		t.emit(Event{Type: OutputChanged, Call: in.call, User: who, Route: is.Output})
	}
	if is.MicrophoneTrouble != was.MicrophoneTrouble && is.MicrophoneTrouble != "" {
		t.emit(Event{Type: DeviceFailed, Call: in.call, User: who, Err: troubleOf(media.MicrophoneDevice, is.MicrophoneTrouble)})
	}
	if is.CameraTrouble != was.CameraTrouble && is.CameraTrouble != "" {
		t.emit(Event{Type: DeviceFailed, Call: in.call, User: who, Err: troubleOf(media.CameraDevice, is.CameraTrouble)})
	}
}

// switchOwn changes what is wanted. What stands in the way of it only the keeper of the device knows, and says when it changes.
func (t *turn) switchOwn(in switched) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	if in.microphone {
		c.want.microphone, c.asked.Microphone = in.on, c.asked.Microphone && !in.on
	} else {
		c.want.camera, c.asked.Camera = in.on, c.asked.Camera && !in.on
	}
	t.put(in.call, c)
	t.do(set{in.call, c.want, c.held})
	t.do(announce{in.call, "", t.announced(&c)})
	t.emit(Event{Type: MediaChanged, Call: in.call, User: t.me, Microphone: c.want.microphone, Camera: c.want.camera})
}

// holdOwn holds a call or goes on with it. At most one call is not held, so going on with one holds the others. When the call that
// is not held ends, one that is held stays so until the person goes on with it, as desk phones do it: nobody is heard by surprise.
func (t *turn) holdOwn(in held) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside || c.held == in.on {
		return
	}
	if !in.on {
		t.holdOthers(in.call)
	}
	t.setHeld(in.call, in.on)
}

func (t *turn) setHeld(id CallID, on bool) {
	c := t.calls[id]
	c.held = on
	t.put(id, c)
	t.do(set{id, c.want, on})
	t.do(announce{id, "", t.announced(&c)})
	t.emit(Event{Type: CallHeld, Call: id, User: t.me, On: on})
}

func (t *turn) holdOthers(but CallID) {
	for id, c := range t.calls {
		if id != but && c.inside && !c.held {
			t.setHeld(id, true)
		}
	}
}

func (t *turn) deviceMoved(in deviceState) {
	c, ok := t.calls[in.call]
	if !ok {
		return
	}
	slot := [...]*error{&c.failures.microphone, &c.failures.camera, &c.failures.systemSound}[in.kind]
	if Code(*slot) == Code(in.err) {
		return
	}
	before := c.switches()
	*slot = in.err
	t.put(in.call, c)
	if c.switches() != before {
		t.do(announce{in.call, "", t.announced(&c)})
	}
	if in.err != nil {
		t.emit(Event{Type: DeviceFailed, Call: in.call, User: t.me, Err: in.err})
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
			t.emit(Event{Type: DeviceFailed, Call: id, User: t.me, Err: err})
		}
	}
}

// announced is what members are told of us.
func (s *state) announced(c *call) switches {
	on := c.switches()
	on.Output = s.output.Route
	on.Sharing.Marked = on.Sharing.On && s.marks && c.shared.Surface.Kind == media.ScreenSurface // windows are captured without what lies over them
	return on
}

// hearOn takes note of the speaker. Members only learn what kind it is.
func (t *turn) hearOn(now Output) {
	if t.output == now {
		return
	}
	told := t.output.Route != now.Route
	t.output = now
	t.emit(Event{Type: OutputChanged, Label: now.Label, Route: now.Route})
	for _, id := range slices.Sorted(maps.Keys(t.calls)) {
		if c := t.calls[id]; c.inside && told {
			t.do(announce{id, "", t.announced(&c)})
		}
	}
}

// replace says which other device is used.
func (t *turn) replace(in replaced) {
	for _, id := range slices.Sorted(maps.Keys(t.calls)) {
		if c := t.calls[id]; c.inside && !c.held && (in.call == "" || in.call == id) {
			t.emit(Event{Type: DeviceMoved, Call: id, Kind: in.kind, Label: in.to, Data: in.from, On: in.returned})
		}
	}
}

// choose takes other devices into use. A speaker that a person chooses counts more than the one that came with a call.
func (t *turn) choose(in chosen) {
	for id, c := range t.calls {
		if in.speaker && c.speaker != "" {
			c.speaker = ""
			t.put(id, c)
		}
		if c.inside {
			t.do(set{id, c.want, c.held})
		}
	}
	t.do(aim{t.speakerOfCall()})
}

// speakerOfCall is the speaker that the call that is not held asks for, if it does.
func (s *state) speakerOfCall() string {
	for _, c := range s.calls {
		if c.inside && !c.held && c.speaker != "" {
			return c.speaker
		}
	}
	return ""
}
