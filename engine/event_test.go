package engine

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// Each event, with exactly the arguments that its comment names.
func TestEvents(t *testing.T) {
	t.Parallel()
	incoming := func(y *story) {
		y.record = ringFrom(bob, "c1")
		y.record.Request.Notification = signal.Notification{Title: "Bob", Resource: "bell"}
		y.record.Parties = append(y.record.Parties, signal.Party{User: cyd, State: signal.Calling, Invitation: "i2", By: bob.ID})
		y.take(changed{y.record})
	}
	outgoing := func(y *story) {
		y.take(intended{"c1", pending{to: []UserID{bob.ID, cyd.ID}}})
		y.record = signal.Call{ID: "c1", Revision: 1, Initiator: ana.ID, Video: true, Request: signal.Request{Data: "hi"}, Parties: []signal.Party{
			{User: ana, State: signal.Joined, Device: anaPhone}, {User: bob, State: signal.Calling, Invitation: "i1", By: ana.ID},
			{User: cyd, State: signal.Calling, Invitation: "i2", By: ana.ID}}}
		y.take(changed{y.record})
	}
	say := func(u User, s signal.PartyState, data string) func(*story) {
		return func(y *story) {
			y.edit(func(r *signal.Call) {
				for k := range r.Parties {
					if p := &r.Parties[k]; p.ID == u.ID {
						p.State, p.Data = s, data
						if s == signal.Joined {
							p.Device, r.Live = DeviceID(u.ID+"-desk"), epoch
						}
					}
				}
			})
		}
	}
	noCamera := fail("open camera", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
	missed := HistoryEntry{ID: "h1", Call: "c1"}
	ring := InvitationID("ring c1")

	for _, c := range []struct {
		want Event
		path []func(*story)
	}{
		{Event{Type: ConnectionChanged, Err: errLine}, []func(*story){given(connected{Connection{State: Offline, Err: errLine}})}},
		{Event{Type: PeopleChanged, User: bob}, []func(*story){given(presence{Person{User: bob}})}},
		{Event{Type: ErrorOccurred, Call: "c1", Err: errLine}, []func(*story){given(failed{"c1", errLine})}},
		{Event{Type: TokenExpiring, Lasted: 30 * time.Second}, []func(*story){given(expiring{30 * time.Second})}},

		{Event{Type: IncomingReceived, Call: "c1", Invitation: ring, User: bob, Users: []User{ana, cyd}, Data: "from Bob",
			Notification: signal.Notification{Title: "Bob", Resource: "bell"}}, []func(*story){incoming}},
		{Event{Type: IncomingAccepting, Call: "c1", Invitation: ring, User: bob}, []func(*story){incoming, given(intended{"c1", pending{}})}},
		{Event{Type: IncomingAccepted, Call: "c1", Invitation: ring, User: bob, Data: "coming"}, []func(*story){incoming, given(intended{"c1", pending{}}), func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Parties[1].Device, r.Parties[1].Data = signal.Joined, anaPhone, "coming"
			})
		}}},
		{Event{Type: IncomingDeclined, Call: "c1", Invitation: ring, User: bob, Data: "later"},
			[]func(*story){incoming, given(done{"c1", DeclinedHere, "later"})}},
		{Event{Type: IncomingCancelled, Call: "c1", Invitation: ring, User: bob, Reason: CancelledCall, Data: "never mind"},
			[]func(*story){incoming, say(ana, signal.Cancelled, "never mind")}},
		{Event{Type: IncomingCancelled, Call: "c1", Invitation: ring, User: bob, Reason: CallerLost}, []func(*story){incoming, func(y *story) {
			say(ana, signal.Cancelled, "")(asAna(y.t))
			y.end(signal.EndCallerLost, bob.ID)
		}}},
		{Event{Type: IncomingTimeout, Call: "c1", Invitation: ring, User: bob}, []func(*story){incoming, say(ana, signal.TimedOut, "")}},
		{Event{Type: IncomingBusy, Call: "c1", Invitation: ring, User: bob, Data: "from Bob"},
			[]func(*story){given(changed{ringFrom(dan, "c0")}), incoming}},

		{Event{Type: OutgoingSent, Call: "c1", Users: []User{bob, cyd}, Video: true, Data: "hi"}, []func(*story){outgoing}},
		{Event{Type: OutgoingRinging, Call: "c1", User: bob}, []func(*story){outgoing, say(bob, signal.Ringing, "")}},
		{Event{Type: OutgoingAccepted, Call: "c1", User: bob, Data: "coming"}, []func(*story){outgoing, say(bob, signal.Joined, "coming")}},
		{Event{Type: OutgoingDeclined, Call: "c1", User: bob, Data: "later"}, []func(*story){outgoing, say(bob, signal.Declined, "later")}},
		{Event{Type: OutgoingBusy, Call: "c1", User: bob}, []func(*story){outgoing, say(bob, signal.Refused, "")}},
		{Event{Type: OutgoingTimeout, Call: "c1", User: bob, Users: []User{bob, cyd}, Video: true}, []func(*story){outgoing, func(y *story) {
			y.edit(func(r *signal.Call) { r.Parties[1].State, r.Parties[2].State = signal.TimedOut, signal.TimedOut })
		}}},
		{Event{Type: OutgoingCancelling, Call: "c1", Users: []User{cyd}}, []func(*story){outgoing, given(cancelling{"c1", []UserID{cyd.ID}})}},
		{Event{Type: OutgoingCancelling, Call: "c1", Users: []User{bob, cyd}}, []func(*story){outgoing, given(cancelling{"c1", nil})}},
		{Event{Type: OutgoingCancelling, Call: "c1", Users: []User{cyd}},
			[]func(*story){outgoing, say(bob, signal.Joined, ""), given(done{call: "c1", reason: LocalHangUp})}},
		{Event{Type: InviteeChanged, Call: "c1", User: cyd, State: signal.Declined, Data: "no"},
			[]func(*story){outgoing, say(cyd, signal.Declined, "no")}},

		{Event{Type: MissedOpened, History: &missed}, []func(*story){given(missedOpened{missed})}},
		{Event{Type: DialBackFailed, History: &missed, Err: errLine}, []func(*story){given(dialBackFailed{missed, errLine})}},

		{Event{Type: CallStarted, Call: "c1", Video: true}, []func(*story){outgoing}},
		{Event{Type: PhaseChanged, Call: "c1", Phase: Inviting}, []func(*story){outgoing}},
		{Event{Type: PhaseChanged, Call: "c1", Phase: RingingUp}, []func(*story){outgoing, say(bob, signal.Ringing, "")}},
		{Event{Type: PhaseChanged, Call: "c1", Phase: Rejoining, Err: fail("connect", ErrJoinFailed)}, []func(*story){outgoing,
			say(bob, signal.Joined, ""), given(pathMoved{"c1", bob.ID, "bob-desk", link.Failed})}},
		{Event{Type: CallConnected, Call: "c1", User: bob}, []func(*story){outgoing, say(bob, signal.Joined, ""),
			given(pathMoved{"c1", bob.ID, "bob-desk", link.Connected})}},
		{Event{Type: CallRejoining, Call: "c1", User: bob}, []func(*story){outgoing, say(bob, signal.Joined, ""),
			given(pathMoved{"c1", bob.ID, "bob-desk", link.Reconnecting})}},
		{Event{Type: CallHeld, Call: "c1", User: ana, On: true}, []func(*story){outgoing, given(held{"c1", true})}},
		{Event{Type: CallHeld, Call: "c1", User: bob, On: true}, []func(*story){outgoing, say(bob, signal.Joined, ""),
			given(told{"c1", bob.ID, "bob-desk", switches{Held: true}})}},
		{Event{Type: UserEntered, Call: "c1", User: bob}, []func(*story){outgoing, say(bob, signal.Joined, "coming")}},
		{Event{Type: UserLeft, Call: "c1", User: bob, Reason: KickedOut},
			[]func(*story){outgoing, say(bob, signal.Joined, ""), say(bob, signal.Kicked, "")}},
		{Event{Type: MediaChanged, Call: "c1", User: ana, Microphone: true}, []func(*story){outgoing, given(switched{"c1", true, true})}},
		{Event{Type: FirstPicture, Call: "c1", User: bob},
			[]func(*story){outgoing, say(bob, signal.Joined, ""), given(pictured{"c1", bob.ID, "bob-desk"})}},

		{Event{Type: DevicesChanged}, []func(*story){given(plugged{})}},
		{Event{Type: OutputChanged, Label: "Headset", Route: media.RouteUSB}, []func(*story){given(heardOn{Output{media.RouteUSB, "Headset"}})}},
		{Event{Type: OutputChanged, Call: "c1", User: bob, Route: media.RouteBluetooth}, []func(*story){outgoing, say(bob, signal.Joined, ""),
			given(told{"c1", bob.ID, "bob-desk", switches{Output: "a lie"}}), given(told{"c1", bob.ID, "bob-desk", switches{Output: media.RouteBluetooth}})}},
		{Event{Type: DeviceMoved, Call: "c1", Kind: media.MicrophoneDevice, Label: "Desk", Data: "Headset"},
			[]func(*story){outgoing, given(replaced{"c1", media.MicrophoneDevice, "Desk", "Headset", false})}},
		{Event{Type: DeviceMoved, Call: "c1", Kind: media.SpeakerDevice, Label: "Headset", Data: "Desk", On: true},
			[]func(*story){outgoing, given(replaced{"", media.SpeakerDevice, "Headset", "Desk", true})}},
		{Event{Type: DeviceFailed, Call: "c1", User: ana, Err: noCamera}, []func(*story){outgoing, given(deviceState{"c1", forCamera, noCamera})}},
		{Event{Type: DeviceFailed, Call: "c1", User: bob, Err: troubleOf(media.CameraDevice, "camera-busy")}, []func(*story){outgoing,
			say(bob, signal.Joined, ""), given(told{"c1", bob.ID, "bob-desk", switches{CameraTrouble: "camera-busy"}})}},
	} {
		y := asAna(t)
		for _, f := range c.path {
			f(y)
		}
		var got []Event
		for _, e := range y.events() {
			if e.At != epoch {
				t.Fatalf("%s happened at %v", e.Type, e.At)
			}
			if e.At = (time.Time{}); e.Type == c.want.Type {
				got = append(got, e)
			}
		}
		if !slices.ContainsFunc(got, func(e Event) bool { return reflect.DeepEqual(e, c.want) }) {
			t.Errorf("got %+v\nwant %+v", got, c.want)
		}
	}
}

