package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// house is the base of a program that is all ours: a window with a welcome, the people, and settings.
type house struct{ ui *UI }

var _ base = house{}

// settleTime is how long after its start a program is at rest.
const settleTime = time.Second

// newHouse makes the window, which is not shown yet.
func newHouse(u *UI) house {
	p := u.params
	p.App.Settings().SetTheme(look{choice: p.Program.Settings().Theme})
	fonts := readFonts() // while OpenGL begins
	p.App.SetIcon(fyne.NewStaticResource("icon.png", assets.IconPNG))
	u.main = p.App.NewWindow(word("app.name"))
	u.main.SetMaster()
	nameClass(u.main, p.App.UniqueID())
	u.main.SetPadded(false)
	u.main.SetCloseIntercept(u.closeMain)
	c := u.main.Canvas()
	u.keyboard().play(c)
	u.chords(c, true, nil)
	for k, do := range map[fyne.KeyName]func(){fyne.KeyQ: u.quit, fyne.KeyComma: u.openSettings} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { do() })
	}
	u.main.Resize(p.Size)
	h := house{u}
	<-fonts
	u.settling = time.AfterFunc(settleTime, func() { u.do(h.settle) })
	return h
}

// settle does what nobody should have to wait for when the program starts.
func (h house) settle() {
	u := h.ui
	u.settled = true
	if u.pages != nil {
		u.pages.prepare()
	}
	shareAllFonts()
	// Fyne forgets its fonts whenever settings change. It listens since it runs, and so comes before us.
	u.params.App.Settings().AddListener(func(fyne.Settings) { shareAllFonts() })
}

// readFonts reads those of nearly all words and closes the channel. Nobody may measure or draw text until then.
func readFonts() <-chan struct{} {
	read := make(chan struct{})
	go func() {
		defer close(read)
		shareFonts(nil, usualStyles)
		fyne.MeasureText(word("home.people"), theme.TextSize(), fyne.TextStyle{}) // some languages need more
	}()
	return read
}

func (h house) furnish(ground fyne.CanvasObject) {
	u := h.ui
	u.welcome = newWelcome(welcomeParams{Program: u.params.Program, Commands: u.commands, Do: u.do, Back: func() {
		u.desk.choosing = false
		u.applyNow()
	}})
	u.main.SetContent(ground)
}

func (h house) rooms() *rooms { return newRooms(h.ui) }

func (h house) fill(want showing, s *engine.Snapshot) fyne.CanvasObject {
	u := h.ui
	if u.pages != nil {
		u.pages.rooms.look(want)
	}
	if want.main == viewWelcome {
		u.welcome.show(u.desk.choosing && s != nil)
		return u.welcome.root
	}
	u.welcome.hide()
	return u.pages.rooms.fill(want, s)
}

func (h house) changed(want showing, _ bool) {
	c := h.ui.main.Canvas()
	c.Unfocus()
	switch {
	case want.main == viewHome:
		c.Focus(h.ui.pages.home.list())
	case want.main == viewWelcome && h.ui.welcome.nameless():
		c.Focus(h.ui.welcome.name)
	}
}

func (h house) bring(on, quiet bool) {
	u := h.ui
	switch {
	case on && !u.up:
		u.up = true
		if quiet {
			showBeside(u.main)
		} else {
			u.main.Show()
			if !u.rated { // for the first time
				fit(u.main)
			}
		}
		if u.wasFull {
			u.setFullscreen(true)
			u.wasFull = false
		}
		if !quiet {
			u.main.RequestFocus()
		}
		u.windowed()
	case !on && u.up:
		u.up = false
		if u.wasFull = u.main.FullScreen(); u.wasFull {
			u.setFullscreen(false) // a window that fills the screen cannot be hidden
		}
		u.main.Hide()
	}
}

func (h house) stays() bool { return false }

