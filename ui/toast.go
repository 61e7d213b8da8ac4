package ui

import (
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// How long a message is shown over the pictures, and how much of it.
const (
	toastTime  = 6 * time.Second
	toastWidth = 320
)

// toast tells of a message while the chat is closed. A click opens the chat.
type toast struct {
	now   func() time.Time
	root  *panel
	words *widget.Label
	told  engine.MessageID
	until time.Time
}

func newToast(now func() time.Time, open func()) *toast {
	t := &toast{now: now, words: text("", theme.SizeNameText, false)}
	icon := widget.NewIcon(tinted(assets.Message, darkPalette.accent))
	row := newBorder(nil, nil, inset(0, 0, 10, 0, container.NewCenter(icon)), nil, container.New(wide(toastWidth), t.words))
	t.root = newPanel(colorCard, colorLine, 4, newTapArea(row, func() {
		t.hide()
		open()
	}))
	t.root.Hide()
	return t
}

// tick shows the newest message that nobody has looked at, once.
func (t *toast) tick(s *sidePanel) {
	m, fresh := s.chat.newest()
	switch {
	case !fresh || s.shows(tabChat):
		t.hide()
	case m.ID != t.told:
		t.told, t.until = m.ID, t.now().Add(toastTime)
		say(t.words, word("chat.toast", fill{"Name": oneLine(shown(m.From), maxOther), "Text": oneLine(m.Text, maxData)}))
		reveal(t.root, true)
	case !t.now().Before(t.until):
		t.hide()
	}
}

func (t *toast) hide() { visible(t.root, false) }