// given makes a step of a path from an input.
func given(in input) func(*story) { return func(y *story) { y.take(in) } }

// Pain 59: on every path one CallEnded with the call, who and why, and what the invitation said.
func TestEveryEndIsToldOnceWithItsFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason   EndReason
		by       UserID
		outgoing bool
		answered bool
		end      func(*story)
	}{
		{LocalHangUp, ana.ID, true, true, given(done{call: "c1", reason: LocalHangUp})},
		{RemoteHangUp, bob.ID, true, true, func(y *story) { y.end(signal.EndHangUp, bob.ID) }},
		{KickedOut, bob.ID, false, true, func(y *story) {
			y.edit(func(r *signal.Call) { r.Parties[1].State, r.Parties[1].Kicker = signal.Kicked, bob.ID })
		}},
		{Elsewhere, "", true, true, func(y *story) { y.party(ana, signal.Joined, "laptop") }},
		{DeclinedCall, bob.ID, true, false, func(y *story) { y.party(bob, signal.Declined, ""); y.end(signal.EndDeclined, bob.ID) }},
		{DeclinedHere, ana.ID, false, false, given(done{call: "c1", reason: DeclinedHere})},
		{BusyCall, bob.ID, true, false, func(y *story) { y.party(bob, signal.Refused, ""); y.end(signal.EndBusy, bob.ID) }},
		{CancelledCall, bob.ID, false, false, func(y *story) { y.end(signal.EndCancelled, bob.ID) }},
		{CancelledHere, ana.ID, true, false, given(done{call: "c1", reason: CancelledHere})},
		{CallerLost, bob.ID, false, false, func(y *story) { y.end(signal.EndCallerLost, bob.ID) }},
		{NoAnswer, "", true, false, func(y *story) { y.end(signal.EndTimeout, "") }},
		{Unanswered, "", false, false, func(y *story) { y.end(signal.EndTimeout, "") }},
		{Unreachable, "", true, false, func(y *story) { y.party(bob, signal.Unreached, ""); y.end(signal.EndTimeout, "") }},
		{NetworkLost, bob.ID, true, true, func(y *story) { y.end(signal.EndLost, bob.ID) }},
		{JoinFailed, ana.ID, true, true, given(done{call: "c1", reason: JoinFailed})},
		{DeviceTrouble, ana.ID, true, true, given(done{call: "c1", reason: DeviceTrouble})},
		{Abandoned, bob.ID, true, true, func(y *story) { y.end(signal.EndAbandoned, bob.ID) }},
		{MergedCall, "", true, false, func(y *story) { y.end(signal.EndMerged, "") }},
		{AppQuit, ana.ID, true, true, given(done{call: "c1", reason: AppQuit})},
	} {
		y := asAna(t)
		y.record = ringFrom(bob, "c1")
		if c.outgoing {
			y.take(intended{"c1", pending{to: []UserID{bob.ID}}})
			y.record.Initiator, y.record.Parties = ana.ID, []signal.Party{{User: ana, State: signal.Joined, Device: anaPhone},
				{User: bob, State: signal.Ringing, Invitation: "i1", By: ana.ID}}
		}
		y.record.Video, y.record.Request = true, signal.Request{Data: "about lunch"}
		y.take(changed{y.record})
		if c.answered {
			y.take(intended{"c1", pending{}})
			y.party(y.record.Parties[1].User, signal.Joined, map[bool]DeviceID{true: bobPhone, false: anaPhone}[c.outgoing])
		}
		var told []Event
		for _, f := range []func(*story){c.end, func(y *story) { y.take(changed{y.record}) }, given(synced{asked: afterAll("c1")})} {
			y.actions = nil
			f(y)
			for _, e := range y.events() {
				if e.Type == CallEnded {
					told = append(told, e)
				}
			}
		}
		if len(told) != 1 {
			t.Errorf("%s: told %d times: %+v", c.reason, len(told), told)
			continue
		}
		if e := told[0]; e.Call != "c1" || e.Reason != c.reason || e.User.ID != c.by || e.Data != "about lunch" || !e.Video {
			t.Errorf("%s: %+v", c.reason, e)
		}
		if i := show(y.s).Ended[0].Info; i.Call != "c1" || i.Data != "about lunch" || !i.Video || i.Outgoing != c.outgoing || len(i.Invitees) != 1 ||
			i.Inviter.ID == i.Invitees[0].ID || (i.Inviter.ID == ana.ID) != c.outgoing {
			t.Errorf("%s: it is said to have been %+v", c.reason, i)
		}
		if toneOf(y.s) != quiet || len(show(y.s).Calls)+len(show(y.s).Incoming) > 0 {
			t.Errorf("%s: something is left", c.reason)
		}
	}
}

