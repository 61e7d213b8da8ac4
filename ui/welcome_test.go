package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
)

func (s *stage) wantProgram(asked ...string) {
	s.t.Helper()
	if got := s.program.take(); !slices.Equal(got, asked) {
		s.t.Errorf("the program was asked for %q, want %q", got, asked)
	}
}

func TestStartHere(t *testing.T) {
	s := newStage(t)
	w := s.ui.welcome
	if s.ui.main.Canvas().Focused() != w.name {
		t.Error("the first start does not begin with the name")
	}
	test.Tap(w.start)
	if !strings.Contains(w.problem.Text, "name") || !w.problem.Visible() || s.ui.main.Canvas().Focused() != w.name {
		t.Errorf("without a name it says %q", w.problem.Text)
	}
	w.name.SetText("  Ana ")
	s.program.wait = make(chan struct{})
	w.name.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !w.start.Disabled() || !w.busy.Visible() || w.problem.Visible() {
		t.Error("it does not show that it works")
	}
	close(s.program.wait)
	s.settle()
	s.wantProgram("start Ana")
	if w.start.Disabled() || w.busy.Visible() {
		t.Error("it is stuck")
	}
}

func TestJoin(t *testing.T) {
	s := newStage(t)
	s.program.found = [][2]string{{"Bob's computer", "10.0.0.2:4455"}, {"", "10.0.0.3:4455"}, {"Bob's computer", "10.0.0.2:4455"}}
	w := s.ui.welcome
	w.name.SetText("Ana")
	test.Tap(w.toJoin)
	s.until(t, func() string {
		if len(w.found.Objects) != 2 {
			return "the two switchboards of the network were not found"
		}
		return ""
	})
	if w.looking.Visible() || w.known["10.0.0.3:4455"].Text != "10.0.0.3:4455" {
		t.Error("what was found is not shown as it should be")
	}
	test.Tap(w.enter)
	if w.problem.Text != word("join.address.missing") {
		t.Errorf("without an address it says %q", w.problem.Text)
	}

	s.program.fail = &engine.Error{Op: "join", Err: engine.ErrJoinCode}
	w.address.SetText(" host:1 ")
	w.address.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.wantProgram(`join Ana at host:1 with ""`)
	if !w.code.Visible() || !strings.Contains(w.problem.Text, word("error.title.join-code")) {
		t.Errorf("a missing code is explained as %q", w.problem.Text)
	}
	w.code.SetText("secret")
	s.program.fail = nil
	w.code.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.wantProgram(`join Ana at host:1 with "secret"`)

	test.Tap(w.known["10.0.0.2:4455"])
	s.settle()
	s.wantProgram(`join Ana at 10.0.0.2:4455 with "secret"`)
}

// TestJoinAsOneMoreDevice checks that a person whose name is taken, by himself, finds the way in.
func TestJoinAsOneMoreDevice(t *testing.T) {
	s := newStage(t)
	w := s.ui.welcome
	w.name.SetText("Ana")
	test.Tap(w.toJoin)
	if w.twin.Visible() {
		t.Error("a code is asked for that most people do not have")
	}
	w.address.SetText("host:1")
	for _, tt := range []struct {
		err   error
		focus fyne.Focusable
	}{{engine.ErrNameTaken, w.name}, {engine.ErrDeviceCode, w.device}} {
		s.program.fail = &engine.Error{Op: "join", Err: tt.err}
		test.Tap(w.enter)
		s.settle()
		if !w.twin.Visible() || s.ui.main.Canvas().Focused() != tt.focus || !strings.Contains(w.problem.Text, word("error.title."+engine.Code(tt.err))) {
			t.Errorf("%v: it says %q", tt.err, w.problem.Text)
		}
		w.device.SetText(" k7pm-x2qw ")
	}
	s.program.take()
	s.program.fail = nil
	w.device.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.wantProgram(`join Ana at host:1 with "" and device code "k7pm-x2qw"`)
	if w.twin.Visible() || !w.greeting.Visible() || w.device.Text != "" {
		t.Error("the next one is asked for a code, too")
	}
}

func TestSearchEndsWithThePage(t *testing.T) {
	s := newStage(t)
	w := s.ui.welcome
	test.Tap(w.toJoin)
	searching := func(n int) {
		t.Helper()
		s.until(t, func() string {
			if s.program.searches() != n {
				return "the network is searched when it should not be, or not when it should"
			}
			return ""
		})
	}
	searching(1)
	w.goBack()
	searching(0)
	if w.join.Visible() || !w.choose.Visible() {
		t.Error("Back does not lead to the choice")
	}
	test.Tap(w.toJoin)
	searching(1)
	s.enter(world())
	searching(0)
}

func TestFoundSwitchboardsAreBounded(t *testing.T) {
	s := newStage(t)
	for i := range 3 * maxFound {
		s.ui.welcome.add("flood", strings.Repeat("x", i+1))
	}
	if n := len(s.ui.welcome.found.Objects); n != maxFound {
		t.Errorf("%d switchboards are listed, want at most %d", n, maxFound)
	}
}

func TestChangingTheSwitchboardCanBeLeft(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.openSettings()
	s.ui.chooseSwitchboard()
	if s.ui.shown.main != viewWelcome || !s.ui.welcome.back.Visible() {
		t.Fatal("there is no way back")
	}
	s.key(fyne.KeyEscape)
	if s.ui.shown.main != viewHome {
		t.Error("Escape does not lead back")
	}
}
