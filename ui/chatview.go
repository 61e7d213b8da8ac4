package ui

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// chatView is the tab with the chat of a call. Its list makes as many rows as are seen, however long the chat is.
type chatView struct {
	sideParams
	root    *fyne.Container
	list    *rowList
	rows    *container.ThemeOverride // of the list
	nothing *fyne.Container          // to be read before there is a message
	news    *pushButton              // there are messages below what is seen
	input   *chatInput
	counter *widget.Label
	send    *roundButton

	items   []chatItem
	heights map[chatItem]float32 // in a list as wide as measured
	wide    float32
	gauge   *chatRow // knows how high a message is
	built   map[engine.MessageID]builtRow
	call    engine.CallID
	seen    engine.MessageID // the newest that a person has seen
	fresh   int              // how many of others are newer
	looking bool
}

// builtRow is what the program shows a message as.
type builtRow struct {
	of  engine.Message
	row fyne.CanvasObject
}

func newChatView(p sideParams) *chatView {
	c := &chatView{sideParams: p, heights: map[chatItem]float32{}, built: map[engine.MessageID]builtRow{}}
	newRow := func() *chatRow {
		return newChatRow(func(m engine.MessageID) { p.Room.resendMessage(c.call, m) }, c.openMenu)
	}
	c.gauge = newRow()
	c.list = newRowList(rows{
		Length: func() int { return len(c.items) },
		New:    func() fyne.CanvasObject { return newRow() },
		Show: func(i int, row fyne.CanvasObject) {
			row.(*chatRow).show(c.items[i], c.rowOf(c.items[i].Message))
		},
		Picked: func(int) { c.list.UnselectAll() }, // nothing of a chat stays chosen
		Key: func(k fyne.KeyName) bool {
			if on := p.Canvas().OnTypedKey(); on != nil {
				on(&fyne.KeyEvent{Name: k})
			}
			return true
		},
	})
	c.nothing = container.NewCenter(container.New(wide(240), centered(note(word("chat.empty")))))
	c.news = newIconButton(word("chat.news"), symbol(assets.ArrowIn), c.toEnd)
	c.news.Importance = widget.HighImportance
	c.news.Hide()
	c.input = newChatInput(p.Canvas, c.submit, func() { c.root.Refresh() })
	c.input.SetPlaceHolder(word("chat.placeholder"))
	c.input.OnChanged = func(string) { c.typed() }
	c.counter = caption("")
	c.counter.Truncation = fyne.TextTruncateOff
	c.counter.Hide()
	c.send = newRoundButton(assets.Send, toneAccent, 36, word("chat.send"), c.submit)
	c.send.enable(false)
	c.rows = themed(c.list, unshaded{look{choice: profile.DarkTheme}})
	foot := newBorder(nil, nil, nil, container.New(layout.NewCustomPaddedVBoxLayout(0), layout.NewSpacer(), inset(0, 0, 6, 0, c.send)), c.input)
	c.root = container.New(&chatLayout{c}, c.rows, c.nothing, at(0.5, 1, 6, c.news),
		inset(0, 0, 10, 10, container.NewHBox(layout.NewSpacer(), c.counter)), inset(4, 10, 10, 10, foot))
	return c
}

// unshaded is a look in which rows are not shaded under the pointer.
type unshaded struct{ look }

// Color implements [fyne.Theme].
func (u unshaded) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameHover {
		return color.Transparent
	}
	return u.look.Color(name, v)
}

// chatLayout gives the list what the field for a message leaves.
type chatLayout struct{ view *chatView }

func (l *chatLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	foot := objects[4].MinSize().Height
	counter := float32(0)
	if l.view.counter.Visible() {
		counter = 20
	}
	room := fyne.NewSize(s.Width, s.Height-foot-counter)
	for _, o := range objects[:3] {
		o.Resize(room)
	}
	objects[3].Resize(fyne.NewSize(s.Width, counter))
	objects[3].Move(fyne.NewPos(0, room.Height))
	objects[4].Resize(fyne.NewSize(s.Width, foot))
	objects[4].Move(fyne.NewPos(0, s.Height-foot))
	l.view.measure(s.Width)
}

func (l *chatLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[4].MinSize().AddWidthHeight(0, 60)
}

// rowOf is what the program shows a message as; nil: Parley's bubble.
func (c *chatView) rowOf(m engine.Message) fyne.CanvasObject {
	if c.Chat.Row == nil {
		return nil
	}
	b, there := c.built[m.ID]
	if !there || b.of != m {
		b = builtRow{m, c.Chat.Row(m)}
		c.built[m.ID] = b
	}
	return b.row
}