// Pain 19: a call lasts as long as the switchboard's clock says, whatever the clock here; each second is told once.
func TestDuration(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	theirs := epoch.Add(time.Hour)
	y.record = answered(ringFrom(bob, "c1"))
	y.record.Live, y.record.Parties[1].Since = theirs, theirs.Add(90*time.Second)
	y.take(intended{"c1", pending{}})
	y.take(changed{y.record})                                               // we join a call that has lasted for 90 s
	if got := show(y.s).Calls[0].Since; got != epoch.Add(-90*time.Second) { // windows count from it
		t.Fatal(got)
	}
	now := epoch
	for second := 91; second < 95; second++ {
		now = y.s.due()
		y.s, y.actions = next(y.s, passed{}, now)
		e := y.events()
		if len(e) != 1 || e[0].Type != DurationChanged || e[0].Call != "c1" || e[0].Lasted != time.Duration(second)*time.Second {
			t.Fatalf("%+v", e)
		}
		y.s, y.actions = next(y.s, passed{}, now)
		y.did()
	}
	y.s, y.actions = next(y.s, done{call: "c1", reason: LocalHangUp}, now)
	if got := y.s.ended[0].Lasted; got != 94*time.Second {
		t.Fatal(got)
	}
}

// A tile says for a moment that somebody did not come, and is gone then.
func TestTilesOfThoseWhoDoNotCome(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.edit(func(r *signal.Call) {
		r.Parties = append(r.Parties, signal.Party{User: cyd, State: signal.Calling, Invitation: "i2", By: ana.ID, Deadline: epoch.Add(time.Minute)})
	})
	w := show(y.s).Calls[0].Waiting
	if len(w) != 1 || w[0].By != ana.ID || !w[0].Mine || w[0].Deadline.IsZero() {
		t.Fatalf("%+v", w)
	}
	y.party(cyd, signal.Declined, "")
	if w := show(y.s).Calls[0].Waiting; len(w) != 1 || w[0].State != signal.Declined || w[0].Mine {
		t.Fatalf("%+v", w)
	}
	y.s, _ = next(y.s, passed{}, epoch.Add(tileLinger-time.Millisecond))
	if w := show(y.s).Calls[0].Waiting; len(w) != 1 {
		t.Fatalf("%+v", w)
	}
	y.s, _ = next(y.s, passed{}, epoch.Add(tileLinger))
	if w := show(y.s).Calls[0].Waiting; len(w) != 0 {
		t.Fatalf("%+v", w)
	}
}

