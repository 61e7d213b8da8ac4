package main

import (
	"sync"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/ui"
)

// shell is the windows as the program needs them.
type shell struct {
	*ui.UI
	app fyne.App

	mu      sync.Mutex
	running bool
	first   *engine.Client // what to begin with
}

var _ windows = (*shell)(nil)

// run shows the windows until the program ends. Fyne's goroutine only.
func (s *shell) run() {
	s.mu.Lock()
	s.running = true
	if s.first != nil {
		s.UI.SetEngine(s.first) // on this goroutine it takes effect before the first picture
	}
	s.mu.Unlock()
	s.UI.Run()
}

// SetEngine keeps an engine until the windows run: they would show the first page without it for a moment.
func (s *shell) SetEngine(c *engine.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		s.first = c
		return
	}
	s.UI.SetEngine(c)
}

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
