package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// entry is a line of a menu.
type entry struct {
	face   face
	keys   string            // that do the same, as people read them; may be empty
	do     func()            // nil: it cannot be pressed
	object fyne.CanvasObject // in place of all that, such as a slider; may be nil
}

// menu is a list of things to do, over what it lies on. It is open from [menu.open] until something of it is pressed, a click beside it,
// or Escape. What it shows is asked for anew with each update, so an entry is always as things stand.
type menu struct {
	canvas  func() fyne.Canvas
	root    *fyne.Container // all of what it lies on
	card    *panel
	scroll  *container.Scroll
	list    *fyne.Container
	rows    []*menuRow
	entries func() []entry
	x, y    float32 // the point that it hangs at
	above   bool    // it stands above the point
}

// menuWidth is the least width of a menu, in Fyne's units.
const menuWidth = 250

func newMenu(canvas func() fyne.Canvas) *menu {
	m := &menu{canvas: canvas}
	m.list = container.New(layout.NewCustomPaddedVBoxLayout(0))
	m.scroll = container.NewVScroll(m.list)
	m.card = newPanel(colorCard, colorLine, 6, m.scroll)
	m.root = container.New(m, newTapArea(newSpace(), m.close), m.card)
	m.root.Hide()
	return m
}

// newSpace is an area that shows nothing.
func newSpace() fyne.CanvasObject { return canvas.NewRectangle(color.Transparent) }

// open shows entries at a point: above it or below. The first one gets the keyboard.
func (m *menu) open(entries func() []entry, x, y float32, above bool) {
	m.entries, m.x, m.y, m.above = entries, x, y, above
	m.list.Objects, m.rows = nil, nil
	m.update()
	if len(m.list.Objects) == 0 {
		return
	}
	colour(m.root, darkTheme)
	visible(m.root, true)
	m.scroll.ScrollToTop()
	m.step(nil, 1)
}

// toggle closes the menu if it is open, and opens it otherwise.
func (m *menu) toggle(entries func() []entry, x, y float32, above bool) {
	if m.root.Visible() {
		m.close()
		return
	}
	m.open(entries, x, y, above)
}

func (m *menu) close() {
	if !m.root.Visible() {
		return
	}
	m.root.Hide()
	if c := m.canvas(); m.holds(c.Focused()) {
		c.Unfocus()
	}
	m.entries = nil
}

func (m *menu) holds(f fyne.Focusable) bool {
	for _, r := range m.rows {
		if f == fyne.Focusable(r) {
			return true
		}
	}
	return false
}

// update shows the entries as they are now.
func (m *menu) update() {
	if m.entries == nil {
		return
	}
	all := m.entries()
	if len(all) == 0 {
		m.close()
		return
	}
	count := len(m.list.Objects)
	m.rows = m.rows[:0:0]
	for i, e := range all {
		if e.object != nil {
			m.put(i, e.object)
			continue
		}
		r := m.row(i)
		r.show(e)
		m.rows = append(m.rows, r)
	}
	m.list.Objects = m.list.Objects[:len(all)]
	if count != len(all) {
		m.list.Refresh()
		m.root.Refresh()
	}
}

// row is the line with a number.
func (m *menu) row(i int) *menuRow {
	if i < len(m.list.Objects) {
		if r, is := m.list.Objects[i].(*menuRow); is {
			return r
		}
	}
	r := newMenuRow(m)
	m.put(i, r)
	return r
}

func (m *menu) put(i int, o fyne.CanvasObject) {
	if i < len(m.list.Objects) {
		m.list.Objects[i] = o
	} else {
		m.list.Objects = append(m.list.Objects, o)
	}
}

// step moves the keyboard from a row to the next or, with -1, to the one before. From nil it goes to the first or the last.
func (m *menu) step(from *menuRow, by int) {
	n := len(m.rows)
	at := -1
	if by < 0 {
		at = n
	}
	for i, r := range m.rows {
		if r == from {
			at = i
		}
	}
	for range n {
		at = (at + by + n) % n
		if m.rows[at].entry.do != nil {
			m.canvas().Focus(m.rows[at])
			r := m.rows[at]
			scrollInto(m.scroll, r.Position().Y, r.Position().Y+r.Size().Height)
			return
		}
	}
}

var _ fyne.Layout = (*menu)(nil)

// Layout implements [fyne.Layout].
func (m *menu) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	const margin = 8
	objects[0].Resize(s)
	size := m.list.MinSize().AddWidthHeight(2*m.card.pad, 2*m.card.pad)
	size.Width = min(max(size.Width, menuWidth), s.Width-2*margin)
	y := min(max(margin, m.y), s.Height-margin)
	room := s.Height - margin - y
	if m.above {
		room = y - margin
	}
	size.Height = min(size.Height, room)
	if m.above {
		y -= size.Height
	}
	m.card.Resize(size)
	m.card.Move(fyne.NewPos(min(max(margin, m.x-size.Width/2), s.Width-margin-size.Width), y))
}

