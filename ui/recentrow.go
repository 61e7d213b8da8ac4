package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// recentRow is one line of the list of past calls.
type recentRow struct {
	widget.BaseWidget
	recents  *recents
	entry    engine.HistoryEntry
	ground   *canvas.Rectangle
	portrait *portrait
	name     *widget.Label
	way      *widget.Icon
	kind     *widget.Icon
	status   *widget.Label
	voice    *roundButton
	video    *roundButton
	content  fyne.CanvasObject
}

var _ fyne.SecondaryTappable = (*recentRow)(nil)

func newRecentRow(r *recents) *recentRow {
	w := &recentRow{
		recents: r, ground: canvas.NewRectangle(color.Transparent), portrait: newPortrait(40), name: text("", theme.SizeNameText, true),
		way: widget.NewIcon(nil), kind: widget.NewIcon(nil), status: caption(""),
	}
	w.voice = newRoundButton(assets.Phone, tonePlain, 36, word("call.voice"), func() { r.Call(w.entry, false) })
	w.video = newRoundButton(assets.Camera, tonePlain, 36, word("call.video"), func() { r.Call(w.entry, true) })
	w.voice.pointer, w.video.pointer = true, true // the list has Enter and Ctrl+Enter
	icons := container.NewCenter(container.New(layout.NewCustomPaddedHBoxLayout(3), small(w.way), small(w.kind)))
	second := newBorder(nil, nil, inset(0, 0, 9, -10, icons), nil, w.status)
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), w.name, second)
	line := inset(4, 4, 12, 6, newBorder(nil, nil, container.NewCenter(w.portrait),
		container.NewHBox(container.NewCenter(w.voice), container.NewCenter(w.video)), inset(2, 0, 0, 0, words)))
	w.content = container.NewStack(w.ground, line)
	w.ExtendBaseWidget(w)
	return w
}

// small is an icon of the height of small letters.
func small(i *widget.Icon) fyne.CanvasObject {
	return container.NewGridWrap(fyne.NewSquareSize(14), i)
}

// TappedSecondary implements [fyne.SecondaryTappable].
func (w *recentRow) TappedSecondary(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(w); c != nil {
		w.recents.menu(w.entry, c, e.AbsolutePosition)
	}
}

func (w *recentRow) show(e engine.HistoryEntry) {
	w.entry = e
	w.portrait.show(e.With, "")
	say(w.name, called(e.With, e.By))
	w.way.SetResource(wayIcon(e))
	kind := assets.Phone
	if e.Video {
		kind = assets.Camera
	}
	w.kind.SetResource(theme.NewColoredResource(symbol(kind), colorMuted))
	importance := widget.LowImportance
	if e.Missed() {
		importance = widget.DangerImportance
	}
	if w.status.Importance != importance {
		w.status.Importance = importance
		w.status.Refresh()
	}
	say(w.status, word("recents.line", fill{"Outcome": outcome(e), "When": when(e.At, w.recents.Now())}))
	w.ground.FillColor = color.Transparent
	if w.recents.news(e) {
		c := color.NRGBAModel.Convert(theme.ColorForWidget(theme.ColorNamePrimary, w)).(color.NRGBA)
		c.A = 26 // what is chosen shows through
		w.ground.FillColor = c
	}
	w.ground.CornerRadius = theme.SizeForWidget(theme.SizeNameSelectionRadius, w)
	w.ground.Refresh()
}

// wayIcon shows which way a call went: red if it was missed.
func wayIcon(e engine.HistoryEntry) fyne.Resource {
	mark, colour := assets.ArrowOut, colorMuted
	if e.Incoming {
		mark = assets.ArrowIn
	}
	if e.Missed() {
		colour = theme.ColorNameError
	}
	return theme.NewColoredResource(symbol(mark), colour)
}

func (w *recentRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(w.content) }

// maxSaid bounds the text of a caller on the card, in letters.
const maxSaid = 400

// recentCard is the entry that is chosen, at large.
type recentCard struct {
	root     fyne.CanvasObject
	entry    engine.HistoryEntry
	portrait *portrait
	name     *widget.Label
	kind     *widget.Label
	voice    *pushButton
	video    *pushButton
	when     *widget.Label
	outcome  *widget.Label
	people   *widget.Label
	said     *widget.Label
	rows     [2]fyne.CanvasObject // of people and said, which not every call has
}

func newRecentCard(call func(e engine.HistoryEntry, video bool), forget func(id engine.HistoryID)) *recentCard {
	c := &recentCard{portrait: newPortrait(96), name: centered(inLines(text("", theme.SizeNameHeadingText, true))), kind: centered(note(""))}
	c.voice = newIconButton(word("call.voice"), symbol(assets.Phone), func() { call(c.entry, false) })
	c.video = newIconButton(word("call.video"), symbol(assets.Camera), func() { call(c.entry, true) })
	buttons := container.New(column{width: 320}, container.New(&abreast{}, c.voice, c.video))
	fact := func() *widget.Label {
		l := widget.NewLabel("")
		l.Wrapping = fyne.TextWrapWord
		return l
	}
	c.when, c.outcome, c.people, c.said = fact(), fact(), fact(), fact()
	c.rows = [2]fyne.CanvasObject{factRow("recents.people", c.people), factRow("recents.said", c.said)}
	facts := newPanel(colorCard, colorLine, 8, container.New(layout.NewCustomPaddedVBoxLayout(-8),
		factRow("recents.when", c.when), factRow("recents.outcome", c.outcome), c.rows[0], c.rows[1]))
	away := newIconButton(word("recents.delete"), symbol(assets.Delete), func() { forget(c.entry.ID) })
	away.Importance = widget.LowImportance
	c.root = container.New(column{width: columnWidth, gap: 4}, container.NewCenter(c.portrait), gap(4), c.name, c.kind, gap(8), buttons, gap(14), facts, gap(4),
		container.NewCenter(away))
	return c
}

// factRow is a line of the card: what it is about, and the words.
func factRow(key string, l *widget.Label) fyne.CanvasObject {
	about := text(word(key), theme.SizeNameText, false)
	about.Importance = widget.LowImportance
	return newBorder(nil, nil, container.New(wide(110), container.NewVBox(about)), nil, l)
}

// show tells about an entry.
func (c *recentCard) show(e engine.HistoryEntry, s *engine.Snapshot, now time.Time) {
	c.entry = e
	presence := engine.Presence("")
	if len(e.With) == 1 {
		for _, p := range s.People {
			if p.ID == e.With[0].ID {
				presence = p.Presence
			}
		}
	}
	c.portrait.show(e.With, presence)
	say(c.name, called(e.With, e.By))
	say(c.kind, direction(e))
	as := func(b *pushButton, first bool) {
		importance := widget.MediumImportance
		if first {
			importance = widget.HighImportance
		}
		if b.Importance != importance {
			b.Importance = importance
			b.Refresh()
		}
	}
	as(c.voice, !e.Video)
	as(c.video, e.Video)
	say(c.when, moment(e.At, now))
	words := outcome(e)
	if why := ending(e, s.Me.ID); why != "" {
		words = word("recents.line", fill{"Outcome": words, "When": why})
	}
	say(c.outcome, words)
	say(c.people, listed(e.With))
	visible(c.rows[0], len(e.With) > 1)
	say(c.said, shortened(e.Data, maxSaid))
	visible(c.rows[1], e.Data != "")
	c.root.Refresh()
}
