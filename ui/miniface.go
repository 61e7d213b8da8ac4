package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/parley-calls/parley/assets"
)

// The measures of what lies on the picture of the mini window, in Fyne's units.
const (
	miniHead   = 30 // the line with the name
	miniEdge   = 8
	miniRadius = 6 // of our own picture
	miniSizer  = 12
)

// miniMark is a symbol of something that is off, or goes on.
type miniMark struct {
	symbol assets.Symbol
	on     bool // it is to be seen
	alert  bool // in the colour of what is wrong
}

// miniMarks are such symbols in a row.
type miniMarks struct {
	root   *fyne.Container
	around *fyne.Container // the room that they take if there are any; may be nil
	shown  []miniMark
}

func newMiniMarks() *miniMarks {
	return &miniMarks{root: container.New(layout.NewCustomPaddedHBoxLayout(4))}
}

// show shows those that are on.
func (m *miniMarks) show(marks ...miniMark) {
	marks = slices.DeleteFunc(marks, func(k miniMark) bool { return !k.on })
	if slices.Equal(marks, m.shown) {
		return
	}
	m.shown = marks
	m.root.Objects = nil
	for _, k := range marks {
		ink := color.Color(callWhite)
		if k.alert {
			ink = darkPalette.danger
		}
		i := canvas.NewImageFromResource(tinted(k.symbol, ink))
		i.FillMode = canvas.ImageFillContain
		i.SetMinSize(fyne.NewSquareSize(16))
		m.root.Add(i)
	}
	m.root.Refresh()
	if m.around != nil {
		visible(m.around, len(marks) > 0)
	}
	repaint()
}

// furnish gives everything its place: the picture takes the pointer, and over it lies what a program wants, or our own face.
func (m *mini) furnish() {
	m.theirs, m.ours = newMiniMarks(), newMiniMarks()
	visible(m.name, !m.Config.HideName)
	m.theirs.around = inset(0, 0, 8, -8, container.NewCenter(m.theirs.root))
	m.theirs.around.Hide()
	m.head = newPanel(colorGlass, "", 0, inset(-5, -5, 2, 2, newBorder(nil, nil, m.theirs.around, m.clock, m.name)))
	m.head.radius = 0
	m.news = newMiniNews()
	m.state = newPanel(colorGlass, "", 0, inset(4, 4, 8, 8, m.ours.root))
	row := container.New(layout.NewCustomPaddedHBoxLayout(6))
	for _, b := range m.all() {
		row.Add(b)
	}
	m.buttons = newPanel(colorGlass, "", 0, inset(5, 5, 6, 6, row)) // glass: a picture may be as light as they are
	m.buttons.Hide()
	face := container.New(miniFace{m}, m.own, m.head, m.news, m.state, m.buttons)
	m.frame = newFrame(PageConfig{Background: m.Config.Background, Foreground: m.Config.Foreground, Page: m.Config.Tile}, face)

	all := container.New(layout.NewStackLayout(), newHandleBar(m.Window, m.tile, m.Restore, m.point), m.frame.root)
	for _, x := range []int{0, 1} {
		for _, y := range []int{0, 1} {
			g := newSizer(m.Window, x, y, m.Restore, m.point)
			all.Add(container.New(corner{x: float32(x), y: float32(y)}, container.NewGridWrap(fyne.NewSquareSize(miniSizer), g)))
		}
	}
	m.root = themed(all, look{choice: darkTheme})
}

// face is what lies on the picture.
func (m *mini) face() fyne.CanvasObject { return m.frame.page }

// point says whether the pointer is on the picture; buttons tell by themselves whether it is on them.
func (m *mini) point(on bool) {
	m.pointed = on
	m.show()
}

// deserted is called when the pointer has left the window.
func (m *mini) deserted() {
	m.pointed = false
	for _, b := range m.all() {
		if b.hovered {
			b.hover(false)
		}
	}
	m.show()
}

// show brings the buttons, or lets them go.
func (m *mini) show() {
	some, used := false, m.pointed || m.deciding
	for _, b := range m.all() {
		some = some || b.Visible()
		used = used || b.Visible() && (b.hovered || b.focused)
	}
	m.fader.fade(m.seen && some && used)
	m.draw(m.fader.seen)
}

// draw shows the buttons as far as they have come, and while they are away what they would say.
func (m *mini) draw(seen float32) {
	for _, b := range m.all() {
		b.fade(1 - seen)
	}
	if m.buttons.faded != 1-seen {
		m.buttons.faded = 1 - seen
		m.buttons.Refresh()
		m.face().Refresh()
	}
	visible(m.buttons, seen > 0)
	visible(m.state, seen == 0 && len(m.ours.shown) > 0)
	covered := m.tile.covered
	covered.top, covered.bottom = miniHead, 0
	if m.news.Visible() {
		covered.top += m.news.Size().Height + miniEdge
	}
	if m.buttons.Visible() {
		covered.bottom = m.buttons.MinSize().Height + miniEdge
	}
	if m.tile.covered != covered {
		m.tile.covered = covered
		m.tile.Refresh()
	}
}

// miniFace is the layout of what lies on the picture. Our own picture moves up when the buttons come.
type miniFace struct{ *mini }

func (f miniFace) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (f miniFace) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	f.head.Resize(fyne.NewSize(s.Width, miniHead))
	f.head.Move(fyne.Position{})
	news := s.Width - 2*miniEdge
	f.news.Resize(fyne.NewSize(news, f.news.height(news)))
	f.news.Move(fyne.NewPos(miniEdge, miniHead+miniEdge))
	d := max(32, min(buttonSmall+8, s.Width*0.132))
	for _, b := range f.all() {
		if b.size != d {
			b.size = d
			b.Refresh()
		}
	}
	bar := f.buttons.MinSize()
	f.buttons.radius = bar.Height / 2
	f.buttons.Resize(bar)
	f.buttons.Move(fyne.NewPos((s.Width-bar.Width)/2, s.Height-bar.Height-miniEdge))
	state := f.state.MinSize()
	f.state.Resize(state)
	f.state.Move(fyne.NewPos(miniEdge, s.Height-state.Height-miniEdge))
	own := fyne.NewSize(s.Width*0.25, s.Width*0.25*9/16)
	f.own.Resize(own)
	f.own.Move(fyne.NewPos(s.Width-own.Width-miniEdge, s.Height-own.Height-miniEdge-f.fader.seen*(bar.Height+miniEdge)))
}
