package ui

import (
	"image/color"
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

// chatItem is a message with what depends on those around it.
type chatItem struct {
	engine.Message
	head string // who wrote it, and when: at the first of a person's messages of a minute
	foot string // how far it has come, where that is worth words
}

// chatItems groups messages by who wrote them and the minute.
func chatItems(all []engine.Message, clock func(engine.Message) string) []chatItem {
	out := make([]chatItem, len(all))
	for i, m := range all {
		out[i].Message = m
		if i == 0 || all[i-1].From.ID != m.From.ID || clock(all[i-1]) != clock(m) {
			out[i].head = clock(m)
			if !m.Mine {
				out[i].head = word("chat.head", fill{"Name": shown(m.From), "Time": clock(m)})
			}
		}
		switch {
		case !m.Mine:
		case m.Delivery == engine.Undelivered:
			out[i].foot = word("chat.failed")
		case m.Delivery == engine.Sending:
			out[i].foot = word("chat.sending")
		}
	}
	return out
}

// The measures of the chat, in Fyne's units.
const (
	chatEdge   = 12 // beside the bubbles
	chatHead   = 20 // above them, for who and when
	chatFoot   = 18 // below them, for how far
	bubblePart = 0.86
)

// chatRow is a message as a bubble: ours at the right, those of others at the left. A click on one that did not arrive sends it again.
type chatRow struct {
	widget.BaseWidget
	item   chatItem
	resend func(engine.MessageID)
	menu   func(m engine.Message, at fyne.Position)

	own   fyne.CanvasObject   // of the program, in place of the bubble; nil: none
	text  *widget.Label       // can be selected
	links []*widget.Hyperlink // that are shown
	made  []*widget.Hyperlink
}

var (
	_ fyne.Tappable          = (*chatRow)(nil)
	_ fyne.SecondaryTappable = (*chatRow)(nil)
)

func newChatRow(resend func(engine.MessageID), menu func(engine.Message, fyne.Position)) *chatRow {
	r := &chatRow{resend: resend, menu: menu, text: newBubbleText()}
	r.ExtendBaseWidget(r)
	colour(r, darkTheme)
	return r
}

func newBubbleText() *widget.Label {
	l := widget.NewLabel("")
	l.Wrapping, l.Selectable = fyne.TextWrapWord, true
	colour(l, darkTheme)
	return l
}

// show shows a message.
func (r *chatRow) show(i chatItem, own fyne.CanvasObject) {
	if r.item == i && r.own == own {
		return
	}
	r.item, r.own = i, own
	if r.text.SelectedText() != "" { // what was selected is of another message
		r.text = newBubbleText()
	}
	r.text.SetText(i.Text)
	parts := linked(i.Text)
	r.links = r.made[:0]
	for _, p := range parts {
		if p.link != nil {
			r.link(p.text, p.link)
		}
	}
	r.text.Hidden = own != nil || len(parts) == 1 && len(r.links) == 1 // it is nothing but a link
	r.Refresh()
}

// link adds a link, one of those that the row has made before if there is any left.
func (r *chatRow) link(words string, to *url.URL) {
	n := len(r.links)
	if n == len(r.made) {
		l := widget.NewHyperlink("", nil)
		l.Truncation = fyne.TextTruncateEllipsis
		colour(l, darkTheme)
		r.made = append(r.made, l)
	}
	r.links = r.made[:n+1]
	r.links[n].Text = words
	r.links[n].SetURL(to)
	r.links[n].Refresh()
}

// bubble is how large the bubble is in a row of that width.
func (r *chatRow) bubble(width float32) fyne.Size {
	most := (width - 2*chatEdge) * bubblePart
	if r.own != nil {
		return fyne.NewSize(width-2*chatEdge, r.own.MinSize().Height)
	}
	size, padding := theme.SizeForWidget(theme.SizeNameText, r), theme.SizeForWidget(theme.SizeNameInnerPadding, r)
	need := float32(0)
	for line := range strings.SplitSeq(r.item.Text, "\n") {
		need = max(need, fyne.MeasureText(line, size, fyne.TextStyle{}).Width)
	}
	w := min(most, need+2*padding+4)
	r.text.Resize(fyne.NewSize(w, 0))
	h := float32(len(r.links)) * linkHeight
	if !r.text.Hidden {
		h += r.text.MinSize().Height - bubbleTight
	}
	if len(r.links) > 0 {
		h += 6
	}
	return fyne.NewSize(w, h)
}

const (
	bubbleTight = 6  // how much lower a bubble is than the text in it would like to be
	linkHeight  = 24 // of a link, which stands below the text
)

// height is how high the row is in that width.
func (r *chatRow) height(width float32) float32 {
	h := r.bubble(width).Height
	if r.item.head != "" {
		h += chatHead
	}
	if r.item.foot != "" {
		h += chatFoot
	}
	return h
}

// Tapped implements [fyne.Tappable].
func (r *chatRow) Tapped(*fyne.PointEvent) {
	if r.item.Mine && r.item.Delivery == engine.Undelivered {
		r.resend(r.item.ID)
	}
}

// TappedSecondary implements [fyne.SecondaryTappable].
func (r *chatRow) TappedSecondary(e *fyne.PointEvent) { r.menu(r.item.Message, e.AbsolutePosition) }

func (r *chatRow) CreateRenderer() fyne.WidgetRenderer {
	w := &chatRowRenderer{row: r, back: canvas.NewRectangle(color.Transparent), head: canvas.NewText("", callFaint), foot: canvas.NewText("", callFaint)}
	w.back.CornerRadius = radius
	w.Refresh()
	return w
}

type chatRowRenderer struct {
	row        *chatRow
	back       *canvas.Rectangle
	head, foot *canvas.Text
}

func (w *chatRowRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 24) }

