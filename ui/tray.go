package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parley-calls/parley/assets"
)

// tray is the menu in the tray of the desktop. A nil tray does nothing: there is none where it could harm.
type tray struct {
	menu         *fyne.Menu
	status, hang *fyne.MenuItem
}

// newTray adds the menu, if this desktop can have one.
func newTray(app fyne.App, show, hangUp, quit func()) *tray {
	d, ok := app.(desktop.App)
	if !ok {
		return nil
	}
	t := &tray{status: fyne.NewMenuItem(word("tray.idle"), nil), hang: fyne.NewMenuItem(word("call.hangup"), hangUp)}
	t.status.Disabled, t.hang.Disabled = true, true
	leave := fyne.NewMenuItem(word("tray.quit"), quit)
	leave.IsQuit = true
	t.menu = fyne.NewMenu(word("app.name"), t.status, fyne.NewMenuItem(word("tray.show"), show), t.hang, fyne.NewMenuItemSeparator(), leave)
	d.SetSystemTrayIcon(fyne.NewStaticResource("tray.png", assets.TrayPNG)) // trays take no SVG
	d.SetSystemTrayMenu(t.menu)
	return t
}

// update says what goes on.
func (t *tray) update(status string, inCall bool) {
	if t == nil || t.status.Label == status && t.hang.Disabled == !inCall {
		return
	}
	t.status.Label, t.hang.Disabled = status, !inCall
	t.menu.Refresh()
}
