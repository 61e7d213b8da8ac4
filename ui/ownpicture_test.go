package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/profile"
)

var everyCorner = []profile.Corner{"", profile.TopLeft, profile.TopRight, profile.BottomLeft, profile.BottomRight}

func TestOwnPictureStaysInItsCorner(t *testing.T) {
	t.Parallel()
	for _, size := range everySize {
		bar := fyne.NewSize(560, 120)
		for _, corner := range everyCorner {
			for _, tall := range []bool{false, true} {
				for _, side := range []float32{0, 40, 208, 4000} {
					s := ownStyle{corner, side, 16, tall}
					b := ownBox(size, s, bar)
					if b.within(box{0, 0, size.Width, size.Height}) != b || b.w < 20 || b.h < 20 {
						t.Errorf("%v in %v: %v", s, size, b)
					}
					if (b.h > b.w) != tall {
						t.Errorf("%v: %v", s, b)
					}
					if back := nearestCorner(size, b); corner != "" && bar.Height+b.h < size.Height/2 && back != corner {
						t.Errorf("in %v, let go of at %v it goes to %s, want %s", size, b, back, corner)
					}
					over := box{(size.Width - bar.Width) / 2, size.Height - bar.Height, bar.Width, bar.Height}
					if size.Height >= 360 && overlap(b, over) {
						t.Errorf("in %v at %s it lies over the bar", size, corner)
					}
				}
			}
		}
	}
}

func TestOwnPictureIsResizedAtItsInnerCorner(t *testing.T) {
	t.Parallel()
	size := fyne.NewSize(960, 640)
	for _, corner := range everyCorner {
		for _, tall := range []bool{false, true} {
			s := ownStyle{corner, 208, 16, tall}
			b := ownBox(size, s, fyne.Size{})
			in := fyne.NewPos(b.x+b.w-1, b.y+b.h-1)
			if s.right() {
				in.X = b.x + 1
			}
			if s.bottom() {
				in.Y = b.y + 1
			}
			if !s.inner(b, in) || s.inner(b, b.middle()) {
				t.Errorf("%v: the corner at %v of %v is not felt, or the middle is", s, in, b)
			}
			toward := fyne.NewPos(in.X+(480-in.X)/4, in.Y+(320-in.Y)/4)
			s.side = s.sideAt(size, b, toward)
			if larger := ownBox(size, s, fyne.Size{}); larger.w <= b.w || larger.h <= b.h {
				t.Errorf("%v: drawn toward the middle it is %v large, and was %v", s, larger, b)
			}
			if _, most := ownBounds(size); s.sideAt(size, b, fyne.NewPos(480, 320)) > most {
				t.Errorf("%v: it grows beyond its bound", s)
			}
			if least, _ := ownBounds(size); s.sideAt(size, b, fyne.NewPos(b.x+b.w/2, b.y+b.h/2)) < least {
				t.Errorf("%v: it shrinks beyond its bound", s)
			}
		}
	}
}
