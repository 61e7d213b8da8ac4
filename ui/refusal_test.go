package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
)

func TestNoAnswerTwice(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(false)))
	in := s.ui.pages.ring.own
	test.Tap(in.accept) // was meant for what lay below the window
	s.settle()
	s.want()
	s.pass(clickGuard)
	s.engine.wait = make(chan struct{})
	test.Tap(in.accept)
	test.Tap(in.accept)
	test.Tap(s.ui.pages.ring.over.accept)
	test.Tap(in.decline)
	s.ui.key(fyne.KeyEscape)
	close(s.engine.wait)
	s.settle()
	s.want("accept ring camera=false")
}

func TestAnswerThatHangsLeavesTheNextCallFree(t *testing.T) {
	s, r := ringsNow(t, rung(false))
	hangs := make(chan struct{})
	s.engine.wait = hangs
	test.Tap(r.own.accept)
	s.until(t, func() string {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if len(s.engine.asked) == 0 {
			return "the engine is not asked"
		}
		return ""
	})
	s.engine.take()
	s.engine.mu.Lock()
	s.engine.wait = nil
	s.engine.mu.Unlock()
	s.engine.set(world(alsoRung("next", cyd)))
	s.drain()
	s.pass(clickGuard)
	test.Tap(r.own.accept)
	s.until(t, func() string {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if len(s.engine.asked) == 0 {
			return "the next call cannot be answered"
		}
		return ""
	})
	s.want("accept next camera=false")
	close(hangs)
	s.settle()
}

func TestRefusedAnswerIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		over bool // it cannot be answered any more
	}{
		"expired or cancelled": {engine.ErrExpired, true},
		"elsewhere":            {engine.ErrElsewhere, true},
		"not in the call":      {engine.ErrNotInCall, true},
		"offline":              {engine.ErrOffline, false},
		"too often":            {engine.ErrTooMany, false},
		"in another call":      {engine.ErrBusy, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := ringsNow(t, rung(false))
			s.engine.fail = &engine.Error{Op: "accept", Err: c.err}
			test.Tap(r.own.accept)
			s.settle()
			s.want("accept ring camera=false")
			title, body := explain(c.err)
			says := r.own.status
			if c.over {
				says = r.own.data
			}
			if says.Text != title+" "+body {
				t.Errorf("it says %q", says.Text)
			}
			if got := r.own.answering.Visible(); got == c.over {
				t.Errorf("the buttons are there: %t", got)
			}
			if s.ui.notice.box.Visible() {
				t.Error("it is told twice")
			}
			s.engine.fail = nil
			s.pass(refusalTime)
			s.settle()
			if r.up == c.over {
				t.Errorf("it still rings: %t", r.up)
			}
			if !c.over {
				test.Tap(r.own.accept)
				s.settle()
				s.want("accept ring camera=false")
			}
		})
	}
}

func TestRefusalIsToldThoughAnotherCallRings(t *testing.T) {
	s, _ := ringsNow(t, alsoRung("other", cyd), rung(false))
	s.engine.fail = &engine.Error{Op: "accept", Err: engine.ErrExpired}
	test.Tap(s.ui.pages.ring.own.accept)
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.expired") {
		t.Errorf("the notice (%t) says %q", n.box.Visible(), n.title.Text)
	}
	if got := s.ui.pages.ring.own.name.Text; got != "Cyd" {
		t.Errorf("%s is on top", got)
	}
}

func TestDecliningTooLateNeedsNoWords(t *testing.T) {
	s, _ := ringsNow(t, rung(false))
	s.engine.fail = &engine.Error{Op: "reject", Err: engine.ErrExpired}
	test.Tap(s.ui.pages.ring.own.decline)
	s.settle()
	s.engine.take()
	if s.ui.notice.box.Visible() {
		t.Errorf("it says %q", s.ui.notice.title.Text)
	}
	s.engine.fail = nil
	nothingRings(t, s)
}
