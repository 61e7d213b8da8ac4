package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// keyboard is what a window does with the keys that none of its widgets takes. Each part may be nil.
type keyboard struct {
	key      func(*fyne.KeyEvent)
	letter   func(rune)
	down, up func(*fyne.KeyEvent)
}

// keyboardOf reads it from a window.
func keyboardOf(c fyne.Canvas) keyboard {
	k := keyboard{key: c.OnTypedKey(), letter: c.OnTypedRune()}
	if d, ok := c.(desktop.Canvas); ok {
		k.down, k.up = d.OnKeyDown(), d.OnKeyUp()
	}
	return k
}

// play gives it to a window.
func (k keyboard) play(c fyne.Canvas) {
	c.SetOnTypedKey(k.key)
	c.SetOnTypedRune(k.letter)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(k.down)
		d.SetOnKeyUp(k.up)
	}
}

// keyboard is ours, and beneath it that of another program, which gets what is not for a call.
func (u *UI) keyboard(beneath keyboard) keyboard {
	pass := func(ours bool, theirs func(*fyne.KeyEvent), k *fyne.KeyEvent) {
		if !ours && theirs != nil {
			theirs(k)
		}
	}
	return keyboard{
		key: func(k *fyne.KeyEvent) { pass(u.key(k.Name), beneath.key, k) },
		letter: func(r rune) {
			if !u.typed(r) && beneath.letter != nil {
				beneath.letter(r)
			}
		},
		down: func(k *fyne.KeyEvent) { pass(u.keyDown(k.Name), beneath.down, k) },
		up:   func(k *fyne.KeyEvent) { pass(u.keyUp(k.Name), beneath.up, k) },
	}
}

// typed, keyDown and keyUp handle letters, and keys that are held, which no widget took. They report whether a call has the keys.
func (u *UI) typed(r rune) bool {
	c := u.inCall()
	if c != nil {
		c.typed(r)
	}
	return c != nil
}

func (u *UI) keyDown(k fyne.KeyName) bool {
	c := u.inCall()
	if c != nil {
		c.keyDown(k)
	}
	return c != nil
}

func (u *UI) keyUp(k fyne.KeyName) bool {
	c := u.inCall()
	if c != nil {
		c.keyUp(k)
	}
	return c != nil
}

// inCall is the page of a call if it has the keys.
func (u *UI) inCall() *callPage {
	if u.pages == nil || u.sheet != nil || u.shown.main != viewCall || u.base.stays() && !u.shown.visible {
		return nil
	}
	return u.pages.call
}

// chords lets a window hear the shortcuts of a call that have modifiers, from wherever the keyboard is in it, or no longer.
func (u *UI) chords(c fyne.Canvas, on bool) {
	for _, s := range shortcuts {
		if !s.chord {
			continue
		}
		chord := &desktop.CustomShortcut{KeyName: s.keys[0], Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
		if on {
			c.AddShortcut(chord, func(fyne.Shortcut) { s.window(u) })
		} else {
			c.RemoveShortcut(chord)
		}
	}
}
