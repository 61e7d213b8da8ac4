package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// chatRows is how many lines the field for a message grows to.
const chatRows = 4

// chatInput is the field for a message. Enter sends it, Shift+Enter begins a line, Escape gives the keyboard back to the call.
type chatInput struct {
	widget.Entry
	canvas func() fyne.Canvas
	send   func()
	grown  func() // it takes more lines, or fewer
	lines  int
	shift  bool
	gauge  *widget.Label // knows how many lines a text takes
}

// inputFrame is how much narrower the text in a field is than that of a label of the same width: the frame and the scroll bar.
const inputFrame = 12

var _ fyne.Shortcutable = (*chatInput)(nil)

func newChatInput(canvas func() fyne.Canvas, send, grown func()) *chatInput {
	e := &chatInput{canvas: canvas, send: send, grown: grown, lines: 1, gauge: widget.NewLabel("")}
	e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
	e.gauge.Wrapping = fyne.TextWrapWord
	e.ExtendBaseWidget(e)
	e.SetMinRowsVisible(1)
	return e
}

// measure gives the field the height that its text needs.
func (e *chatInput) measure() {
	e.gauge.SetText(" ")
	one := e.gauge.MinSize().Height
	e.gauge.SetText(e.Text)
	e.gauge.Resize(fyne.NewSize(max(40, e.Size().Width-inputFrame), 0))
	line := fyne.MeasureText(" ", theme.SizeForWidget(theme.SizeNameText, e), fyne.TextStyle{}).Height
	lines := min(chatRows, 1+int((e.gauge.MinSize().Height-one)/line+0.5))
	if strings.TrimRight(e.Text, "\n") == "" {
		lines = min(chatRows, 1+strings.Count(e.Text, "\n"))
	}
	if lines != e.lines {
		e.lines = lines
		e.SetMinRowsVisible(lines)
		e.grown()
	}
}

// KeyDown implements [desktop.Keyable].
func (e *chatInput) KeyDown(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		e.shift = true
	}
	e.Entry.KeyDown(k)
}

// KeyUp implements [desktop.Keyable].
func (e *chatInput) KeyUp(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		e.shift = false
	}
	e.Entry.KeyUp(k)
}

// FocusLost implements [fyne.Focusable].
func (e *chatInput) FocusLost() {
	e.shift = false
	e.Entry.FocusLost()
}

// TypedKey implements [fyne.Focusable].
func (e *chatInput) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if !e.shift {
			e.send()
			return
		}
	case fyne.KeyEscape:
		e.canvas().Unfocus()
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut implements [fyne.Shortcutable].
func (e *chatInput) TypedShortcut(s fyne.Shortcut) {
	if !passOn(e, s) {
		e.Entry.TypedShortcut(s)
	}
}
