package engine

import (
	"math"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

var errNoMicrophone = fail("open microphone", &media.DeviceError{Kind: media.MicrophoneDevice, Reason: media.ErrDeviceNotFound})

// live puts Ana into a call that Bob has answered.
func live(t *testing.T) *story {
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.call(ana, bob, false)
	y.party(bob, signal.Joined, bobPhone)
	return y
}

func TestMutingDoesNotHideThatTheMicrophoneIsMissing(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(deviceState{"c1", forMicrophone, errNoMicrophone})
	y.take(switched{"c1", true, false})
	if c := show(y.s).Calls[0]; c.Microphone || c.MicrophoneErr != nil {
		t.Fatalf("%+v", c)
	}
	y.take(switched{"c1", true, true}) // the keeper says a failure once
	if a := must[announce](y); a.Microphone {
		t.Fatal("a microphone that is missing is announced as on")
	}
	if c := show(y.s).Calls[0]; c.Microphone || Code(c.MicrophoneErr) != "microphone-missing" {
		t.Fatalf("%+v", c)
	}
}

func TestOtherDevicesAreChosenAsTheyAreWantedNow(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(chosen{})
	must[aim](y)
	if s := must[set](y); s.call != "c1" || !s.want.microphone || s.want.camera {
		t.Fatalf("%+v", s)
	}
}

func TestSpeakerFailureCountsForCallsToCome(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(speakerState{fail("open speaker", &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrNoSoundServer})})
	y.did()
	y.take(intended{"c1", pending{}})
	y.call(ana, bob, false)
	if c := show(y.s).Calls[0]; Code(c.SpeakerErr) != "speaker-no-sound-server" {
		t.Fatalf("%+v", c)
	}
	y.take(speakerState{nil})
	y.take(speakerState{errNoMicrophone})
	y.did(DeviceFailed)
}

// What is still told of the device that somebody came from does not concern the one that he is on now.
func TestOldDeviceOfAMember(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.party(bob, signal.Joined, "bob-laptop")
	for _, in := range []input{
		pathMoved{"c1", bob.ID, bobPhone, link.Connected}, told{"c1", bob.ID, bobPhone, switches{}}, pictured{"c1", bob.ID, bobPhone},
	} {
		y.take(in)
		y.did()
	}
	if c := show(y.s).Calls[0]; c.Phase != Joining || !c.Members[0].Microphone || c.Members[0].HasPicture {
		t.Fatalf("%+v", c)
	}
	y.take(pathMoved{"c1", bob.ID, "bob-laptop", link.Connected})
	must[announce](y)
	y.did(CallConnected)
}

func TestCallThatWasLeftCanBeJoinedAgain(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.call(bob, ana, false)
	y.take(intended{"c1", pending{}})
	y.party(ana, signal.Joined, anaPhone)
	y.take(done{call: "c1", reason: LocalHangUp})
	y.party(ana, signal.Left, anaPhone)
	y.take(intended{"c1", pending{}})
	y.party(ana, signal.Joined, anaPhone)
	must[open](y)
	if len(show(y.s).Calls) != 1 {
		t.Fatal("not in the call")
	}
}

// The answer to our own invitation may overtake, or be overtaken by, the news that the call is over already.
func TestOldRecordDoesNotBringACallBack(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{"it was seen": true, "only the end was seen": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := signal.Call{ID: "c1", Revision: 1, Initiator: ana.ID, Parties: []signal.Party{
				{User: ana, State: signal.Joined, Device: anaPhone}, {User: bob, State: signal.Calling, Invitation: "i1", By: ana.ID}}}
			y := asAna(t)
			y.take(intended{"c1", pending{want: intent{}, to: []UserID{bob.ID}}})
			if seen {
				y.take(changed{first})
			}
			y.record = first
			y.edit(func(r *signal.Call) { r.Parties[1].State, r.Ended, r.Reason = signal.Refused, epoch, signal.EndBusy })
			y.did(OutgoingBusy, CallEnded)
			y.ended(BusyCall)
			y.take(changed{first})
			y.did()
			mustNot[open](y)
			y.ended(BusyCall)
			if len(y.s.pending) != 0 {
				t.Fatalf("pending %v", y.s.pending)
			}
		})
	}
}

