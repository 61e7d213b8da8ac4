package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// closeMain is the button of the window's frame.
func (u *UI) closeMain() {
	if u.shown.call != "" {
		u.putAway()
		return
	}
	u.base.close()
}

// toTray reports whether the main window may go while nothing else is on the screen: the tray brings it back, and the person wants that.
func (u *UI) toTray() bool {
	return u.tray != nil && u.params.Desktop.TrayHosted() && u.params.Program.Settings().CloseToTray
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
	text := farewell(u.snapshot(), u.params.Program.InviteLink() != "")
	if text == "" {
		u.params.Program.Quit()
		return
	}
	if u.leaving {
		return
	}
	u.show()
	u.confirm(question{
		Title: word("quit.title"), Text: text, Yes: word("quit.yes"), No: word("quit.no"), Act: u.params.Program.Quit,
		Now:    func(s *engine.Snapshot) string { return farewell(s, u.params.Program.InviteLink() != "") },
		Closed: func() { u.leaving = false },
	})
	u.leaving = true
}

// farewell says what would end for others if the program ended. It is empty when nothing would.
func farewell(s *engine.Snapshot, hosting bool) string {
	if s == nil {
		return ""
	}
	var ends []string
	if hosting && company(s) {
		ends = append(ends, word("quit.host"))
	}
	calls := slices.DeleteFunc(slices.Clone(s.Calls), func(c engine.CallState) bool { return c.Phase == engine.Over })
	switch {
	case len(calls) > 1:
		ends = append(ends, word("quit.calls", fill{"Count": len(calls)}))
	case len(calls) == 1 && rings(calls[0]):
		ends = append(ends, word("quit.calling", fill{"Name": called(users(calls[0]), engine.User{})}))
	case len(calls) == 1:
		ends = append(ends, word("quit.call"))
	}
	return strings.Join(ends, "\n")
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
