package ui

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// backcloth lies behind tiles in one colour, drawn only where it is seen between them: a layer of the size of the window costs software
// OpenGL as much as all the pictures on it.
type backcloth struct {
	root    *fyne.Container
	colour  color.Color
	covered []box // what lies over it, opaque
}

func newBackcloth(c color.Color) *backcloth {
	b := &backcloth{colour: c}
	b.root = container.New(b)
	return b
}

// cover says what lies over the backcloth.
func (b *backcloth) cover(by []box) {
	if !slices.Equal(b.covered, by) {
		b.covered = by
		b.Layout(nil, b.root.Size())
	}
}

// Layout implements [fyne.Layout].
func (b *backcloth) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	parts := uncovered(box{0, 0, s.Width, s.Height}, b.covered)
	objects := b.root.Objects[:min(len(parts), len(b.root.Objects))]
	for len(objects) < len(parts) {
		objects = append(objects, canvas.NewRectangle(b.colour))
	}
	for i, part := range parts {
		part.put(objects[i])
	}
	b.root.Objects = objects
	repaint()
}

// MinSize implements [fyne.Layout].
func (b *backcloth) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// opaque is what of a box with round corners surely hides what is behind it, wherever the edges of its pixels are. Along the edges of area
// that is all of it.
func (b box) opaque(area box, corner float32) box {
	const doubt = 2 // in Fyne's units: what is drawn begins and ends at a whole pixel
	floor := func(v float32) float32 { return float32(math.Floor(float64(v))) }
	left, top, right, bottom := floor(b.x)+doubt, floor(b.y+corner)+doubt, floor(b.x+b.w)-doubt, floor(b.y+b.h-corner)-doubt
	if corner == 0 {
		if b.x <= area.x {
			left = area.x
		}
		if b.y <= area.y {
			top = area.y
		}
		if b.x+b.w >= area.x+area.w {
			right = area.x + area.w
		}
		if b.y+b.h >= area.y+area.h {
			bottom = area.y + area.h
		}
	}
	return box{left, top, max(0, right-left), max(0, bottom-top)}
}

// uncovered is what is left of area under some boxes, in parts that do not overlap.
func uncovered(area box, under []box) []box {
	under = slices.DeleteFunc(slices.Clone(under), func(u box) bool { return u.w <= 0 || u.h <= 0 })
	slices.SortFunc(under, func(a, b box) int { return cmp.Compare(a.x, b.x) })
	rows := []float32{area.y, area.y + area.h}
	for _, u := range under {
		for _, y := range []float32{u.y, u.y + u.h} {
			if y > area.y && y < area.y+area.h {
				rows = append(rows, y)
			}
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	var parts []box
	for i := range len(rows) - 1 {
		top, bottom := rows[i], rows[i+1]
		x, end := area.x, area.x+area.w
		add := func(to float32) {
			if to <= x {
				return
			}
			part := box{x, top, to - x, bottom - top}
			for j, above := range parts {
				if above.x == part.x && above.w == part.w && above.y+above.h == top {
					parts[j].h += part.h
					return
				}
			}
			parts = append(parts, part)
		}
		for _, u := range under {
			if u.y <= top && u.y+u.h >= bottom {
				add(min(u.x, end))
				x = max(x, u.x+u.w)
			}
		}
		add(end)
	}
	return parts
}