// Hanging up while more people are being added must not let the answer to that open the room again.
func TestHangUpWhileInviting(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(intended{"c1", pending{want: intent{}, to: []UserID{"cyd"}}})
	y.take(done{call: "c1", reason: LocalHangUp})
	y.edit(func(r *signal.Call) {
		r.Parties = append(r.Parties, signal.Party{User: User{ID: "cyd"}, State: signal.Calling, Invitation: "i3", By: ana.ID})
	})
	mustNot[open](y)
	must[leave](y)
}

// Deadlines are times of the switchboard, whose clock is a day ahead here.
func TestNothingRingsForEver(t *testing.T) {
	t.Parallel()
	theirs := epoch.Add(24 * time.Hour)
	for name, c := range map[string]struct {
		from, to User
		reason   EndReason
		events   []EventType
	}{
		"here":       {bob, ana, Unanswered, []EventType{IncomingTimeout, CallEnded}},
		"over there": {ana, bob, NoAnswer, []EventType{CallEnded}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := asAna(t)
			y.take(intended{"c1", pending{}})
			y.call(c.from, c.to, false)
			y.edit(func(r *signal.Call) {
				r.Parties[1].State, r.Parties[1].Since, r.Parties[1].Deadline = signal.Ringing, theirs, theirs.Add(time.Minute)
			})
			if c.to == ana { // the deadline is that of the first record, a ring has one deadline
				y = asAna(t)
				y.record = signal.Call{ID: "c1", Revision: 1, Initiator: bob.ID, Created: theirs, Parties: []signal.Party{
					{User: bob, State: signal.Joined, Device: bobPhone, Since: theirs},
					{User: ana, State: signal.Calling, Invitation: "i1", By: bob.ID, Since: theirs, Deadline: theirs.Add(time.Minute)}}}
				y.take(changed{y.record})
			}
			due := y.s.due()
			if late := due.Sub(epoch.Add(time.Minute)); late < 0 || late > 10*time.Second {
				t.Fatalf("due at %v", due)
			}
			y.s, y.actions = next(y.s, passed{}, due.Add(-time.Second))
			y.did()
			y.s, y.actions = next(y.s, passed{}, due)
			y.did(c.events...)
			y.ended(c.reason)
			if !y.s.due().IsZero() {
				t.Fatal("something is still due")
			}
		})
	}
	y := live(t)
	for range 100 { // an answered call is due only to say how long it lasts
		due := y.s.due()
		y.s, y.actions = next(y.s, passed{}, due.Add(10*time.Minute))
		y.did(DurationChanged)
	}
}

// What the switchboard did not hear because the line was down is said again when it is back.
func TestSaidAgain(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.call(bob, ana, false)
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{y.record}}, asked: afterAll("c1")})
	must[confirm](y)

	y.party(ana, signal.Ringing, "")
	y.party(ana, signal.Unreached, "")
	mustNot[confirm](y)
	y.party(ana, signal.Calling, "")
	must[confirm](y)
	y.did()

	y.take(done{call: "c1", reason: DeclinedHere})
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{y.record}}})
	if r := must[refuse](y); r.reason != signal.Declined {
		t.Fatalf("%+v", r)
	}
	y.ended(DeclinedHere)

	y = live(t)
	second := signal.Call{ID: "c2", Revision: 1, Initiator: "cyd", Parties: []signal.Party{
		{User: User{ID: "cyd"}, State: signal.Joined, Device: "x"}, {User: ana, State: signal.Calling, Invitation: "i2", By: "cyd"}}}
	y.take(changed{second})
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{y.record, second}}, asked: afterAll("c1", "c2")})
	if r := must[refuse](y); r.call != "c2" || r.reason != signal.Refused {
		t.Fatalf("%+v", r)
	}
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{y.record}}, asked: afterAll("c1", "c2")})
	if y.s.ended[0].Reason != BusyCall {
		t.Fatalf("%+v", y.s.ended[0])
	}
}

