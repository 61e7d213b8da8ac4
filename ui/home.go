package ui

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// homeParams are what the home page needs.
type homeParams struct {
	Call       func(u engine.User, video bool)
	Group      func(first ...engine.UserID) // chooses the people of a group call
	Recents    recentsParams                // but for Picked
	Copy       func(s string)               // to the clipboard
	InviteLink func() string
	Now        func() time.Time
	Settings   func()
}

// home shows who is there and, beside it, the one who is chosen or how to invite somebody.
type home struct {
	homeParams
	root    fyne.CanvasObject
	people  *people
	person  *personCard
	recents *recents
	recent  *recentCard
	invite  *inviteCard
	me      *avatar
	myName  *widget.Label
	line    *connectionLine
	last    *engine.Snapshot
	seen    bool // the page is on the screen
	past    bool // the list of past calls is shown in place of the people
	asked   bool // for the way to invite
	alone   bool
	now     *segment // the people
	before  *segment // the past calls
	inv     *pushButton
	group   *pushButton
	clear   *pushButton // deletes all past calls
}

func newHome(p homeParams) *home {
	h := &home{homeParams: p, alone: true}
	h.person = newPersonCard(p.Call, p.Group, p.Copy)
	h.invite = newInviteCard(p.Copy)
	h.people = newPeople(p.Call, h.menu, func(q engine.Person) {
		h.asked = false
		h.person.show(q)
		h.arrange()
	})
	h.recent = newRecentCard(p.Recents.Call, func(id engine.HistoryID) { h.recents.delete(false, id) })
	p.Recents.Picked = func(e engine.HistoryEntry) {
		if e.ID != "" && h.last != nil {
			h.recent.show(e, h.last, p.Now())
		}
		h.arrange()
	}
	h.recents = newRecents(p.Recents)
	h.now = newSegment(symbol(assets.Group), word("home.people"), func() { h.turn(false) })
	h.before = newSegment(symbol(assets.Recents), word("home.recents"), func() { h.turn(true) })
	h.me = newAvatar(36)
	h.myName = text("", theme.SizeNameText, true)
	gear := newRoundButton(assets.Settings, tonePlain, 36, word("settings.title"), p.Settings)
	h.line = newConnectionLine()
	head := inset(12, 8, 12, 10, newBorder(nil, nil, container.NewCenter(h.me), container.NewCenter(gear), h.myName))
	h.inv = newIconButton(word("invite.button"), symbol(assets.Invite), func() {
		h.asked = true
		h.arrange()
	})
	h.group = newIconButton(word("picker.group"), symbol(assets.Group), func() { p.Group() })
	h.clear = newIconButton(word("recents.delete.all"), symbol(assets.Delete), func() { h.recents.delete(true) })
	h.clear.Importance = widget.LowImportance
	head = container.NewVBox(head, inset(-4, 2, 12, 12, newSegments(h.now, h.before)))
	foot := inset(6, 12, 12, 12, container.NewVBox(h.group, h.inv, h.clear))
	lists := container.NewStack(h.people.root, h.recents.root)
	side := container.NewStack(newSurface(colorSide), newBorder(head, foot, nil, nil, lists))
	stage := container.NewVScroll(inset(24, 24, 24, 24, container.New(column{width: columnWidth, gap: 20, middle: true}, h.person.root, h.recent.root, h.invite.root)))
	h.root = newBorder(h.line.root, nil, nil, nil, container.New(beside{}, side, stage))
	return h
}

// update shows a snapshot.
func (h *home) update(s *engine.Snapshot) {
	h.last = s
	h.me.show(s.Me, "")
	say(h.myName, shown(s.Me))
	h.alone = true
	for _, q := range s.People {
		if q.ID != echoID {
			h.alone = false
		}
		if q.ID == h.people.chosen {
			h.person.show(q)
		}
	}
	h.invite.show(h.InviteLink())
	h.people.update(s.People)
	h.recents.update(s, h.seen && h.past)
	h.before.show(h.past, s.Missed)
	h.now.show(!h.past, 0)
	h.line.show(s.Connection, h.Now())
	h.arrange()
}

// arrange decides which list is seen and what stands beside it.
func (h *home) arrange() {
	visible(h.people.root, !h.past)
	visible(h.recents.root, h.past)
	visible(h.person.root, !h.past && !h.asked && h.people.chosen != "")
	visible(h.recent.root, h.past && h.recents.chosen != "")
	visible(h.invite.root, !h.past && (h.asked || h.alone))
	visible(h.inv, !h.past && !h.alone)
	visible(h.group, !h.past && !h.alone)
	visible(h.clear, h.past && len(h.recents.shown) > 0)
}

// turn shows the past calls or the people.
func (h *home) turn(past bool) {
	if h.past == past {
		return
	}
	h.past = past
	if h.last != nil {
		h.update(h.last)
	}
	h.root.Refresh()
	if c := fyne.CurrentApp().Driver().CanvasForObject(h.root); c != nil {
		c.Focus(h.list())
	}
}

// look says whether the page can be seen.
func (h *home) look(on bool) {
	h.seen = on
	if !on && h.last != nil {
		h.recents.update(h.last, false)
	}
}

// menu shows what can be done about somebody.
func (h *home) menu(p engine.Person, c fyne.Canvas, at fyne.Position) {
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", h.acts(p)...), c, at)
}

// acts are what can be done about somebody.
func (h *home) acts(p engine.Person) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(word("call.voice"), func() { h.Call(p.User, false) }),
		fyne.NewMenuItem(word("call.video"), func() { h.Call(p.User, true) }),
	}
	if p.ID != echoID {
		items = append(items, fyne.NewMenuItem(word("people.more"), func() { h.Group(p.ID) }))
	}
	return append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(word("link.copy"), func() { h.Copy(signal.CallLink{User: p.ID}.Link()) }))
}

