package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// shareView shows what somebody shares: as a whole, in its own size or larger; and where people point at it. It feels no pointer itself:
// in a window of its own a [shareHand] does, and in the page of a call the [scene].
type shareView struct {
	widget.BaseWidget
	view    *media.View
	pump    *pump
	img     *canvas.Image
	clip    *container.Clip
	marks   []*pointerMark
	changed func() // there is a picture, or none any more, or what part of it is seen is another one

	call    engine.CallID
	sharer  engine.UserID
	handle  handle
	stop    func()  // of watching; nil while it does not
	w, h    int     // of the picture, in pixels; 0 while there is none
	asked   [2]int  // what size the view was told
	lens    loupe   // what part of it is seen
	corner  float32 // how round the picture is, while all of it is seen
	marked  bool    // the picture itself shows where people point, without their names
	looking bool    // it can be seen
	moving  bool    // it changes its size for a moment: pictures are not converted anew for that
}

func newShareView(p *pump, changed func()) *shareView {
	v := &shareView{view: media.NewView(media.Contain), pump: p, changed: changed}
	v.img = &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillStretch}
	v.img.Hide()
	v.clip = container.NewClip(container.NewWithoutLayout(v.img))
	v.view.OnReady(func() { p.wake(v) })
	v.ExtendBaseWidget(v)
	return v
}

// follow shows what a member shares.
func (v *shareView) follow(call engine.CallID, h handle, sharer engine.UserID, what engine.Sharing) {
	v.marked = what.Marked && !what.Paused
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
	v.mark(nil)
	v.changed()
}

// look says whether it can be seen.
func (v *shareView) look(on bool) {
	v.looking = on
	v.settle()
}

// still says that a move of it is over, or that one begins.
func (v *shareView) still(on bool) {
	v.moving = !on
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
		v.changed()
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
	v.img.CornerRadius = 0
	if v.whole() {
		v.img.CornerRadius = v.corner
	}
	for _, m := range v.marks {
		m.place(pos, s)
	}
	if v.moving {
		return
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
	if v.lens != l && v.w > 0 {
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

// zoom makes it larger by a factor; what is at p stays there.
func (v *shareView) zoom(by float32, p fyne.Position) {
	v.set(v.lens.zoomed(by, p, v.Size(), v.size()))
}

// wheel zooms as a wheel that turns at p asks.
func (v *shareView) wheel(turned float32, p fyne.Position) {
	switch {
	case turned > 0:
		v.zoom(zoomWheel, p)
	case turned < 0:
		v.zoom(1/zoomWheel, p)
	}
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

// tick asks who points.
func (v *shareView) tick() {
	if v.handle != nil && v.looking {
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
		v.marks[i].show(p, pos, s, v.marked)
	}
	if changed {
		parts.Refresh()
		repaint()
	}
}

// CreateRenderer implements [fyne.Widget].
func (v *shareView) CreateRenderer() fyne.WidgetRenderer { return &shareViewRenderer{v} }

type shareViewRenderer struct{ view *shareView }

func (r *shareViewRenderer) Layout(fyne.Size)             { r.view.settle() }
func (r *shareViewRenderer) MinSize() fyne.Size           { return fyne.NewSize(32, 18) }
func (r *shareViewRenderer) Refresh()                     { canvas.Refresh(r.view) }
func (r *shareViewRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.view.clip} }
func (r *shareViewRenderer) Destroy()                     {}
