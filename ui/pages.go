package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
)

// pages are the pages and windows that need an engine. They are made anew for each engine.
type pages struct {
	ui       *UI
	home     *home
	held     *strip            // over home: the calls on hold
	heldBox  *fyne.Container   // around held
	list     fyne.CanvasObject // home with it
	settings *settings
	outgoing *outgoing
	call     *callPage
	ring     *ringer
	miniFrame
}

func newPages(u *UI) *pages {
	p := &pages{ui: u, miniFrame: miniFrame{ui: u, miniPump: newPump(u.do, softwareRate)}}
	b := u.engine
	program, config := u.params.Program, u.params.Config
	p.home = newHome(homeParams{Call: u.invite, Group: u.pickGroup, Copy: u.copyText, InviteLink: program.InviteLink, Now: u.now, Settings: u.openSettings, Recents: u.recents()})
	p.held = newStrip(u, u.now, false)
	p.heldBox = container.NewStack(newSurface(theme.ColorNameBackground), inset(12, 12, 12, 12, p.held.root))
	p.list = container.NewBorder(p.heldBox, nil, nil, nil, p.home.root)
	p.settings = newSettings(settingsParams{
		Program: program, Hardware: b, Commands: u.commands, Pump: u.pump, Back: u.closeSettings, Change: u.chooseSwitchboard,
		Copy: u.copyText, Theme: u.setTheme, Fail: u.fail, Language: u.setLanguage, Desktop: u.params.Desktop, Tell: u.warn,
		Pick: func(near string, picked func(string)) { pickSound(u.main, near, picked) },
		Device: deviceAddParams{
			Code: b.DeviceCode, Link: program.DeviceLink, Commands: u.commands, Now: u.now, Copy: u.copyText, Fail: u.fail, Changed: u.apply.ask,
		},
	})
	p.outgoing = newOutgoing(outgoingParams{
		Commands: u, Calls: b.Call, Now: u.now, Pump: u.pump, Menu: newDeviceMenu(b, p.settings.saveDevices), Config: config.Outgoing,
	})
	p.call = newCallPage(callParams{
		Commands: u, Room: u, Calls: b.Call, Now: u.now, Pump: u.pump, Menu: newDeviceMenu(b, p.settings.saveDevices), Config: config,
		Settings: program.Settings, Save: p.settings.save,
		Volume: func(user engine.UserID) fyne.CanvasObject {
			return newVolume(user, func() float32 { return u.volume(user) }, u.setVolume)
		},
		Canvas: u.main.Canvas, Full: u.main.FullScreen, Focused: func() bool { return u.front }, Later: u.do,
	})
	p.ring = newRinger(u)
	p.over = p.ring.bar.root
	p.mini = newMini(miniParams{
		Commands: u, Answer: u.acceptAs, Reject: u.reject, Calls: b.Call, Now: u.now, Pump: p.miniPump, Config: config.Mini, Restore: u.show,
		Mirror: func() bool { return program.Settings().MirrorSelf }, Window: &p.miniFrame,
	})
	return p
}

// fill updates the page that is wanted in the main window, lets the others rest, and returns its content.
func (p *pages) fill(want showing, s *engine.Snapshot, d desk) fyne.CanvasObject {
	at := func(v view) bool { return want.visible && want.main == v }
	p.home.look(at(viewHome))
	p.outgoing.look(at(viewOutgoing))
	p.settings.look(at(viewSettings))
	if seen := at(viewCall); seen != p.call.seen {
		p.call.look(seen)
	}
	c, busy := s.Call(want.call)
	if !busy || dials(c) || c.Held {
		p.call.rest()
	}
	switch want.main {
	case viewOutgoing:
		p.outgoing.update(c, s)
		return p.outgoing.root
	case viewParting:
		p.outgoing.farewell(d.parting)
		return p.outgoing.root
	}
	p.outgoing.rest()
	switch want.main {
	case viewIncoming:
		return p.ring.own.root
	case viewCall:
		p.call.update(c, s.Me, aside(s, c.ID))
		return p.call.root
	case viewSettings:
		p.settings.update(s)
		p.settings.devices.tick()
		return p.settings.root
	}
	p.home.update(s)
	calls := aside(s, "")
	p.held.show(calls)
	if on := len(calls) > 0; on != p.heldBox.Visible() {
		visible(p.heldBox, on)
		p.list.Refresh()
	}
	return p.list
}

// bring shows and hides the windows beside the main one, and what lies over it.
func (p *pages) bring(want showing, s *engine.Snapshot) {
	if want.mini {
		p.mini.update(want, s, p.ui.desk)
	}
	p.miniFrame.bring(want.mini)
	if v, rings := p.ui.desk.ring.view(s, p.ui.now()); rings && want.incoming != "" {
		p.ring.show(v, want)
	} else {
		p.ring.hide()
	}
}

// key hands a key to the page that is seen.
func (p *pages) key(v view, k fyne.KeyName) {
	switch v {
	case viewHome:
		p.home.key(k)
	case viewSettings:
		if k == fyne.KeyEscape {
			p.ui.closeSettings()
		}
	case viewOutgoing:
		p.outgoing.key(k)
	case viewCall:
		p.call.key(k)
	}
}

// close takes the windows down and lets go of the engine.
func (p *pages) close() {
	p.home.recents.commit()
	p.settings.look(false)
	p.settings.devices.preview.tile.release()
	p.call.rest()
	p.outgoing.own.release()
	p.miniFrame.close(p.ui.ended)
	p.ring.close(!p.ui.ended)
}
