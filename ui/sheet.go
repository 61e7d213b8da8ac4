package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
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
	link   signal.Link            // that it asks about; nil: none
	middle *fyne.Container        // holds the card
}

// openSheet lays a card with content over the main window: as large as size, or as the window allows.
func (u *UI) openSheet(colours profile.Theme, size fyne.Size, content fyne.CanvasObject, closed func()) {
	card := newPanel(theme.ColorNameBackground, colorLine, 1, content)
	around := newTapArea(canvas.NewRectangle(rgba(0x05060A, 150)), func() {
		if u.sheet != nil && !u.sheet.modal {
			u.closeSheet()
		}
	})
	u.sheet = &sheet{closed: closed, middle: container.New(inMiddle(size), newTapArea(card, func() {}))}
	dimmed := themed(container.NewStack(around, u.sheet.middle), look{choice: colours})
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

// resize gives the card another size, for another content.
func (s *sheet) resize(size fyne.Size) {
	s.middle.Layout = inMiddle(size)
	s.middle.Refresh()
}

// withFoot is the content of a sheet of a width: words that can be scrolled where the window is too low for them, and below them what
// always stays. fit says which size it takes, as the words are.
func withFoot(width float32, words, foot fyne.CanvasObject) (content fyne.CanvasObject, fit func() fyne.Size) {
	const side, top, low = 14, 14, 12
	inner := width - 2*side - 2 // with the line around the sheet
	body := container.NewVScroll(words)
	content = inset(top, low, side, side, newBorder(nil, inset(8, 0, 0, 0, foot), nil, nil, body))
	return content, func() fyne.Size {
		words.Resize(fyne.NewSize(inner, 0)) // so that they know how many lines they take
		return fyne.NewSize(width, words.MinSize().Height+foot.MinSize().Height+8+theme.Padding()+top+low+2)
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
