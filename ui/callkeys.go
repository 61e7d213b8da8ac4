package ui

import (
	"slices"

	"fyne.io/fyne/v2"
)

// key handles the shortcuts of a call. It reports whether it did.
func (c *callPage) key(k fyne.KeyName) bool {
	c.moved()
	if k == fyne.KeyEscape && c.Menu.root.Visible() {
		c.Menu.hide()
		return true
	}
	for _, s := range shortcuts {
		if s.chord {
			continue
		}
		if slices.Contains(s.keys, k) {
			return c.shortcut(s)
		}
	}
	return false
}

// typed handles a letter that is a shortcut wherever its key is.
func (c *callPage) typed(r rune) {
	for _, s := range shortcuts {
		if s.typed == r {
			c.shortcut(s)
		}
	}
}

// shortcut does what a shortcut says. It reports whether there was anything to do.
func (c *callPage) shortcut(s shortcut) bool {
	do := func() { c.controls.press(s.button) }
	switch {
	case s.do != nil:
		do = func() { s.do(c) }
	case s.button == "":
		return false
	}
	if s.later {
		c.Later(do)
	} else {
		do()
	}
	return true
}

// keyDown and keyUp are of push-to-talk. Tab, which goes to the buttons, shows them before: it does not reach what is hidden.
func (c *callPage) keyDown(k fyne.KeyName) {
	if k == fyne.KeyTab {
		c.moved()
	}
	if k == fyne.KeySpace && c.talk == resting && c.hasKeys() {
		if c.talk = c.talk.press(c.call); c.talk != resting {
			c.Room.talk(c.call.ID, true)
		}
	}
}

func (c *callPage) keyUp(k fyne.KeyName) {
	if k == fyne.KeySpace {
		c.talkEnds()
	}
}

// talkEnds mutes us if the space bar had unmuted us.
func (c *callPage) talkEnds() {
	if c.talk != resting {
		c.talk = resting
		c.Room.talk(c.call.ID, false)
	}
}

func (c *callPage) leaveFullscreen() {
	if c.Full() {
		c.Commands.toggleFullscreen()
	}
}
