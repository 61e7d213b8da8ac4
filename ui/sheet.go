package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// sheet is a card over the main window, with everything around it dimmed and out of reach but a call that rings, which lies over it.
// There is one at a time. A click beside it or Escape puts it away.
type sheet struct {
	root   fyne.CanvasObject
	update func(*engine.Snapshot) // each new snapshot; may be nil
	key    func(fyne.KeyName)     // what no widget and no call that rings took; Escape closes at first
	closed func()                 // however it went; may be nil
	modal  bool                   // a click beside it does nothing
}

// openSheet lays a card with content over the main window: as large as size, or as the window allows.
func (u *UI) openSheet(colours profile.Theme, size fyne.Size, content fyne.CanvasObject, closed func()) {
	card := newPanel(theme.ColorNameBackground, colorLine, 1, content)
	around := newTapArea(canvas.NewRectangle(rgba(0x05060A, 150)), func() {
		if u.sheet != nil && !u.sheet.modal {
			u.closeSheet()
		}
	})
	u.sheet = &sheet{closed: closed}
	dimmed := themed(container.NewStack(around, container.New(inMiddle(size), newTapArea(card, func() {}))), look{choice: colours})
	u.ground.Remove(u.overlay)
	u.sheet.root = container.NewStack(dimmed, u.overlay)
	u.sheet.key = func(k fyne.KeyName) {
		if k == fyne.KeyEscape {
			u.closeSheet()
		}
	}
	c := u.main.Canvas()
	u.sheet.root.Resize(c.Size())
	c.Overlays().Add(u.sheet.root)
}

func (u *UI) closeSheet() {
	s := u.sheet
	if s == nil {
		return
	}
	u.sheet = nil
	u.main.Canvas().Overlays().Remove(s.root)
	u.ground.Add(u.overlay)
	if s.closed != nil {
		s.closed()
	}
}

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
