package media

import (
	"image"
	"slices"
	"sync"
)

// Fit says how a picture fills a [View] of another shape.
type Fit int

// The ways to fill a view.
const (
	Contain Fit = iota // all of the picture is seen
	Cover              // all of the view is filled; what does not fit is cut off evenly
)

// View is where a widget gets its pictures from: those of a [Feed] are cut, scaled and converted to the widget's size in pixels
// on the feed's goroutine, and the newest waits for the window. Three buffers go round, so a steady view allocates nothing.
// All methods may be called from any goroutine.
type View struct {
	mu     sync.Mutex // guards the fields down to stats; held for moments only
	w, h   int
	fit    Fit
	mirror bool
	feeds  []*Feed // that it is attached to
	notify func()
	ready  *image.RGBA
	from   *attachment   // whose picture ready is
	taken  *image.RGBA   // on loan to the widget until its next Take
	free   []*image.RGBA // at most two
	stats  ViewStats

	work     sync.Mutex // held while converting: two feeds may push for a moment when one replaces the other
	scaled   shrinker
	mirrored canvas
}

// ViewStats count what became of the pictures that were pushed to a view.
type ViewStats struct {
	Pushed, Taken  uint64
	Skipped        uint64 // not converted: nobody looked
	Replaced       uint64 // converted, but a newer one came before the window took it
	Width, Height  int    // of the last picture's source
	ShownW, ShownH int    // what it was converted to
}

// NewView returns a view that nobody looks at yet: give it a size and attach it to a feed.
func NewView(fit Fit) *View { return &View{fit: fit} }

// SetSize says how large the widget is, in pixels. With 0, 0 nobody looks, and pictures are not converted.
func (v *View) SetSize(w, h int) {
	v.mu.Lock()
	changed := v.w != w || v.h != h
	v.w, v.h = w, h
	feeds := slices.Clone(v.feeds)
	v.mu.Unlock()
	if changed {
		for _, f := range feeds {
			f.looked(v)
		}
	}
}

// SetMirror swaps left and right, as people expect of their own picture.
func (v *View) SetMirror(on bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mirror = on
}

// SetFit changes how pictures fill the view.
func (v *View) SetFit(fit Fit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fit = fit
}

// OnReady registers what is called when a picture waits to be taken, from the goroutine that converted it. f must not block.
// A second call replaces the first; nil removes it.
func (v *View) OnReady(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notify = f
}

// Take returns the newest picture: opaque, tight (Stride = 4·width, Min = 0,0), in premultiplied RGBA bytes as a texture wants
// them. It is the caller's until its next successful Take. ok is false when there is no newer one than last time.
func (v *View) Take() (img *image.RGBA, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ready == nil {
		return nil, false
	}
	v.recycle(v.taken)
	v.taken, v.ready, v.from = v.ready, nil, nil
	v.stats.Taken++
	return v.taken, true
}

// Size returns the size of the last picture's source, 0, 0 before the first and after [View.Clear].
func (v *View) Size() (w, h int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stats.Width, v.stats.Height
}

// Stats returns the counters.
func (v *View) Stats() ViewStats {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stats
}

// Clear forgets the picture that waits and all buffers, because the track has ended: they are large, and a widget may be kept
// long after it was shown. What the caller took stays the caller's. Not to be called from what [View.OnReady] registers.
func (v *View) Clear() {
	v.work.Lock()
	v.scaled, v.mirrored = shrinker{}, canvas{}
	v.work.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ready, v.from, v.taken, v.free = nil, nil, nil, nil
	v.stats.Width, v.stats.Height = 0, 0
}

// looking reports whether somebody looks.
func (v *View) looking() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.w > 1 && v.h > 1
}

// push converts img, which is not kept, and leaves the result for Take, unless the attachment has ended meanwhile.
func (v *View) push(from *attachment, img *image.YCbCr) {
	v.work.Lock()
	defer v.work.Unlock()

	v.mu.Lock()
	w, h, fit, flip := v.w, v.h, v.fit, v.mirror
	v.stats.Pushed++
	v.stats.Width, v.stats.Height = img.Rect.Dx(), img.Rect.Dy()
	v.mu.Unlock()

	src, err := planesOf(img)
	if err == nil && fit == Cover && w > 1 && h > 1 {
		img = cropTo(img, w, h)
		src, err = planesOf(img)
	}
	if w < 2 || h < 2 || err != nil || img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		v.mu.Lock()
		v.stats.Skipped++
		v.mu.Unlock()
		return
	}
	if src.w > w || src.h > h { // only ever smaller: the graphics card enlarges for nothing
		if dw, dh := fitInside(src.w, src.h, w, h); dw < src.w || dh < src.h {
			src = v.scaled.to(src, dw, dh)
		}
	}
	if flip {
		m := v.mirrored.sized(src.w, src.h)
		mirror(m, src)
		src = m
	}
	out := v.buffer(src.w, src.h)
	toRGBA(out, src)

	v.mu.Lock()
	if from.gone {
		v.recycle(out)
		v.mu.Unlock()
		return
	}
	if v.ready != nil {
		v.stats.Replaced++
		v.recycle(v.ready)
	}
	v.ready, v.from = out, from
	v.stats.ShownW, v.stats.ShownH = src.w, src.h
	notify := v.notify
	v.mu.Unlock()
	if notify != nil {
		notify()
	}
}

// buffer returns a picture of w × h, an old one if its memory is large enough.
func (v *View) buffer(w, h int) *image.RGBA {
	v.mu.Lock()
	defer v.mu.Unlock()
	for n := len(v.free); n > 0; n = len(v.free) {
		b := v.free[n-1]
		v.free = v.free[:n-1]
		if size := 4 * w * h; cap(b.Pix) >= size && cap(b.Pix) <= 4*size { // do not hold a full screen for a thumbnail
			b.Pix, b.Stride, b.Rect = b.Pix[:size], 4*w, image.Rect(0, 0, w, h)
			return b
		}
	}
	return image.NewRGBA(image.Rect(0, 0, w, h))
}

// recycle keeps a buffer for the next picture. v.mu is held.
func (v *View) recycle(b *image.RGBA) {
	if b != nil && len(v.free) < 2 {
		v.free = append(v.free, b)
	}
}

// cropTo returns the middle of img in the shape of w:h, on even offsets so that the colour planes line up.
func cropTo(img *image.YCbCr, w, h int) *image.YCbCr {
	sw, sh := img.Rect.Dx(), img.Rect.Dy()
	if sw < 4 || sh < 4 {
		return img
	}
	cw, ch := sw, (sw*h+w/2)/w
	if ch > sh {
		cw, ch = (sh*w+h/2)/h, sh
	}
	cw, ch = min(max(2, cw), sw), min(max(2, ch), sh)
	x, y := img.Rect.Min.X+(sw-cw)/2&^1, img.Rect.Min.Y+(sh-ch)/2&^1
	return img.SubImage(image.Rect(x, y, x+cw, y+ch)).(*image.YCbCr)
}
