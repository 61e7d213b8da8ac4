package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// asked adds somebody who was called into a call.
func asked(u engine.User, state signal.PartyState) func(*engine.CallState) {
	return func(c *engine.CallState) {
		c.Waiting = append(c.Waiting, engine.Waiting{User: u, State: state, Mine: state.Waiting()})
	}
}

func TestSeatsOfThoseWhoWereCalled(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		who    engine.Waiting
		since  time.Duration // of the no
		add    bool
		gone   bool
		words  string
		detail string
		offer  offer
	}{
		{name: "called", who: engine.Waiting{State: signal.Calling, Mine: true}, words: "Calling…", offer: offerCancel},
		{name: "rings", who: engine.Waiting{State: signal.Ringing, Mine: true}, words: "Ringing…", offer: offerCancel},
		{name: "rings for somebody else", who: engine.Waiting{State: signal.Ringing}, words: "Ringing…"},
		{name: "offline", who: engine.Waiting{State: signal.Unreached, Mine: true}, words: "Offline", detail: "Rings when they come online", offer: offerCancel},
		{name: "on the way", who: engine.Waiting{State: signal.Joined, Mine: true}},
		{name: "declined just now", who: engine.Waiting{State: signal.Declined}, since: noStays - 1, words: "Declined"},
		{name: "declined with words", who: engine.Waiting{State: signal.Declined, Data: "In ten minutes"}, words: "Declined", detail: "“In ten minutes”"},
		{name: "declined before", who: engine.Waiting{State: signal.Declined}, since: noStays, gone: true},
		{name: "busy just now", who: engine.Waiting{State: signal.Refused, Mine: true}, words: "In another call"},
		{name: "busy before", who: engine.Waiting{State: signal.Refused}, since: noStays, gone: true},
		{name: "no answer", who: engine.Waiting{State: signal.TimedOut}, since: noStays, add: true, words: "No answer", offer: offerAgain},
		{name: "no answer, and we may not add", who: engine.Waiting{State: signal.TimedOut}, words: "No answer"},
		{name: "no answer long ago", who: engine.Waiting{State: signal.TimedOut}, since: unansweredFor, add: true, gone: true},
		{name: "taken back", who: engine.Waiting{State: signal.Cancelled}, gone: true},
		{name: "left", who: engine.Waiting{State: signal.Left}, gone: true},
		{name: "removed", who: engine.Waiting{State: signal.Kicked}, gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.who.User = cyd
			call := engine.CallState{Members: []engine.Member{{User: bob}}, Waiting: []engine.Waiting{c.who}, CanAdd: c.add}
			got := seats(call, noes{cyd.ID: {c.who.State, now.Add(-c.since)}}, now)
			if got[0].user != bob || !got[0].inside {
				t.Fatalf("first sits %+v, want the member", got[0])
			}
			if c.gone {
				if len(got) != 1 {
					t.Errorf("there is a seat: %+v", got[1])
				}
				return
			}
			want := seat{user: cyd, remark: remark{words: c.words, detail: c.detail}, offer: c.offer}
			if len(got) != 2 || got[1] != want {
				t.Errorf("seats = %+v\nwant the second %+v", got, want)
			}
		})
	}
}

func TestNoesAreCountedFromWhenTheyAreHeard(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	with := func(s signal.PartyState) engine.CallState {
		return engine.CallState{Waiting: []engine.Waiting{{User: cyd, State: s}}}
	}
	if n := (noes)(nil).look(with(signal.Declined), now, true); !n[cyd.ID].since.IsZero() {
		t.Error("a no from before we looked is news")
	}
	n := (noes)(nil).look(with(signal.Ringing), now, true)
	if len(n) != 0 {
		t.Error("a ring counts as a no")
	}
	n = n.look(with(signal.TimedOut), now, false)
	n = n.look(with(signal.TimedOut), now.Add(time.Second), false)
	if !n[cyd.ID].since.Equal(now) {
		t.Errorf("counted from %v, want from the first time it was heard", n[cyd.ID].since)
	}
	n = n.look(with(signal.Declined), now.Add(time.Minute), false)
	if !n[cyd.ID].since.Equal(now.Add(time.Minute)) {
		t.Error("another no is not counted anew")
	}
	n = n.look(with(signal.Calling), now.Add(time.Minute), false)
	if len(n) != 0 {
		t.Error("who is called again still counts as a no")
	}
}

