package ui

import (
	"image"

	"github.com/parley-calls/parley/profile"
)

// monitor is a screen: all of it, and what the panels of the desktop leave free. Everything here is in screen units.
type monitor struct {
	name      string
	all, work image.Rectangle
}

// How near to an edge a window sticks to it, and how far from the corner it begins.
const (
	stickiness  = 16
	placeMargin = 24
)

// settled is the upper left corner of a window of that size: where it was left if that screen is there, and otherwise the lower right
// corner of home, one of the screens. It is inside the free part of the screen in any case.
func settled(left *profile.Place, size image.Point, screens []monitor, home int) image.Point {
	if left != nil {
		for _, m := range screens {
			if m.name == left.Screen {
				at := m.all.Min.Add(image.Pt(left.X, left.Y))
				return inside(image.Rectangle{at, at.Add(size)}, m.work).Min
			}
		}
	}
	work := screens[home].work
	at := work.Max.Sub(size).Sub(image.Pt(placeMargin, placeMargin))
	return inside(image.Rectangle{at, at.Add(size)}, work).Min
}

// placeOf is where a window is, to be remembered.
func placeOf(r image.Rectangle, screens []monitor) profile.Place {
	m := screens[under(r, screens)]
	at := r.Min.Sub(m.all.Min)
	return profile.Place{Screen: m.name, X: at.X, Y: at.Y}
}

// inside moves r into an area: as far as it fits, with the upper left corner in sight.
func inside(r, area image.Rectangle) image.Rectangle {
	at := image.Pt(
		max(area.Min.X, min(r.Min.X, area.Max.X-r.Dx())),
		max(area.Min.Y, min(r.Min.Y, area.Max.Y-r.Dy())))
	return image.Rectangle{at, at.Add(r.Size())}
}

// sticking moves r to the edges of an area that are near.
func sticking(r, area image.Rectangle) image.Rectangle {
	along := func(low, high, from, to int) int {
		switch {
		case near(low, from):
			return from - low
		case near(high, to):
			return to - high
		}
		return 0
	}
	return r.Add(image.Pt(along(r.Min.X, r.Max.X, area.Min.X, area.Max.X), along(r.Min.Y, r.Max.Y, area.Min.Y, area.Max.Y)))
}

func near(a, b int) bool { return max(a-b, b-a) <= stickiness }

// under returns the number of the screen on which most of r lies; without any it is the nearest.
func under(r image.Rectangle, screens []monitor) int {
	best, most, least := 0, 0, -1
	for i, m := range screens {
		if common := r.Intersect(m.all).Size(); common.X*common.Y > most {
			most, best = common.X*common.Y, i
		}
		way := inside(r, m.all).Min.Sub(r.Min)
		if far := way.X*way.X + way.Y*way.Y; most == 0 && (least < 0 || far < least) {
			least, best = far, i
		}
	}
	return best
}

// grown is r with a width that a pointer at p asks for who drags one of its corners: x and y are 0 for left and top, 1 for right and
// bottom. The opposite corner stays. The shape stays, too, and the width between least and most, and inside an area.
func grown(r image.Rectangle, x, y int, p image.Point, least, most int, area image.Rectangle) image.Rectangle {
	shape := float64(r.Dy()) / float64(r.Dx())
	fixed := image.Pt(r.Max.X-x*r.Dx(), r.Max.Y-y*r.Dy())
	side := func(v, from, low, high int) (wanted, room int) {
		if v == 0 {
			return from - p.X, from - low
		}
		return p.X - from, high - from
	}
	wanted, room := side(x, fixed.X, area.Min.X, area.Max.X)
	tall := area.Max.Y - fixed.Y
	if y == 0 {
		tall = fixed.Y - area.Min.Y
	}
	most = min(most, room, int(float64(tall)/shape))
	w := max(least, min(wanted, most))
	h := int(float64(w)*shape + 0.5)
	at := image.Pt(fixed.X-(1-x)*w, fixed.Y-(1-y)*h)
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}