func (w *chatRowRenderer) Layout(s fyne.Size) {
	r := w.row
	size := r.bubble(s.Width)
	right := func(width float32) float32 {
		if r.item.Mine {
			return s.Width - chatEdge - width
		}
		return chatEdge
	}
	y := float32(0)
	if r.item.head != "" {
		w.head.Text = shorten(r.item.head, w.head.TextSize, s.Width-2*chatEdge)
		m := w.head.MinSize()
		w.head.Resize(m)
		w.head.Move(fyne.NewPos(right(m.Width), 2))
		y += chatHead
	}
	w.back.Resize(size)
	w.back.Move(fyne.NewPos(right(size.Width), y))
	x, top := w.back.Position().X, y-bubbleTight/2
	if r.own != nil {
		r.own.Resize(size)
		r.own.Move(w.back.Position())
	}
	r.text.Resize(fyne.NewSize(size.Width, r.text.MinSize().Height))
	r.text.Move(fyne.NewPos(x, top))
	top = y + size.Height - float32(len(r.links))*linkHeight - 3
	for i, l := range r.links {
		m := l.MinSize()
		l.Resize(fyne.NewSize(size.Width, m.Height))
		l.Move(fyne.NewPos(x, top+float32(i)*linkHeight+(linkHeight-m.Height)/2))
	}
	m := w.foot.MinSize()
	w.foot.Resize(m)
	w.foot.Move(fyne.NewPos(right(m.Width), y+size.Height+1))
}

func (w *chatRowRenderer) Refresh() {
	r := w.row
	small := theme.SizeForWidget(theme.SizeNameCaptionText, r) - 1
	w.head.Text, w.head.TextSize, w.head.Color, w.head.Hidden = r.item.head, small, theme.ColorForWidget(colorMuted, r), r.item.head == ""
	w.foot.Text, w.foot.TextSize, w.foot.Color, w.foot.Hidden = r.item.foot, small, theme.ColorForWidget(colorMuted, r), r.item.foot == ""
	if r.item.Delivery == engine.Undelivered {
		w.foot.Color = theme.ColorForWidget(theme.ColorNameError, r)
	}
	w.back.FillColor = theme.ColorForWidget(colorCard, r)
	if r.item.Mine {
		w.back.FillColor = theme.ColorForWidget(colorTinted, r)
	}
	w.back.Hidden = r.own != nil
	w.Layout(r.Size())
	canvas.Refresh(r)
}

func (w *chatRowRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{w.back, w.head, w.foot}
	if w.row.own != nil {
		return append(all, w.row.own)
	}
	all = append(all, w.row.text)
	for _, l := range w.row.links {
		all = append(all, l)
	}
	return all
}

func (w *chatRowRenderer) Destroy() {}
