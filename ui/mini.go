package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// miniParams are what the mini view needs.
type miniParams struct {
	Commands callCommands
	Answer   func(in engine.Incoming) // accepts a ring as offered
	Reject   func(id engine.InvitationID, data string)
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Mirror   func() bool // we see ourselves as in a mirror
	Pump     *pump
	Config   MiniConfig
	Restore  func()
	Window   dragged
}

// mini shows what goes on while the main window is away: a call, a call on hold, one that rings there or here, and for a moment why it
// ended. Of the people in a call it shows the one who speaks. Its buttons come with the pointer or the keyboard; where something has
// to be decided they stay.
type mini struct {
	miniParams
	root  fyne.CanvasObject
	tile  *videoTile // of somebody else
	own   *videoTile // small, of ourselves
	frame *frame     // what a program puts behind the words, over them, or in place of all of it

	head                    *panel // the line at the top
	name, clock             *widget.Label
	theirs, ours            *miniMarks
	news                    *miniNews
	state                   *panel // what is off of ours, and that we share, while the buttons are away
	buttons                 *panel
	mic, camera             *roundButton // of a call
	unshare, again, resume  *roundButton
	leave                   *roundButton
	decline, accept         *roundButton // of a ring here
	back                    *roundButton
	fader                   *fader
	pointed, deciding, seen bool // the pointer is here; the buttons stay; the window is on the screen

	light spotlight
	call  engine.CallState
	ring  engine.Incoming
}

func newMini(p miniParams) *mini {
	m := &mini{miniParams: p, name: text("", theme.SizeNameText, true), clock: text("", theme.SizeNameText, false)}
	m.clock.Truncation = fyne.TextTruncateOff
	m.tile, m.own = newVideoTile(p.Pump, 0), newVideoTile(p.Pump, miniRadius)
	m.own.Hide()
	button := func(s assets.Symbol, t tone, label string, f func()) *roundButton {
		b := newRoundButton(s, t, buttonSmall, label, f)
		b.moved = m.show
		return b
	}
	m.mic = button(assets.Microphone, toneSoft, "", func() { p.Commands.setMicrophone(m.call.ID, !m.call.Microphone) })
	m.camera = button(assets.Camera, toneSoft, "", func() { p.Commands.setCamera(m.call.ID, !m.call.Camera) })
	m.unshare = button(assets.StopShare, toneSoft, word("share.stop"), func() { p.Commands.stopShare(m.call.ID) })
	m.again = button(assets.Resume, toneGreen, word("call.retry"), func() { p.Commands.retry(m.call.ID) })
	m.resume = button(assets.Resume, toneGreen, word("call.resume"), func() { p.Commands.goOn(m.call.ID) })
	m.back = button(assets.Restore, toneSoft, word("mini.restore"), p.Restore)
	m.leave = button(assets.HangUp, toneRed, word("call.hangup"), func() { p.Commands.hangUp(m.call.ID) })
	m.decline = button(assets.HangUp, toneRed, word("incoming.decline"), func() { p.Reject(m.ring.ID, "") })
	m.accept = button(assets.Phone, toneGreen, word("incoming.accept"), func() { p.Answer(m.ring) })
	m.fader = &fader{draw: m.draw}
	m.furnish()
	return m
}

// all are the buttons in their order.
func (m *mini) all() []*roundButton {
	return []*roundButton{m.decline, m.mic, m.camera, m.unshare, m.again, m.resume, m.back, m.leave, m.accept}
}

// update shows what goes on.
func (m *mini) update(want showing, s *engine.Snapshot, d desk) {
	c, busy := s.Call(want.call)
	m.call, m.ring = c, engine.Incoming{}
	if want.main == viewParting {
		m.farewell(d.parting)
	} else if busy {
		m.shows(c, s.Me)
	} else if in, ok := d.ring.top(s); ok {
		m.rings(in, s.Me)
	}
	m.dress()
	m.show()
}

// dress puts what a program wants in place of pictures and initials.
func (m *mini) dress() {
	size := m.tile.Size()
	c := SceneConfig{Avatar: m.Config.Avatar}
	if m.tile.parts.build(c, Tile{User: m.tile.user}, min(size.Width, size.Height)*0.46) {
		m.tile.face()
		m.tile.Refresh()
	}
}

// tell says what the main window would say, or what is asked of us there.
func (m *mini) tell(mark assets.Symbol, words string) {
	if asked := askedWords(m.call.Asked); asked != "" && !m.call.Held {
		mark, words = assets.Microphone, asked
		if !m.call.Asked.Microphone {
			mark = assets.Camera
		}
	}
	if m.news.words.Text != words || m.news.Visible() != (words != "") {
		m.news.say(mark, words)
		m.face().Refresh()
		m.draw(m.fader.seen)
	}
}

