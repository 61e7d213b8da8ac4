package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

var (
	ana   = User{ID: "ana", Name: "Ana"}
	bob   = User{ID: "bob", Name: "Bob"}
	epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

const (
	anaHome  = DeviceID("ana-desk")
	anaPhone = DeviceID("ana-desk.2")
	bobPhone = DeviceID("bob-desk")
)

// story drives one client's state through records as the authority would send them.
type story struct {
	t       *testing.T
	s       state
	record  signal.Call
	actions []action
}

func asAna(t *testing.T) *story {
	return &story{t: t, s: state{me: ana, home: anaHome, device: anaPhone}}
}

// call begins a call between two: from is the initiator.
func (y *story) call(from, to User, video bool) {
	device := anaPhone
	if from == bob {
		device = bobPhone
	}
	y.record = signal.Call{ID: "c1", Revision: 1, Initiator: from.ID, Video: video, Created: epoch, Parties: []signal.Party{
		{User: from, State: signal.Joined, Device: device},
		{User: to, State: signal.Calling, Invitation: "i1", By: from.ID, Deadline: epoch.Add(time.Minute)},
	}}
	y.take(changed{y.record})
}

// party changes one party and delivers the record.
func (y *story) party(u User, s signal.PartyState, device DeviceID) {
	y.edit(func(r *signal.Call) {
		for i := range r.Parties {
			if r.Parties[i].ID == u.ID {
				r.Parties[i].State, r.Parties[i].Device = s, device
			}
		}
		if s == signal.Joined {
			r.Live = epoch
		}
	})
}

func (y *story) end(reason signal.EndReason, by UserID) {
	y.edit(func(r *signal.Call) { r.Ended, r.Reason, r.EndedBy = epoch.Add(time.Minute), reason, by })
}

func (y *story) edit(f func(*signal.Call)) {
	y.record.Parties = append([]signal.Party(nil), y.record.Parties...)
	f(&y.record)
	y.record.Revision++
	y.take(changed{y.record})
}

func (y *story) take(in input) {
	y.s, y.actions = next(y.s, in, epoch)
}

// did fails unless the last input led to these events, in this order, with no other in between. Those that only say again what
// the others say, or the snapshot, have tests of their own.
func (y *story) did(want ...EventType) {
	y.t.Helper()
	var got []EventType
	for _, e := range y.events() {
		switch e.Type {
		case PhaseChanged, InviteeChanged:
		default:
			got = append(got, e.Type)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		y.t.Fatalf("events %v, want %v", got, want)
	}
}

// events are what the last input led to.
func (y *story) events() (all []Event) {
	for _, a := range y.actions {
		if e, ok := a.(emit); ok {
			all = append(all, e.Event)
		}
	}
	return all
}

func has[A action](y *story) (A, bool) {
	for _, a := range y.actions {
		if x, ok := a.(A); ok {
			return x, true
		}
	}
	var none A
	return none, false
}

func must[A action](y *story) A {
	y.t.Helper()
	a, ok := has[A](y)
	if !ok {
		y.t.Fatalf("no %T among %v", a, y.actions)
	}
	return a
}

func mustNot[A action](y *story) {
	y.t.Helper()
	if a, ok := has[A](y); ok {
		y.t.Fatalf("unexpected %T", a)
	}
}

func (y *story) ended(reason EndReason) {
	y.t.Helper()
	if len(y.s.calls) != 0 {
		y.t.Fatalf("%d calls are left", len(y.s.calls))
	}
	if len(y.s.ended) == 0 || y.s.ended[0].Reason != reason {
		y.t.Fatalf("ended %+v, want %q", y.s.ended, reason)
	}
	if toneOf(y.s) != quiet {
		y.t.Fatal("a tone goes on")
	}
}

func TestOutgoingAnswered(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{microphone: true, camera: true}}})
	y.call(ana, bob, true)
	y.did(OutgoingSent, CallStarted)
	if o := must[open](y); !o.want.camera || !o.want.microphone {
		t.Fatalf("opened with %+v", o.want)
	}
	if p := show(y.s).Calls[0].Phase; p != Inviting || toneOf(y.s) != quiet {
		t.Fatal(p, toneOf(y.s))
	}
	y.party(bob, signal.Ringing, "")
	y.did(OutgoingRinging)
	if p := show(y.s).Calls[0].Phase; p != RingingUp || toneOf(y.s) != ringBack {
		t.Fatal(p, toneOf(y.s))
	}
	y.party(bob, signal.Joined, bobPhone)
	y.did(OutgoingAccepted, UserEntered)
	if c := must[connect](y); c.user != bob.ID || c.device != bobPhone || !c.offering {
		t.Fatalf("connect %+v", c)
	}
	if p := show(y.s).Calls[0].Phase; p != Joining || toneOf(y.s) != quiet {
		t.Fatal(p, toneOf(y.s))
	}
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.did(CallConnected)
	if a := must[announce](y); a.to != bob.ID || !a.Camera || !a.Microphone {
		t.Fatalf("announced %+v", a)
	}
	if p := show(y.s).Calls[0].Phase; p != Live {
		t.Fatal(p)
	}
	y.end(signal.EndHangUp, bob.ID)
	must[shut](y)
	y.did(CallEnded)
	y.ended(RemoteHangUp)
	if !y.s.ended[0].Answered || y.s.ended[0].Lasted != time.Minute {
		t.Fatalf("%+v", y.s.ended[0])
	}
}

