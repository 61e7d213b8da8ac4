package ui

import (
	"time"

	"fyne.io/fyne/v2/dialog"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// closeMain is the button of the window's frame.
func (u *UI) closeMain() {
	if u.shown.call != "" {
		u.putAway()
		return
	}
	if u.tray == nil || !u.params.Desktop.TrayHosted() || !u.params.Program.Settings().CloseToTray {
		u.quit()
		return
	}
	u.desk.hidden = true
	u.applyNow()
}

// trayTime is how long the main window stays hidden while no tray shows how to bring it back: at log-in a tray may come later than
// the programs, and one that is started anew is away for a moment.
const trayTime = 10 * time.Second

// seekTray brings the main window back when nothing else could, and says how soon to look again; 0 is never.
func (u *UI) seekTray(now time.Time) time.Duration {
	if !u.desk.hidden || u.params.Desktop.TrayHosted() {
		u.lost = time.Time{}
		return 0
	}
	if u.lost.IsZero() {
		u.lost = now
	}
	rest := u.lost.Add(trayTime).Sub(now)
	if rest <= 0 {
		u.desk.hidden, u.lost = false, time.Time{}
	}
	return max(0, rest)
}

// quit ends the program. It asks first if that ends something for others.
func (u *UI) quit() {
	question := ""
	switch s := u.newest.Load(); {
	case s == nil:
	case u.params.Program.InviteLink() != "" && company(s):
		question = word("quit.host")
	case len(s.Calls) > 0:
		question = word("quit.call")
	}
	if question == "" {
		u.params.Program.Quit()
		return
	}
	if u.leaving {
		return
	}
	u.show()
	u.leaving = true
	d := dialog.NewConfirm(word("quit.title"), question, func(yes bool) {
		u.leaving = false
		if yes {
			u.params.Program.Quit()
		}
	}, u.main)
	d.SetConfirmText(word("quit.yes"))
	d.SetDismissText(word("quit.no"))
	d.Show()
}

// company reports whether others are on the switchboard.
func company(s *engine.Snapshot) bool {
	for _, p := range s.People {
		if p.ID != echoID && p.Presence != signal.Offline {
			return true
		}
	}
	return false
}
