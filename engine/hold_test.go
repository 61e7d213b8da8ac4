package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

var (
	cyd = User{ID: "cyd", Name: "Cyd"}
	dan = User{ID: "dan", Name: "Dan"}
)

// ringFrom is somebody's invitation of Ana.
func ringFrom(u User, id CallID) signal.Call {
	return signal.Call{ID: id, Revision: 1, Initiator: u.ID, Created: epoch, Request: signal.Request{Data: "from " + u.Name}, Parties: []signal.Party{
		{User: u, State: signal.Joined, Device: "there"}, {User: ana, State: signal.Calling, Invitation: InvitationID("ring " + id), By: u.ID}}}
}

// answered is the same once Ana has joined.
func answered(r signal.Call) signal.Call {
	r.Revision++
	r.Live = epoch
	r.Parties = slices.Clone(r.Parties)
	r.Parties[1].State, r.Parties[1].Device = signal.Joined, anaPhone
	return r
}

// twoCalls puts Ana into c1 with Bob, held, and c2 with Cyd.
func twoCalls(t *testing.T) *story {
	y := live(t)
	y.s.prefs.CallWaiting = true
	y.take(changed{ringFrom(cyd, "c2")})
	y.take(intended{"c2", pending{want: intent{microphone: true}, current: HoldCurrent}})
	y.take(changed{answered(ringFrom(cyd, "c2"))})
	return y
}

func (y *story) heldCalls() string {
	var held []CallID
	for _, c := range show(y.s).Calls {
		if c.Held {
			held = append(held, c.ID)
		}
	}
	return fmt.Sprint(held)
}

func TestHold(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.take(switched{"c1", false, true})
	y.take(held{"c1", true})
	y.did(CallHeld)
	if e := y.events()[0]; e.User != ana || !e.On || e.Call != "c1" {
		t.Fatalf("%+v", e)
	}
	if s := must[set](y); !s.held {
		t.Fatal("the room is not silent")
	}
	if a := must[announce](y); !a.Held || a.Microphone || a.Camera {
		t.Fatalf("%+v", a)
	}
	if c := show(y.s).Calls[0]; !c.Held || c.Microphone || c.Camera {
		t.Fatalf("%+v", c)
	}
	y.take(held{"c1", true})
	y.did()
	y.take(deviceState{"c1", forMicrophone, errNoMicrophone}) // it was on its way when the call was held
	mustNot[announce](y)
	y.take(deviceState{"c1", forMicrophone, nil})
	y.take(switched{"c1", true, false}) // muted for later
	if s := must[set](y); !s.held {
		t.Fatal("a switch ended the hold")
	}
	y.take(held{"c1", false})
	y.did(CallHeld)
	if s := must[set](y); s.held || s.want.microphone || !s.want.camera {
		t.Fatalf("%+v: not what was wanted", s)
	}
	if a := must[announce](y); a.Held || a.Microphone || !a.Camera {
		t.Fatalf("%+v", a)
	}
	y.take(held{"nothing", true})
	y.did()
}

func TestSwap(t *testing.T) {
	t.Parallel()
	y := twoCalls(t)
	if y.heldCalls() != "[c1]" {
		t.Fatal(y.heldCalls())
	}
	y.take(held{"c1", false})
	y.did(CallHeld, CallHeld)
	if y.heldCalls() != "[c2]" {
		t.Fatal(y.heldCalls())
	}
	y.take(held{"c1", true})
	if y.heldCalls() != "[c1 c2]" {
		t.Fatal(y.heldCalls())
	}
}

// As desk phones do it: who was held stays held until a person goes on.
func TestHeldCallStaysHeldWhenTheOtherEnds(t *testing.T) {
	t.Parallel()
	y := twoCalls(t)
	y.take(done{call: "c2", reason: LocalHangUp})
	if y.heldCalls() != "[c1]" || toneOf(y.s) != quiet {
		t.Fatal(y.heldCalls())
	}
}