func TestEndReasons(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to User
		do       func(*story)
		want     EndReason
		events   []EventType
	}{
		"declined by the callee": {ana, bob, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.Declined, epoch, signal.EndDeclined
			})
		}, DeclinedCall, []EventType{OutgoingDeclined, CallEnded}},
		"callee busy": {ana, bob, func(y *story) {
			y.edit(func(r *signal.Call) { r.Parties[1].State, r.Ended, r.Reason = signal.Refused, epoch, signal.EndBusy })
		}, BusyCall, []EventType{OutgoingBusy, CallEnded}},
		"nobody answers": {ana, bob, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.TimedOut, epoch, signal.EndTimeout
			})
		}, NoAnswer, []EventType{OutgoingTimeout, CallEnded}},
		"taken back here": {ana, bob, func(y *story) { y.take(done{call: "c1", reason: CancelledHere}) }, CancelledHere,
			[]EventType{OutgoingCancelling, CallEnded}},
		"taken back by the caller": {bob, ana, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.Cancelled, epoch, signal.EndCancelled
			})
		}, CancelledCall, []EventType{IncomingCancelled, CallEnded}},
		"caller vanished": {bob, ana, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.Cancelled, epoch, signal.EndCallerLost
			})
		}, CallerLost, []EventType{IncomingCancelled, CallEnded}},
		"missed": {bob, ana, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.TimedOut, epoch, signal.EndTimeout
			})
		}, Unanswered, []EventType{IncomingTimeout, CallEnded}},
		"declined here": {bob, ana, func(y *story) { y.take(done{call: "c1", reason: DeclinedHere}) }, DeclinedHere,
			[]EventType{IncomingDeclined, CallEnded}},
		"declined elsewhere": {bob, ana, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.Declined, epoch, signal.EndDeclined
			})
		}, Elsewhere, []EventType{IncomingCancelled, CallEnded}},
		"nobody could be reached": {ana, bob, func(y *story) {
			y.party(bob, signal.Unreached, "")
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.TimedOut, epoch, signal.EndTimeout
			})
		}, Unreachable, []EventType{OutgoingTimeout, CallEnded}},
		"our own app vanished": {ana, bob, func(y *story) {
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Ended, r.Reason = signal.Cancelled, epoch, signal.EndCallerLost
			})
		}, NetworkLost, []EventType{CallEnded}},
		"answered elsewhere": {bob, ana, func(y *story) { y.party(ana, signal.Joined, "ana-laptop") }, Elsewhere,
			[]EventType{IncomingCancelled, CallEnded}},
		"the switchboard forgot it": {bob, ana, func(y *story) { y.take(synced{asked: afterAll("c1")}) }, NetworkLost,
			[]EventType{PeopleChanged, IncomingCancelled, CallEnded}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := asAna(t)
			y.take(intended{"c1", pending{want: intent{}}})
			y.call(c.from, c.to, false)
			if c.to == ana {
				y.did(IncomingReceived)
				must[confirm](y)
				if toneOf(y.s) != ringing {
					t.Fatal("it does not ring")
				}
			}
			c.do(y)
			y.did(c.events...)
			y.ended(c.want)
			before := len(y.s.ended)
			y.take(changed{y.record}) // delivered twice
			y.did()
			if len(y.s.ended) != before {
				t.Fatal("ended twice")
			}
		})
	}
}

func TestVoiceCallNeverOpensTheCamera(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.call(bob, ana, false)
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.party(ana, signal.Joined, anaPhone)
	if o := must[open](y); o.want.camera {
		t.Fatal("the camera was opened")
	}
	if c := must[connect](y); c.offering {
		t.Fatal("the callee offers")
	}
}

func TestBusyRefusesAndLeavesATrace(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{}}})
	y.call(ana, bob, false)
	y.party(bob, signal.Joined, bobPhone)
	cyd := User{ID: "cyd", Name: "Cyd"}
	second := signal.Call{ID: "c2", Revision: 7, Initiator: cyd.ID, Parties: []signal.Party{
		{User: cyd, State: signal.Joined, Device: "x"}, {User: ana, State: signal.Calling, Invitation: "i2", By: cyd.ID}}}
	y.take(changed{second})
	y.did(IncomingBusy)
	if r := must[refuse](y); r.call != "c2" || r.reason != signal.Refused {
		t.Fatalf("%+v", r)
	}
	if s := show(y.s); len(s.Incoming) != 0 || len(s.Calls) != 1 || toneOf(y.s) != quiet {
		t.Fatalf("%+v", s)
	}
	y.record = second
	y.edit(func(r *signal.Call) { r.Parties[1].State, r.Ended, r.Reason = signal.Refused, epoch, signal.EndBusy })
	y.did(CallEnded)
	if y.s.ended[0].Reason != BusyCall || y.s.ended[0].With[0] != cyd {
		t.Fatalf("%+v", y.s.ended[0])
	}
}

