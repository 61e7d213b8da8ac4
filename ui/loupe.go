package ui

import "fyne.io/fyne/v2"

// maxZoom is how large a pixel of a picture may become, in pixels of the window.
const maxZoom = 8

// loupe is what part of a picture is looked at. The zero value is all of it, as large as it fits.
type loupe struct {
	zoom float32 // how large a pixel of the picture is, in pixels of the window; 0: as the whole picture fits
	x, y float32 // what is in the middle of the window, 0 to 1 of the picture, while zoom is not 0
}

// frame returns where the picture is in a window. size is that of the picture at a zoom of 1.
func (l loupe) frame(window, size fyne.Size) (fyne.Position, fyne.Size) {
	if size.Width <= 0 || size.Height <= 0 {
		return fyne.Position{}, fyne.Size{}
	}
	l = l.within(window, size)
	zoom := l.zoom
	if zoom == 0 {
		zoom, l.x, l.y = fitZoom(window, size), 0.5, 0.5
	}
	w, h := size.Width*zoom, size.Height*zoom
	return fyne.NewPos(window.Width/2-l.x*w, window.Height/2-l.y*h), fyne.NewSize(w, h)
}

// at returns which place of the picture, 0 to 1 from its left and top, is at a place of the window; false if none is.
func (l loupe) at(p fyne.Position, window, size fyne.Size) (x, y float32, ok bool) {
	pos, s := l.frame(window, size)
	if s.Width <= 0 || s.Height <= 0 {
		return 0, 0, false
	}
	x, y = (p.X-pos.X)/s.Width, (p.Y-pos.Y)/s.Height
	return x, y, x >= 0 && x <= 1 && y >= 0 && y <= 1
}

// zoomed returns the loupe after zooming by a factor: what is at p stays there, as far as the picture reaches.
func (l loupe) zoomed(by float32, p fyne.Position, window, size fyne.Size) loupe {
	if size.Width <= 0 || size.Height <= 0 {
		return l
	}
	now := l.zoom
	if now == 0 {
		now = fitZoom(window, size)
	}
	x, y, _ := l.at(p, window, size)
	zoom := min(maxZoom, now*by)
	if zoom <= fitZoom(window, size)*1.001 && by < 1 {
		return loupe{}
	}
	return loupe{
		zoom: zoom,
		x:    x + (window.Width/2-p.X)/(size.Width*zoom),
		y:    y + (window.Height/2-p.Y)/(size.Height*zoom),
	}.within(window, size)
}

// moved returns the loupe after the picture was dragged so far.
func (l loupe) moved(by fyne.Delta, window, size fyne.Size) loupe {
	if l.zoom == 0 || size.Width <= 0 || size.Height <= 0 {
		return l
	}
	l.x -= by.DX / (size.Width * l.zoom)
	l.y -= by.DY / (size.Height * l.zoom)
	return l.within(window, size)
}

// within keeps the picture in the window: in its middle where it is smaller, and over all of it where it is larger.
func (l loupe) within(window, size fyne.Size) loupe {
	if l.zoom == 0 {
		return l
	}
	keep := func(at, window, picture float32) float32 {
		half := window / 2 / picture
		if half >= 0.5 {
			return 0.5
		}
		return min(max(at, half), 1-half)
	}
	l.x, l.y = keep(l.x, window.Width, size.Width*l.zoom), keep(l.y, window.Height, size.Height*l.zoom)
	return l
}

// fitZoom is the zoom at which the whole picture just fits.
func fitZoom(window, size fyne.Size) float32 {
	return min(window.Width/size.Width, window.Height/size.Height)
}
