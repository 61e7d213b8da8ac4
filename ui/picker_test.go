package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// crowd adds so many people, u01 and on.
func crowd(n int) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) {
		for i := range n {
			id := fmt.Sprintf("u%02d", i+1)
			s.People = append(s.People, engine.Person{User: engine.User{ID: engine.UserID(id), Name: "Person " + id}, Presence: signal.Online})
		}
	}
}

func names(people []engine.User) (out []engine.UserID) {
	for _, u := range people {
		out = append(out, u.ID)
	}
	return out
}

func TestGroupCallFromHome(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	test.Tap(s.ui.pages.home.group)
	k := s.ui.picking
	if k == nil || s.ui.main.Canvas().Focused() != k.search {
		t.Fatal("no picker with the keyboard in its search field")
	}
	if len(k.shown) != 2 || k.shown[0].ID != bob.ID {
		t.Errorf("it offers %v, want Bob and Cyd without Echo", k.shown)
	}
	for _, b := range k.buttons {
		if !b.Disabled() {
			t.Errorf("%q can be pressed before anybody is chosen", b.Text)
		}
	}
	for _, row := range []int{1, 0} {
		r := newPickRow(k)
		r.show(k.shown[row])
		test.Tap(r)
	}
	test.Tap(k.buttons[0])
	s.settle()
	s.want("invite cyd+bob video=true")
	if s.ui.picking != nil || len(s.ui.main.Canvas().Overlays().List()) != 0 {
		t.Error("the picker stays")
	}
}

func TestPickerByKeyboard(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.pickGroup(cyd.ID)
	k := s.ui.picking
	press := func(n fyne.KeyName) { k.search.TypedKey(&fyne.KeyEvent{Name: n}) }
	press(fyne.KeyDown)
	press(fyne.KeyUp)
	press(fyne.KeyUp) // nobody is above the first
	k.search.TypedRune(' ')
	if got := names(k.chosen); !slices.Equal(got, []engine.UserID{cyd.ID, bob.ID}) {
		t.Fatalf("%v are chosen", got)
	}
	test.Type(k.search, "bob m")
	if k.search.Text != "bob m" || len(k.shown) != 1 {
		t.Errorf("Space ticks while a name is typed: %q", k.search.Text)
	}
	press(fyne.KeyEscape)
	if k.search.Text != "" || s.ui.picking == nil {
		t.Error("the first Escape does not only clear the search")
	}
	k.search.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	s.settle()
	s.want("invite cyd+bob video=true")

	s.ui.pickGroup()
	k = s.ui.picking
	press(fyne.KeyReturn) // ticks whom the mark stands on
	press(fyne.KeyReturn)
	s.settle()
	s.want("invite bob video=false")

	s.ui.pickGroup()
	s.key(fyne.KeyEscape) // also when the field has not the keyboard
	if s.ui.picking != nil {
		t.Error("Escape does not close it")
	}
}

func TestAddingPeopleToACall(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.ui.addPeople("call")
	k := s.ui.picking
	k.toggle(bob)
	if len(k.chosen) != 0 {
		t.Error("somebody who is in the call can be chosen")
	}
	k.toggle(cyd)
	s.show(world(inCall(func(c *engine.CallState) {
		c.Waiting = []engine.Waiting{{User: cyd, State: signal.Ringing}}
	})))
	if len(k.chosen) != 0 {
		t.Error("somebody whom another has called meanwhile stays chosen")
	}
	s.show(world(inCall(func(c *engine.CallState) {
		c.Waiting = []engine.Waiting{{User: cyd, State: signal.Declined}}
	})))
	k.toggle(cyd)
	test.Tap(k.buttons[0])
	s.settle()
	s.want("add cyd to call")

	s.ui.addPeople("call")
	s.show(world())
	if s.ui.picking != nil {
		t.Error("the picker stays when the call is over")
	}
}

func TestPickerKnowsHowManyFit(t *testing.T) {
	s := newStage(t)
	s.enter(world(crowd(20), inCall()))
	s.ui.addPeople("call")
	k := s.ui.picking
	for _, p := range k.all {
		k.toggle(p.User)
	}
	if n := len(k.chosen); n != maxOthers-1 || !k.bound.Visible() {
		t.Errorf("%d are chosen besides one who is in the call, and the words about it are visible: %t", n, k.bound.Visible())
	}
	k.toggle(k.chosen[0])
	if k.bound.Visible() {
		t.Error("the words stay although somebody was let go")
	}
}

func TestPickerWithoutPeopleSaysSo(t *testing.T) {
	s := newStage(t)
	s.enter(world(func(w *engine.Snapshot) { w.People = w.People[:1] }))
	s.ui.pickGroup()
	if k := s.ui.picking; !k.nobody.Visible() || k.nobody.Text != word("picker.nobody") {
		t.Errorf("it says %q", k.nobody.Text)
	}
	s.ui.SetEngine(nil)
	s.settle()
	if s.ui.picking != nil {
		t.Error("the picker outlives the engine")
	}
}
