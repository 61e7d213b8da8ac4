package ui

import "fyne.io/fyne/v2"

// box is a rectangle, in Fyne's units.
type box struct{ x, y, w, h float32 }

// boxOf is where o is.
func boxOf(o fyne.CanvasObject) box {
	p, s := o.Position(), o.Size()
	return box{p.X, p.Y, s.Width, s.Height}
}

// put gives o the place.
func (b box) put(o fyne.CanvasObject) {
	o.Resize(fyne.NewSize(b.w, b.h))
	o.Move(fyne.NewPos(b.x, b.y))
}

func (b box) has(p fyne.Position) bool {
	return p.X >= b.x && p.Y >= b.y && p.X < b.x+b.w && p.Y < b.y+b.h
}

func (b box) middle() fyne.Position { return fyne.NewPos(b.x+b.w/2, b.y+b.h/2) }

// inset leaves a margin on all sides.
func (b box) inset(by float32) box {
	return box{b.x + by, b.y + by, max(0, b.w-2*by), max(0, b.h-2*by)}
}

// within moves the box, and makes it smaller if need be, so that it lies inside another one.
func (b box) within(o box) box {
	b.w, b.h = min(b.w, o.w), min(b.h, o.h)
	b.x, b.y = min(max(b.x, o.x), o.x+o.w-b.w), min(max(b.y, o.y), o.y+o.h-b.h)
	return b
}

// toward is a part of the way from b to another one: 0 is b, 1 the other.
func (b box) toward(o box, part float32) box {
	mix := func(a, b float32) float32 { return a + (b-a)*part }
	return box{mix(b.x, o.x), mix(b.y, o.y), mix(b.w, o.w), mix(b.h, o.h)}
}

// lattice is a place to be filled with cells of the same size, which come nearest to 16:9.
type lattice struct {
	area box
	gap  float32
}

// shape returns how many columns are best for n cells, and their size.
func (f lattice) shape(n int) (columns int, w, h float32) {
	best := float32(-1)
	for c := 1; c <= n; c++ {
		r := (n + c - 1) / c
		cw, ch := (f.area.w-f.gap*float32(c-1))/float32(c), (f.area.h-f.gap*float32(r-1))/float32(r)
		if area := min(cw*cw*9/16, ch*ch*16/9); cw > 0 && ch > 0 && area > best {
			best, columns, w, h = area, c, cw, ch
		}
	}
	if columns == 0 {
		return n, f.area.w / float32(n), f.area.h
	}
	return columns, w, h
}

// most is how many cells there is room for on a page.
func (f lattice) most() int {
	for n := mostCells; n > 1; n-- {
		if _, w, h := f.shape(n); w >= leastCellWidth && h >= leastCellHeight {
			return n
		}
	}
	return 1
}

// cells returns n places out of a grid for per. Of a full page the last row is in the middle.
func (f lattice) cells(n, per int) []box {
	columns, w, h := f.shape(max(1, per))
	out := make([]box, n)
	for i := range out {
		row, col := i/columns, i%columns
		inRow := columns
		if n == per {
			inRow = min(columns, n-row*columns)
		}
		x := f.area.x + (f.area.w-float32(inRow)*w-f.gap*float32(inRow-1))/2
		out[i] = box{x + float32(col)*(w+f.gap), f.area.y + float32(row)*(h+f.gap), w, h}
	}
	return out
}
