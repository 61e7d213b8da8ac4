package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// dock keeps the bar of buttons at the bottom. Where it would be too wide, its buttons are small and have no words.
type dock struct {
	margin  float32
	buttons []*roundButton
}

var _ fyne.Layout = dock{}

func (d dock) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	was := d.buttons[0].size
	d.shape(buttonLarge)
	for _, bar := range objects {
		m := bar.MinSize()
		if m.Width+2*d.margin > s.Width {
			d.shape(buttonSmall)
			m = bar.MinSize()
		}
		bar.Resize(m)
		bar.Move(fyne.NewPos((s.Width-m.Width)/2, s.Height-d.margin-m.Height))
	}
	if d.buttons[0].size != was {
		for _, b := range d.buttons {
			b.Refresh()
		}
	}
}

// shape gives the buttons a size.
func (d dock) shape(size float32) {
	for _, b := range d.buttons {
		b.size, b.caption = size, size == buttonLarge
	}
}

func (d dock) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(20, 0)
	for _, bar := range objects {
		s.Height = bar.MinSize().Height
	}
	for _, b := range d.buttons {
		if b.Visible() {
			s.Width += buttonSmall + 4
		}
	}
	return s.AddWidthHeight(2*d.margin, 2*d.margin)
}

// tapArea is something that can be tapped.
type tapArea struct {
	widget.BaseWidget
	content fyne.CanvasObject
	tapped  func()
}

var _ fyne.Tappable = (*tapArea)(nil)

func newTapArea(content fyne.CanvasObject, tapped func()) *tapArea {
	t := &tapArea{content: content, tapped: tapped}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements [fyne.Tappable].
func (t *tapArea) Tapped(*fyne.PointEvent) { t.tapped() }

func (t *tapArea) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.content) }
