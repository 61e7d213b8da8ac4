package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// show makes the snapshot of a state. It is pure.
func show(s state) *Snapshot {
	out := &Snapshot{Me: s.me, Connection: s.conn, Joinable: showJoinable(s), Ended: s.ended, Preferences: s.prefs,
		History: s.history.Entries, HistorySeen: s.history.Seen, Missed: s.history.Missed, Output: s.output}
	for _, p := range s.people {
		if p.ID != s.me.ID {
			out.People = append(out.People, p)
		}
	}
	slices.SortFunc(out.People, comparePeople)
	for _, c := range s.calls {
		switch {
		case c.inside:
			out.Calls = append(out.Calls, s.showCall(c))
		case c.rings():
			out.Incoming = append(out.Incoming, s.showIncoming(c))
		}
	}
	slices.SortFunc(out.Calls, func(a, b CallState) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Incoming, func(a, b Incoming) int { return a.Expires.Compare(b.Expires) })
	return out
}

func (s *state) showIncoming(c call) Incoming {
	r, me := c.record, s.me.ID
	mine, _ := r.Party(me)
	ask := r.Asking(me)
	in := Incoming{
		ID: mine.Invitation, Call: r.ID, From: nameOf(r, mine.By), Video: r.Video, Data: ask.Data, Expires: s.local(mine.Deadline),
		Waiting: s.engaged(r.ID), Silenced: c.silenced, Notification: ask.Notification,
	}
	for _, p := range r.Parties {
		if p.ID != me && p.ID != in.From.ID {
			in.Others = append(in.Others, p.User)
		}
	}
	return in
}

func (s *state) showCall(c call) CallState {
	r, me, on := c.record, s.me.ID, c.switches()
	ask := r.Asking(me)
	out := CallState{
		ID: r.ID, Video: r.Video, Outgoing: r.Initiator == me, Data: ask.Data, Since: c.begun, Link: "direct",
		Initiator: nameOf(r, r.Initiator), Rules: r.Rules, CanAdd: canAdd(r, me), Held: c.held, Notification: ask.Notification,
		Microphone: on.Microphone, Camera: on.Camera, SpeakerErr: s.speaker, Share: c.showShare(), Moderator: r.Moderates(me),
		Speaker: c.floor, Chat: c.chat.messages,
	}
	if c.asked.Microphone || c.asked.Camera {
		out.Asked = c.asked
	}
	if c.want.microphone && !c.held {
		out.MicrophoneErr = c.failures.microphone
	}
	if c.want.camera && !c.held {
		out.CameraErr = c.cameraErr()
	}
	if len(c.members) > 1 {
		out.Link = "mesh"
	}
	for _, p := range r.Parties {
		_, fading := c.fading[p.ID]
		if m, ok := c.members[p.ID]; ok {
			shown := showMember(p.User, m)
			shown.Moderator, shown.Volume = r.Moderates(p.ID), volumes(s.prefs.Volumes).of(p.ID)
			out.Members = append(out.Members, shown)
		} else if p.ID != me && (p.State.Waiting() || fading) {
			out.Waiting = append(out.Waiting, Waiting{
				User: p.User, State: p.State, Data: p.Data, By: p.By, Deadline: s.local(p.Deadline), Mine: mayCancel(r, me, p),
			})
		}
	}
	out.Phase, out.Err = phaseOf(c)
	return out
}

func showMember(u User, m member) Member {
	out := Member{
		User: u, Microphone: m.switches.Microphone, Camera: m.switches.Camera, Sharing: Sharing(m.switches.Sharing), Quality: m.quality,
		HasPicture: m.picture, Thin: m.thin, Held: m.switches.Held,
		MicrophoneTrouble: m.switches.MicrophoneTrouble, CameraTrouble: m.switches.CameraTrouble, Output: Output{Route: m.switches.Output},
	}
	if m.path != link.Connected {
		out.Quality = LostNow
	}
	return out
}

// canAdd reports whether the rules of the call let us add people to it.
func canAdd(r signal.Call, me UserID) bool {
	switch r.Rules.Adding {
	case signal.MembersAdd:
		return true
	case signal.InitiatorAdds:
		return r.Initiator == me
	}
	return false
}

// phaseOf says where a call that we are in stands: the best of its members counts, and without members the best of its rings.
func phaseOf(c call) (Phase, error) {
	if len(c.members) == 0 {
		waiting := false
		for _, p := range c.record.Parties {
			if p.State == signal.Ringing {
				return RingingUp, nil
			}
			waiting = waiting || p.State.Waiting()
		}
		switch {
		case !c.record.Live.IsZero():
			return Joining, nil
		case c.record.Rules.Open && !waiting:
			return Alone, nil
		}
		return Inviting, nil
	}
	phase, failed := Joining, 0
	for _, m := range c.members {
		switch {
		case m.path == link.Connected:
			return Live, nil
		case m.path == link.Failed:
			failed++
		case m.reached:
			phase = Rejoining
		}
	}
	if failed == len(c.members) {
		return Rejoining, fail("connect", ErrJoinFailed)
	}
	return phase, nil
}

// sounding is the tone that belongs to a state.
type sounding uint8

// Of several the last one is heard.
const (
	quiet sounding = iota
	reconnecting
	ringBack
	callWaiting
	ringing
)

// toneOf derives the looping tone from the state, so that no tone can outlive its cause.
func toneOf(s state) sounding {
	tone := quiet
	for _, c := range s.calls {
		is := toneOfCall(c)
		switch {
		case is == ringing && s.prefs.DoNotDisturb:
			is = quiet
		case is == ringing && s.engaged(""):
			is = callWaiting
		}
		tone = max(tone, is)
	}
	return tone
}

func toneOfCall(c call) sounding {
	switch {
	case c.rings() && !c.silenced:
		return ringing
	case !c.inside || c.held || !c.record.Ended.IsZero():
	case c.record.Live.IsZero() && slices.ContainsFunc(c.record.Parties, func(p signal.Party) bool { return p.State == signal.Ringing }):
		return ringBack
	default:
		if phase, err := phaseOf(c); phase == Rejoining && err == nil {
			return reconnecting
		}
	}
	return quiet
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
