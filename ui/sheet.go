package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/profile"
)

// sheet is a card over a window, with everything around it dimmed and out of reach. A click beside it puts it away.
type sheet struct {
	canvas fyne.Canvas
	root   fyne.CanvasObject
}

// openSheet lays a card with content over a window: as large as size, or as the window allows. away is called by a click beside it.
func openSheet(c fyne.Canvas, colours profile.Theme, size fyne.Size, content fyne.CanvasObject, away func()) *sheet {
	card := newPanel(theme.ColorNameBackground, colorLine, 1, content)
	around := newTapArea(canvas.NewRectangle(rgba(0x05060A, 150)), away)
	s := &sheet{canvas: c}
	s.root = container.NewThemeOverride(container.NewStack(around, container.New(inMiddle(size), newTapArea(card, func() {}))), look{choice: colours})
	s.root.Resize(c.Size())
	c.Overlays().Add(s.root)
	return s
}

func (s *sheet) close() { s.canvas.Overlays().Remove(s.root) }

// inMiddle puts what is in it into the middle, at this size or what a margin leaves of the place.
type inMiddle fyne.Size

// sheetMargin is what stays free around a sheet in a small window.
const sheetMargin = 24

func (m inMiddle) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	size := fyne.NewSize(min(m.Width, s.Width-2*sheetMargin), min(m.Height, s.Height-2*sheetMargin))
	for _, o := range objects {
		o.Resize(size)
		o.Move(fyne.NewPos((s.Width-size.Width)/2, (s.Height-size.Height)/2))
	}
}

func (m inMiddle) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
