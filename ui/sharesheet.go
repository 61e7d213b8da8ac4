package ui

import "fyne.io/fyne/v2"

// shareSheet puts the parts of the picker below one another: head, tabs, body and foot. It tells the parts whose height depends on
// their width how wide they are.
type shareSheet struct {
	foot   *footline
	grid   *cardGrid
	fitted func() // the parts have other places
}

var _ fyne.Layout = (*shareSheet)(nil)

// shareSide is the space to the left and to the right of the picker's parts.
const shareSide = 14

// Layout implements [fyne.Layout].
func (l *shareSheet) Layout(parts []fyne.CanvasObject, s fyne.Size) {
	width := s.Width - 2*shareSide
	l.foot.width, l.grid.width = width, width
	head, tabs, body, foot := parts[0], parts[1], parts[2], parts[3]
	head.Resize(fyne.NewSize(s.Width, head.MinSize().Height))
	y := head.MinSize().Height + 4
	put := func(o fyne.CanvasObject, height float32) {
		o.Move(fyne.NewPos(shareSide, y))
		o.Resize(fyne.NewSize(width, height))
		y += height + 12
	}
	put(tabs, tabs.MinSize().Height)
	low := foot.MinSize().Height
	put(body, max(0, s.Height-y-low-24))
	put(foot, low)
	l.fitted()
}

// MinSize implements [fyne.Layout].
func (l *shareSheet) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 240) }

// footline puts a button to the right of choices, or below them where width, which its owner sets, has no room for all.
type footline struct{ width float32 }

var _ fyne.Layout = (*footline)(nil)

const footGap = 14

// lines splits what is seen into lines.
func (f *footline) lines(objects []fyne.CanvasObject) (lines [][]fyne.CanvasObject) {
	used := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if len(lines) == 0 || used+footGap+w > f.width {
			lines, used = append(lines, nil), -footGap
		}
		used += footGap + w
		lines[len(lines)-1] = append(lines[len(lines)-1], o)
	}
	return lines
}

func tallest(line []fyne.CanvasObject) float32 {
	h := float32(0)
	for _, o := range line {
		h = max(h, o.MinSize().Height)
	}
	return h
}

// Layout implements [fyne.Layout].
func (f *footline) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	y := float32(0)
	for _, line := range f.lines(objects) {
		x, high := float32(0), tallest(line)
		for _, o := range line {
			m := o.MinSize()
			if o == objects[len(objects)-1] {
				x = s.Width - m.Width
			}
			o.Move(fyne.NewPos(x, y+(high-m.Height)/2))
			o.Resize(m)
			x += m.Width + footGap
		}
		y += high + 6
	}
}

// MinSize implements [fyne.Layout].
func (f *footline) MinSize(objects []fyne.CanvasObject) fyne.Size {
	h := float32(-6)
	for _, line := range f.lines(objects) {
		h += tallest(line) + 6
	}
	return fyne.NewSize(200, max(0, h))
}
