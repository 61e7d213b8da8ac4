package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// scrollStep is how far an arrow scrolls, in Fyne's units.
const scrollStep = 48

// scrollKey scrolls by the keyboard. It reports whether the key is one for that.
func scrollKey(s *container.Scroll, k fyne.KeyName) bool {
	page := s.Size().Height * 0.85
	to := s.Offset.Y
	switch k {
	case fyne.KeyUp:
		to -= scrollStep
	case fyne.KeyDown:
		to += scrollStep
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = s.Content.Size().Height
	default:
		return false
	}
	s.ScrollToOffset(fyne.NewPos(s.Offset.X, to))
	return true
}

// scrollInto brings a part of what is scrolled, from top to bottom, into sight, by the shortest way.
func scrollInto(s *container.Scroll, top, bottom float32) {
	switch height := s.Size().Height; {
	case top < s.Offset.Y:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, top))
	case bottom > s.Offset.Y+height:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, min(top, bottom-height)))
	}
}

// followFocus keeps in sight what has the keyboard, on a page that is longer than the window. Fyne does not say when the keyboard goes on,
// so [followFocus.tick] looks for itself.
type followFocus struct {
	scroll  *container.Scroll
	outside fyne.Focusable // what can have the keyboard beside the page
	last    fyne.Focusable
}

// followMargin is what is seen beside what has the keyboard, such as its name.
const followMargin = 28

func (f *followFocus) tick() {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(f.scroll)
	if c == nil || c.Overlays().Top() != nil || c.Focused() == f.last {
		return
	}
	f.last = c.Focused()
	o, ok := f.last.(fyne.CanvasObject)
	if !ok || f.last == f.outside {
		return
	}
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(f.scroll.Content).Y
	scrollInto(f.scroll, max(0, top-followMargin), top+o.Size().Height+followMargin)
}
