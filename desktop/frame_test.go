package desktop

import (
	"image"
	"testing"
)

func TestBorders(t *testing.T) {
	t.Parallel()
	display := image.Rect(0, 0, 1000, 800)
	for name, c := range map[string]struct {
		around, outer, inner image.Rectangle
	}{
		"in the middle":       {image.Rect(100, 100, 300, 200), image.Rect(96, 96, 304, 204), image.Rect(100, 100, 300, 200)},
		"the whole display":   {display, display, image.Rect(4, 4, 996, 796)},
		"at an edge":          {image.Rect(0, 100, 300, 200), image.Rect(0, 96, 304, 204), image.Rect(4, 100, 300, 200)},
		"hangs over the edge": {image.Rect(900, 100, 1300, 200), image.Rect(896, 96, 1000, 204), image.Rect(900, 100, 996, 200)},
	} {
		sides := borders(c.around, display)
		for y := range display.Dy() {
			for x := range display.Dx() {
				p, n := image.Pt(x, y), 0
				for _, s := range sides {
					if p.In(s) {
						n++
					}
				}
				if want := p.In(c.outer) && !p.In(c.inner); n > 1 || (n == 1) != want {
					t.Fatalf("%s: %v is in %d sides", name, p, n)
				}
			}
		}
	}
	for _, s := range borders(image.Rect(2000, 0, 2100, 100), display) {
		if !s.Empty() {
			t.Errorf("what is not on the display has a side %v", s)
		}
	}
}