func TestWaitingTileBecomesThePictureOfWhoJoins(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(asked(cyd, signal.Calling))))
	c := s.ui.pages.call
	tile := c.scene.tileOf(cyd.ID)
	if tile == nil || tile.over.words != "Calling…" || tile.chip != "Cyd" || !tile.button.Visible() || tile.mark != "" {
		t.Fatalf("the tile of who is called is %+v", tile)
	}
	if s.engine.watching(cyd.ID) != 0 {
		t.Error("pictures are awaited of somebody who is not there")
	}
	place := tile.Position()
	s.show(world(inCall(asked(cyd, signal.Ringing))))
	if tile.over.words != "Ringing…" {
		t.Errorf("it says %q", tile.over.words)
	}
	test.Tap(tile.button)
	s.settle()
	s.want(`cancel call [cyd] ""`)

	s.show(world(inCall(asked(cyd, signal.Joined)))) // answered, and not heard of yet
	if c.scene.tileOf(cyd.ID) != tile || tile.button.Visible() || tile.over != (remark{}) {
		t.Error("somebody on the way still seems to ring")
	}
	s.show(world(inCall(func(c *engine.CallState) {
		c.Members = append([]engine.Member{{User: cyd, Microphone: true, Camera: true}}, c.Members...) // earlier in the record
	})))
	if c.scene.tileOf(cyd.ID) != tile || tile.Position() != place || s.engine.watching(cyd.ID) != 1 {
		t.Error("the tile jumps when the one who was called is there")
	}
	if tile.button.Visible() || tile.mark != assets.Microphone {
		t.Error("a member can be cancelled, or is not shown as one")
	}
}

func TestTileOfANoGoesAfterAMoment(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(asked(cyd, signal.Ringing))))
	c := s.ui.pages.call
	s.show(world(inCall(asked(cyd, signal.Declined), func(c *engine.CallState) { c.Waiting[0].Data = "Not now" })))
	if tile := c.scene.tileOf(cyd.ID); tile == nil || tile.over.detail != "“Not now”" || tile.button.Visible() {
		t.Fatalf("who declined has the tile %+v", tile)
	}
	s.pass(noStays - time.Millisecond)
	if len(c.scene.tiles) != 3 || !c.scene.group {
		t.Error("it went too early")
	}
	s.pass(time.Millisecond)
	if len(c.scene.tiles) != 2 || c.scene.group || c.scene.tileOf(bob.ID).chip != "" {
		t.Error("it stays, or two people are still in a grid")
	}
}

func TestWhoDidNotAnswerCanBeCalledAgain(t *testing.T) {
	s := newStage(t)
	may := func(c *engine.CallState) { c.CanAdd = true }
	s.enter(world(inCall(asked(cyd, signal.Ringing), may)))
	s.show(world(inCall(asked(cyd, signal.TimedOut), may)))
	tile := s.ui.pages.call.scene.tileOf(cyd.ID)
	if tile == nil || tile.over.words != "No answer" || tile.button.label != word("call.again") {
		t.Fatalf("the tile is %+v", tile)
	}
	test.Tap(tile.button)
	s.settle()
	s.want("add cyd to call")
	s.show(world(inCall(asked(cyd, signal.Calling), may)))
	if tile.over.words != "Calling…" || tile.button.label != word("call.cancel") {
		t.Errorf("then it says %q and offers %q", tile.over.words, tile.button.label)
	}
}

