package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

func TestMinimizedCall(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	if s.ui.Mini() != engine.MiniCalling {
		t.Errorf("the mini window is %q", s.ui.Mini())
	}
	s.ui.Minimize()
	s.settle()
	p := s.ui.pages
	if s.ui.up || !p.small || s.ui.Mini() != engine.MiniMinimizing {
		t.Fatalf("main %t, mini %t, %q", s.ui.up, p.small, s.ui.Mini())
	}
	if !p.mini.tile.looking || p.call.seen || p.call.scene.tileOf(ana.ID).looking {
		t.Error("pictures are converted for the wrong window")
	}
	test.Tap(p.mini.mic)
	s.settle()
	s.want("microphone call false")
	s.ui.Show()
	s.settle()
	if !s.ui.up || p.small || p.mini.tile.looking || !p.call.seen {
		t.Error("the call does not come back")
	}
	if n := s.engine.watching(bob.ID); n != 1 {
		t.Errorf("%d views watch the other, want 1", n)
	}

	s.ui.closeMain() // in a call that puts it away
	if s.ui.up || !p.small || s.program.quits != 0 {
		t.Error("closing the window in a call does not put it away")
	}
	s.show(world())
	if p.small || !s.ui.up || s.ui.Mini() != engine.MiniIdle {
		t.Error("after the call a window is left behind, or none is there")
	}
}

func TestFullScreenIsLeftBeforeHiding(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.ui.toggleFullscreen()
	s.settle()
	s.ui.Minimize()
	s.settle()
	if s.ui.main.FullScreen() {
		t.Error("a window that fills the screen was hidden")
	}
	s.ui.Show()
	s.settle()
	if !s.ui.main.FullScreen() {
		t.Error("it does not fill the screen again")
	}
	s.show(world())
	if s.ui.main.FullScreen() {
		t.Error("the list of people fills the screen")
	}
}

func TestClosingWithoutATrayQuits(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.closeMain()
	s.settle()
	if s.program.quits != 1 {
		t.Errorf("asked to quit %d times, want 1", s.program.quits)
	}
}

func TestQuittingAsksWhereItHurtsOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		link string
		snap engine.Snapshot
		asks bool
	}{
		{"a guest", "", world(), false},
		{"a host alone", "parley:server/x", world(func(s *engine.Snapshot) { s.People = append(s.People[:1:1], s.People[2]) }), false},
		{"a host with company", "parley:server/x", world(), true},
		{"in a call", "", world(inCall()), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.program.link = c.link
			s.enter(c.snap)
			s.ui.quit()
			s.ui.quit() // a second time does not ask twice
			asked := s.ui.main.Canvas().Overlays().Top() != nil
			if asked != c.asks || asked == (s.program.quits > 0) {
				t.Errorf("asked %t, quit %d times", asked, s.program.quits)
			}
			if n := len(s.ui.main.Canvas().Overlays().List()); n > 1 {
				t.Errorf("%d questions are on the screen", n)
			}
			if !c.asks {
				return
			}
			s.key(fyne.KeyEscape)
			if s.ui.main.Canvas().Overlays().Top() != nil || s.program.quits != 0 {
				t.Error("Escape does not mean to stay")
			}
			s.ui.quit()
			s.show(world(func(s *engine.Snapshot) { s.People = nil }))
			if s.ui.sheet != nil {
				t.Error("the question stays although nothing would end any more")
			}
		})
	}
}

func TestAnotherEngineTakesThePlaceOfTheOld(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(), rung(true)))
	old := s.engine
	s.engine = newFakeEngine()
	s.enter(world(func(w *engine.Snapshot) { w.Me = bob }))
	if n := old.watchers(); n != 0 {
		t.Errorf("%d subscriptions to the old engine are left", n)
	}
	if s.ui.pages.home.myName.Text != "Bob Meier" || s.ui.shown.main != viewHome {
		t.Errorf("view %d shows %q", s.ui.shown.main, s.ui.pages.home.myName.Text)
	}
	s.ui.SetEngine(nil)
	s.settle()
	if s.ui.shown.main != viewWelcome || s.engine.watchers() != 0 || s.ui.Mini() != engine.MiniIdle {
		t.Error("without an engine it does not ask for a switchboard")
	}
	if len(s.ui.overlay.Objects) != 0 {
		t.Error("an old call still rings")
	}
}

