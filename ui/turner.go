package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parley-calls/parley/assets"
)

// turner is what pages of tiles are turned with: two arrows, and a dot for each page.
type turner struct {
	back, next *roundButton
	dots       []*canvas.Circle
	page       int
}

// The measures of the dots, and how many there are at most: so many pages are turned with the arrows.
const (
	dotSize  = 8
	dotStep  = 16
	mostDots = 12
)

func newTurner(turn func(page int)) *turner {
	t := &turner{}
	t.back = newRoundButton(assets.Left, toneSoft, pagerArrow-4, word("tile.back"), func() { turn(t.page - 1) })
	t.next = newRoundButton(assets.Right, toneSoft, pagerArrow-4, word("tile.next"), func() { turn(t.page + 1) })
	return t
}

// show returns what is to be seen, in its place.
func (t *turner) show(p pager) []fyne.CanvasObject {
	if p.pages < 2 {
		return nil
	}
	t.page = p.page
	back, next := assets.Left, assets.Right
	if p.down {
		back, next = assets.Up, assets.Down
	}
	t.back.set(back, toneSoft, word("tile.back"))
	t.next.set(next, toneSoft, word("tile.next"))
	t.back.enable(p.page > 0)
	t.next.enable(p.page < p.pages-1)
	out := []fyne.CanvasObject{t.back, t.next}
	for i, at := range []box{p.back, p.next} {
		m := at.middle()
		box{m.X - (pagerArrow-4)/2, m.Y - (pagerArrow-4)/2, pagerArrow - 4, pagerArrow - 4}.put(out[i])
	}
	for i := range p.dotBoxes() {
		if i == len(t.dots) {
			t.dots = append(t.dots, canvas.NewCircle(color.Transparent))
		}
	}
	for i, b := range p.dotBoxes() {
		t.dots[i].FillColor = callSoft
		if i == p.page {
			t.dots[i].FillColor = callWhite
		}
		b.put(t.dots[i])
		out = append(out, t.dots[i])
	}
	return out
}

// dotBoxes are where the dots are; none if there is no place for them.
func (p pager) dotBoxes() []box {
	if p.pages < 2 || p.pages > mostDots || p.dots.w < float32(p.pages)*dotStep {
		return nil
	}
	m := p.dots.middle()
	out := make([]box, p.pages)
	for i := range out {
		x := m.X + (float32(i)-float32(p.pages-1)/2)*dotStep
		out[i] = box{x - dotSize/2, m.Y, dotSize, dotSize}
	}
	return out
}

// pageAt is the page whose dot is at a position.
func (p pager) pageAt(at fyne.Position) (int, bool) {
	for i, b := range p.dotBoxes() {
		if b.inset(-(dotStep - dotSize) / 2).has(at) {
			return i, true
		}
	}
	return 0, false
}
