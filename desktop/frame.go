package desktop

import (
	"context"
	"image"
	"image/color"
	"log/slog"
)

// frameWidth is the width of a frame, in pixels of the display.
const frameWidth = 4

// maxMarks bounds the marks that are shown at once: more people than a call has.
const maxMarks = 16

// Framing is a border of one colour round a part of the display, in its pixels, and where people point in it.
type Framing struct {
	Around image.Rectangle // empty: nothing is seen
	Colour color.NRGBA
	Marks  []Mark // at most 16 are shown
}

// Mark is a small disc.
type Mark struct {
	At     image.Point // on the display, in its pixels
	Colour color.NRGBA
}

// Frame shows a framing over everything that is there. Clicks go through it. There is one at a time: another call moves and recolours
// it. Where there is no room around the part, at the edges of the display, the border lies inside. Where the system does not let a
// program do this nothing is seen, and the log says so.
func (d *Desktop) Frame(f Framing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.frame == nil {
		if f.Around.Empty() || d.closed {
			return
		}
		d.frame = newFrame(d.log)
	}
	d.frame.show(f)
}

// frame is one goroutine that draws what was asked for last.
type frame struct {
	stop context.CancelFunc
	done chan struct{}
	want chan Framing // one slot: the newest
}

func newFrame(log *slog.Logger) *frame {
	ctx, cancel := context.WithCancel(context.Background())
	f := &frame{stop: cancel, done: make(chan struct{}), want: make(chan Framing, 1)}
	go func() {
		defer close(f.done)
		if err := f.draw(ctx); err != nil {
			log.Info("what is shared has no frame", "err", err)
		}
	}()
	return f
}

// show leaves an order in place of an older one. It is called by one at a time.
func (f *frame) show(want Framing) {
	select {
	case <-f.want:
	default:
	}
	f.want <- want
}

// close takes the frame away for good, and waits.
func (f *frame) close() {
	f.stop()
	<-f.done
}

// borders are the four sides of a frame round a part of a display: above, below, left and right.
func borders(around, display image.Rectangle) [4]image.Rectangle {
	outer := around.Inset(-frameWidth).Intersect(display)
	inner := outer.Inset(frameWidth)
	if outer.Dx() < 2*frameWidth || outer.Dy() < 2*frameWidth {
		inner = image.Rectangle{outer.Min, outer.Min} // nothing is left of it: all of it is frame
	}
	return [4]image.Rectangle{
		image.Rect(outer.Min.X, outer.Min.Y, outer.Max.X, inner.Min.Y),
		image.Rect(outer.Min.X, inner.Max.Y, outer.Max.X, outer.Max.Y),
		image.Rect(outer.Min.X, inner.Min.Y, inner.Min.X, inner.Max.Y),
		image.Rect(inner.Max.X, inner.Min.Y, outer.Max.X, inner.Max.Y),
	}
}