func TestMemberHolds(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.take(told{"c1", bob.ID, bobPhone, switches{Held: true}})
	y.did(CallHeld, MediaChanged)
	if e := y.events()[0]; e.User != bob || !e.On {
		t.Fatalf("%+v", e)
	}
	if m := show(y.s).Calls[0].Members[0]; !m.Held || m.Microphone {
		t.Fatalf("%+v", m)
	}
	y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true}})
	y.did(CallHeld, MediaChanged)
	if e := y.events()[0]; e.On {
		t.Fatalf("%+v", e)
	}
}

// What becomes of the call that we are in: nothing before the switchboard has confirmed the other one.
func TestCurrent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		current Current
		taken   bool
		held    string
		calls   int
		events  []EventType
	}{
		{KeepCurrent, false, "[]", 1, nil},
		{HoldCurrent, true, "[c1]", 2, []EventType{CallHeld, IncomingAccepted, CallStarted, UserEntered}},
		{EndCurrent, true, "[]", 1, []EventType{CallEnded, IncomingAccepted, CallStarted, UserEntered}},
	} {
		y := live(t)
		y.s.prefs.CallWaiting = true
		y.take(changed{ringFrom(cyd, "c2")})
		y.take(intended{"c2", pending{current: c.current}})
		if _, taken := y.s.pending["c2"]; taken != c.taken {
			t.Fatalf("%d: asked %v", c.current, taken)
		}
		if s := show(y.s); y.heldCalls() != "[]" || len(s.Calls) != 1 {
			t.Fatalf("%d: the current call changed before the other was confirmed", c.current)
		}
		if !c.taken {
			continue
		}
		y.take(changed{answered(ringFrom(cyd, "c2"))})
		y.did(c.events...)
		if s := show(y.s); y.heldCalls() != c.held || len(s.Calls) != c.calls {
			t.Fatalf("%d: held %s of %d", c.current, y.heldCalls(), len(s.Calls))
		}
		if l, left := has[leave](y); left != (c.current == EndCurrent) || left && l.call != "c1" {
			t.Fatalf("%d: left %v", c.current, left)
		}

		y = live(t) // and the accept fails
		y.s.prefs.CallWaiting = true
		y.take(changed{ringFrom(cyd, "c2")})
		y.take(intended{"c2", pending{current: c.current}})
		y.take(forgotten{call: "c2"})
		if s := show(y.s); y.heldCalls() != "[]" || len(s.Calls) != 1 || s.Calls[0].ID != "c1" {
			t.Fatalf("%d: a failed accept touched the current call", c.current)
		}
	}
}

// Adding people to one of two calls is not another call.
func TestAddingPeopleWhileAnotherCallIsHeld(t *testing.T) {
	t.Parallel()
	y := twoCalls(t)
	y.take(intended{"c2", pending{to: []UserID{dan.ID}}})
	if _, ok := y.s.pending["c2"]; !ok {
		t.Fatal("refused")
	}
}

// Pain 40: quick clicks of the call button make one call.
func TestOneCallIsAskedForAtATime(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{to: []UserID{bob.ID}}})
	y.take(intended{"c2", pending{to: []UserID{bob.ID}, current: HoldCurrent}})
	if len(y.s.pending) != 1 {
		t.Fatalf("%+v", y.s.pending)
	}
}

func TestCallWaiting(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(preferred{Preferences{CallWaiting: true}})
	y.take(changed{ringFrom(cyd, "c2")})
	y.did(IncomingReceived)
	must[confirm](y)
	if in := show(y.s).Incoming; len(in) != 1 || !in[0].Waiting || in[0].Data != "from Cyd" {
		t.Fatalf("%+v", in)
	}
	if toneOf(y.s) != callWaiting {
		t.Fatal(toneOf(y.s))
	}
	y.take(changed{ringFrom(dan, "c3")})
	y.did(IncomingBusy)
	must[refuse](y)

	y.take(done{call: "c1", reason: LocalHangUp}) // now it rings like any other
	if in := show(y.s).Incoming; len(in) != 1 || in[0].Waiting || toneOf(y.s) != ringing {
		t.Fatalf("%+v, tone %v", in, toneOf(y.s))
	}

	// Two may ring at the same time: when one is answered the other one waits.
	y.take(changed{ringFrom(dan, "c4")})
	y.did(IncomingReceived)
	if in := show(y.s).Incoming; len(in) != 2 || in[0].Waiting || in[1].Waiting || toneOf(y.s) != ringing {
		t.Fatalf("%+v, tone %v", in, toneOf(y.s))
	}
	y.take(changed{ringFrom(bob, "c5")})
	y.did(IncomingBusy)

	y = twoCalls(t)
	y.take(changed{ringFrom(dan, "c3")})
	y.did(IncomingBusy)
}

