package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

func TestStepsOfPushToTalk(t *testing.T) {
	t.Parallel()
	muted, on := engine.CallState{Phase: engine.Live}, engine.CallState{Phase: engine.Live, Microphone: true}
	for _, c := range []struct {
		what      string
		got, want talk
	}{
		{"pressed", resting.press(muted), opening},
		{"pressed while not muted", resting.press(on), resting},
		{"pressed on hold", resting.press(engine.CallState{Phase: engine.Live, Held: true}), resting},
		{"pressed while connecting", resting.press(engine.CallState{Phase: engine.Joining}), resting},
		{"pressed twice", talking.press(on), talking},
		{"not on yet", opening.follow(muted), opening},
		{"on", opening.follow(on), talking},
		{"switched off by somebody else", talking.follow(muted), resting},
		{"switched on by somebody else", resting.follow(on), resting},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
}

func muted(c *engine.CallState) { c.Microphone = false }

func TestPushToTalk(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(muted)))
	s.ui.front = true
	space := func(down bool) {
		if down {
			s.ui.keyDown(fyne.KeySpace)
		} else {
			s.ui.keyUp(fyne.KeySpace)
		}
		s.settle()
	}
	space(true)
	s.want("microphone call true")
	s.show(world(inCall()))
	space(false)
	s.want("microphone call false")

	s.show(world(inCall())) // not muted at the start
	space(true)
	space(false)
	s.want()

	s.show(world(inCall(muted))) // a moderator mutes while it is held
	space(true)
	s.show(world(inCall()))
	s.show(world(inCall(muted)))
	space(false)
	s.want("microphone call true")
	s.show(world(inCall()))
	s.show(world(inCall(muted)))
	s.want()
}

func TestPushToTalkEndsWithTheKeyboard(t *testing.T) {
	for name, lose := range map[string]func(s *stage){
		"another widget takes the keyboard": func(s *stage) { s.ui.main.Canvas().Focus(s.ui.pages.call.bars.bottom.button(ButtonMicrophone)) },
		"another window":                    func(s *stage) { s.ui.setFront(false) },
		"a sheet":                           func(s *stage) { s.ui.openSheet("", fyne.NewSize(200, 100), widget.NewLabel(""), nil) },
		"the call is put away":              func(s *stage) { s.ui.putAway() },
		"the call ends":                     func(s *stage) { s.show(world()) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.enter(world(inCall(muted)))
			s.ui.front = true
			s.ui.keyDown(fyne.KeySpace)
			s.settle()
			s.show(world(inCall()))
			s.want("microphone call true")
			lose(s)
			s.settle()
			s.pass(0)
			s.settle()
			s.want("microphone call false")
		})
	}
}

// The microphone is off at the end also if the key is let go before the command that switched it on is through.
func TestPushToTalkReleasedAtOnce(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(muted)))
	s.ui.front = true
	gate := make(chan struct{})
	s.engine.wait = gate
	s.ui.keyDown(fyne.KeySpace)
	s.ui.keyUp(fyne.KeySpace)
	close(gate)
	s.settle()
	s.want("microphone call true", "microphone call false")
}