// list is what the keyboard belongs to at first.
func (h *home) list() fyne.Focusable {
	if h.past {
		return h.recents.list
	}
	return h.people.list
}

// key handles a key that no widget took.
func (h *home) key(k fyne.KeyName) {
	if h.past {
		h.recents.key(k)
	} else {
		h.people.key(k)
	}
}

// personCard is the one who is chosen, at large.
type personCard struct {
	root     fyne.CanvasObject
	person   engine.Person
	portrait *avatar
	name     *widget.Label
	status   *widget.Label
	about    *widget.Label
	voice    *pushButton
	video    *pushButton
	more     *pushButton
	link     *pushButton // copies the one that calls
}

func newPersonCard(call func(engine.User, bool), group func(...engine.UserID), copyText func(string)) *personCard {
	c := &personCard{portrait: newAvatar(112), name: centered(inLines(text("", theme.SizeNameHeadingText, true))), status: centered(note("")), about: centered(note(""))}
	c.voice = newIconButton(word("call.voice"), symbol(assets.Phone), func() { call(c.person.User, false) })
	c.voice.Importance = widget.HighImportance
	c.video = newIconButton(word("call.video"), symbol(assets.Camera), func() { call(c.person.User, true) })
	c.video.Importance = widget.HighImportance
	c.more = newIconButton(word("people.more"), symbol(assets.Group), func() { group(c.person.ID) })
	c.more.Importance = widget.LowImportance
	c.link = newIconButton(word("link.copy"), symbol(assets.Copy), func() {
		copyText(signal.CallLink{User: c.person.ID}.Link())
		c.link.SetText(word("invite.copied"))
	})
	c.link.Importance = widget.LowImportance
	buttons := container.New(column{width: 320, gap: 6}, container.New(&abreast{}, c.voice, c.video), container.New(&abreast{}, c.more, c.link))
	c.root = container.New(column{width: columnWidth, gap: 4}, c.portrait, gap(4), c.name, c.status, gap(8), buttons, c.about)
	return c
}

func (c *personCard) show(p engine.Person) {
	if c.person == p {
		return
	}
	if c.person.ID != p.ID {
		c.link.SetText(word("link.copy"))
	}
	c.person = p
	c.portrait.show(p.User, p.Presence)
	say(c.name, shown(p.User))
	say(c.status, presenceWords(p.Presence))
	about := ""
	switch {
	case p.ID == echoID:
		about = word("people.echo.text")
	case p.Presence == signal.Offline:
		about = word("people.offline.text")
	}
	say(c.about, about)
	visible(c.about, about != "")
	visible(c.more, p.ID != echoID)
}

// inviteCard tells how somebody else gets in.
type inviteCard struct {
	root   fyne.CanvasObject
	link   string
	shown  *widget.Label
	body   *widget.Label
	row    fyne.CanvasObject
	copied *pushButton
}

func newInviteCard(copyText func(string)) *inviteCard {
	c := &inviteCard{shown: text("", theme.SizeNameText, false), body: note("")}
	c.shown.TextStyle.Monospace = true
	c.copied = newIconButton(word("invite.copy"), symbol(assets.Copy), func() {
		copyText(c.link)
		c.copied.SetText(word("invite.copied"))
	})
	c.copied.Importance = widget.HighImportance
	c.row = newBorder(nil, nil, nil, c.copied, newPanel(theme.ColorNameInputBackground, colorLine, 0, c.shown))
	c.root = newPanel(colorTinted, "", 14, container.NewVBox(text(word("invite.title"), theme.SizeNameSubHeadingText, true), c.body, c.row))
	return c
}

func (c *inviteCard) show(link string) {
	if c.link == link && c.body.Text != "" {
		return
	}
	c.link = link
	say(c.shown, strings.TrimSpace(link))
	c.copied.SetText(word("invite.copy"))
	visible(c.row, link != "")
	if link != "" {
		say(c.body, word("invite.text"))
	} else {
		say(c.body, word("invite.elsewhere"))
	}
}

// connectionLine says why the switchboard cannot be reached and when it is tried again. It is hidden while all is well.
type connectionLine struct {
	root  *panel
	title *widget.Label
	body  *widget.Label
}

func newConnectionLine() *connectionLine {
	l := &connectionLine{title: text("", theme.SizeNameText, true), body: text("", theme.SizeNameText, false)}
	l.title.Truncation = fyne.TextTruncateOff
	icon := widget.NewIcon(theme.NewColoredResource(symbol(assets.Warning), theme.ColorNameWarning))
	l.root = newPanel(colorTinted, "", 0, newBorder(nil, nil, container.NewHBox(inset(0, 0, 14, 0, icon), l.title), nil, l.body))
	l.root.radius = 0
	l.root.Hide()
	return l
}

func (l *connectionLine) show(c engine.Connection, now time.Time) {
	visible(l.root, c.State != engine.Online)
	switch {
	case c.State == engine.Online:
	case c.State == engine.Connecting || c.Err == nil:
		say(l.title, word("connection.connecting"))
		say(l.body, c.Server)
	default:
		title, body := explain(c.Err)
		if !c.RetryAt.IsZero() {
			seconds := max(0, int(math.Ceil(c.RetryAt.Sub(now).Seconds())))
			body = word("connection.retry", fill{"Seconds": seconds})
		}
		say(l.title, title)
		say(l.body, body)
	}
}
