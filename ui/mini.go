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

// miniSize is the size of the mini window, in Fyne's units.
var miniSize = fyne.NewSize(304, 192)

// miniParams are what the mini window needs.
type miniParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Restore  func()
	Window   func() fyne.Window
}

// mini shows a call in a corner of the screen while the main window is away.
type mini struct {
	miniParams
	root        fyne.CanvasObject
	tile        *videoTile
	name, clock *widget.Label
	mic         *roundButton
	call        engine.CallState
}

func newMini(p miniParams) *mini {
	m := &mini{miniParams: p, name: text("", theme.SizeNameText, true), clock: text("", theme.SizeNameText, false)}
	m.clock.Truncation = fyne.TextTruncateOff
	m.tile = newVideoTile(p.Pump, 0)
	m.mic = newRoundButton(assets.Microphone, toneSoft, buttonSmall, "", func() { p.Commands.setMicrophone(m.call.ID, !m.call.Microphone) })
	back := newRoundButton(assets.Restore, toneSoft, buttonSmall, word("mini.restore"), p.Restore)
	leave := newRoundButton(assets.HangUp, toneRed, buttonSmall, word("call.hangup"), func() { p.Commands.hangUp(m.call.ID) })
	head := newPanel(colorGlass, "", 0, inset(-5, -5, 2, 2, container.NewBorder(nil, nil, nil, m.clock, m.name)))
	head.radius = 0
	drag := newHandleBar(p.Window, m.tile, p.Restore)
	buttons := container.NewHBox(layout.NewSpacer(), m.mic, back, leave, layout.NewSpacer())
	m.root = container.NewThemeOverride(container.NewStack(drag, container.NewBorder(head, inset(0, 10, 0, 0, buttons), nil, nil)), look{choice: darkTheme})
	return m
}

// update shows a call.
func (m *mini) update(c engine.CallState, me engine.User) {
	m.call = c
	h := m.Calls(c.ID)
	var with []engine.User
	for _, u := range c.Members {
		with = append(with, u.User)
	}
	if len(c.Members) > 0 {
		m.tile.follow(c.ID, h, c.Members[0].User, c.Members[0].Camera, false)
	} else {
		with = waitingUsers(c)
		if len(with) > 0 {
			m.tile.unfollow()
			m.tile.show(with[0], false)
		}
	}
	say(m.name, called(with, engine.User{}))
	switch {
	case rings(c):
		say(m.clock, callingWords(c))
	case c.Phase == engine.Joining:
		say(m.clock, word("call.connecting"))
	case c.Phase == engine.Rejoining:
		say(m.clock, word("call.reconnecting"))
	default:
		say(m.clock, lasting(m.Now().Sub(c.Since)))
	}
	if c.Microphone {
		m.mic.set(assets.Microphone, toneSoft, word("call.mute"))
	} else {
		m.mic.set(assets.MicrophoneOff, toneOff, word("call.unmute"))
	}
}

// look says whether the window can be seen.
func (m *mini) look(on bool) {
	m.tile.look(on)
	if !on {
		m.tile.unfollow()
	}
}
