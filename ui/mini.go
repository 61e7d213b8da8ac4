package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// miniSize is the size of the mini window, in Fyne's units.
var miniSize = fyne.NewSize(304, 192)

// What the names and the buttons cover of the picture in the mini window.
const (
	miniHead = 30
	miniFoot = 58
)

// miniParams are what the mini window needs.
type miniParams struct {
	Commands callCommands
	Answer   func(in engine.Incoming) // accepts a ring as offered
	Reject   func(id engine.InvitationID, data string)
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Config   MiniConfig
	Restore  func()
	Window   func() fyne.Window
}

// mini shows what goes on in a corner of the screen while the main window is away: a call, a call on hold, one that rings there or
// here, and for a moment why it ended.
type mini struct {
	miniParams
	root        fyne.CanvasObject
	tile        *videoTile
	name, clock *widget.Label
	head        *fyne.Container // name and clock
	buttons     *fyne.Container
	mic, resume *roundButton // of a call
	leave       *roundButton
	decline     *roundButton // of a ring here
	accept      *roundButton
	back        *roundButton
	call        engine.CallState
	ring        engine.Incoming
}

func newMini(p miniParams) *mini {
	m := &mini{miniParams: p, name: text("", theme.SizeNameText, true), clock: text("", theme.SizeNameText, false)}
	m.clock.Truncation = fyne.TextTruncateOff
	m.tile = newVideoTile(p.Pump, 0)
	m.tile.covered.top, m.tile.covered.bottom = miniHead, miniFoot
	button := func(s assets.Symbol, t tone, label string, f func()) *roundButton {
		return newRoundButton(s, t, buttonSmall, label, f)
	}
	m.mic = button(assets.Microphone, toneSoft, "", func() { p.Commands.setMicrophone(m.call.ID, !m.call.Microphone) })
	m.resume = button(assets.Resume, toneGreen, word("call.resume"), func() { p.Commands.goOn(m.call.ID) })
	m.back = button(assets.Restore, toneSoft, word("mini.restore"), p.Restore)
	m.leave = button(assets.HangUp, toneRed, word("call.hangup"), func() { p.Commands.hangUp(m.call.ID) })
	m.decline = button(assets.HangUp, toneRed, word("incoming.decline"), func() { p.Reject(m.ring.ID, "") })
	m.accept = button(assets.Phone, toneGreen, word("incoming.accept"), func() { p.Answer(m.ring) })
	m.head = container.NewBorder(nil, nil, nil, m.clock, m.name)
	head := newPanel(colorGlass, "", 0, inset(-5, -5, 2, 2, m.head))
	head.radius = 0
	drag := newHandleBar(p.Window, m.tile, p.Restore)
	row := container.NewHBox(m.decline, m.mic, m.resume, m.back, m.leave, m.accept)
	m.buttons = container.NewCenter(newPanel(colorGlass, "", 0, inset(4, 4, 4, 4, row))) // glass: a picture may be as light as they are
	m.root = container.NewThemeOverride(container.NewStack(drag, container.NewBorder(head, inset(0, 6, 0, 0, m.buttons), nil, nil)), look{choice: darkTheme})
	return m
}

// update shows what goes on.
func (m *mini) update(want showing, s *engine.Snapshot, d desk) {
	c, busy := s.Call(want.call)
	m.call, m.ring = c, engine.Incoming{}
	if want.main == viewParting {
		m.farewell(d.parting)
	} else if busy {
		m.shows(c)
	} else if in, ok := d.ring.top(s); ok {
		m.rings(in)
	}
}

// only shows these buttons and no others.
func (m *mini) only(buttons ...*roundButton) {
	changed := false
	for _, b := range []*roundButton{m.decline, m.mic, m.resume, m.back, m.leave, m.accept} {
		on := slices.Contains(buttons, b)
		changed = changed || on != b.Visible()
		visible(b, on)
	}
	visible(m.buttons, len(buttons) > 0)
	if changed {
		m.buttons.Refresh()
	}
}

// shows is for a call of ours.
func (m *mini) shows(c engine.CallState) {
	with := users(c)
	switch {
	case len(c.Members) > 0 && !c.Held:
		m.tile.follow(c.ID, m.Calls(c.ID), c.Members[0].User, c.Members[0].Camera, false)
		m.tile.tell(memberRemark(c.Members[0]))
	case len(with) > 0:
		m.tile.portray(with[0])
		m.tile.tell(remark{})
	}
	if c.Held {
		m.tile.tell(remark{words: word("call.held"), veiled: true})
	}
	say(m.name, called(with, engine.User{}))
	switch {
	case rings(c) && m.Config.HideText:
		m.time("")
	case rings(c):
		m.time(callingWords(c))
	case c.Phase == engine.Joining:
		m.time(word("call.connecting"))
	case c.Phase == engine.Alone:
		m.time(word("call.alone"))
	case c.Phase == engine.Rejoining:
		m.time(word("call.reconnecting"))
	default:
		m.time(lasting(m.Now().Sub(c.Since)))
	}
	if c.Microphone {
		m.mic.set(assets.Microphone, toneSoft, word("call.mute"))
	} else {
		m.mic.set(assets.MicrophoneOff, toneOff, word("call.unmute"))
	}
	if rings(c) {
		m.leave.set(assets.HangUp, toneRed, word("call.cancel"))
	} else {
		m.leave.set(assets.HangUp, toneRed, word("call.hangup"))
	}
	switch {
	case c.Held:
		m.only(m.resume, m.back, m.leave)
	case rings(c) && m.Config.HideCancel:
		m.only(m.mic, m.back)
	default:
		m.only(m.mic, m.back, m.leave)
	}
}

// rings is for somebody who calls us.
func (m *mini) rings(in engine.Incoming) {
	m.ring = in
	m.tile.portray(in.From)
	m.tile.tell(remark{})
	say(m.name, shown(in.From))
	kind, mark := word("incoming.voice"), assets.Phone
	if in.Video {
		kind, mark = word("incoming.video"), assets.Camera
	}
	if m.Config.HideText {
		kind = ""
	}
	m.time(kind)
	m.accept.set(mark, toneGreen, word("incoming.accept"))
	buttons := []*roundButton{m.back}
	if !m.Config.HideDecline {
		buttons = append(buttons, m.decline)
	}
	if !m.Config.HideAccept {
		buttons = append(buttons, m.accept)
	}
	m.only(buttons...)
}

// farewell tells why the call ended.
func (m *mini) farewell(e engine.Ended) {
	u := e.By
	if len(e.With) > 0 {
		u = e.With[0]
	}
	m.tile.portray(u)
	why := remark{}
	if e.Data != "" {
		why.detail = word("party.words", fill{"Words": e.Data})
		e.Data = ""
	}
	why.words = parting(e)
	m.tile.tell(why)
	say(m.name, called(e.With, e.By))
	m.time("")
	m.only()
}

// time says what stands beside the name.
func (m *mini) time(s string) {
	if m.clock.Text != s {
		m.clock.SetText(s)
		m.head.Refresh()
	}
}

// look says whether the window can be seen.
func (m *mini) look(on bool) {
	m.tile.look(on)
	if !on {
		m.tile.unfollow()
	}
}
