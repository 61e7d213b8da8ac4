package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// strip tells of the calls that wait beside what is shown, a line each, with the ways back to them.
type strip struct {
	commands callCommands
	now      func() time.Time
	swap     bool   // it is on the page of a call
	back     string // what the way back is called
	mark     assets.Symbol
	root     *fyne.Container
	lines    []*stripLine // at least as many as calls; the rest is hidden
}

// newStrip makes a strip for a page of another call, where going on with one of them means to swap, or for one without a call.
func newStrip(commands callCommands, now func() time.Time, swap bool) *strip {
	s := &strip{commands: commands, now: now, swap: swap, back: word("call.resume"), mark: assets.Resume, root: container.New(layout.NewCustomPaddedVBoxLayout(8))}
	if swap {
		s.back, s.mark = word("call.swap"), assets.Swap
	}
	s.root.Hide()
	return s
}

// show tells of these calls, and of none if there are none.
func (s *strip) show(calls []engine.CallState) {
	for len(s.lines) < len(calls) {
		l := newStripLine(s)
		if s.swap {
			colour(l.root, darkTheme)
		}
		s.lines = append(s.lines, l)
		s.root.Add(l.root)
	}
	for i, l := range s.lines {
		visible(l.root, i < len(calls))
		if i < len(calls) {
			l.show(calls[i], s.now())
		}
	}
	visible(s.root, len(calls) > 0)
}

// first goes on with the first of the calls, if there is one.
func (s *strip) first() {
	if s.root.Visible() {
		s.commands.goOn(s.lines[0].call)
	}
}

// stripLine is one call.
type stripLine struct {
	root     *panel
	call     engine.CallID
	portrait *avatar
	words    *widget.Label
	clock    *widget.Label
	back     *pushButton
	leave    *roundButton
}

func newStripLine(s *strip) *stripLine {
	l := &stripLine{portrait: newAvatar(30), words: text("", theme.SizeNameText, true), clock: text("", theme.SizeNameText, false)}
	l.clock.Truncation = fyne.TextTruncateOff
	l.back = newIconButton(s.back, symbol(s.mark), func() { s.commands.goOn(l.call) })
	l.back.Importance = widget.HighImportance
	l.leave = newRoundButton(assets.HangUp, toneRed, 34, word("call.hangup"), func() { s.commands.hangUp(l.call) })
	buttons := container.NewHBox(l.clock, container.NewCenter(l.back), inset(0, 0, 2, 0, container.NewCenter(l.leave)))
	l.root = newPanel(colorCard, colorLine, 6, newBorder(nil, nil, container.NewCenter(inset(0, 0, 6, 0, l.portrait)), buttons, l.words))
	return l
}

func (l *stripLine) show(c engine.CallState, now time.Time) {
	l.call = c.ID
	with := users(c)
	if len(with) > 0 {
		l.portrait.show(with[0], "")
	}
	name := called(with, engine.User{})
	if c.Held {
		say(l.words, word("call.held.line", fill{"Name": name}))
	} else {
		say(l.words, name)
	}
	switch {
	case rings(c):
		say(l.clock, callingBriefly(c))
	case c.Since.IsZero():
		say(l.clock, word("call.connecting"))
	default:
		say(l.clock, lasting(now.Sub(c.Since)))
	}
}
