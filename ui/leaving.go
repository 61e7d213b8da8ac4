package ui

import (
	"context"

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
	if u.tray == nil || !u.params.Program.Settings().CloseToTray {
		u.quit()
		return
	}
	hosted := false
	u.commands.start("close", func(ctx context.Context) error {
		hosted = trayHosted(ctx)
		return nil
	}, func(error) {
		if !hosted {
			u.quit()
			return
		}
		u.desk.hidden = true
		u.applyNow()
	})
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
