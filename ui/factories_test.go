package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parley-calls/parley/engine"
)

// The kinds of calls are the kit's.
func TestFactories(t *testing.T) {
	for name, c := range map[string]struct {
		config              Config
		voice, light, hides bool
		buttons             int
	}{
		"one on one, video": {OneOnOneVideo(), false, true, true, 5},
		"one on one, voice": {OneOnOneVoice(), true, true, true, 3},
		"group, video":      {GroupVideo(), false, false, false, 5},
		"group, voice":      {GroupVoice(), true, false, false, 3},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.config
			if got.Joining.Voice != c.voice || got.BottomBar.Light != c.light || got.TopBar.Hide != c.hides || len(got.BottomBar.Buttons) != c.buttons || got.Scene.FillPictures != c.light {
				t.Errorf("%+v", got)
			}
			o := got.Joining.options()
			if o.Video == c.voice || *o.Camera == c.voice || !*o.Microphone || o.Open == nil {
				t.Errorf("it is entered with %+v", o)
			}
			s := configured(t, func(f *Config) { *f = got })
			s.show(world(inCall()))
			if !sees(s.ui.pages.call.root, s.ui.pages.call.bars.bottom.root) {
				t.Error("it has no buttons")
			}
		})
	}
}

// Each call can have a look of its own, and what a program puts behind and over it.
func TestEachCallAsRequired(t *testing.T) {
	var made []fyne.CanvasObject
	build := func(i engine.CallInfo) fyne.CanvasObject {
		made = append(made, canvas.NewText(string(i.Call), nil))
		return made[len(made)-1]
	}
	s := configured(t, func(c *Config) {
		c.Require = func(i engine.CallInfo) Config {
			if i.Group() {
				return GroupVideo()
			}
			return Config{Foreground: build, Background: build, BottomBar: BarConfig{Buttons: []Button{ButtonHangUp}}}
		}
	})
	s.show(world(inCall(func(c *engine.CallState) { c.Initiator = ana })))
	first := s.ui.pages.call
	if len(made) != 2 || !sees(first.root, made[0]) || !sees(first.root, made[1]) || len(first.Config.BottomBar.Buttons) != 1 {
		t.Errorf("the program made %d parts", len(made))
	}
	s.ui.applyNow()
	if len(made) != 2 || s.ui.pages.call != first {
		t.Error("they are made again for the same call")
	}
	s.show(world())
	s.show(world(inCall(func(c *engine.CallState) {
		c.ID, c.Initiator = "second", ana
		c.Members = append(c.Members, engine.Member{User: cyd})
	})))
	if second := s.ui.pages.call; second == first || len(second.Config.BottomBar.Buttons) != 5 || sees(second.root, made[0]) {
		t.Error("the second call looks like the first")
	}
	s.show(world())
	if s.engine.watching(bob.ID) != 0 {
		t.Error("somebody is still watched")
	}
}