// Both call each other. The switchboard goes on with one of the two calls, in either order of deliveries.
func TestGlare(t *testing.T) {
	t.Parallel()
	own := signal.Call{ID: "mine", Revision: 1, Initiator: ana.ID, Video: true, Parties: []signal.Party{
		{User: ana, State: signal.Joined, Device: anaPhone}, {User: bob, State: signal.Calling, Invitation: "i1", By: ana.ID}}}
	theirs := signal.Call{ID: "theirs", Revision: 1, Initiator: bob.ID, Video: true, Parties: []signal.Party{
		{User: bob, State: signal.Joined, Device: bobPhone}, {User: ana, State: signal.Calling, Invitation: "i2", By: bob.ID}}}
	lost, won := own, theirs
	lost.Revision, lost.Ended, lost.Reason, lost.MergedInto = 2, epoch, signal.EndMerged, "theirs"
	won.Revision, won.Live = 2, epoch
	won.Parties = []signal.Party{theirs.Parties[0], {User: ana, State: signal.Joined, Device: anaPhone, Invitation: "i2", By: bob.ID}}

	for name, order := range map[string][]signal.Call{
		"ring, loser, winner": {theirs, lost, won}, "ring, winner, loser": {theirs, won, lost},
		"loser, winner": {lost, won}, "winner, loser": {won, lost},
		"our own call never came to be": {won}, "ring, ours never came to be": {theirs, won},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := asAna(t)
			y.take(intended{"mine", pending{want: intent{microphone: true, camera: true}, to: []UserID{bob.ID}}})
			if slices.ContainsFunc(order, func(r signal.Call) bool { return r.ID == "mine" }) {
				y.take(changed{own})
			}
			rang, want := false, intent{}
			for _, r := range order {
				y.take(changed{r})
				for _, a := range y.actions {
					switch a := a.(type) {
					case refuse, leave:
						t.Fatalf("%T", a)
					case emit:
						rang = rang || a.Type == IncomingReceived
					case open:
						want = a.want
					case set:
						want = a.want
					}
				}
			}
			s := show(y.s)
			if rang || len(s.Calls) != 1 || s.Calls[0].ID != "theirs" || len(s.Calls[0].Members) != 1 || !want.camera {
				t.Fatalf("rang %v, want %+v, calls %+v", rang, want, s.Calls)
			}
			if len(s.Ended) > 0 && s.Ended[0].Reason != MergedCall {
				t.Fatalf("%+v", s.Ended)
			}
			if len(y.s.pending) != 0 {
				t.Fatalf("pending %v", y.s.pending)
			}
		})
	}
}

// Our own call could not be made, so that of the other rings after all.
func TestGlareWithoutOurCall(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"mine", pending{want: intent{}, to: []UserID{bob.ID}}})
	y.call(bob, ana, true)
	y.did()
	y.take(forgotten{call: "mine"})
	y.did(IncomingReceived)
	must[confirm](y)
	if toneOf(y.s) != ringing {
		t.Fatal("it does not ring")
	}
}

// A call that was hung up while the line was down, and of whose start only the sync tells.
func TestCallThatNobodyHereWantsIsLeft(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{{ID: "c1", Revision: 9, Initiator: bob.ID, Live: epoch, Parties: []signal.Party{
		{User: bob, State: signal.Joined, Device: bobPhone}, {User: ana, State: signal.Joined, Device: anaPhone}}}}}})
	if l := must[leave](y); l.call != "c1" {
		t.Fatalf("%+v", l)
	}
	mustNot[open](y)
}

func TestMemberOnAnotherDeviceIsConnectedAnew(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{}}})
	y.call(ana, bob, false)
	y.party(bob, signal.Joined, bobPhone)
	y.party(bob, signal.Lost, bobPhone)
	mustNot[disconnect](y)
	y.party(bob, signal.Joined, "bob-laptop")
	must[disconnect](y)
	if c := must[connect](y); c.device != "bob-laptop" {
		t.Fatalf("%+v", c)
	}
}

func TestDeviceFailureSwitchesOffAndIsSaid(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{microphone: true, camera: true}}})
	y.call(ana, bob, true)
	y.take(deviceState{"c1", forCamera, fail("open camera", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})})
	y.did(DeviceFailed)
	c := show(y.s).Calls[0]
	if c.Camera || !c.Microphone || Code(c.CameraErr) != "camera-busy" {
		t.Fatalf("%+v", c)
	}
	if a := must[announce](y); a.Camera || !a.Microphone {
		t.Fatalf("%+v", a)
	}
	y.take(deviceState{"c1", forCamera, nil})
	if a := must[announce](y); !a.Camera {
		t.Fatalf("%+v", a)
	}
}