// The ring before this one ended while the line was down.
func TestRingAgainOfTheSameCall(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.call(bob, ana, false)
	y.edit(func(r *signal.Call) { r.Parties[1].Invitation = "i2" })
	y.did(IncomingCancelled, CallEnded, IncomingReceived)
	if in := show(y.s).Incoming; len(in) != 1 || in[0].ID != "i2" {
		t.Fatalf("%+v", in)
	}
}

// Calls of ours that go on without this app.
func TestJoinable(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	on := func(device DeviceID, state signal.PartyState) signal.Call {
		y.record.Revision++
		return signal.Call{ID: "c1", Revision: y.record.Revision, Initiator: bob.ID, Live: epoch, Parties: []signal.Party{
			{User: bob, State: signal.Joined, Device: bobPhone}, {User: cyd, State: signal.Left},
			{User: ana, State: state, Device: device, Deadline: epoch.Add(time.Minute)}}}
	}
	offered := func(what string, n int) []Joinable {
		t.Helper()
		mustNot[open](y)
		mustNot[leave](y)
		j := show(y.s).Joinable
		if len(j) != n {
			t.Fatalf("%s: %+v", what, j)
		}
		return j
	}
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{on("ana-desk.1", signal.Lost)}}})
	j := offered("the run before crashed", 1)[0]
	if !j.Crashed || j.Until != epoch.Add(time.Minute) || j.Since != epoch || len(j.With) != 1 || j.With[0] != bob {
		t.Fatalf("%+v", j)
	}
	y.take(changed{on("ana-laptop.1", signal.Joined)})
	if offered("on another device", 1)[0].Crashed {
		t.Fatal("another installation is said to have crashed")
	}
	old := on("ana-laptop.1", signal.Joined)
	y.take(changed{on("ana-laptop.1", signal.Left)})
	offered("we left", 0)
	y.take(changed{old})
	offered("an older record", 0)
	y.take(changed{on("ana-laptop.1", signal.Joined)})
	offered("we are back", 1)
	y.take(synced{asked: afterAll("c1")})
	offered("the switchboard does not know it", 0)
	y.take(changed{on("ana-laptop.1", signal.Joined)})
	over := on("ana-laptop.1", signal.Joined)
	over.Ended = epoch
	y.take(changed{over})
	offered("it ended", 0)
}
