package ui

import (
	"math"
	"math/rand/v2"
	"testing"

	"fyne.io/fyne/v2"
)

func TestLoupe(t *testing.T) {
	t.Parallel()
	window, size := fyne.NewSize(800, 600), fyne.NewSize(1600, 900)
	for _, tt := range []struct {
		name string
		lens loupe
		pos  fyne.Position
		size fyne.Size
	}{
		{"as a whole", loupe{}, fyne.NewPos(0, 75), fyne.NewSize(800, 450)},
		{"its own size, in the middle", loupe{zoom: 1, x: 0.5, y: 0.5}, fyne.NewPos(-400, -150), size},
		{"not beyond the left top", loupe{zoom: 1, x: 0, y: 0}, fyne.NewPos(0, 0), size},
		{"not beyond the right bottom", loupe{zoom: 1, x: 1, y: 1}, fyne.NewPos(-800, -300), size},
		{"smaller than the window", loupe{zoom: 0.25, x: 0, y: 0}, fyne.NewPos(200, 187.5), fyne.NewSize(400, 225)},
	} {
		pos, got := tt.lens.frame(window, size)
		if d := pos.Subtract(tt.pos); math.Hypot(float64(d.X), float64(d.Y)) > 0.01 || got != tt.size {
			t.Errorf("%s: %v %v, want %v %v", tt.name, pos, got, tt.pos, tt.size)
		}
	}
	if pos, s := (loupe{}).frame(window, fyne.Size{}); pos != (fyne.Position{}) || s != (fyne.Size{}) {
		t.Error("a picture that is not there has a place")
	}
	if _, _, ok := (loupe{}).at(fyne.NewPos(10, 10), window, size); ok {
		t.Error("above the picture is a place of it")
	}
	if l := (loupe{zoom: 1, x: 0.5, y: 0.5}).zoomed(0.1, fyne.NewPos(1, 1), window, size); l != (loupe{}) {
		t.Errorf("zooming out ends at %v, not with the whole picture", l)
	}
}

// What is under the pointer stays there, unless the edge of the picture is in the way; and no loupe leaves the picture.
func TestLoupeKeepsWhatIsPointedAt(t *testing.T) {
	t.Parallel()
	const slack = 0.5
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		window := fyne.NewSize(100+random.Float32()*2000, 100+random.Float32()*1200)
		size := fyne.NewSize(100+random.Float32()*3000, 100+random.Float32()*2000)
		l := loupe{}
		for range 12 {
			p := fyne.NewPos(random.Float32()*window.Width, random.Float32()*window.Height)
			x, y, on := l.at(p, window, size)
			before := l
			if random.IntN(3) == 0 {
				l = l.moved(fyne.NewDelta(random.Float32()*400-200, random.Float32()*400-200), window, size)
				if l.zoom != before.zoom {
					t.Fatal("moving zooms")
				}
			} else {
				l = l.zoomed(0.5+random.Float32()*1.5, p, window, size)
				pos, s := l.frame(window, size)
				inside := pos.X < -slack && pos.X+s.Width > window.Width+slack && pos.Y < -slack && pos.Y+s.Height > window.Height+slack
				if nx, ny, _ := l.at(p, window, size); on && inside && (math.Abs(float64(nx-x)) > 1e-3 || math.Abs(float64(ny-y)) > 1e-3) {
					t.Fatalf("%v under the pointer became %v: %v → %v", [2]float32{x, y}, [2]float32{nx, ny}, before, l)
				}
			}
			pos, s := l.frame(window, size)
			if s.Width > window.Width+slack && (pos.X > slack || pos.X+s.Width < window.Width-slack) ||
				s.Height > window.Height+slack && (pos.Y > slack || pos.Y+s.Height < window.Height-slack) {
				t.Fatalf("%v of %v leaves a part of %v empty: %v %v", l, size, window, pos, s)
			}
			if l.zoom > maxZoom {
				t.Fatalf("zoom %v", l.zoom)
			}
		}
	}
}
