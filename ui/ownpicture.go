package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/profile"
)

// The bounds of the longer side of our own picture in a corner, and what stays free between it and the bar.
const (
	ownSide      = 208 // as designed
	ownLeastSide = 96
	ownClear     = 8
)

// ownStyle is how our own picture is over that of another person.
type ownStyle struct {
	corner profile.Corner
	side   float32 // of the longer one
	margin float32
	tall   bool // it is held upright
}

// ownBounds are the least and the greatest longer side in a place of that size.
func ownBounds(size fyne.Size) (least, most float32) {
	most = max(ownLeastSide/2, min(size.Width*0.42, size.Height*0.6))
	return min(ownLeastSide, most), most
}

// ownBox puts our own picture into its corner, above the bar if the place is too narrow for both.
func ownBox(size fyne.Size, s ownStyle, bar fyne.Size) box {
	least, most := ownBounds(size)
	long := min(max(s.side, least), most)
	b := box{w: long, h: long * 9 / 16}
	if s.tall {
		b.w, b.h = b.h, b.w
	}
	b.x, b.y = s.margin, s.margin
	if s.right() {
		b.x = size.Width - s.margin - b.w
	}
	if s.bottom() {
		b.y = size.Height - s.margin - b.h
		if bar.Width+2*(b.w+s.margin+ownClear) > size.Width {
			b.y -= max(0, bar.Height-s.margin)
		}
	}
	return b.within(box{0, 0, size.Width, size.Height})
}

// nearestCorner is where a picture goes that is let go of.
func nearestCorner(size fyne.Size, b box) profile.Corner {
	m := b.middle()
	left, top := m.X < size.Width/2, m.Y < size.Height/2
	switch {
	case left && top:
		return profile.TopLeft
	case top:
		return profile.TopRight
	case left:
		return profile.BottomLeft
	}
	return profile.BottomRight
}

func (s ownStyle) right() bool { return s.corner != profile.TopLeft && s.corner != profile.BottomLeft }

func (s ownStyle) bottom() bool { return s.corner != profile.TopLeft && s.corner != profile.TopRight }

// inner reports whether p is at the corner of the picture that is farthest from that of the place, by which its size is changed.
func (s ownStyle) inner(b box, p fyne.Position) bool {
	const reach = 22
	x, y := b.x+b.w, b.y+b.h
	if s.right() {
		x = b.x
	}
	if s.bottom() {
		y = b.y
	}
	return b.has(p) && max(x-p.X, p.X-x) < reach && max(y-p.Y, p.Y-y) < reach
}

// sideAt is the longer side of a picture whose inner corner is at p.
func (s ownStyle) sideAt(size fyne.Size, b box, p fyne.Position) float32 {
	w, h := p.X-b.x, p.Y-b.y
	if s.right() {
		w = b.x + b.w - p.X
	}
	if s.bottom() {
		h = b.y + b.h - p.Y
	}
	long := max(w, h*16/9)
	if s.tall {
		long = max(h, w*16/9)
	}
	least, most := ownBounds(size)
	return min(max(long, least), most)
}
