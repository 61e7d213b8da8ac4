package main

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/ui"
)

// shell is the windows as the program needs them.
type shell struct {
	*ui.UI
	app fyne.App
}

var _ windows = (*shell)(nil)

// Show raises the main window, with a parley: link to join by if link is not empty.
func (s *shell) Show(link string) {
	if link == "" {
		s.UI.Show()
	} else {
		s.UI.Open(link)
	}
}

// Quit ends the main loop.
func (s *shell) Quit() { fyne.Do(s.app.Quit) }
