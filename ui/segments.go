package ui

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// segment is one of a few parts of a page between which a person changes, like a tab, or one of a few choices. It may have an icon, and
// carry a count of what is new there.
type segment struct {
	widget.BaseWidget
	attended
	label    string
	icon     fyne.Resource // may be nil
	chosen   bool
	count    int
	pressed  func()
	sideways func(k fyne.KeyName) // the arrows to the left and right
}

var (
	_ fyne.Focusable    = (*segment)(nil)
	_ fyne.Tappable     = (*segment)(nil)
	_ desktop.Hoverable = (*segment)(nil)
)

// newSegments puts segments into a row. The arrows go from one to the next.
func newSegments(all ...*segment) fyne.CanvasObject {
	row := container.New(layout.NewGridLayoutWithColumns(len(all)))
	for i, s := range all {
		s.sideways = func(k fyne.KeyName) {
			to := i + 1
			if k == fyne.KeyLeft {
				to = i - 1
			}
			if to >= 0 && to < len(all) {
				all[to].pressed()
				if c := fyne.CurrentApp().Driver().CanvasForObject(all[to]); c != nil {
					c.Focus(all[to])
				}
			}
		}
		row.Add(s)
	}
	track := newPanel(theme.ColorNameButton, "", 3, row)
	track.radius = 11
	return track
}

func newSegment(icon fyne.Resource, label string, pressed func()) *segment {
	s := &segment{icon: icon, label: label, pressed: pressed}
	s.changed = s.Refresh
	s.ExtendBaseWidget(s)
	return s
}

// show says whether the segment is the one that is seen, and how much is new in it.
func (s *segment) show(chosen bool, count int) {
	if s.chosen != chosen || s.count != count {
		s.chosen, s.count = chosen, count
		s.Refresh()
	}
}

// Tapped implements [fyne.Tappable].
func (s *segment) Tapped(*fyne.PointEvent) { s.pressed() }

// TypedKey implements [fyne.Focusable].
func (s *segment) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		s.pressed()
	case fyne.KeyLeft, fyne.KeyRight:
		s.sideways(k.Name)
	default:
		passKey(s, k)
	}
}

func (s *segment) CreateRenderer() fyne.WidgetRenderer {
	r := &segmentRenderer{
		segment: s, ground: canvas.NewRectangle(color.Transparent), icon: canvas.NewImageFromResource(s.icon),
		label: canvas.NewText(s.label, color.Transparent), badge: canvas.NewRectangle(color.Transparent), count: canvas.NewText("", color.Transparent),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.icon.Hidden = s.icon == nil
	r.label.TextStyle.Bold, r.count.TextStyle.Bold = true, true
	r.Refresh()
	return r
}

type segmentRenderer struct {
	segment       *segment
	ground, badge *canvas.Rectangle
	icon          *canvas.Image
	label, count  *canvas.Text
}

const (
	segmentHeight = 32
	segmentIcon   = 18
	segmentGap    = 7 // between icon, label and badge
	badgeHeight   = 18
)

func (r *segmentRenderer) badgeWidth() float32 {
	if r.segment.count == 0 {
		return 0
	}
	return max(badgeHeight, r.count.MinSize().Width+10)
}

// width is that of icon, label and badge.
func (r *segmentRenderer) width() float32 {
	w := r.label.MinSize().Width
	if r.segment.icon != nil {
		w += segmentIcon + segmentGap
	}
	if b := r.badgeWidth(); b > 0 {
		w += segmentGap + b
	}
	return w
}

func (r *segmentRenderer) MinSize() fyne.Size { return fyne.NewSize(r.width()+16, segmentHeight) }

func (r *segmentRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	x := (s.Width - r.width()) / 2
	place := func(o fyne.CanvasObject, w, h float32) {
		o.Move(fyne.NewPos(x, (s.Height-h)/2))
		o.Resize(fyne.NewSize(w, h))
		x += w + segmentGap
	}
	if r.segment.icon != nil {
		place(r.icon, segmentIcon, segmentIcon)
	}
	m := r.label.MinSize()
	place(r.label, m.Width, m.Height)
	place(r.badge, r.badgeWidth(), badgeHeight)
	m = r.count.MinSize()
	r.count.Move(r.badge.Position().AddXY((r.badge.Size().Width-m.Width)/2, (badgeHeight-m.Height)/2))
	r.count.Resize(m)
}

func (r *segmentRenderer) Refresh() {
	s := r.segment
	named := func(n fyne.ThemeColorName) color.Color { return theme.ColorForWidget(n, s) }
	r.ground.CornerRadius = 9
	r.ground.FillColor = color.Transparent
	ink := colorMuted
	switch {
	case s.chosen:
		r.ground.FillColor = named(colorCard)
		ink = theme.ColorNameForeground
	case s.hovered:
		r.ground.FillColor = named(theme.ColorNameHover)
	}
	r.ground.StrokeWidth = 0
	if s.focused {
		r.ground.StrokeWidth, r.ground.StrokeColor = 2, named(theme.ColorNamePrimary)
	}
	if s.icon != nil {
		r.icon.Resource = theme.NewColoredResource(s.icon, ink)
		r.icon.Refresh()
	}
	r.label.Text, r.label.Color, r.label.TextSize = turned(s.label), named(ink), theme.SizeForWidget(theme.SizeNameText, s)-1
	r.count.Text, r.count.Color, r.count.TextSize = strconv.Itoa(min(s.count, 99)), callWhite, theme.SizeForWidget(theme.SizeNameCaptionText, s)-1
	r.badge.FillColor, r.badge.CornerRadius = callRed, badgeHeight/2
	r.badge.Hidden, r.count.Hidden = s.count == 0, s.count == 0
	r.Layout(s.Size())
	canvas.Refresh(s)
}

func (r *segmentRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.icon, r.label, r.badge, r.count}
}

func (r *segmentRenderer) Destroy() {}
