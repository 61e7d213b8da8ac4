package ui

import (
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

func TestNoTwoShortcutsShareAKey(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, s := range shortcuts {
		for _, k := range s.keys {
			name := string(k)
			if s.chord {
				name = "chord " + name
			}
			if seen[name] != "" {
				t.Errorf("%s is of %s and of %s", name, seen[name], s.what)
			}
			seen[name] = s.what
		}
		if s.do == nil && s.button == "" && s.window == nil && s.what != "shortcut.talk" {
			t.Errorf("%s does nothing", s.what)
		}
	}
}

func TestListOfShortcuts(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.ui.typed('?')
	s.settle()
	if s.ui.sheet == nil {
		t.Fatal("? shows nothing")
	}
	seen := s.read()
	for _, one := range shortcuts {
		if !seen[one.words()] || !seen[word(one.what)] {
			t.Errorf("%s is missing", one.what)
		}
	}
	s.key(fyne.KeyEscape)
	s.key(fyne.KeyF1)
	if s.ui.sheet == nil {
		t.Error("F1 shows nothing")
	}
}

// docs/guide.md lists the keys of a call as they are.
func TestShortcutsOfTheGuide(t *testing.T) {
	speakEnglish(t)
	page, err := os.ReadFile("../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("| Key in a call | |\n|---|---|\n")
	for _, s := range shortcuts {
		want.WriteString("| " + s.words() + " | " + word(s.what) + " |\n")
	}
	if !strings.Contains(string(page), want.String()) {
		t.Errorf("the table of the guide should be:\n%s", want.String())
	}
}

// framed shows a call in a window of its own for a picture.
func framed(t *testing.T, size fyne.Size, config func(*Config), change ...func(*engine.CallState)) *stage {
	t.Helper()
	s := newStageOn(t, nil, func(p *Params) {
		if config != nil {
			config(&p.Config)
		}
		p.Size = size
	})
	still := func(c *engine.CallState) { // no picture of anybody, whose coming would depend on the machine
		c.Camera = false
		for i := range c.Members {
			c.Members[i].Camera = false
		}
	}
	s.enter(world(inCall(append([]func(*engine.CallState){still}, change...)...)))
	s.ui.main.Resize(size)
	s.settle()
	return s
}
