package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
)

// glide is how long a mark takes to a new place: as long as it is until the next one is known.
const glide = 100 * time.Millisecond

// pointerMark is where somebody points, with the name beside it.
type pointerMark struct {
	pointer engine.Pointer
	halo    *canvas.Circle
	dot     *canvas.Circle
	name    plate
	x, y    float32 // where it is drawn, on the way to pointer
	pos     fyne.Position
	size    fyne.Size
	motion  *fyne.Animation
}

func newPointerMark() *pointerMark {
	return &pointerMark{halo: canvas.NewCircle(color.Transparent), dot: canvas.NewCircle(color.Transparent), name: newPlate()}
}

func (m *pointerMark) objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{m.halo, m.dot}, m.name.objects()...)
}

// show moves the mark to a pointer in a picture that is at pos and so large. Of one that is in the picture already only the name is shown:
// the picture comes a little later than the pointer, and nobody is to be seen twice.
func (m *pointerMark) show(p engine.Pointer, pos fyne.Position, size fyne.Size, marked bool) {
	was := m.pointer
	m.dot.Hidden, m.halo.Hidden = marked, marked
	m.pointer = p
	if was.User.ID != p.User.ID {
		ink := avatarColor(p.User.ID)
		m.dot.FillColor, m.dot.StrokeColor, m.dot.StrokeWidth = ink, callWhite, 2
		ink.A = 90
		m.halo.FillColor = ink
		m.name.show(shown(p.User), theme.Size(theme.SizeNameCaptionText))
		m.x, m.y = p.X, p.Y
	}
	if was.User.ID == p.User.ID && (was.X != p.X || was.Y != p.Y) {
		m.end()
		fromX, fromY := m.x, m.y
		m.motion = &fyne.Animation{Duration: glide, Curve: fyne.AnimationLinear, Tick: func(done float32) {
			m.x, m.y = fromX+(p.X-fromX)*done, fromY+(p.Y-fromY)*done
			m.place(m.pos, m.size)
			canvas.Refresh(m.dot)
		}}
		m.motion.Start()
	}
	m.place(pos, size)
}

// end stops it where it is.
func (m *pointerMark) end() {
	if m.motion != nil {
		m.motion.Stop()
		m.motion = nil
	}
}

// place draws it in a picture that is at pos and so large.
func (m *pointerMark) place(pos fyne.Position, size fyne.Size) {
	const dot, halo = 12, 30
	m.pos, m.size = pos, size
	at := fyne.NewPos(pos.X+m.x*size.Width, pos.Y+m.y*size.Height)
	m.dot.Resize(fyne.NewSquareSize(dot))
	m.dot.Move(at.SubtractXY(dot/2, dot/2))
	m.halo.Resize(fyne.NewSquareSize(halo))
	m.halo.Move(at.SubtractXY(halo/2, halo/2))
	m.name.place(at.X+halo/2+2, at.Y+halo/2-6, 180)
}