// shows is for a call of ours.
func (m *mini) shows(c engine.CallState, me engine.User) {
	m.frame.show(c.Info())
	m.picture(c)
	m.ourselves(c, me)
	switch {
	case rings(c) && m.Config.HideText:
		say(m.clock, "")
	case rings(c):
		say(m.clock, callingBriefly(c))
	case errors.Is(c.Err, engine.ErrJoinFailed):
		say(m.clock, "") // the picture says so
	case c.Phase == engine.Joining:
		say(m.clock, word("call.connecting"))
	case c.Phase == engine.Rejoining:
		say(m.clock, word("call.reconnecting"))
	default:
		say(m.clock, lasting(m.Now().Sub(c.Since)))
	}
	showSwitches(m.mic, m.camera, c)
	if rings(c) {
		m.leave.set(assets.HangUp, toneRed, word("call.cancel"))
	} else {
		m.leave.set(assets.HangUp, toneRed, word("call.hangup"))
	}
	failed := errors.Is(c.Err, engine.ErrJoinFailed)
	m.deciding = c.Held || rings(c) || failed
	m.offer(map[*roundButton]bool{
		m.mic: !c.Held && !failed && !m.Config.HideDevices, m.camera: !c.Held && !failed && !m.Config.HideDevices,
		m.unshare: c.Share.On && !c.Held, m.resume: c.Held, m.again: failed, m.back: true,
		m.leave: !rings(c) && !m.Config.HideLeave || rings(c) && !m.Config.HideCancel,
	})
}

// picture shows who speaks of the others, and what is the matter with him and with the call.
func (m *mini) picture(c engine.CallState) {
	m.light = m.light.turn(c, m.Now())
	who, there := member(c, m.light.user)
	r, marks := memberRemark(who), []miniMark{}
	switch with := users(c); {
	case there && !c.Held && m.frame.ours():
		m.tile.follow(c.ID, m.Calls(c.ID), who.User, who.Camera, false)
		say(m.name, shown(who.User))
	case there && !c.Held:
		m.tile.portray(who.User)
	default:
		if len(with) > 0 {
			m.tile.portray(with[0])
		}
		say(m.name, called(with, engine.User{}))
	}
	if there && !c.Held && !m.Config.HideDevices {
		marks = append(marks, miniMark{assets.MicrophoneOff, !who.Microphone, true}, miniMark{assets.CameraOff, c.Video && !who.Camera, false})
	}
	for _, other := range c.Members {
		if other.Sharing.On && !c.Held {
			marks = append(marks, miniMark{assets.Share, true, false})
			break
		}
	}
	m.theirs.show(marks...)
	switch {
	case c.Held:
		r = remark{words: word("call.held"), veiled: true}
	case errors.Is(c.Err, engine.ErrJoinFailed):
		title, _ := explain(c.Err)
		r = remark{words: title, veiled: true}
	}
	m.tile.tell(r)
}

// ourselves shows us, and what of ours is off.
func (m *mini) ourselves(c engine.CallState, me engine.User) {
	on := c.Camera && !c.Held && !m.Config.HideSelf && m.frame.ours()
	if on {
		m.own.follow(c.ID, m.Calls(c.ID), me, true, m.Mirror())
	} else {
		m.own.unfollow()
	}
	visible(m.own, on)
	m.own.look(m.seen && on)
	m.ours.show(miniMark{assets.MicrophoneOff, !c.Microphone && !c.Held, true},
		miniMark{assets.CameraOff, c.Video && !c.Camera && !c.Held && !m.Config.HideDevices, false}, miniMark{assets.Share, c.Share.On && !c.Held, false})
}

// rings is for somebody who calls us.
func (m *mini) rings(in engine.Incoming, me engine.User) {
	m.ring = in
	m.alone(in.From, shown(in.From), remark{})
	m.frame.show(in.Info(me))
	kind, mark := word("incoming.voice"), assets.Phone
	if in.Video {
		kind, mark = word("incoming.video"), assets.Camera
	}
	if m.Config.HideText {
		kind = ""
	}
	say(m.clock, kind)
	m.accept.set(mark, toneGreen, word("incoming.accept"))
	m.deciding = true
	m.offer(map[*roundButton]bool{m.decline: !m.Config.HideDecline, m.back: true, m.accept: !m.Config.HideAccept})
}

// farewell tells why the call ended.
func (m *mini) farewell(e engine.Ended) {
	u := e.By
	if len(e.With) > 0 {
		u = e.With[0]
	}
	why := remark{}
	if e.Data != "" {
		why.detail = word("party.words", fill{"Words": e.Data})
		e.Data = ""
	}
	why.words = parting(e)
	m.frame.clear()
	m.alone(u, called(e.With, e.By), why)
	say(m.clock, "")
	m.deciding = false
	m.offer(nil)
}

// alone shows somebody without a picture.
func (m *mini) alone(u engine.User, name string, r remark) {
	m.light = spotlight{}
	m.tile.portray(u)
	m.tile.tell(r)
	m.own.unfollow()
	visible(m.own, false)
	m.theirs.show()
	m.ours.show()
	say(m.name, name)
}

// offer shows these buttons and no others.
func (m *mini) offer(these map[*roundButton]bool) {
	changed := false
	for _, b := range m.all() {
		changed = changed || these[b] != b.Visible()
		visible(b, these[b])
	}
	if changed {
		m.buttons.Refresh()
		m.face().Refresh()
	}
}

// look says whether the window can be seen.
func (m *mini) look(on bool) {
	m.seen = on
	m.tile.look(on)
	m.own.look(on && m.own.Visible())
	if !on {
		m.tile.unfollow()
		m.own.unfollow()
		m.pointed, m.light = false, spotlight{}
	}
	m.show()
}

// close ends its life.
func (m *mini) close() {
	m.fader.stop()
	m.tile.release()
	m.own.release()
}
