package ui

import (
	"slices"

	"fyne.io/fyne/v2"
)

// guestKeys are the keys of a window of another program in which guests live. Each guest has them while it shows a call, the newest of
// several before the others, and the window has what none of them takes; in whatever order they go, what is left is as if the others had
// never been.
type guestKeys struct {
	window fyne.Window
	theirs keyboard
	chord  func(fyne.Shortcut) // what the window did on the keys of hanging up; nil: nothing
	guests []*guest            // the newest last
}

// keysOfWindows are those of all windows with guests. It belongs to Fyne's goroutine.
var keysOfWindows = map[fyne.Window]*guestKeys{}

// keysFor gives a guest its part of the keys of its window.
func keysFor(g *guest) *guestKeys {
	k := keysOfWindows[g.Window]
	if k == nil {
		k = &guestKeys{window: g.Window, theirs: keyboardOf(g.Window.Canvas())}
		keysOfWindows[g.Window] = k
	}
	if k.chord == nil {
		k.chord = g.Chord
	}
	k.guests = append(k.guests, g)
	k.keyboard().play(g.Window.Canvas())
	return k
}

// leave takes a guest out, and with the last one gives the window its keys back, unless that is gone.
func (k *guestKeys) leave(g *guest, gone bool) {
	k.guests = slices.DeleteFunc(k.guests, func(o *guest) bool { return o == g })
	if len(k.guests) > 0 {
		return
	}
	delete(keysOfWindows, k.window)
	if !gone {
		k.theirs.play(k.window.Canvas())
	}
}

// keyboard asks the guests before the window.
func (k *guestKeys) keyboard() keyboard {
	pass := func(ours func(*UI, fyne.KeyName) bool, theirs func(*fyne.KeyEvent)) func(*fyne.KeyEvent) {
		return func(e *fyne.KeyEvent) {
			if !k.takes(func(u *UI) bool { return ours(u, e.Name) }) && theirs != nil {
				theirs(e)
			}
		}
	}
	return keyboard{
		key: pass((*UI).key, k.theirs.key), down: pass((*UI).keyDown, k.theirs.down), up: pass((*UI).keyUp, k.theirs.up),
		letter: func(r rune) {
			if !k.takes(func(u *UI) bool { return u.typed(r) }) && k.theirs.letter != nil {
				k.theirs.letter(r)
			}
		},
	}
}

// takes asks the guests, the newest first, until one takes it.
func (k *guestKeys) takes(ask func(*UI) bool) bool {
	for _, g := range slices.Backward(slices.Clone(k.guests)) { // a key may end one
		if ask(g.ui) {
			return true
		}
	}
	return false
}

// settle gives the shortcuts of a call to the newest guest that shows one, or back to the window.
func (k *guestKeys) settle() {
	for _, g := range slices.Backward(k.guests) {
		if g.called {
			g.ui.chords(k.window.Canvas(), true, nil)
			return
		}
	}
	if len(k.guests) > 0 {
		k.guests[0].ui.chords(k.window.Canvas(), false, k.chord)
	}
}