func TestKioskDoesNotLeaveItsCall(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.s.autoAccept, y.s.prefs.CallWaiting = true, true
	y.take(changed{ringFrom(cyd, "c2")})
	y.did(IncomingReceived)
	mustNot[take](y)
}

// Every looping tone comes from the state and ends with its cause.
func TestTones(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	heard := func(want sounding) {
		t.Helper()
		if got := toneOf(y.s); got != want {
			t.Fatalf("tone %d, want %d", got, want)
		}
	}
	y.take(changed{ringFrom(bob, "c1")})
	heard(ringing)
	y.take(preferred{Preferences{DoNotDisturb: true}})
	heard(quiet)
	if len(show(y.s).Incoming) != 1 {
		t.Fatal("not shown")
	}
	y.take(preferred{})
	heard(ringing)
	y.take(silence{"ring c1"})
	heard(quiet)
	if !show(y.s).Incoming[0].Silenced {
		t.Fatal("not shown as silenced")
	}

	y = live(t)
	heard(quiet)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	heard(quiet)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Reconnecting})
	heard(reconnecting)
	y.take(held{"c1", true})
	heard(quiet)
	y.take(held{"c1", false})
	heard(reconnecting)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Failed}) // it is not being sought any more
	heard(quiet)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Reconnecting})
	y.take(done{call: "c1", reason: LocalHangUp})
	heard(quiet)
}

func TestTonesOfEnds(t *testing.T) {
	t.Parallel()
	of := Tones{Busy: []float32{1}, Declined: []float32{2}, Ended: []float32{3}, Dropped: []float32{4}}
	for reason, want := range map[EndReason]float32{
		BusyCall: 1, DeclinedCall: 2, NoAnswer: 2, Unreachable: 2, RemoteHangUp: 3, KickedOut: 3, Abandoned: 3, NetworkLost: 4, JoinFailed: 4,
		LocalHangUp: 0, CancelledHere: 0, DeclinedHere: 0, Elsewhere: 0, MergedCall: 0, AppQuit: 0, DeviceTrouble: 0,
	} {
		if pcm := of.ending(reason); want == 0 && pcm != nil || want != 0 && (len(pcm) != 1 || pcm[0] != want) {
			t.Errorf("%q sounds like %v", reason, pcm)
		}
	}
}

// What is wrong with a device of one member is said of that device and that member: pain 70.
func TestTroubleOfAMember(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true, CameraTrouble: "camera-busy"}})
	y.did(DeviceFailed)
	var d *media.DeviceError
	if e := y.events()[0]; e.User != bob || Code(e.Err) != "camera-busy" || !errors.As(e.Err, &d) || d.Kind != media.CameraDevice {
		t.Fatalf("%+v", e)
	}
	y.take(told{"c1", bob.ID, bobPhone, switches{CameraTrouble: "camera-busy", MicrophoneTrouble: "a story that is much too long"}})
	y.did(MediaChanged, DeviceFailed)
	m := show(y.s).Calls[0].Members[0]
	if m.MicrophoneTrouble != "microphone-failed" || m.CameraTrouble != "camera-busy" {
		t.Fatalf("%+v", m)
	}
	y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true, Camera: true}})
	y.did(MediaChanged)
	if m := show(y.s).Calls[0].Members[0]; m.MicrophoneTrouble != "" || m.CameraTrouble != "" {
		t.Fatalf("%+v", m)
	}
	for _, r := range deviceReasons {
		for _, kind := range []media.DeviceKind{media.CameraDevice, media.MicrophoneDevice} {
			if code := string(kind) + "-" + r.code; Code(troubleOf(kind, code)) != code {
				t.Errorf("%s became %s", code, Code(troubleOf(kind, code)))
			}
		}
	}
}
