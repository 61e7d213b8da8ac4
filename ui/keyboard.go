package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
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

// typeShortcut gives a window a shortcut that a widget in it does not want. A variable, because Fyne's canvas for tests hides what it does
// with shortcuts.
var typeShortcut = func(c fyne.Canvas, s fyne.Shortcut) {
	if taker, ok := c.(fyne.Shortcutable); ok {
		taker.TypedShortcut(s)
	}
}

// passOn gives the window of o, which has the keyboard, a shortcut that is not of text: Fyne gives a window only those that come while
// nothing in it takes shortcuts. It reports whether it did.
func passOn(o fyne.CanvasObject, s fyne.Shortcut) bool {
	c, custom := s.(*desktop.CustomShortcut)
	if !custom {
		return false
	}
	switch c.KeyName {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete: // of words
		return false
	}
	if window := fyne.CurrentApp().Driver().CanvasForObject(o); window != nil {
		typeShortcut(window, s)
	}
	return true
}

// textEntry is an entry in a window with shortcuts.
type textEntry struct{ widget.Entry }

func newTextEntry() *textEntry {
	e := &textEntry{}
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *textEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		passKey(e, k)
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut implements [fyne.Shortcutable].
func (e *textEntry) TypedShortcut(s fyne.Shortcut) {
	if !passOn(e, s) {
		e.Entry.TypedShortcut(s)
	}
}

// keyboard is that of a window of ours.
func (u *UI) keyboard() keyboard {
	return keyboard{
		key: func(k *fyne.KeyEvent) { u.key(k.Name) }, letter: func(r rune) { u.typed(r) },
		down: func(k *fyne.KeyEvent) { u.keyDown(k.Name) }, up: func(k *fyne.KeyEvent) { u.keyUp(k.Name) },
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

// chords lets a window hear the shortcuts of a call that have modifiers, from wherever the keyboard is in it, or no longer: then it does
// before on them, if that is not nil.
func (u *UI) chords(c fyne.Canvas, on bool, before func(fyne.Shortcut)) {
	for _, s := range shortcuts {
		if !s.chord {
			continue
		}
		chord := &desktop.CustomShortcut{KeyName: s.keys[0], Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
		switch {
		case on:
			c.AddShortcut(chord, func(fyne.Shortcut) { s.window(u) })
		case before != nil:
			c.AddShortcut(chord, before)
		default:
			c.RemoveShortcut(chord)
		}
	}
}
