package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// How a shared picture is zoomed.
const (
	zoomStep  = 1.25 // of a key or a button
	zoomWheel = 1.1  // of a notch of the wheel
	panStep   = 64   // of an arrow key, in Fyne's units
)

// shareView shows what somebody shares: as a whole, in its own size or larger, moved about with the pointer; and where people point
// at it. While it points, the pointer is shown to the others instead.
type shareView struct {
	widget.BaseWidget
	view    *media.View
	pump    *pump
	img     *canvas.Image
	clip    *container.Clip
	marks   []*pointerMark
	moved   func() // the pointer moved
	changed func() // the zoom or the pointing did

	call     engine.CallID
	sharer   engine.UserID
	handle   handle
	stop     func()        // of watching; nil while it does not
	w, h     int           // of the picture, in pixels
	asked    [2]int        // what size the view was told
	lens     loupe         // what part of it is seen
	pointing bool          // the pointer is shown to the others
	blank    bool          // the pointer is hidden
	over     bool          // the pointer is over it
	looking  bool          // it can be seen
	held     fyne.Position // of the pointer, in it
}

var (
	_ desktop.Hoverable   = (*shareView)(nil)
	_ desktop.Cursorable  = (*shareView)(nil)
	_ fyne.Scrollable     = (*shareView)(nil)
	_ fyne.Draggable      = (*shareView)(nil)
	_ fyne.Tappable       = (*shareView)(nil)
	_ fyne.DoubleTappable = (*shareView)(nil)
)

func newShareView(p *pump, moved, changed func()) *shareView {
	v := &shareView{view: media.NewView(media.Contain), pump: p, moved: moved, changed: changed}
	v.img = &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillStretch}
	v.img.Hide()
	v.clip = container.NewClip(container.NewWithoutLayout(v.img))
	v.view.OnReady(func() { p.wake(v) })
	v.ExtendBaseWidget(v)
	return v
}

// follow shows what a member shares.
func (v *shareView) follow(call engine.CallID, h handle, sharer engine.UserID) {
	if v.stop != nil && v.call == call && v.sharer == sharer {
		return
	}
	v.unfollow()
	v.call, v.sharer, v.handle = call, sharer, h
	v.stop = h.WatchScreen(sharer, v.view)
}

// unfollow lets go of it. The picture goes.
func (v *shareView) unfollow() {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
	v.view.Clear()
	v.img.Image = nil
	v.img.Hide()
	v.w, v.h, v.lens, v.handle = 0, 0, loupe{}, nil
	v.point(false)
	v.mark(nil)
}

// look says whether it can be seen.
func (v *shareView) look(on bool) {
	v.looking = on
	v.settle()
}

// release ends its life.
func (v *shareView) release() {
	v.unfollow()
	v.look(false)
	v.view.OnReady(nil)
	v.pump.forget(v)
}

// flush implements [flusher].
func (v *shareView) flush() {
	if !v.looking || v.stop == nil {
		return
	}
	picture, ok := v.view.Take()
	if !ok {
		return
	}
	v.img.Image = picture
	visible(v.img, true)
	if w, h := v.view.Size(); w != v.w || h != v.h {
		v.w, v.h = w, h
		v.settle()
	}
	v.img.Refresh()
}

// size is that of the picture when one of its pixels is one of the window.
func (v *shareView) size() fyne.Size {
	scale := v.scale()
	return fyne.NewSize(float32(v.w)/scale, float32(v.h)/scale)
}

func (v *shareView) scale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil && c.Scale() > 0 {
		return c.Scale()
	}
	return 1
}

// settle puts the picture and the marks where they belong, and asks for the pixels that are seen.
func (v *shareView) settle() {
	window := v.Size()
	v.clip.Resize(window)
	pos, s := v.lens.frame(window, v.size())
	v.img.Move(pos)
	v.img.Resize(s)
	for _, m := range v.marks {
		m.place(pos, s)
	}
	w, h := 0, 0
	if scale := v.scale(); v.looking && v.lens.zoom == 0 {
		w, h = int(window.Width*scale), int(window.Height*scale)
	} else if v.looking {
		w, h = v.w, v.h // all that there is: the graphics card does the rest
	}
	if v.asked != [2]int{w, h} {
		v.asked = [2]int{w, h}
		v.view.SetSize(w, h)
	}
}

// set changes what part is seen.
func (v *shareView) set(l loupe) {
	if v.lens != l {
		v.lens = l
		v.settle()
		v.changed()
		repaint()
	}
}

// whole reports whether all of the picture is seen.
func (v *shareView) whole() bool { return v.lens.zoom == 0 }

// percent is how large the picture is, of its own size.
func (v *shareView) percent() int {
	zoom := v.lens.zoom
	if zoom == 0 && v.w > 0 {
		zoom = fitZoom(v.Size(), v.size())
	}
	return int(zoom*100 + 0.5)
}

func (v *shareView) middle() fyne.Position {
	return fyne.NewPos(v.Size().Width/2, v.Size().Height/2)
}

// zoomBy zooms about the middle.
func (v *shareView) zoomBy(by float32) {
	v.set(v.lens.zoomed(by, v.middle(), v.Size(), v.size()))
}

// fit shows all of it.
func (v *shareView) fit() { v.set(loupe{}) }

