package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

// portrait shows one person as an avatar, and several as the first two of them, one a little before the other.
type portrait struct {
	widget.BaseWidget
	size         float32
	one          *avatar
	behind, fore *avatar
	content      *fyne.Container
}

func newPortrait(size float32) *portrait {
	p := &portrait{size: size, one: newAvatar(size), behind: newAvatar(size * 0.64), fore: newAvatar(size * 0.64)}
	p.content = container.NewStack(p.one, at(0, 0, 0, p.behind), at(1, 1, 0, newRim(p.fore)))
	p.ExtendBaseWidget(p)
	return p
}

// show says whose portrait it is. Without people it is that of somebody unknown.
func (p *portrait) show(with []engine.User, presence engine.Presence) {
	several := len(with) > 1
	switch {
	case several:
		p.behind.show(with[0], "")
		p.fore.show(with[1], "")
	case len(with) == 1:
		p.one.show(with[0], presence)
	default:
		p.one.show(engine.User{}, "")
	}
	visible(p.one, !several)
	for _, o := range p.content.Objects[1:] {
		visible(o, several)
	}
}

func (p *portrait) MinSize() fyne.Size { return fyne.NewSquareSize(p.size) }

func (p *portrait) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.content) }

// rim sets something round off from what is behind it.
type rim struct {
	widget.BaseWidget
	content fyne.CanvasObject
}

func newRim(content fyne.CanvasObject) *rim {
	r := &rim{content: content}
	r.ExtendBaseWidget(r)
	return r
}

func (r *rim) CreateRenderer() fyne.WidgetRenderer {
	return &rimRenderer{r, canvas.NewCircle(theme.ColorForWidget(colorSide, r))}
}

type rimRenderer struct {
	rim  *rim
	disc *canvas.Circle
}

const rimWidth = 2

func (r *rimRenderer) MinSize() fyne.Size { return r.rim.content.MinSize() }

func (r *rimRenderer) Layout(s fyne.Size) {
	r.rim.content.Resize(s)
	r.disc.Move(fyne.NewSquareOffsetPos(-rimWidth))
	r.disc.Resize(s.AddWidthHeight(2*rimWidth, 2*rimWidth))
}

func (r *rimRenderer) Refresh() {
	r.disc.FillColor = theme.ColorForWidget(colorSide, r.rim)
	canvas.Refresh(r.rim)
}

func (r *rimRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc, r.rim.content}
}

func (r *rimRenderer) Destroy() {}