func TestManySnapshotsCostOneRedraw(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	for range 100 {
		s.engine.set(world())
	}
	s.mu.Lock()
	queued := len(s.queued)
	s.mu.Unlock()
	if queued != 1 {
		t.Errorf("%d calls are queued, want 1", queued)
	}
}

func TestShortcutsWorkWhileAButtonHasTheKeyboard(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.ui.main.Canvas().Focus(c.bars.bottom.button(ButtonCamera))
	c.bars.bottom.button(ButtonCamera).TypedKey(&fyne.KeyEvent{Name: fyne.KeyM})
	s.settle()
	c.bars.bottom.button(ButtonCamera).TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.settle()
	s.want("microphone call false", "camera call false")
}

func TestCloseIsIdempotent(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(), rung(false)))
	s.ui.Close()
	s.ui.Close()
	if n := s.engine.watchers(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

// What lies on the handle must not take the pointer from it: Fyne gives an event to the topmost object that can use it.
func TestNothingOnTheHandleTakesThePointer(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	var onHandle fyne.CanvasObject = s.ui.pages.mini.tile
	if _, ok := onHandle.(fyne.Tappable); ok {
		t.Error("the picture in the mini window can be tapped, so the window cannot be dragged")
	}
	h := newHandleBar(&s.ui.pages.miniFrame, onHandle, s.ui.show, nil)
	s.ui.Minimize()
	s.settle()
	h.DoubleTapped(nil)
	s.settle()
	if !s.ui.up {
		t.Error("two taps do not bring the window back")
	}
}

// TestErrorsNobodyWaitsFor checks that a person hears of what failed by itself, such as a call that was accepted too late.
func TestErrorsNobodyWaitsFor(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.engine.emit(engine.Event{Type: engine.ErrorOccurred, Call: "c", Err: &engine.Error{Op: "accept", Err: engine.ErrExpired}})
	s.settle()
	if !s.ui.notice.box.Visible() || s.ui.notice.title.Text != word("error.title.expired") {
		t.Errorf("it says %q", s.ui.notice.title.Text)
	}
}

// A program that starts makes the pages of calls only once nobody waits for it, or when a call comes first.
func TestPagesOfCallsAreMadeLate(t *testing.T) {
	for name, near := range map[string]func(*stage){
		"the start is over": func(s *stage) { s.ui.base.(house).settle() },
		"a call":            func(s *stage) { s.show(world(inCall())) },
	} {
		s := newStage(t)
		s.enter(world())
		if s.ui.pages.calls != nil {
			t.Fatal("they are made at once")
		}
		near(s)
		if s.ui.pages.calls == nil {
			t.Errorf("%s, and they are not there", name)
		}
	}
}

// doorman closes begun as soon as the main window is brought.
type doorman struct {
	base
	begun   chan struct{}
	brought int
}

func (d *doorman) bring(on, quiet bool) {
	d.base.bring(on, quiet)
	d.brought++
	close(d.begun)
}

// The first thing on the screen is the right page, unless the engine takes long: then there is an empty window meanwhile.
func TestWindowAwaitsItsEngine(t *testing.T) {
	for _, late := range []bool{false, true} {
		d := &doorman{begun: make(chan struct{})}
		program := &fakeProgram{settings: profile.Settings{Language: "en"}}
		u := newUI(Params{App: newApp(t), Program: program, Begun: d.begun}, func(f func()) { f() }, time.Now)
		defer u.Close()
		d.base, u.base = u.base, d
		if !late {
			close(d.begun)
		}
		u.awaitBegun()
		if want := map[bool]int{true: 1}[late]; d.brought != want || u.up != late {
			t.Errorf("late %t: the window was brought %d times, want %d; it is on the screen: %t", late, d.brought, want, u.up)
		}
	}
}