// MinSize implements [fyne.Layout].
func (m *menu) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// menuRow is a line of a menu: a symbol, what it does, and the keys that do the same.
type menuRow struct {
	widget.BaseWidget
	attended
	menu  *menu
	entry entry
}

var (
	_ fyne.Focusable    = (*menuRow)(nil)
	_ fyne.Tappable     = (*menuRow)(nil)
	_ desktop.Hoverable = (*menuRow)(nil)
)

func newMenuRow(m *menu) *menuRow {
	r := &menuRow{menu: m}
	r.changed = r.Refresh
	r.ExtendBaseWidget(r)
	colour(r, darkTheme)
	return r
}

func (r *menuRow) show(e entry) {
	was := r.entry
	r.entry = e
	if was.face != e.face || was.keys != e.keys || (was.do == nil) != (e.do == nil) {
		r.Refresh()
	}
}

func (r *menuRow) press() {
	if do := r.entry.do; do != nil {
		r.menu.close()
		do()
	}
}

// Tapped implements [fyne.Tappable].
func (r *menuRow) Tapped(*fyne.PointEvent) { r.press() }

// TypedKey implements [fyne.Focusable].
func (r *menuRow) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		r.press()
	case fyne.KeyDown:
		r.menu.step(r, 1)
	case fyne.KeyUp:
		r.menu.step(r, -1)
	case fyne.KeyHome:
		r.menu.step(nil, 1)
	case fyne.KeyEnd:
		r.menu.step(nil, -1)
	case fyne.KeyEscape:
		r.menu.close()
	default: // the shortcuts of the page go on working
		if on := r.menu.canvas().OnTypedKey(); on != nil {
			on(k)
		}
	}
}

func (r *menuRow) CreateRenderer() fyne.WidgetRenderer {
	w := &menuRowRenderer{
		row: r, back: canvas.NewRectangle(color.Transparent), image: canvas.NewImageFromResource(nil), words: canvas.NewText("", callWhite),
		keys: canvas.NewText("", callFaint),
	}
	w.back.CornerRadius = 8
	w.image.FillMode = canvas.ImageFillContain
	w.Refresh()
	return w
}

type menuRowRenderer struct {
	row         *menuRow
	back        *canvas.Rectangle
	image       *canvas.Image
	words, keys *canvas.Text
}

const (
	menuRowHeight = 38
	menuSymbol    = 20
)

func (w *menuRowRenderer) MinSize() fyne.Size {
	width := 12 + menuSymbol + 12 + w.words.MinSize().Width + 12
	if w.keys.Text != "" {
		width += w.keys.MinSize().Width + 24
	}
	return fyne.NewSize(width, menuRowHeight)
}

func (w *menuRowRenderer) Layout(s fyne.Size) {
	w.back.Resize(s)
	w.image.Resize(fyne.NewSquareSize(menuSymbol))
	w.image.Move(fyne.NewPos(12, (s.Height-menuSymbol)/2))
	for _, t := range []*canvas.Text{w.words, w.keys} {
		t.Resize(t.MinSize())
	}
	w.words.Move(fyne.NewPos(24+menuSymbol, (s.Height-w.words.MinSize().Height)/2))
	k := w.keys.MinSize()
	w.keys.Move(fyne.NewPos(s.Width-12-k.Width, (s.Height-k.Height)/2))
}

func (w *menuRowRenderer) Refresh() {
	e := w.row.entry
	named := func(n fyne.ThemeColorName) color.Color { return theme.ColorForWidget(n, w.row) }
	ink := named(theme.ColorNameForeground)
	switch {
	case e.do == nil:
		ink = named(colorMuted)
	case e.face.tone == toneRed:
		ink = named(theme.ColorNameError)
	case e.face.tone == toneAccent:
		ink = named(theme.ColorNamePrimary)
	}
	res := e.face.icon
	if res == nil && e.face.symbol != "" {
		res = tinted(e.face.symbol, ink)
	}
	if w.image.Resource == nil && res != nil || res != nil && w.image.Resource.Name() != res.Name() {
		w.image.Resource = res
		w.image.Refresh()
	}
	w.image.Hidden = res == nil
	size := theme.SizeForWidget(theme.SizeNameText, w.row)
	w.words.Text, w.words.Color, w.words.TextSize = e.face.label, ink, size
	w.keys.Text, w.keys.Color, w.keys.TextSize = e.keys, named(colorMuted), theme.SizeForWidget(theme.SizeNameCaptionText, w.row)
	w.back.FillColor = color.Transparent
	if w.row.hovered && e.do != nil {
		w.back.FillColor = named(theme.ColorNameHover)
	}
	w.back.StrokeWidth = 0
	if w.row.focused {
		w.back.StrokeColor, w.back.StrokeWidth = named(theme.ColorNamePrimary), 2
	}
	w.Layout(w.row.Size())
	canvas.Refresh(w.row)
}

func (w *menuRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{w.back, w.image, w.words, w.keys}
}

func (w *menuRowRenderer) Destroy() {}
