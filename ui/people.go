package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// people is the list of everybody on the switchboard, with a field to search it. Echo stays at the top.
type people struct {
	call   func(u engine.User, video bool)
	menu   func(p engine.Person, c fyne.Canvas, at fyne.Position) // what can be done about somebody
	picked func(p engine.Person)                                  // somebody was chosen

	root   fyne.CanvasObject
	search *searchField
	list   *rowList
	nobody *widget.Label

	all, shown []engine.Person
	chosen     engine.UserID
}

func newPeople(call func(engine.User, bool), menu func(engine.Person, fyne.Canvas, fyne.Position), picked func(engine.Person)) *people {
	p := &people{call: call, menu: menu, picked: picked}
	p.search = newSearchField(p.key, p.shortcut)
	p.search.SetPlaceHolder(word("people.search"))
	p.search.Icon = symbol(assets.Search)
	p.search.OnChanged = func(string) { p.filter() }
	p.list = newRowList(rows{
		Length: func() int { return len(p.shown) },
		New:    func() fyne.CanvasObject { return newPersonRow(p.call, p.menu) },
		Show:   func(i int, row fyne.CanvasObject) { row.(*personRow).show(p.shown[i]) },
		Picked: func(i int) {
			if p.shown[i].ID != p.chosen {
				p.chosen = p.shown[i].ID
				p.picked(p.shown[i])
			}
		},
		Key: p.key, Shortcut: p.shortcut,
	})
	p.nobody = centered(note(word("people.nobody")))
	p.nobody.Hide()
	p.root = newBorder(inset(0, 4, 12, 12, p.search), nil, nil, nil, container.NewStack(p.list, inset(24, 0, 16, 16, container.NewVBox(p.nobody))))
	return p
}

// update shows the people of a snapshot.
func (p *people) update(all []engine.Person) {
	if slices.Equal(all, p.all) {
		return
	}
	p.all = all
	p.filter()
}

// filter shows those who match what was typed, and keeps somebody chosen.
func (p *people) filter() {
	p.shown = matching(p.all, p.search.Text)
	visible(p.nobody, len(p.shown) == 0 && p.search.Text != "")
	p.list.Refresh()
	i := slices.IndexFunc(p.shown, func(q engine.Person) bool { return q.ID == p.chosen })
	if i < 0 && len(p.shown) > 0 {
		i = 0
	}
	if i >= 0 {
		p.choose(i)
	}
}

// matching returns the people whose name or ID holds the text, whatever its case.
func matching(all []engine.Person, query string) []engine.Person {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return all
	}
	var out []engine.Person
	for _, q := range all {
		if strings.Contains(strings.ToLower(q.Name), query) || strings.Contains(strings.ToLower(string(q.ID)), query) {
			out = append(out, q)
		}
	}
	return out
}

func (p *people) choose(i int) {
	if i < 0 || i >= len(p.shown) {
		return
	}
	p.chosen = p.shown[i].ID
	p.list.Select(i)
	p.picked(p.shown[i])
}

// key handles the keys of the list and of the search field. It reports whether it did.
func (p *people) key(k fyne.KeyName) bool {
	i := slices.IndexFunc(p.shown, func(q engine.Person) bool { return q.ID == p.chosen })
	switch k {
	case fyne.KeyUp:
		p.choose(i - 1)
	case fyne.KeyDown:
		p.choose(i + 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if i >= 0 {
			p.call(p.shown[i].User, false)
		}
	case fyne.KeyEscape:
		p.search.SetText("")
	default:
		return false
	}
	return true
}

// shortcut makes a video call with Ctrl+Enter. It reports whether it did.
func (p *people) shortcut(s fyne.Shortcut) bool {
	if !withPicture(s) {
		return false
	}
	for _, q := range p.shown {
		if q.ID == p.chosen {
			p.call(q.User, true)
		}
	}
	return true
}

// searchField is an entry whose arrows and Enter belong to the list below it.
type searchField struct {
	widget.Entry
	key      func(fyne.KeyName) bool
	shortcut func(fyne.Shortcut) bool
	typed    func(rune) bool // may be nil
}

func newSearchField(key func(fyne.KeyName) bool, shortcut func(fyne.Shortcut) bool) *searchField {
	f := &searchField{key: key, shortcut: shortcut}
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey implements [fyne.Focusable].
func (f *searchField) TypedKey(k *fyne.KeyEvent) {
	if !f.key(k.Name) {
		f.Entry.TypedKey(k)
	}
}

// TypedRune implements [fyne.Focusable].
func (f *searchField) TypedRune(r rune) {
	if f.typed == nil || !f.typed(r) {
		f.Entry.TypedRune(r)
	}
}

// TypedShortcut implements [fyne.Shortcutable].
func (f *searchField) TypedShortcut(s fyne.Shortcut) {
	if !f.shortcut(s) && !passOn(f, s) {
		f.Entry.TypedShortcut(s)
	}
}

// personRow is one line of the list.
type personRow struct {
	widget.BaseWidget
	person   engine.Person
	menu     func(p engine.Person, c fyne.Canvas, at fyne.Position)
	portrait *avatar
	name     *widget.Label
	status   *widget.Label
	voice    *roundButton
	video    *roundButton
	content  fyne.CanvasObject
}

var _ fyne.SecondaryTappable = (*personRow)(nil)

func newPersonRow(call func(engine.User, bool), menu func(engine.Person, fyne.Canvas, fyne.Position)) *personRow {
	r := &personRow{menu: menu, portrait: newAvatar(40), name: text("", theme.SizeNameText, true), status: caption("")}
	r.voice = newRoundButton(assets.Phone, tonePlain, 36, word("call.voice"), func() { call(r.person.User, false) })
	r.video = newRoundButton(assets.Camera, tonePlain, 36, word("call.video"), func() { call(r.person.User, true) })
	r.voice.pointer, r.video.pointer = true, true // the list has Enter and Ctrl+Enter
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), r.name, r.status)
	r.content = inset(4, 4, 12, 6, newBorder(nil, nil, container.NewCenter(r.portrait),
		container.NewHBox(container.NewCenter(r.voice), container.NewCenter(r.video)), container.New(layout.NewCustomPaddedLayout(2, 0, 0, 0), words)))
	r.ExtendBaseWidget(r)
	return r
}

// TappedSecondary implements [fyne.SecondaryTappable].
func (r *personRow) TappedSecondary(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		r.menu(r.person, c, e.AbsolutePosition)
	}
}

func (r *personRow) show(p engine.Person) {
	r.person = p
	r.portrait.show(p.User, p.Presence)
	say(r.name, shown(p.User))
	status := presenceWords(p.Presence)
	if p.ID == echoID {
		status = word("people.echo.short")
	}
	say(r.status, status)
}

func (r *personRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }
