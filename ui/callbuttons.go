package ui

import (
	"cmp"
	"time"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/profile"
)

// settling is how long a device button ignores further presses: a click too many must not undo the first.
const settling = 500 * time.Millisecond

// controls are the buttons of a call, wherever they are shown: what each looks like follows from the state of the call, so that a
// button in More is never another than on the bar.
func (c *callPage) allControls() controls {
	all := controls{
		ButtonMicrophone: {c.microphoneFace, c.device(ButtonMicrophone, c.switchMicrophone)},
		ButtonCamera:     {c.cameraFace, c.device(ButtonCamera, c.switchCamera)},
		ButtonSwitchCamera: {
			func() face {
				return face{symbol: assets.CameraNext, label: word("call.camera.next"), absent: !c.call.Camera || c.Room.cameras() < 2}
			},
			c.device(ButtonSwitchCamera, c.Room.nextCamera),
		},
		ButtonDevices: {plain(assets.Settings, "call.devices"), c.Menu.toggle},
		ButtonShare:   {c.shareFace, c.toggleShare},
		ButtonChat: {
			func() face {
				return face{symbol: assets.Message, tone: lit(c.side.shows(tabChat)), label: word("call.chat"), count: c.side.chat.unread()}
			},
			func() { c.side.toggle(tabChat) },
		},
		ButtonMembers: {
			func() face {
				return face{symbol: assets.Group, tone: lit(c.side.shows(tabMembers)), label: word("call.members")}
			},
			func() { c.side.toggle(tabMembers) },
		},
		ButtonDetails: {
			func() face {
				return face{symbol: assets.Info, tone: lit(c.side.shows(tabDetails)), label: word("call.details")}
			},
			func() { c.side.toggle(tabDetails) },
		},
		ButtonAdd: {
			func() face { return face{symbol: assets.Invite, label: word("call.add"), absent: !c.call.CanAdd} },
			func() { c.Commands.addPeople(c.call.ID) },
		},
		ButtonHold: {
			func() face { return face{symbol: assets.Hold, label: word("call.hold"), absent: rings(c.call)} },
			func() { c.Commands.setHeld(c.call.ID, true) },
		},
		ButtonLayout:     {c.layoutFace, func() { c.Room.setLayout(nextLayout(c.Room.layout())) }},
		ButtonMinimize:   {plain(assets.Minimize, "call.minimize"), c.Commands.putAway},
		ButtonFullscreen: {c.fullscreenFace, c.Commands.toggleFullscreen},
		ButtonShortcuts:  {plain(assets.Keyboard, "shortcuts.title"), c.Room.showShortcuts},
		ButtonHangUp:     {c.hangUpFace, func() { c.Commands.hangUp(c.call.ID) }},
	}
	for _, bar := range []BarConfig{c.Config.TopBar.BarConfig, c.Config.BottomBar} {
		for i, e := range bar.Extensions {
			all[e.named(i)] = control{
				func() face { return face{icon: e.Icon, label: e.Label} },
				func() {
					if e.Do != nil {
						e.Do(c.call.Info())
					}
				},
			}
		}
	}
	return all
}

// plain is a button that always looks the same.
func plain(s assets.Symbol, key string) func() face {
	return func() face { return face{symbol: s, label: word(key)} }
}

// lit is the tone of a button of something that can be open.
func lit(open bool) tone {
	if open {
		return toneAccent
	}
	return toneSoft
}

// device makes a button of a device: what follows a press within [settling] is taken for the same press.
func (c *callPage) device(b Button, do func()) func() {
	return func() {
		if now := c.Now(); now.Sub(c.pressed[b]) >= settling || now.Before(c.pressed[b]) {
			c.pressed[b] = now
			do()
		}
	}
}

// switchMicrophone mutes or unmutes us.
func (c *callPage) switchMicrophone() {
	on := !c.call.Microphone
	c.Commands.setMicrophone(c.call.ID, on)
	c.call.Microphone = on
	c.showSwitched()
}

// switchCamera opens or closes our camera.
func (c *callPage) switchCamera() {
	on := !c.call.Camera
	c.Commands.setCamera(c.call.ID, on)
	c.call.Camera = on
	c.showSwitched()
}

// showSwitched shows a press as if it had done its work, which the next snapshot confirms or puts right: where many pictures are drawn in
// software, waiting for that would take one picture more.
func (c *callPage) showSwitched() {
	c.bars.update(c.call, c.with())
	c.menu.update()
	c.showMuted()
}

func (c *callPage) microphoneFace() face {
	if c.call.Microphone {
		return face{symbol: assets.Microphone, label: word("call.mute")}
	}
	return face{symbol: assets.MicrophoneOff, tone: toneOff, label: word("call.unmute")}
}

func (c *callPage) cameraFace() face {
	if c.call.Camera {
		return face{symbol: assets.Camera, label: word("call.camera.stop")}
	}
	return face{symbol: assets.CameraOff, tone: toneOff, label: word("call.camera.start")}
}

func (c *callPage) shareFace() face {
	f := face{symbol: assets.Share, label: word("share.start"), absent: rings(c.call)}
	if c.call.Share.On {
		f.symbol, f.tone, f.label = assets.StopShare, toneOff, word("share.stop")
	}
	return f
}

// toggleShare asks what to share, or ends what we share.
func (c *callPage) toggleShare() {
	if c.call.Share.On {
		c.Commands.stopShare(c.call.ID)
	} else {
		c.Commands.pickShare(c.call.ID)
	}
}

func (c *callPage) fullscreenFace() face {
	if c.Full() {
		return face{symbol: assets.Windowed, label: word("call.window")}
	}
	return face{symbol: assets.Fullscreen, label: word("call.fullscreen")}
}

func (c *callPage) hangUpFace() face {
	if rings(c.call) {
		return face{symbol: assets.HangUp, tone: toneRed, label: word("call.cancel")}
	}
	return face{symbol: assets.HangUp, tone: toneRed, label: word("call.hangup")}
}

// layouts are the arrangements of the people, in the order in which a button goes through them.
var layouts = []struct {
	layout profile.CallLayout
	key    string
}{{profile.AutoLayout, "layout.auto"}, {profile.GridLayout, "layout.grid"}, {profile.SpeakerLayout, "layout.speaker"}}

func nextLayout(now profile.CallLayout) profile.CallLayout {
	for i, l := range layouts {
		if l.layout == now {
			return layouts[(i+1)%len(layouts)].layout
		}
	}
	return profile.GridLayout // an empty one is the first
}

// layoutFace says which arrangement there is now.
func (c *callPage) layoutFace() face {
	key := layouts[0].key
	for _, l := range layouts {
		if l.layout == c.Room.layout() {
			key = l.key
		}
	}
	return face{symbol: assets.Layout, label: word("call.layout", fill{"Name": word(key)})}
}

// toggleMore opens what did not fit on a bar, or closes it.
func (c *callPage) toggleMore(b *bar) {
	entries := func() []entry {
		var all []entry
		for _, name := range b.over {
			if name == ButtonLayout {
				all = append(all, c.layoutEntries()...)
				continue
			}
			control := c.controls[name]
			all = append(all, entry{face: control.face(), keys: keysOf(name), do: control.do})
		}
		return all
	}
	driver := fyne.CurrentApp().Driver()
	button := b.button(ButtonMore)
	at := driver.AbsolutePositionForObject(button).Subtract(driver.AbsolutePositionForObject(c.menu.root))
	if b.y == 1 {
		c.menu.toggle(entries, at.X+button.Size().Width/2, at.Y-14, true)
	} else {
		c.menu.toggle(entries, at.X+button.Size().Width/2, at.Y+button.Size().Height+10, false)
	}
}

// layoutEntries are the arrangements to choose from.
func (c *callPage) layoutEntries() []entry {
	var all []entry
	now := cmp.Or(c.Room.layout(), profile.AutoLayout)
	for _, l := range layouts {
		f := face{symbol: assets.Layout, label: word("call.layout", fill{"Name": word(l.key)})}
		if l.layout == now {
			f.symbol, f.tone = assets.Checked, toneAccent
		}
		all = append(all, entry{face: f, do: func() { c.Room.setLayout(l.layout) }})
	}
	all[0].keys = keysOf(ButtonLayout)
	return all
}
