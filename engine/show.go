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
	out := &Snapshot{Me: s.me, Connection: s.conn, Ended: s.ended, Preferences: s.prefs,
		History: s.history.Entries, HistorySeen: s.history.Seen, Missed: s.history.Missed}
	for _, p := range s.people {
		if p.ID != s.me.ID {
			out.People = append(out.People, p)
		}
	}
	slices.SortFunc(out.People, comparePeople)
	for _, c := range s.calls {
		switch {
		case c.inside:
			out.Calls = append(out.Calls, showCall(s.me.ID, c, s.speaker))
		case !c.waiting && !c.refused:
			out.Incoming = append(out.Incoming, showIncoming(s.me.ID, c.record))
		}
	}
	slices.SortFunc(out.Calls, func(a, b CallState) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Incoming, func(a, b Incoming) int { return a.Expires.Compare(b.Expires) })
	return out
}

func showIncoming(me UserID, r signal.Call) Incoming {
	mine, _ := r.Party(me)
	in := Incoming{ID: mine.Invitation, Call: r.ID, From: nameOf(r, mine.By), Video: r.Video, Data: r.Data, Expires: mine.Deadline}
	for _, p := range r.Parties {
		if p.ID != me && p.ID != in.From.ID {
			in.Others = append(in.Others, p.User)
		}
	}
	return in
}

func showCall(me UserID, c call, speaker error) CallState {
	r, on := c.record, c.switches()
	out := CallState{
		ID: r.ID, Video: r.Video, Outgoing: r.Initiator == me, Data: r.Data, Since: r.Live, Link: "direct",
		Microphone: on.Microphone, Camera: on.Camera, SpeakerErr: speaker,
	}
	if c.want.microphone {
		out.MicrophoneErr = c.failures.microphone
	}
	if c.want.camera {
		out.CameraErr = c.failures.camera
	}
	if len(c.members) > 1 {
		out.Link = "mesh"
	}
	for _, p := range r.Parties {
		if m, ok := c.members[p.ID]; ok {
			member := Member{User: p.User, Microphone: m.switches.Microphone, Camera: m.switches.Camera, Sharing: m.switches.Sharing, Quality: m.quality, HasPicture: m.picture}
			if m.path != link.Connected {
				member.Quality = LostNow
			}
			out.Members = append(out.Members, member)
		} else if p.ID != me {
			out.Waiting = append(out.Waiting, Waiting{User: p.User, State: p.State, Data: p.Data})
		}
	}
	out.Phase, out.Err = phaseOf(c)
	return out
}

// phaseOf says where a call that we are in stands: the best of its members counts, and without members the best of its rings.
func phaseOf(c call) (Phase, error) {
	if len(c.members) == 0 {
		for _, p := range c.record.Parties {
			if p.State == signal.Ringing {
				return RingingUp, nil
			}
		}
		if c.record.Live.IsZero() {
			return Inviting, nil
		}
		return Joining, nil
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

const (
	quiet sounding = iota
	ringing
	ringBack
)

// toneOf derives the looping tone from the state, so that a ring cannot outlive what rings.
func toneOf(s state) sounding {
	tone := quiet
	for _, c := range s.calls {
		switch {
		case !c.inside && !c.waiting && !c.refused && !c.silenced:
			return ringing
		case c.inside && c.record.Live.IsZero() && c.record.Ended.IsZero():
			for _, p := range c.record.Parties {
				if p.State == signal.Ringing {
					tone = ringBack
				}
			}
		}
	}
	return tone
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
