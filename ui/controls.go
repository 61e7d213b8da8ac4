package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Fyne's widgets keep every key while they have the keyboard, so that Escape or a shortcut of the page would do nothing then. These are
// the same, and hand on what they do not want.

// passKey gives the window of o, which has the keyboard, a key that o does not want.
func passKey(o fyne.CanvasObject, k *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(k)
	}
}

// pushButton is Fyne's, which Enter presses, too, and with a ring while it has the keyboard: Fyne only tints it, which is not to be seen on
// one that stands out.
type pushButton struct {
	widget.Button
	focused bool
}

func newButton(label string, tapped func()) *pushButton { return newIconButton(label, nil, tapped) }

func newIconButton(label string, icon fyne.Resource, tapped func()) *pushButton {
	b := &pushButton{}
	b.Text, b.Icon, b.OnTapped = label, icon, tapped
	b.ExtendBaseWidget(b)
	return b
}

// FocusGained implements [fyne.Focusable].
func (b *pushButton) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
}

// FocusLost implements [fyne.Focusable].
func (b *pushButton) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// TypedKey implements [fyne.Focusable].
func (b *pushButton) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	default:
		passKey(b, k)
	}
}

func (b *pushButton) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := &buttonRenderer{WidgetRenderer: b.Button.CreateRenderer(), button: b, ring: canvas.NewRectangle(nil)}
	r.ring.StrokeWidth = 2
	r.paint()
	return r
}

type buttonRenderer struct {
	fyne.WidgetRenderer
	button *pushButton
	ring   *canvas.Rectangle
}

// ringGap is how far outside of a control its ring is, so that it stands off from one of the same colour.
const ringGap = 3

func (r *buttonRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	r.ring.Move(fyne.NewPos(-ringGap, -ringGap))
	r.ring.Resize(s.AddWidthHeight(2*ringGap, 2*ringGap))
}

func (r *buttonRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.paint()
}

func (r *buttonRenderer) paint() {
	r.ring.StrokeColor = theme.ColorForWidget(theme.ColorNamePrimary, r.button)
	r.ring.CornerRadius = theme.SizeForWidget(theme.SizeNameButtonRadius, r.button) + ringGap
	r.ring.Hidden = !r.button.focused
	r.ring.Refresh()
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return append(slices.Clip(r.WidgetRenderer.Objects()), r.ring)
}

// check is Fyne's box to tick, which Enter ticks, too.
type check struct{ widget.Check }

func newCheck(label string, changed func(bool)) *check {
	c := &check{}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements [fyne.Focusable].
func (c *check) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace: // comes as a letter, too
	case fyne.KeyReturn, fyne.KeyEnter:
		if !c.Disabled() {
			c.SetChecked(!c.Checked)
		}
	default:
		passKey(c, k)
	}
}

// choice is Fyne's list that drops down, which Enter opens, too.
type choice struct{ widget.Select }

func newChoice(options []string, changed func(string)) *choice {
	c := &choice{}
	c.Options, c.OnChanged = options, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements [fyne.Focusable].
func (c *choice) TypedKey(k *fyne.KeyEvent) { chooseByKey(&c.Select, c, k) }

func (c *choice) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c)
	return newEdge(c.Select.CreateRenderer(), c)
}

// edge draws a line around a list that drops down: Fyne only gives it another ground, which on a white card is white, too.
type edge struct {
	fyne.WidgetRenderer
	of   fyne.Widget
	line *canvas.Rectangle
}

func newEdge(inner fyne.WidgetRenderer, of fyne.Widget) *edge {
	e := &edge{WidgetRenderer: inner, of: of, line: canvas.NewRectangle(nil)}
	e.line.StrokeWidth = 1
	e.paint()
	return e
}

func (e *edge) Layout(s fyne.Size) {
	e.WidgetRenderer.Layout(s)
	e.line.Resize(s)
}

func (e *edge) Refresh() {
	e.WidgetRenderer.Refresh()
	e.paint()
}

func (e *edge) paint() {
	e.line.StrokeColor = theme.ColorForWidget(theme.ColorNameInputBorder, e.of)
	e.line.CornerRadius = theme.SizeForWidget(theme.SizeNameInputRadius, e.of)
	e.line.Refresh()
}

func (e *edge) Objects() []fyne.CanvasObject {
	return append(slices.Clip(e.WidgetRenderer.Objects()), e.line)
}

// chooseByKey is what a key does to a list that drops down, which is part of o.
func chooseByKey(s *widget.Select, o fyne.CanvasObject, k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		s.TypedKey(k)
	case fyne.KeyReturn, fyne.KeyEnter:
		s.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		passKey(o, k)
	}
}

// slider is Fyne's.
type slider struct{ widget.Slider }

func newSlider(least, most float64) *slider {
	s := &slider{}
	s.Min, s.Max, s.Step = least, most, 1
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey implements [fyne.Focusable].
func (s *slider) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyLeft, fyne.KeyRight:
		s.Slider.TypedKey(k)
	default:
		passKey(s, k)
	}
}

// newBorder is Fyne's container of that name with its parts in the order in which they are read, which is that in which Tab goes from
// one to the next: Fyne begins with what is in the middle.
func newBorder(top, bottom, left, right fyne.CanvasObject, middle ...fyne.CanvasObject) *fyne.Container {
	var all []fyne.CanvasObject
	for _, o := range slices.Concat([]fyne.CanvasObject{top, left}, middle, []fyne.CanvasObject{right, bottom}) {
		if o != nil {
			all = append(all, o)
		}
	}
	return container.New(layout.NewBorderLayout(top, bottom, left, right), all...)
}
