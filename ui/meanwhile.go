package ui

import (
	"context"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// Calling somebody while another call goes on: a person says what becomes of that one.

// meanwhileWidth is the width of the question, in Fyne's units.
const meanwhileWidth = 420

// starter makes a call; now says what becomes of the one that goes on.
type starter func(ctx context.Context, b backend, now engine.Current) error

// place calls people. While we are in a call it asks first.
func (u *UI) place(to []engine.UserID, start starter) {
	run := func(now engine.Current) {
		u.act("invite", func(ctx context.Context, b backend) error { return start(ctx, b, now) })
	}
	s := u.snapshot()
	if s == nil {
		return
	}
	c, busy := current(s)
	if !busy || c.Held {
		run(engine.HoldCurrent) // what is on hold stays so
		return
	}
	inside := insiders(c)
	outside := slices.DeleteFunc(slices.Clone(to), func(id engine.UserID) bool { return slices.Contains(inside, id) })
	u.show()
	if len(outside) == 0 { // they are in it
		return
	}
	who := named(s, outside)
	m := meanwhile{text: word("meanwhile.text", fill{"Name": called(who, engine.User{})}), run: run}
	if c.CanAdd && len(insiders(c))+len(who) <= maxOthers {
		m.add = func() { u.inviteInto(c.ID, outside...) }
	}
	u.ask(c, m)
}

// named finds the names of people.
func named(s *engine.Snapshot, ids []engine.UserID) []engine.User {
	names := make(map[engine.UserID]string, len(s.People))
	for _, p := range s.People {
		names[p.ID] = p.Name
	}
	out := make([]engine.User, 0, len(ids))
	for _, id := range ids {
		out = append(out, engine.User{ID: id, Name: names[id]})
	}
	return out
}

// meanwhile is what a person wants while a call goes on.
type meanwhile struct {
	text string // asks how
	add  func() // puts it into the call that goes on; nil: it cannot be
	run  func(now engine.Current)
}

// ask asks how to do something while c goes on: in it, or beside it, or instead of it.
func (u *UI) ask(c engine.CallState, m meanwhile) {
	if u.sheet != nil {
		return
	}
	button := func(s assets.Symbol, label string, do func()) *pushButton {
		return newIconButton(label, symbol(s), func() {
			u.closeSheet()
			do()
		})
	}
	var buttons []fyne.CanvasObject
	if m.add != nil {
		buttons = append(buttons, button(assets.Invite, word("picker.join"), m.add))
	}
	if !rings(c) {
		buttons = append(buttons, button(assets.Hold, word("meanwhile.hold"), func() { m.run(engine.HoldCurrent) }))
	}
	buttons = append(buttons, button(assets.HangUp, word("meanwhile.end"), func() { m.run(engine.EndCurrent) }))
	buttons[0].(*pushButton).Importance = widget.HighImportance
	away := newButton(word("meanwhile.cancel"), u.closeSheet)
	away.Importance = widget.LowImportance

	title := text(word("meanwhile.title", fill{"Name": called(users(c), engine.User{})}), theme.SizeNameSubHeadingText, true)
	body := note(m.text)
	list := container.New(column{width: math.MaxFloat32, gap: 8}, append([]fyne.CanvasObject{title, body}, append(buttons, away)...)...)
	content := inset(10, 10, 14, 14, list)
	content.Resize(fyne.NewSize(meanwhileWidth, 0)) // so that the text knows how many lines it takes
	u.openSheet(profile.DarkTheme, fyne.NewSize(meanwhileWidth, content.MinSize().Height+2), content, nil)
	u.sheet.update = func(s *engine.Snapshot) {
		if now, busy := current(s); !busy || now.ID != c.ID {
			u.closeSheet()
		}
	}
	u.main.Canvas().Focus(buttons[0].(*pushButton))
}
