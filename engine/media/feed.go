package media

import (
	"image"
	"slices"
	"sync"
)

// Feed hands the pictures of one track to any number of views. The zero value is ready; all methods may be called from any
// goroutine.
type Feed struct {
	mu       sync.Mutex
	attached []*attachment // replaced, never changed in place: Push works on it without the lock
	look     func()        // see onLook; may be nil
}

// attachment is one view on one feed.
type attachment struct {
	view *View
	gone bool // guarded by view.mu
}

// Push converts img for every view that somebody looks at. img is not kept: the caller may overwrite it afterwards.
// 4:2:0 pictures in the limited range of BT.601 are expected.
func (f *Feed) Push(img *image.YCbCr) {
	f.mu.Lock()
	attached := f.attached
	f.mu.Unlock()
	for _, a := range attached {
		a.view.push(a, img)
	}
}

// Attach lets v show this feed until detach is called. After detach no more pictures of this feed come to v, and one of them
// that waited untaken is gone. Calling detach again does nothing.
func (f *Feed) Attach(v *View) (detach func()) {
	a := &attachment{view: v}
	f.mu.Lock()
	f.attached = append(slices.Clip(f.attached), a)
	f.mu.Unlock()
	v.mu.Lock()
	v.feeds = append(v.feeds, f)
	v.mu.Unlock()
	f.looked(v)
	return func() {
		f.mu.Lock()
		if i := slices.Index(f.attached, a); i >= 0 {
			f.attached = slices.Concat(f.attached[:i], f.attached[i+1:])
		}
		f.mu.Unlock()

		v.mu.Lock()
		defer v.mu.Unlock()
		a.gone = true
		v.feeds = slices.DeleteFunc(v.feeds, func(other *Feed) bool { return other == f })
		if v.from == a {
			v.recycle(v.ready)
			v.ready, v.from = nil, nil
		}
	}
}

// onLook registers what is called, on any goroutine, when somebody begins to look at the feed, or looks in another size. look must not
// block. A second call replaces the first.
func (f *Feed) onLook(look func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look = look
}

func (f *Feed) looked(v *View) {
	f.mu.Lock()
	look := f.look
	f.mu.Unlock()
	if look != nil && v.looking() {
		look()
	}
}

// Watched reports whether anybody looks: some attached view has a size.
func (f *Feed) Watched() bool {
	f.mu.Lock()
	attached := f.attached
	f.mu.Unlock()
	return slices.ContainsFunc(attached, func(a *attachment) bool { return a.view.looking() })
}

// Size is how large the largest attached view is, in pixels; 0×0 while nobody looks.
func (f *Feed) Size() (most image.Point) {
	if f == nil {
		return most
	}
	f.mu.Lock()
	attached := f.attached
	f.mu.Unlock()
	for _, a := range attached {
		a.view.mu.Lock()
		if w, h := a.view.w, a.view.h; w*h > most.X*most.Y {
			most = image.Pt(w, h)
		}
		a.view.mu.Unlock()
	}
	return most
}

// Taken counts the pictures that the window of the busiest attached view has taken so far.
func (f *Feed) Taken() uint64 {
	f.mu.Lock()
	attached := f.attached
	f.mu.Unlock()
	most := uint64(0)
	for _, a := range attached {
		most = max(most, a.view.Stats().Taken)
	}
	return most
}
