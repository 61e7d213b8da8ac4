package ui

import "fyne.io/fyne/v2/driver/desktop"

// attended is whether the pointer is over a widget, or the keyboard is on it. A widget that looks another way then embeds it; changed is told.
type attended struct {
	hovered, focused bool
	changed          func()
}

// MouseIn implements [desktop.Hoverable].
func (a *attended) MouseIn(*desktop.MouseEvent) {
	a.hovered = true
	a.changed()
}

// MouseMoved implements [desktop.Hoverable].
func (a *attended) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (a *attended) MouseOut() {
	a.hovered = false
	a.changed()
}

// FocusGained implements [fyne.Focusable].
func (a *attended) FocusGained() {
	a.focused = true
	a.changed()
}

// FocusLost implements [fyne.Focusable].
func (a *attended) FocusLost() {
	a.focused = false
	a.changed()
}

// TypedRune implements [fyne.Focusable].
func (a *attended) TypedRune(rune) {}