func TestTilesWithoutPictureKeepTheirPlace(t *testing.T) {
	s := newStage(t)
	three := func(on bool) engine.Snapshot {
		return world(inCall(func(c *engine.CallState) {
			c.Members = append(c.Members, engine.Member{User: cyd, Camera: on, Microphone: on})
		}))
	}
	s.enter(three(true))
	c := s.ui.pages.call
	tile, place, size := c.scene.tileOf(cyd.ID), c.scene.tileOf(cyd.ID).Position(), c.scene.tileOf(cyd.ID).Size()
	s.show(three(false))
	if c.scene.tileOf(cyd.ID) != tile || tile.Position() != place || tile.Size() != size || !tile.Visible() {
		t.Error("a tile goes, or jumps, when camera and microphone are switched off")
	}
	if tile.mark != assets.MicrophoneOff || !tile.portrait.Visible() {
		t.Error("it does not show that they are off")
	}
}

func TestWeSitInTheGridOfAGroupAndInTheCornerOfTwo(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	corner := c.scene.tileOf(ana.ID).Position()
	if whole := c.scene.tileOf(bob.ID).Size(); whole != c.scene.root.Size() || c.scene.tileOf(ana.ID).Size().Width >= whole.Width/2 {
		t.Error("of two people the other is not at large")
	}
	s.show(world(inCall(asked(cyd, signal.Ringing))))
	if c.scene.tileOf(ana.ID).Size() != c.scene.tileOf(bob.ID).Size() || c.scene.tileOf(ana.ID).chip != "Ana (you)" {
		t.Errorf("in a group we are %v large and the other %v", c.scene.tileOf(ana.ID).Size(), c.scene.tileOf(bob.ID).Size())
	}
	bar := c.bars.bottom.panel
	if foot := c.scene.tileOf(ana.ID).Position().Y + c.scene.tileOf(ana.ID).Size().Height; foot > bar.Position().Y {
		t.Errorf("the bar at %.0f covers tiles down to %.0f", bar.Position().Y, foot)
	}
	s.pass(time.Minute)
	if !c.bars.bottom.root.Visible() {
		t.Error("the bar goes although it covers nothing")
	}
	c.moved()
	s.show(world(inCall()))
	if c.scene.tileOf(ana.ID).Position() != corner {
		t.Errorf("with two people again we are at %v, want %v", c.scene.tileOf(ana.ID).Position(), corner)
	}
}

func TestAGroupIsShownFromTheFirstRing(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Calling), asked(cyd, signal.Unreached))))
	c := s.ui.pages.call
	if s.ui.shown.main != viewCall || c.bars.title.clock.Text != "Calling…" || c.bars.bottom.button(ButtonHangUp).label != word("call.cancel") || c.bars.bottom.has(ButtonHold) {
		t.Errorf("view %d says %q and offers %q", s.ui.shown.main, c.bars.title.clock.Text, c.bars.bottom.button(ButtonHangUp).label)
	}
	if len(c.scene.tiles) != 3 || c.scene.tileOf(bob.ID).over.words != "Calling…" || c.scene.tileOf(cyd.ID).over.words != "Offline" {
		t.Errorf("%d tiles", len(c.scene.tiles))
	}
}

func TestMembersTroubleIsSaidOnTheirTile(t *testing.T) {
	for _, c := range []struct {
		member engine.Member
		want   remark
	}{
		{engine.Member{}, remark{}},
		{engine.Member{MicrophoneTrouble: "microphone-lost"}, remark{alert: "The microphone was unplugged."}},
		{engine.Member{CameraTrouble: "camera-busy"}, remark{alert: "Another program uses the camera."}},
		{engine.Member{MicrophoneTrouble: "microphone-lost", CameraTrouble: "camera-busy"}, remark{alert: "The microphone was unplugged."}},
		{engine.Member{CameraTrouble: "from a newer Parley"}, remark{alert: "That did not work."}},
		{engine.Member{Held: true}, remark{words: "On hold", detail: "Back in a moment", veiled: true}},
	} {
		if got := memberRemark(c.member); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.member, got, c.want)
		}
	}
}
