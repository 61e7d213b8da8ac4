package ui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func TestHomeCallsWhomIsChosen(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	h := s.ui.pages.home
	if h.people.chosen != echoID || h.person.about.Text == "" {
		t.Errorf("%q is chosen at first, want Echo with its explanation", h.people.chosen)
	}
	test.Tap(h.person.voice)
	s.settle()
	s.want("invite echo video=false")

	h.people.list.Select(1)
	test.Tap(h.person.video)
	s.settle()
	s.want("invite bob video=true")
}

func TestRowsCall(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	row := newPersonRow(s.ui.invite, nil)
	row.show(engine.Person{User: cyd, Presence: signal.Offline})
	test.Tap(row.voice)
	s.settle()
	test.Tap(row.video)
	s.settle()
	s.want("invite cyd video=false", "invite cyd video=true")
}

func TestPeopleByKeyboard(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	p := s.ui.pages.home.people
	if s.ui.main.Canvas().Focused() != p.list {
		t.Error("the list has not the keyboard")
	}
	press := func(k fyne.KeyName) {
		p.list.TypedKey(&fyne.KeyEvent{Name: k})
		s.settle()
	}
	press(fyne.KeyUp) // nobody is above the first
	press(fyne.KeyDown)
	press(fyne.KeyReturn)
	s.want("invite bob video=false")
	press(fyne.KeyDown)
	press(fyne.KeyDown) // nobody is below the last
	p.list.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	s.settle()
	s.want("invite cyd video=true")
}

func TestSearch(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	p := s.ui.pages.home.people
	test.Type(p.search, "MEI")
	if len(p.shown) != 1 || p.shown[0].ID != bob.ID || p.chosen != bob.ID {
		t.Errorf("searching for MEI shows %v, %q is chosen", p.shown, p.chosen)
	}
	p.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnter})
	s.settle()
	s.want("invite bob video=false")
	test.Type(p.search, "xyz")
	if len(p.shown) != 0 || !p.nobody.Visible() {
		t.Error("a search without result says nothing")
	}
	p.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(p.shown) != 3 || p.nobody.Visible() {
		t.Error("Escape does not end the search")
	}
}

func TestEmptySwitchboardShowsHowToInvite(t *testing.T) {
	s := newStage(t)
	s.program.link = "parley:server/10.0.0.1:4455?code=x"
	s.enter(world(func(w *engine.Snapshot) { w.People = w.People[:1] }))
	h := s.ui.pages.home
	if !h.invite.root.Visible() {
		t.Fatal("somebody alone is not told how to invite")
	}
	test.Tap(h.invite.copied)
	if got := s.ui.params.App.Clipboard().Content(); got != s.program.link {
		t.Errorf("copied %q", got)
	}
	s.show(world())
	if h.invite.root.Visible() {
		t.Error("the invitation stays when others are there")
	}
	test.Tap(h.inv)
	if !h.invite.root.Visible() || h.person.root.Visible() {
		t.Error("the button does not show the invitation")
	}
	h.people.choose(1)
	if h.invite.root.Visible() || !h.person.root.Visible() {
		t.Error("choosing somebody does not put the invitation away")
	}
}

func TestConnectionLineCountsDown(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	l := s.ui.pages.home.line
	if l.root.Visible() {
		t.Error("it is shown while all is well")
	}
	s.show(world(func(w *engine.Snapshot) {
		w.Connection = engine.Connection{State: engine.Offline, Err: engine.ErrOffline, RetryAt: s.now.Add(5 * time.Second)}
	}))
	for _, want := range []int{5, 4, 3} {
		if got := fmt.Sprintf("Trying again in %d s.", want); len(l.body.Text) < len(got) || l.body.Text[:len(got)] != got {
			t.Errorf("it says %q, want %q", l.body.Text, got)
		}
		s.pass(time.Second)
	}
	s.show(world(func(w *engine.Snapshot) {
		w.Connection = engine.Connection{State: engine.Offline, Err: engine.ErrBadToken}
	}))
	if l.title.Text != word("error.title.bad-token") || l.body.Text != word("error.text.bad-token") {
		t.Errorf("without another attempt it says %q, %q", l.title.Text, l.body.Text)
	}
}