func TestWhoComesLateHearsNoOldNews(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{}})
	cyd, dan, eve := User{ID: "cyd"}, User{ID: "dan"}, User{ID: "eve"}
	y.record = signal.Call{ID: "c1", Revision: 9, Initiator: bob.ID, Live: epoch, Parties: []signal.Party{
		{User: bob, State: signal.Joined, Device: bobPhone}, {User: cyd, State: signal.Declined, By: ana.ID},
		{User: dan, State: signal.Left, By: bob.ID}, {User: eve, State: signal.Calling, By: bob.ID}, {User: ana, State: signal.Joined, Device: anaPhone}}}
	y.take(changed{y.record})
	y.did(CallStarted, UserEntered)
	y.party(eve, signal.Ringing, "")
	y.did() // bob called her, not we
	y.party(eve, signal.Joined, "e")
	y.did(UserEntered)
	y.party(eve, signal.Lost, "e")
	y.party(eve, signal.Left, "e")
	y.did(UserLeft)
	for _, e := range y.events() {
		if e.Type == UserLeft && e.Reason != NetworkLost {
			t.Fatalf("left because of %q", e.Reason)
		}
	}
}

func TestBusyWhileAskingForACall(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"mine", pending{want: intent{}, to: []UserID{"cyd"}}})
	y.call(bob, ana, false)
	y.did(IncomingBusy)
	must[refuse](y)
	y = asAna(t)
	y.take(intended{"mine", pending{want: intent{}, to: []UserID{"cyd"}}})
	y.take(forgotten{call: "mine"})
	y.call(bob, ana, false)
	y.did(IncomingReceived)
}

// We were taken out of a call and are called again, and the switchboard was away meanwhile.
func TestCalledBackIntoACall(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.edit(func(r *signal.Call) {
		r.Parties[0] = signal.Party{User: ana, State: signal.Calling, Invitation: "i9", By: bob.ID}
	})
	must[shut](y)
	y.did(CallEnded, IncomingReceived)
	if s := show(y.s); len(s.Calls) != 0 || len(s.Incoming) != 1 {
		t.Fatalf("%+v", s)
	}
}

func TestWhatWasSaidWithANoIsShown(t *testing.T) {
	t.Parallel()
	y := live(t)
	const words = "I call back at four"
	y.edit(func(r *signal.Call) {
		r.Parties = append(r.Parties, signal.Party{User: User{ID: "cyd"}, State: signal.Declined, By: ana.ID, Data: words})
	})
	if w := show(y.s).Calls[0].Waiting; len(w) != 1 || w[0].State != signal.Declined || w[0].Data != words {
		t.Fatalf("waiting %+v, want one who declined and said %q", w, words)
	}

	y = asAna(t)
	y.take(intended{"c1", pending{}})
	y.call(ana, bob, false)
	y.edit(func(r *signal.Call) {
		r.Parties[1].State, r.Parties[1].Data, r.Ended, r.Reason = signal.Declined, words, epoch, signal.EndDeclined
	})
	if end := y.s.ended[0]; end.Reason != DeclinedCall || end.Data != words {
		t.Fatalf("ended %+v, want a refusal that says %q", end, words)
	}
}

// afterAll is as if the truth was asked for after all that is known of these calls.
func afterAll(ids ...CallID) []edition {
	var all []edition
	for _, id := range ids {
		all = append(all, edition{id, math.MaxUint64})
	}
	return all
}

// What became of a call while the truth was on its way counts more than that the truth does not hold the call.
func TestTruthThatIsOlderThanACall(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{to: []UserID{bob.ID}}})
	asked := y.s.tracked()
	y.call(ana, bob, false)
	y.take(synced{asked: asked})
	if len(show(y.s).Calls) != 1 {
		t.Fatalf("a call that was made meanwhile: %+v", show(y.s).Ended)
	}
	asked = y.s.tracked()
	y.take(synced{asked: asked})
	y.take(synced{asked: asked})
	if s := show(y.s); len(s.Calls) != 0 || len(s.Ended) != 1 || s.Ended[0].Reason != NetworkLost {
		t.Fatalf("a call that the switchboard has forgotten: %+v", s)
	}
}
