package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func TestHoldAndSwap(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	if c.beside.root.Visible() {
		t.Error("one call has another beside it")
	}
	test.Tap(c.bars.bottom.button(ButtonHold))
	s.settle()
	s.key(fyne.KeyH)
	s.want("hold call true", "hold call true")
	s.key(fyne.KeyX) // there is nothing to swap with
	s.want()

	s.show(world(inCall(), heldCall))
	if s.ui.shown.call != "call" || !c.beside.root.Visible() {
		t.Fatalf("%q is shown, with a strip: %t", s.ui.shown.call, c.beside.root.Visible())
	}
	line := c.beside.lines[0]
	if line.words.Text != "Cyd is on hold" || line.clock.Text != "2:31" || line.back.Text != "Swap" {
		t.Errorf("the strip says %q, %q, %q", line.words.Text, line.clock.Text, line.back.Text)
	}
	test.Tap(line.back)
	s.settle()
	s.key(fyne.KeyX)
	test.Tap(line.leave)
	s.settle()
	s.want("hold held false", "hold held false", "hangup held")

	s.show(world(inCall(func(c *engine.CallState) { c.Held = true }), func(w *engine.Snapshot) {
		heldCall(w)
		w.Calls[1].Held = false
	}))
	if s.ui.shown.call != "held" || c.bars.title.name.Text != "Cyd" || c.beside.lines[0].words.Text != "Bob Meier is on hold" {
		t.Errorf("after swapping %q is shown", s.ui.shown.call)
	}
	if s.engine.watching(bob.ID) != 0 || s.engine.watching(cyd.ID) != 1 {
		t.Error("the held call is watched, or the other is not")
	}
}

func TestTheHeldCallIsSeenWhileASecondRings(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing)), heldCall))
	o := s.ui.pages.outgoing
	if s.ui.shown.main != viewOutgoing || !o.beside.root.Visible() || o.beside.lines[0].words.Text != "Cyd is on hold" {
		t.Fatalf("view %d, strip %t", s.ui.shown.main, o.beside.root.Visible())
	}
	test.Tap(o.beside.lines[0].back)
	s.settle()
	s.key(fyne.KeyX)
	test.Tap(o.beside.lines[0].leave)
	s.settle()
	s.want("hold held false", "hold held false", "hangup held")
	s.show(world(inCall(outgoingTo(bob, signal.Ringing))))
	if o.beside.root.Visible() {
		t.Error("the strip stays without the other call")
	}
}

func TestAHeldCallLeavesTheListOfPeople(t *testing.T) {
	s := newStage(t)
	s.enter(world(func(w *engine.Snapshot) {
		heldCall(w)
		w.Calls[0].Held = false
	}))
	if s.ui.shown.main != viewCall || s.engine.watching(cyd.ID) != 1 {
		t.Fatalf("view %d before it is held", s.ui.shown.main)
	}
	s.show(world(heldCall))
	if n := s.engine.watching(cyd.ID); n != 0 {
		t.Errorf("%d views watch a held call", n)
	}
	p := s.ui.pages
	if s.ui.shown.main != viewHome || !p.heldBox.Visible() || p.rooms.held.lines[0].words.Text != "Cyd is on hold" {
		t.Fatalf("view %d, strip %t", s.ui.shown.main, p.heldBox.Visible())
	}
	test.Tap(p.rooms.held.lines[0].back)
	s.settle()
	test.Tap(p.rooms.held.lines[0].leave)
	s.settle()
	s.ui.invite(bob, false) // others can be called meanwhile
	s.settle()
	s.want("hold held false", "hangup held", "invite bob video=false")
	s.show(world())
	if p.heldBox.Visible() {
		t.Error("the strip stays without a call")
	}
}

func TestAMemberWhoHoldsUsIsVeiled(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) { c.Members[0].Held = true })))
	if tile := s.ui.pages.call.scene.tileOf(bob.ID); !tile.over.veiled || tile.over.words != "On hold" {
		t.Errorf("the tile of who holds us says %+v", tile.over)
	}
	s.show(world(inCall()))
	if tile := s.ui.pages.call.scene.tileOf(bob.ID); tile.over != (remark{}) {
		t.Errorf("it stays: %+v", tile.over)
	}
}

func TestAddingPeopleWhereItIsAllowed(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.key(fyne.KeyA)
	if c.bars.bottom.has(ButtonAdd) || s.ui.picking != nil {
		t.Error("people can be added although the call does not allow it")
	}
	s.show(world(inCall(func(c *engine.CallState) { c.CanAdd = true })))
	test.Tap(c.bars.bottom.button(ButtonAdd))
	if s.ui.picking == nil || s.ui.picking.Call != "call" {
		t.Fatal("the button does not ask whom to add")
	}
	s.ui.picking.toggle(cyd)
	s.ui.picking.done(false)
	s.settle()
	s.want("add cyd to call")
}
