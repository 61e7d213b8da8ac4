package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func TestMiniSaysWhatTheMainWindowWould(t *testing.T) {
	s, m := minimized(t)
	expect := func(want string) {
		t.Helper()
		if got := m.news.words.Text; m.news.Visible() != (want != "") || want != "" && got != want {
			t.Errorf("it says (%t) %q, want %q", m.news.Visible(), got, want)
		}
	}
	expect("")
	free := m.tile.covered.top
	s.engine.emit(engine.Event{Type: engine.DeviceMoved, Call: "call", Kind: media.MicrophoneDevice, Data: "Headset", Label: "Desk"})
	s.settle()
	expect("Headset was unplugged. You are heard through Desk now.")
	if m.tile.covered.top <= free {
		t.Error("it lies over the words of the picture")
	}
	if head, news := boxOf(m.head), boxOf(m.news); news.y < head.y+head.h || news.w > m.root.Size().Width {
		t.Errorf("it is at %v, below %v", news, head)
	}
	s.pass(tellTime)
	expect("")
	if m.tile.covered.top != free {
		t.Error("its room stays taken")
	}

	asked := engine.Asked{By: bob, Microphone: true}
	s.show(world(inCall(func(c *engine.CallState) { c.Microphone, c.Asked = false, asked })))
	expect(askedWords(asked))
	s.show(world(inCall()))
	expect("")
}

// The picture of who is in the mini window can be a program's own, in a call, while it rings and when it has ended.
func TestMiniWithAvatarsOfAProgram(t *testing.T) {
	made := map[engine.UserID]fyne.CanvasObject{}
	s := configured(t, func(c *Config) {
		c.Mini.Avatar = func(u engine.User, size float32) fyne.CanvasObject {
			made[u.ID] = newSurface(colorCard)
			return made[u.ID]
		}
	})
	silent := func(c *engine.CallState) { c.Members[0].Camera = false }
	s.enter(world(inCall(silent)))
	s.ui.Minimize()
	s.settle()
	m := s.ui.pages.mini
	if o := made[bob.ID]; o == nil || m.tile.parts.avatar != o || m.tile.portrait.Visible() || !o.Visible() {
		t.Errorf("%v is in place of the avatar, which is there: %t", o, m.tile.portrait.Visible())
	}
	if s.settle(); len(made) != 1 {
		t.Errorf("made are %v", made)
	}
	s.show(world(over(s.ended(engine.RemoteHangUp))))
	if !m.tile.parts.avatar.Visible() {
		t.Error("it is gone while the end is told")
	}
}