// update shows the chat of a call.
func (c *chatView) update(s engine.CallState) {
	if s.ID != c.call {
		c.rest()
		c.call = s.ID
	}
	items := chatItems(s.Chat, func(m engine.Message) string { return clockIn(m.At.Local(), timeLocale()) })
	if slices.Equal(items, c.items) {
		return
	}
	end := c.atEnd()
	own := len(items) > 0 && items[len(items)-1].Mine && (len(c.items) == 0 || c.items[len(c.items)-1].ID != items[len(items)-1].ID)
	c.items = items
	visible(c.nothing, len(items) == 0)
	c.fit()
	c.list.Refresh()
	if end || own {
		c.list.ScrollToBottom()
	}
	c.count()
}

// count says how much is new, and takes what can be seen for seen.
func (c *chatView) count() {
	if c.looking && c.atEnd() && len(c.items) > 0 {
		c.seen = c.items[len(c.items)-1].ID
	}
	c.fresh = 0
	for _, i := range slices.Backward(c.items) {
		if i.ID == c.seen {
			break
		}
		if !i.Mine {
			c.fresh++
		}
	}
	visible(c.news, c.looking && c.fresh > 0 && !c.atEnd())
}

// unread is how many messages of others nobody has looked at yet.
func (c *chatView) unread() int { return c.fresh }

// newest is the newest message of somebody else that nobody has looked at; false if there is none.
func (c *chatView) newest() (engine.Message, bool) {
	if c.fresh > 0 {
		for _, i := range slices.Backward(c.items) {
			if !i.Mine {
				return i.Message, true
			}
		}
	}
	return engine.Message{}, false
}

// look says whether the chat can be seen. Then what is typed goes to it.
func (c *chatView) look(on bool) {
	if c.looking == on {
		return
	}
	c.looking = on
	if on {
		c.Later(func() { // once it has its size
			if c.looking {
				c.Canvas().Focus(c.input)
				c.toEnd()
			}
		})
	}
}

// rest lets go of the call. What was being typed stays only within a call.
func (c *chatView) rest() {
	c.items, c.call, c.seen, c.fresh = nil, "", "", 0
	clear(c.heights)
	clear(c.built)
	c.input.SetText("")
	visible(c.nothing, true)
	visible(c.news, false)
	c.list.Refresh()
}

// measure learns how wide the list is.
func (c *chatView) measure(width float32) {
	if c.wide == width {
		return
	}
	end := c.atEnd()
	c.wide = width
	clear(c.heights)
	c.fit()
	c.input.measure()
	if end {
		c.list.ScrollToBottom()
	}
}

// fit gives each message its height.
func (c *chatView) fit() {
	if c.wide == 0 {
		return
	}
	now := make(map[chatItem]float32, len(c.items))
	for i, item := range c.items {
		h, known := c.heights[item]
		if !known {
			c.gauge.show(item, c.rowOf(item.Message))
			h = c.gauge.height(c.wide)
		}
		now[item] = h
		c.list.SetItemHeight(i, h)
	}
	c.heights = now
}

// atEnd reports whether the newest messages are seen.
func (c *chatView) atEnd() bool {
	gap := theme.SizeForWidget(theme.SizeNamePadding, c.list)
	whole := -gap
	for _, h := range c.heights {
		whole += h + gap
	}
	return c.list.GetScrollOffset()+c.list.Size().Height >= whole-chatEdge
}

// toEnd goes to the newest messages.
func (c *chatView) toEnd() {
	c.list.ScrollToBottom()
	c.count()
}

// tooNear is how many bytes before the end of a message the rest is counted.
const tooNear = 200

// typed follows what is being written.
func (c *chatView) typed() {
	text := strings.TrimSpace(c.input.Text)
	rest := engine.MaxMessage - len(text)
	c.send.enable(text != "" && rest >= 0)
	if rest < tooNear {
		say(c.counter, word("chat.rest", fill{"Number": rest}))
		c.counter.Importance = widget.LowImportance
		if rest < 0 {
			c.counter.Importance = widget.DangerImportance
		}
		c.counter.Refresh()
	}
	if on := rest < tooNear; on != c.counter.Visible() {
		visible(c.counter, on)
		c.root.Refresh()
	}
	c.input.measure()
}

// submit sends what was written, if it can be sent.
func (c *chatView) submit() {
	text := strings.TrimSpace(c.input.Text)
	if text == "" || len(text) > engine.MaxMessage {
		return
	}
	c.Room.sendMessage(c.call, text)
	c.input.SetText("")
	c.typed()
}

// openMenu shows what can be done with a message.
func (c *chatView) openMenu(m engine.Message, at fyne.Position) {
	on := fyne.CurrentApp().Driver().AbsolutePositionForObject(c.Menu.root)
	c.Menu.open(func() []entry {
		all := []entry{{face: face{symbol: assets.Copy, label: word("chat.copy")}, do: func() { c.Room.copyText(m.Text) }}}
		if m.Mine && m.Delivery == engine.Undelivered {
			all = append(all, entry{face: face{symbol: assets.Send, label: word("chat.resend")}, do: func() { c.Room.resendMessage(c.call, m.ID) }})
		}
		return all
	}, at.X-on.X, at.Y-on.Y, false)
}
