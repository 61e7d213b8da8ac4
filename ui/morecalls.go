package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

// moreCalls says above a call who else calls, and brings the next one to the top.
type moreCalls struct {
	root  *fyne.Container
	words *widget.Label
	next  engine.InvitationID
}

func newMoreCalls(bring func(engine.InvitationID)) *moreCalls {
	m := &moreCalls{words: text("", theme.SizeNameText, false)}
	button := newButton(word("incoming.more.show"), func() { bring(m.next) })
	button.Importance = widget.LowImportance
	m.root = container.NewStack(newPanel(colorTinted, "", 0, inset(-2, -2, 4, 2, newBorder(nil, nil, nil, button, m.words))))
	m.root.Hide()
	return m
}

func (m *moreCalls) show(others []engine.Incoming) {
	visible(m.root, len(others) > 0)
	if len(others) == 0 {
		return
	}
	m.next = others[0].ID
	from := make([]engine.User, 0, len(others))
	for _, in := range others {
		from = append(from, in.From)
	}
	say(m.words, word("incoming.more", fill{"Count": len(others), "Names": someOf(from)}))
}
