package ui

import (
	"runtime"
	"sync"

	"fyne.io/systray"
)

// trayActs is what the menu does. They run on the UI goroutine.
type trayActs struct {
	Answer, Decline, Mute, HangUp, Open, DoNotDisturb, Quit func()
}

// tray is the icon and the menu in the tray of the desktop. There is one in a process. It uses what is below Fyne's own tray: that
// one makes its whole menu anew for every change, and a press on a line of the old one is lost. A nil tray does nothing.
type tray struct {
	do    func(func())
	fail  func(error)
	view  trayView
	ready bool // the desktop took it
	start func()
	end   func()
	group sync.WaitGroup // one goroutine for each line of the menu, which ends with the line

	lines []line

	status, answer, decline, mute, hang, unheard *systray.MenuItem // those that change
}

// line is a line of the menu, and its words in the catalogue.
type line struct {
	key  string
	item *systray.MenuItem
}

// newTray prepares the icon, which appears when the app has started. do queues a function on the UI goroutine, fail is told what
// goes wrong there.
func newTray(a trayActs, do func(func()), fail func(error)) *tray {
	t := &tray{do: do, fail: fail}
	if runtime.GOOS == "linux" { // elsewhere it would stand beside the icon
		systray.SetTitle(word("app.name"))
	}
	t.start, t.end = systray.RunWithExternalLoop(func() { do(func() { t.build(a) }) }, nil)
	return t
}

// trayActs act on what the tray shows.
func (u *UI) trayActs() trayActs {
	return trayActs{
		Answer: func() { u.take(u.tray.view.ring) }, Decline: func() { u.reject(u.tray.view.ring, "") },
		Mute: func() { u.setMicrophone(u.tray.view.call, u.tray.view.muted) }, HangUp: func() { u.hangUp(u.tray.view.call) },
		Open: u.show, DoNotDisturb: u.toggleQuiet, Quit: u.quit,
	}
}

// toggleQuiet switches do-not-disturb.
func (u *UI) toggleQuiet() {
	v := u.params.Program.Settings()
	v.DoNotDisturb = !v.DoNotDisturb
	if err := u.params.Program.SaveSettings(v); err != nil {
		u.fail(err)
	}
	u.applyNow()
}

// build makes the menu.
func (t *tray) build(a trayActs) {
	add := func(key string, act func()) *systray.MenuItem {
		return t.follow(key, systray.AddMenuItem(word(key), ""), act)
	}
	t.status = add("tray.nobody", nil)
	t.status.Disable()
	systray.AddSeparator()
	t.answer, t.decline = add("tray.answer", a.Answer), add("incoming.decline", a.Decline)
	systray.AddSeparator()
	t.mute, t.hang = add("call.mute", a.Mute), add("call.hangup", a.HangUp)
	systray.AddSeparator()
	add("tray.show", a.Open)
	t.unheard = t.follow("tray.unheard", systray.AddMenuItemCheckbox(word("tray.unheard"), "", false), a.DoNotDisturb)
	systray.AddSeparator()
	add("tray.quit", a.Quit)
	t.ready = true
	t.draw(t.view, true)
}

// speak says everything anew, in the language of the moment.
func (t *tray) speak() {
	if t == nil || !t.ready {
		return
	}
	for _, l := range t.lines {
		l.item.SetTitle(word(l.key))
	}
	t.draw(t.view, true)
}

// follow runs act whenever a line is pressed, until the line is removed.
func (t *tray) follow(key string, m *systray.MenuItem, act func()) *systray.MenuItem {
	t.lines = append(t.lines, line{key, m})
	t.group.Go(func() {
		for range m.ClickedCh {
			if act != nil {
				t.do(act)
			}
		}
	})
	return m
}

// show says what goes on.
func (t *tray) show(v trayView) {
	if t == nil || v == t.view {
		return
	}
	before := t.view
	t.view = v
	if t.ready {
		t.draw(before, false)
	}
}

// draw brings the desktop from what it showed before to what is to be seen.
func (t *tray) draw(before trayView, all bool) {
	v := t.view
	if all || v.mark != before.mark || v.missed != before.missed {
		if data, err := drawTray(v.mark, v.missed); err != nil {
			t.fail(err)
		} else if data, err = trayBytes(data); err != nil {
			t.fail(err)
		} else {
			systray.SetIcon(data)
		}
	}
	if all || v.status != before.status {
		t.status.SetTitle(v.status)
		systray.SetTooltip(word("app.name") + ": " + v.status)
	}
	enable(t.answer, v.ring != "")
	enable(t.decline, v.ring != "")
	enable(t.mute, v.mutable)
	enable(t.hang, v.call != "")
	enable(t.unheard, v.offering)
	key := "call.mute"
	if v.muted {
		key = "call.unmute"
	}
	if all || v.muted != before.muted {
		t.mute.SetTitle(word(key))
	}
	if t.unheard.Checked() != v.unheard {
		if v.unheard {
			t.unheard.Check()
		} else {
			t.unheard.Uncheck()
		}
	}
}

// enable tells the desktop only what is new.
func enable(m *systray.MenuItem, on bool) {
	switch {
	case on && m.Disabled():
		m.Enable()
	case !on && !m.Disabled():
		m.Disable()
	}
}

// close takes the icon down and waits. Afterwards there can be no other tray in the process.
func (t *tray) close() {
	if t == nil {
		return
	}
	if t.ready {
		t.ready = false
		for _, l := range t.lines {
			l.item.Remove()
		}
	}
	t.end()
	t.group.Wait()
}
