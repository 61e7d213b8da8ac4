package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// meterSteps is how finely a meter moves; a smaller change is not worth a redraw.
const meterSteps = 50

// meter is a thin bar that shows a level.
type meter struct {
	widget.BaseWidget
	step int // of meterSteps
}

func newMeter() *meter {
	m := &meter{}
	m.ExtendBaseWidget(m)
	return m
}

// set shows a level of 0 to 1.
func (m *meter) set(level float32) {
	step := int(min(1, max(0, level))*meterSteps + 0.5)
	if step != m.step {
		m.step = step
		m.Refresh()
	}
}

func (m *meter) CreateRenderer() fyne.WidgetRenderer {
	r := &meterRenderer{meter: m, groove: canvas.NewRectangle(color.Transparent), bar: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type meterRenderer struct {
	meter       *meter
	groove, bar *canvas.Rectangle
}

const meterHeight = 8

func (r *meterRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 36) }

func (r *meterRenderer) Layout(s fyne.Size) {
	y := (s.Height - meterHeight) / 2
	r.groove.Move(fyne.NewPos(0, y))
	r.groove.Resize(fyne.NewSize(s.Width, meterHeight))
	r.bar.Move(fyne.NewPos(0, y))
	r.bar.Resize(fyne.NewSize(s.Width*float32(r.meter.step)/meterSteps, meterHeight))
}

func (r *meterRenderer) Refresh() {
	r.groove.FillColor = theme.ColorForWidget(theme.ColorNameButton, r.meter)
	r.bar.FillColor = theme.ColorForWidget(theme.ColorNameSuccess, r.meter)
	r.groove.CornerRadius, r.bar.CornerRadius = meterHeight/2, meterHeight/2
	r.Layout(r.meter.Size())
	canvas.Refresh(r.meter)
}

func (r *meterRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.groove, r.bar} }
func (r *meterRenderer) Destroy()                     {}
