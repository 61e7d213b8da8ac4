package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

// questionWidth is the width of a question, in Fyne's units.
const questionWidth = 420

// question is what a person is asked before something is done that hurts.
type question struct {
	Title, Text string
	Yes, No     string
	Act         func()                        // what Yes does
	Now         func(*engine.Snapshot) string // the text as things stand, and empty when there is nothing to ask any more; may be nil
	Closed      func()                        // however it went, before Act; may be nil
	Modal       bool                          // a click beside it does not answer it
}

// confirm lays a question over the main window, in place of what lay there. Return and Escape mean no.
func (u *UI) confirm(q question) {
	u.closeSheet()
	title := text(q.Title, theme.SizeNameSubHeadingText, true)
	body := note(q.Text)
	yes := newButton(q.Yes, func() {
		u.closeSheet()
		q.Act()
	})
	yes.Importance = widget.DangerImportance
	no := newButton(q.No, u.closeSheet)
	content := inset(10, 12, 14, 14, container.New(column{width: math.MaxFloat32, gap: 10}, title, body, container.NewGridWithColumns(2, no, yes)))
	content.Resize(fyne.NewSize(questionWidth, 0)) // so that the text knows how many lines it takes
	u.openSheet(u.store.Settings().Theme, fyne.NewSize(questionWidth, content.MinSize().Height+2), content, q.Closed)
	u.sheet.modal = q.Modal
	if q.Now != nil {
		u.sheet.update = func(s *engine.Snapshot) {
			if now := q.Now(s); now != "" {
				say(body, now)
			} else {
				u.closeSheet()
			}
		}
	}
	u.main.Canvas().Focus(no)
}
