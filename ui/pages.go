package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// pages are the pages and windows that need an engine. They are made anew for each engine.
type pages struct {
	ui      *UI
	*rooms  // nil for a guest
	*calls  // nil until a call is near, or the program is at rest: see prepare
	make    func() *calls
	ring    *ringer
	sharing *shareBar
	share   *shareWindow
	miniFrame
}

// calls are the pages that a call fills the main window with. Making them takes longer than all others.
type calls struct {
	outgoing *outgoing
	call     *callPage
	newCall  func(Config) *callPage
}

func newPages(u *UI) *pages {
	p := &pages{ui: u, miniFrame: miniFrame{ui: u, miniPump: newPump(u.do, fullRate)}}
	b := u.engine
	config := u.params.Config
	p.make = u.newCalls
	p.rooms = u.base.rooms()
	p.ring = newRinger(u)
	p.sharing = newShareBar(u)
	p.share = newShareWindow(shareWindowParams{
		App: u.params.App, Calls: b.Call, Now: u.now, Do: u.do, Leave: func() { u.fullShare(u.desk.wide, false) },
	})
	p.over = p.ring.bar.root
	p.mini = newMini(miniParams{
		Commands: u, Answer: u.acceptAs, Reject: u.reject, Calls: b.Call, Now: u.now, Pump: p.miniPump, Config: config.Mini, Restore: u.show,
		Mirror: func() bool { return u.store.Settings().MirrorSelf }, Window: &p.miniFrame,
	})
	if p.rooms == nil || u.settled {
		p.prepare()
	}
	return p
}

// prepare makes the pages of calls, unless they are there.
func (p *pages) prepare() {
	if p.calls == nil {
		p.calls = p.make()
		if p.rooms != nil { // else whatever is first drawn in the colours of a call, and waited for, reads all fonts again
			shareAllFonts()
		}
	}
}

// newCalls makes the pages of calls.
func (u *UI) newCalls() *calls {
	b := u.engine
	c := &calls{}
	menu := func(name string) menuParams {
		return menuParams{Name: name, Hardware: b, Commands: u.commands, Save: u.saveDevices, Fail: u.fail}
	}
	c.outgoing = newOutgoing(outgoingParams{
		Commands: u, Calls: b.Call, Now: u.now, Pump: u.pump, Menu: newDeviceMenu(menu("outgoing")), Config: u.params.Config.Outgoing,
	})
	c.newCall = func(config Config) *callPage {
		return newCallPage(callParams{
			Commands: u, Room: u, Calls: b.Call, Now: u.now, Pump: u.pump, Menu: newDeviceMenu(menu("call")), Config: config,
			Settings: u.store.Settings, Save: u.save,
			Volume: func(user engine.UserID) fyne.CanvasObject {
				return newVolume(user, func() float32 { return u.volume(user) }, u.setVolume)
			},
			Canvas: u.main.Canvas, Full: u.main.FullScreen, Focused: func() bool { return u.front }, Away: u.outOfSight,
			Later: u.do,
		})
	}
	c.call = c.newCall(u.params.Config)
	return c
}

// outOfSight reports whether nothing of the main window is seen although it is not hidden.
func (u *UI) outOfSight() bool {
	return iconified(u.main) || u.pages != nil && u.pages.share.covers(u.main)
}

// require makes the page anew for a call that has a configuration of its own.
func (p *pages) require(c engine.CallState) {
	require := p.ui.params.Config.Require
	if require == nil || p.call.call.ID == c.ID {
		return
	}
	seen := p.call.seen
	p.call.look(false)
	p.call.rest()
	p.call = p.newCall(require(c.Info()))
	if seen {
		p.call.look(true)
	}
}

// fill updates the page of a call that is wanted in the main window, lets the others rest, and returns its content; nil if none is.
func (p *pages) fill(want showing, s *engine.Snapshot, d desk) fyne.CanvasObject {
	if len(s.Calls) > 0 || want.incoming != "" || want.main == viewIncoming {
		p.prepare()
	}
	if p.calls == nil {
		return nil
	}
	at := func(v view) bool { return want.visible && want.main == v }
	if want.main != viewCall && (len(s.Calls) > 0 || want.incoming != "") {
		p.call.root.Resize(p.ui.holder.Size()) // words take long to be measured: better while it rings than when it is answered
	}
	p.outgoing.look(at(viewOutgoing))
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
		p.require(c)
		p.call.update(c, s.Me, aside(s, c.ID))
		return p.call.root
	}
	return nil
}

// tick moves what moves by itself on the page that is wanted, and says how soon to look again; 0 is never.
func (p *pages) tick(want showing) time.Duration {
	if p.calls == nil {
		return 0
	}
	at := func(v view) bool { return want.visible && want.main == v }
	return sooner(p.call.Menu.tick(at(viewCall)), p.outgoing.Menu.tick(at(viewOutgoing)))
}

// refreshMenus shows in the menus which devices there are now.
func (p *pages) refreshMenus() {
	if p.calls != nil {
		p.outgoing.Menu.refresh()
		p.call.Menu.refresh()
	}
}

// unread counts the messages of the call that were not seen.
func (p *pages) unread() int {
	if p.calls == nil {
		return 0
	}
	return p.call.side.chat.unread()
}

// bring shows and hides the windows beside the main one, and what lies over it.
func (p *pages) bring(want showing, s *engine.Snapshot) {
	if want.mini {
		p.mini.update(want, s, p.ui.desk)
	}
	p.miniFrame.bring(want.mini)
	// What a person sees of themselves while it rings is alive at half the rate, and the answer needs the processor.
	drawn := p.ui.pump.exact.Load()
	p.ui.pump.calm.Store(drawn && want.main == viewOutgoing)
	if p.ring.pump != nil {
		p.ring.pump.calm.Store(drawn)
	}
	p.sharing.bring(want, s)
	if m, ok := wideShare(p.ui.desk, s); ok && want.wide != "" {
		p.share.show(want.call, m, p.ui.main)
	} else {
		p.share.hide()
	}
	if v, rings := p.ui.desk.ring.view(s, p.ui.now()); rings && want.incoming != "" {
		p.ring.show(v, want)
	} else {
		p.ring.hide()
	}
}

// key hands a key to the page that is seen.
func (p *pages) key(v view, k fyne.KeyName) {
	switch v {
	case viewOutgoing:
		p.outgoing.key(k)
	case viewCall:
		p.call.key(k)
	}
}

// close takes the windows down and lets go of the engine.
func (p *pages) close() {
	if p.rooms != nil {
		p.rooms.close()
	}
	if p.calls != nil {
		p.call.rest()
		p.outgoing.Menu.hide()
		p.outgoing.own.release()
	}
	p.sharing.close(p.ui.ended)
	p.share.close(!p.ui.ended)
	p.miniFrame.close(p.ui.ended)
	p.ring.close(!p.ui.ended)
}
