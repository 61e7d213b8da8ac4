package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

func TestUncovered(t *testing.T) {
	t.Parallel()
	area := box{0, 0, 100, 60}
	for _, c := range []struct {
		name  string
		under []box
		want  []box
	}{
		{"nothing", nil, []box{area}},
		{"all", []box{area}, nil},
		{"more than all", []box{{-5, -5, 200, 200}}, nil},
		{"beside it", []box{{0, 60, 100, 10}, {100, 0, 10, 60}, {0, -10, 100, 10}}, []box{area}},
		{"an empty one", []box{{10, 10, 0, 20}, {10, 10, 20, 0}}, []box{area}},
		{"the middle", []box{{10, 10, 80, 40}}, []box{{0, 0, 100, 10}, {0, 10, 10, 40}, {90, 10, 10, 40}, {0, 50, 100, 10}}},
		{"two beside each other", []box{{55, 0, 45, 60}, {0, 0, 45, 60}}, []box{{45, 0, 10, 60}}},
		{"one over another", []box{{0, 0, 60, 60}, {20, 10, 60, 20}}, []box{{60, 0, 40, 10}, {80, 10, 20, 20}, {60, 30, 40, 30}}},
	} {
		if got := uncovered(area, c.under); !slices.Equal(got, c.want) {
			t.Errorf("%s: left are %v, want %v", c.name, got, c.want)
		}
	}
}

// Each point is either under a box or in one part.
func TestUncoveredIsTheRest(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		area := box{float32(random.IntN(5)), float32(random.IntN(5)), float32(10 + random.IntN(30)), float32(10 + random.IntN(30))}
		under := make([]box, random.IntN(6))
		for i := range under {
			under[i] = box{float32(random.IntN(40)) - 5, float32(random.IntN(40)) - 5, float32(random.IntN(25)), float32(random.IntN(25))}
		}
		parts := uncovered(area, under)
		for x := area.x; x < area.x+area.w; x++ {
			for y := area.y; y < area.y+area.h; y++ {
				at := fyne.NewPos(x+0.5, y+0.5)
				in := 0
				for _, p := range parts {
					if p.has(at) {
						in++
					}
				}
				want := 1
				if slices.ContainsFunc(under, func(u box) bool { return u.has(at) }) {
					want = 0
				}
				if in != want {
					t.Fatalf("%v under %v: %v is in %d of the parts %v, want %d", area, under, at, in, parts, want)
				}
			}
		}
	}
}

func TestOpaque(t *testing.T) {
	t.Parallel()
	area := box{0, 0, 200, 100}
	for _, c := range []struct {
		of     box
		corner float32
		want   box
	}{
		{area, 0, area},
		{box{-3, -3, 300, 300}, 0, area},
		{area, 10, box{2, 12, 196, 76}}, // the corners show what is behind
		{box{50, 20, 100, 60}, 0, box{52, 22, 96, 56}},
		{box{50.6, 20.6, 99.9, 60}, 0, box{52, 22, 96, 56}},
		{box{50, 20, 100, 20}, 10, box{52, 32, 96, 0}},
	} {
		if got := c.of.opaque(area, c.corner); got != c.want {
			t.Errorf("of %v with corners of %g %v is opaque, want %v", c.of, c.corner, got, c.want)
		}
	}
}

func TestBackclothIsDrawnBetweenTiles(t *testing.T) {
	b := newBackcloth(callBlack)
	b.root.Resize(fyne.NewSize(100, 60))
	drawn := func() string {
		var parts []box
		for _, o := range b.root.Objects {
			parts = append(parts, boxOf(o))
		}
		return fmt.Sprint(parts)
	}
	whole := drawn()
	if whole != fmt.Sprint([]box{{0, 0, 100, 60}}) {
		t.Errorf("with nothing over it %s is drawn", whole)
	}
	b.cover([]box{{0, 0, 45, 60}, {55, 0, 45, 60}})
	if got := drawn(); got != fmt.Sprint([]box{{45, 0, 10, 60}}) {
		t.Errorf("between two tiles %s is drawn", got)
	}
	b.root.Resize(fyne.NewSize(120, 60)) // before the tiles have their new places
	if got := drawn(); got != fmt.Sprint([]box{{45, 0, 10, 60}, {100, 0, 20, 60}}) {
		t.Errorf("beside tiles %s is drawn", got)
	}
	b.cover(nil)
	if got := drawn(); got != fmt.Sprint([]box{{0, 0, 120, 60}}) {
		t.Errorf("without tiles %s is drawn", got)
	}
}