func (h house) key(want showing, k fyne.KeyName) bool {
	u := h.ui
	switch want.main {
	case viewWelcome:
		if k == fyne.KeyEscape && u.welcome.back.Visible() && !u.welcome.back.Disabled() {
			u.welcome.goBack()
		}
	case viewHome:
		u.pages.home.key(k)
	case viewSettings:
		if k == fyne.KeyEscape {
			u.closeSettings()
		} else {
			scrollKey(u.pages.settings.scroll, k)
		}
	}
	return true
}

// close quits, or hides the window where a tray can bring it back.
func (h house) close() {
	u := h.ui
	if !u.toTray() {
		u.quit()
		return
	}
	u.desk.hidden = true
	if v := u.params.Program.Settings(); v.Notifications && !v.TrayTold {
		u.explain, v.TrayTold = true, true
		if err := u.params.Program.SaveSettings(v); err != nil {
			u.params.Logger.Warn("the tray will be explained again", "error", err)
		}
	}
	u.applyNow()
}

func (h house) openSettings() {
	h.ui.desk.settings = true
	h.ui.applyNow()
}

func (h house) tick(want showing, now time.Time) time.Duration {
	p := h.ui.pages
	if p == nil {
		return 0
	}
	next := p.home.recents.expire(now)
	if want.main == viewSettings {
		p.settings.follow.tick()
		next = sooner(next, p.settings.device.tick())
	}
	return next
}

func (h house) devicesMoved() { h.ui.pages.settings.devices.replugged() }

// rooms are the pages of a house that need an engine.
type rooms struct {
	home     *home
	held     *strip            // over home: the calls on hold
	heldBox  *fyne.Container   // around held
	list     fyne.CanvasObject // home with it
	settings *settings
}

func newRooms(u *UI) *rooms {
	r := &rooms{}
	b, program := u.engine, u.params.Program
	r.home = newHome(homeParams{Call: u.invite, Group: u.pickGroup, Copy: u.copyText, InviteLink: program.InviteLink, Now: u.now, Settings: u.openSettings, Recents: u.recents()})
	r.held = newStrip(u, u.now, false)
	r.heldBox = container.NewStack(newSurface(theme.ColorNameBackground), inset(12, 12, 12, 12, r.held.root))
	r.list = newBorder(r.heldBox, nil, nil, nil, r.home.root)
	r.settings = newSettings(settingsParams{
		Program: program, Hardware: b, Commands: u.commands, Pump: u.pump, Back: u.closeSettings, Change: u.chooseSwitchboard,
		Copy: u.copyText, Theme: u.setTheme, Save: u.save, SaveDevices: u.saveDevices, Fail: u.fail, Language: u.setLanguage, Desktop: u.params.Desktop, Tell: u.warn,
		Pick: func(near string, picked func(string)) { pickSound(u.main, near, picked) },
		About: aboutParams{
			Version: program.Version(), Build: u.params.Care.Build(), Copy: u.copyText, Open: u.openPage, Licences: u.showLicences, Diagnostics: u.showDiagnostics,
		},
		Device: deviceAddParams{
			Code: b.DeviceCode, Link: program.DeviceLink, Commands: u.commands, Now: u.now, Copy: u.copyText, Fail: u.fail, Changed: u.apply.ask,
		},
	})
	return r
}

// look says which of them can be seen.
func (r *rooms) look(want showing) {
	r.home.look(want.visible && want.main == viewHome)
	r.settings.look(want.visible && want.main == viewSettings)
}

// fill brings the one that is wanted up to date, and returns it.
func (r *rooms) fill(want showing, s *engine.Snapshot) fyne.CanvasObject {
	switch want.main {
	case viewSettings:
		r.settings.update(s)
		r.settings.devices.tick()
		return r.settings.root
	case viewHome:
		r.home.update(s)
		calls := aside(s, "")
		r.held.show(calls)
		if on := len(calls) > 0; on != r.heldBox.Visible() {
			visible(r.heldBox, on)
			r.list.Refresh()
		}
	}
	return r.list
}

func (r *rooms) close() {
	r.home.recents.commit()
	r.settings.look(false)
	r.settings.devices.preview.tile.release()
}