// actual shows it in its own size, about a place of the window.
func (v *shareView) actual(p fyne.Position) {
	if x, y, _ := v.lens.at(p, v.Size(), v.size()); v.w > 0 {
		v.set(loupe{zoom: 1, x: x, y: y}.within(v.Size(), v.size()))
	}
}

// pan moves the picture.
func (v *shareView) pan(dx, dy float32) {
	v.set(v.lens.moved(fyne.NewDelta(dx, dy), v.Size(), v.size()))
}

// point says whether the pointer is shown to the others.
func (v *shareView) point(on bool) {
	if v.pointing != on {
		v.pointing = on
		v.changed()
		v.show()
	}
}

// show shows the others where the pointer is.
func (v *shareView) show() {
	if !v.pointing || !v.over || v.handle == nil {
		return
	}
	if x, y, ok := v.lens.at(v.held, v.Size(), v.size()); ok {
		v.handle.Point(v.sharer, x, y)
	}
}

// key handles the keys of a shared picture. It reports whether it did.
func (v *shareView) key(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyPlus, fyne.KeyEqual:
		v.zoomBy(zoomStep)
	case fyne.KeyMinus:
		v.zoomBy(1 / zoomStep)
	case fyne.Key0:
		v.fit()
	case fyne.Key1:
		v.actual(v.middle())
	case fyne.KeyL:
		v.point(!v.pointing)
	case fyne.KeyLeft:
		v.pan(panStep, 0)
	case fyne.KeyRight:
		v.pan(-panStep, 0)
	case fyne.KeyUp:
		v.pan(0, panStep)
	case fyne.KeyDown:
		v.pan(0, -panStep)
	default:
		return false
	}
	return true
}

// tick asks who points.
func (v *shareView) tick() {
	if v.handle != nil && v.looking {
		v.show() // a pointer that rests is still there
		v.mark(v.handle.Pointers(v.sharer))
	}
}

// mark shows where people point.
func (v *shareView) mark(now []engine.Pointer) {
	parts, changed := v.clip.Content.(*fyne.Container), len(now) != len(v.marks)
	for len(v.marks) > len(now) {
		last := len(v.marks) - 1
		v.marks[last].end()
		v.marks = v.marks[:last]
	}
	for len(v.marks) < len(now) {
		v.marks = append(v.marks, newPointerMark())
	}
	if changed {
		parts.Objects = []fyne.CanvasObject{v.img}
		for _, m := range v.marks {
			parts.Objects = append(parts.Objects, m.objects()...)
		}
	}
	pos, s := v.lens.frame(v.Size(), v.size())
	for i, p := range now {
		v.marks[i].show(p, pos, s)
	}
	if changed {
		parts.Refresh()
		repaint()
	}
}

// MouseIn implements [desktop.Hoverable].
func (v *shareView) MouseIn(e *desktop.MouseEvent) { v.MouseMoved(e) }

// MouseMoved implements [desktop.Hoverable].
func (v *shareView) MouseMoved(e *desktop.MouseEvent) {
	v.over, v.held = true, e.Position
	v.moved()
	v.show()
}

// MouseOut implements [desktop.Hoverable].
func (v *shareView) MouseOut() { v.over = false }

// Cursor implements [desktop.Cursorable].
func (v *shareView) Cursor() desktop.Cursor {
	switch {
	case v.pointing:
		return desktop.CrosshairCursor
	case v.blank:
		return desktop.HiddenCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements [fyne.Scrollable].
func (v *shareView) Scrolled(e *fyne.ScrollEvent) {
	v.moved()
	switch {
	case e.Scrolled.DY > 0:
		v.set(v.lens.zoomed(zoomWheel, e.Position, v.Size(), v.size()))
	case e.Scrolled.DY < 0:
		v.set(v.lens.zoomed(1/zoomWheel, e.Position, v.Size(), v.size()))
	}
}

// Dragged implements [fyne.Draggable].
func (v *shareView) Dragged(e *fyne.DragEvent) {
	v.held = e.Position
	if v.pointing {
		v.show()
		return
	}
	v.set(v.lens.moved(e.Dragged, v.Size(), v.size()))
}

// DragEnd implements [fyne.Draggable].
func (v *shareView) DragEnd() {}

// Tapped implements [fyne.Tappable]. It is there so that two taps are not taken for one.
func (v *shareView) Tapped(*fyne.PointEvent) { v.moved() }

// DoubleTapped implements [fyne.DoubleTappable].
func (v *shareView) DoubleTapped(e *fyne.PointEvent) {
	if v.whole() {
		v.actual(e.Position)
	} else {
		v.fit()
	}
}

// CreateRenderer implements [fyne.Widget].
func (v *shareView) CreateRenderer() fyne.WidgetRenderer {
	return &shareViewRenderer{v, canvas.NewRectangle(callBlack)}
}

type shareViewRenderer struct {
	view *shareView
	back *canvas.Rectangle
}

func (r *shareViewRenderer) Layout(s fyne.Size) {
	r.back.Resize(s)
	r.view.settle()
}
func (r *shareViewRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 90) }
func (r *shareViewRenderer) Refresh()           { canvas.Refresh(r.view) }
func (r *shareViewRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.view.clip}
}
func (r *shareViewRenderer) Destroy() {}

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

// show moves the mark to a pointer in a picture that is at pos and so large.
func (m *pointerMark) show(p engine.Pointer, pos fyne.Position, size fyne.Size) {
	was := m.pointer
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
