package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// maxOthers is how many people besides us the switchboard lets into one call.
const maxOthers = 15

// pickerSize is the size of the picker where the window has room for it.
var pickerSize = fyne.NewSize(460, 620)

// pickerParams say what people are chosen for.
type pickerParams struct {
	Call   engine.CallID   // to add people to; empty: for a new one
	Chosen []engine.UserID // ticked at first
	Done   func(to []engine.UserID, video bool)
	Close  func() // puts the picker away; [UI.pick] sets it
}

// picker chooses several people of the switchboard. Those who are in the call already are ticked and stay so.
//
// The field to search keeps the keyboard: arrows move the mark, Space ticks whom it stands on, Enter is the button that stands out,
// Ctrl+Enter the one with a picture, and Escape clears the search and then closes.
type picker struct {
	pickerParams
	root    fyne.CanvasObject
	search  *searchField
	list    *rowList
	nobody  *widget.Label
	chips   *fyne.Container
	strip   *container.Scroll // of the chips
	bound   *widget.Label
	buttons []*pushButton // the last one stands out

	all, shown []engine.Person
	locked     []engine.UserID // in the call
	chosen     []engine.User   // in the order in which they were ticked
	marked     engine.UserID
	moved      bool // the mark was moved since something was typed: Space ticks
}

func newPicker(p pickerParams) *picker {
	k := &picker{pickerParams: p}
	heading := word("picker.group")
	if p.Call != "" {
		heading = word("picker.add")
	}
	title := text(heading, theme.SizeNameSubHeadingText, true)
	away := newRoundButton(assets.Close, tonePlain, 32, word("picker.close"), p.Close)
	k.search = newSearchField(k.key, k.shortcut)
	k.search.typed = k.typed
	k.search.SetPlaceHolder(word("people.search"))
	k.search.Icon = symbol(assets.Search)
	k.search.OnChanged = func(string) { k.filter() }
	k.list = newRowList(rows{
		Length: func() int { return len(k.shown) },
		New:    func() fyne.CanvasObject { return newPickRow(k) },
		Show:   func(i int, row fyne.CanvasObject) { row.(*pickRow).show(k.shown[i]) },
		Key:    k.listKey, Shortcut: k.shortcut,
	})
	k.nobody = centered(note(""))
	k.nobody.Hide()
	k.chips = container.NewHBox()
	k.strip = container.NewHScroll(inset(0, 4, 12, 12, k.chips))
	k.strip.Hide()
	k.bound = note("")
	k.bound.Hide()

	button := func(s assets.Symbol, video bool) *pushButton {
		return newIconButton("", symbol(s), func() { k.done(video) })
	}
	if p.Call != "" {
		k.buttons = []*pushButton{button(assets.Invite, false)}
	} else {
		k.buttons = []*pushButton{button(assets.Camera, true), button(assets.Phone, false)}
	}
	k.buttons[len(k.buttons)-1].Importance = widget.HighImportance
	row := container.New(layout.NewGridLayoutWithColumns(len(k.buttons)))
	for _, b := range k.buttons {
		row.Add(b)
	}
	head := container.NewVBox(inset(6, 0, 8, 6, newBorder(nil, nil, nil, container.NewCenter(away), title)), inset(0, 2, 12, 12, k.search), k.strip)
	foot := inset(4, 12, 12, 12, container.NewVBox(k.bound, row))
	k.root = newBorder(head, foot, nil, nil, container.NewStack(k.list, inset(24, 0, 24, 24, container.NewVBox(k.nobody))))
	return k
}

// update shows the people of a snapshot. It closes the picker when the call that people are added to is over.
func (k *picker) update(s *engine.Snapshot) {
	var locked []engine.UserID
	if k.Call != "" {
		c, ok := s.Call(k.Call)
		if !ok || c.Phase == engine.Over {
			k.Close()
			return
		}
		locked = insiders(c)
	}
	all := slices.DeleteFunc(slices.Clone(s.People), func(p engine.Person) bool { return p.ID == echoID })
	if k.all != nil && slices.Equal(all, k.all) && slices.Equal(locked, k.locked) {
		return
	}
	if k.all == nil {
		for _, p := range all {
			if slices.Contains(k.Chosen, p.ID) {
				k.chosen = append(k.chosen, p.User)
			}
		}
	}
	k.all, k.locked = all, locked
	k.chosen = slices.DeleteFunc(k.chosen, func(u engine.User) bool { return slices.Contains(locked, u.ID) })
	k.filter()
	k.recount()
}

// insiders are the others who are in a call or are being called into it.
func insiders(c engine.CallState) []engine.UserID {
	var out []engine.UserID
	for _, m := range c.Members {
		out = append(out, m.ID)
	}
	for _, w := range c.Waiting {
		if w.State.Waiting() || w.State.In() {
			out = append(out, w.ID)
		}
	}
	return out
}

// filter shows those who match what was typed, with the mark on one of them.
func (k *picker) filter() {
	k.shown = matching(k.all, k.search.Text)
	k.moved = false
	switch {
	case len(k.all) == 0:
		say(k.nobody, word("picker.nobody"))
	default:
		say(k.nobody, word("people.nobody"))
	}
	visible(k.nobody, len(k.shown) == 0)
	if len(k.shown) > 0 && k.place() < 0 {
		k.marked = k.shown[0].ID
	}
	k.list.Refresh()
}

// place is where the mark stands in the list, or -1.
func (k *picker) place() int {
	return slices.IndexFunc(k.shown, func(p engine.Person) bool { return p.ID == k.marked })
}

func (k *picker) has(id engine.UserID) bool {
	return slices.ContainsFunc(k.chosen, func(u engine.User) bool { return u.ID == id })
}

// room is how many more fit into the call.
func (k *picker) room() int { return maxOthers - len(k.locked) - len(k.chosen) }

// toggle ticks somebody, or no longer.
func (k *picker) toggle(u engine.User) {
	switch {
	case slices.Contains(k.locked, u.ID):
	case k.has(u.ID):
		k.chosen = slices.DeleteFunc(k.chosen, func(c engine.User) bool { return c.ID == u.ID })
	case k.room() > 0:
		k.chosen = append(k.chosen, u)
	}
	k.marked = u.ID
	k.list.Refresh()
	k.recount()
}

// recount shows who is chosen.
func (k *picker) recount() {
	k.chips.RemoveAll()
	for _, u := range k.chosen {
		chip := newChip(u, func() { k.toggle(u) })
		shareScope(chip, k.list)
		k.chips.Add(chip)
	}
	visible(k.strip, len(k.chosen) > 0)
	k.strip.ScrollToOffset(fyne.NewPos(k.chips.MinSize().Width, 0))
	say(k.bound, word("picker.full", fill{"Count": maxOthers}))
	visible(k.bound, k.room() <= 0)
	keys := [][2]string{{"call.video", "picker.video"}, {"call.voice", "picker.voice"}} // for nobody, and for some
	if k.Call != "" {
		keys = [][2]string{{"picker.join", "picker.join.some"}}
	}
	for i, b := range k.buttons {
		if len(k.chosen) == 0 {
			b.SetText(word(keys[i][0]))
			b.Disable()
		} else {
			b.SetText(word(keys[i][1], fill{"Count": len(k.chosen)}))
			b.Enable()
		}
	}
	k.root.Refresh()
}

// done hands over who is chosen.
func (k *picker) done(video bool) {
	if len(k.chosen) == 0 {
		return
	}
	to := make([]engine.UserID, 0, len(k.chosen))
	for _, u := range k.chosen {
		to = append(to, u.ID)
	}
	k.Close()
	k.Done(to, video)
}

// key handles the keys of the list and of the search field. It reports whether it did.
func (k *picker) key(n fyne.KeyName) bool {
	switch n {
	case fyne.KeyUp:
		k.move(-1)
	case fyne.KeyDown:
		k.move(1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if i := k.place(); len(k.chosen) == 0 && i >= 0 {
			k.toggle(k.shown[i].User)
			return true
		}
		k.done(false)
	case fyne.KeyEscape:
		if k.search.Text == "" {
			k.Close()
		} else {
			k.search.SetText("")
		}
	default:
		return false
	}
	return true
}

func (k *picker) move(by int) {
	k.moved = true
	i := k.place() + by
	if i < 0 || i >= len(k.shown) {
		return
	}
	k.marked = k.shown[i].ID
	k.list.ScrollTo(i)
	k.list.Refresh()
}

// typed takes the Space that ticks. It reports whether it did.
func (k *picker) typed(r rune) bool {
	i := k.place()
	if r != ' ' || i < 0 || !k.moved && k.search.Text != "" {
		return false
	}
	k.toggle(k.shown[i].User)
	return true
}

// shortcut is Ctrl+Enter. It reports whether it did something.
func (k *picker) shortcut(s fyne.Shortcut) bool {
	if !withPicture(s) {
		return false
	}
	k.done(true)
	return true
}

// listKey takes the keys while the list has the keyboard: Space ticks there whatever was typed before.
func (k *picker) listKey(n fyne.KeyName) bool {
	if n == fyne.KeySpace {
		k.moved = true
		k.typed(' ')
	} else {
		k.key(n)
	}
	return true // Fyne's list has no place of its own here
}

// pickRow is one line of the list: a click anywhere on it ticks.
type pickRow struct {
	widget.BaseWidget
	picker   *picker
	person   engine.Person
	ground   *canvas.Rectangle
	tick     *widget.Icon
	portrait *avatar
	name     *widget.Label
	status   *widget.Label
	content  fyne.CanvasObject
}

func newPickRow(k *picker) *pickRow {
	r := &pickRow{picker: k, ground: canvas.NewRectangle(color.Transparent), tick: widget.NewIcon(nil), portrait: newAvatar(36), name: text("", theme.SizeNameText, true), status: caption("")}
	r.ground.CornerRadius = 9
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), r.name, r.status)
	line := inset(3, 3, 14, 10, newBorder(nil, nil, container.NewHBox(container.NewCenter(r.tick), container.NewCenter(r.portrait)), nil, inset(2, 0, 0, 0, words)))
	r.content = container.NewStack(inset(0, 0, 6, 6, r.ground), line)
	r.ExtendBaseWidget(r)
	return r
}

// Tapped implements [fyne.Tappable].
func (r *pickRow) Tapped(*fyne.PointEvent) { r.picker.toggle(r.person.User) }

func (r *pickRow) show(p engine.Person) {
	r.person = p
	r.portrait.show(p.User, p.Presence)
	say(r.name, shown(p.User))
	inside := slices.Contains(r.picker.locked, p.ID)
	ticked := inside || r.picker.has(p.ID)
	barred := inside || !ticked && r.picker.room() <= 0
	status := presenceWords(p.Presence)
	if inside {
		status = word("picker.inside")
	}
	say(r.status, status)
	mark, colour := assets.Unchecked, theme.ColorNameInputBorder
	switch {
	case ticked && inside:
		mark, colour = assets.Checked, colorMuted
	case ticked:
		mark, colour = assets.Checked, theme.ColorNamePrimary
	}
	r.tick.SetResource(theme.NewColoredResource(symbol(mark), colour))
	importance := widget.MediumImportance
	if barred {
		importance = widget.LowImportance
	}
	if r.name.Importance != importance {
		r.name.Importance = importance
		r.name.Refresh()
	}
	r.ground.FillColor = color.Transparent
	if r.picker.marked == p.ID {
		r.ground.FillColor = theme.ColorForWidget(theme.ColorNameSelection, r)
	}
	r.ground.Refresh()
}

func (r *pickRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }

// newChip is somebody who is chosen, with a cross that lets go.
func newChip(u engine.User, away func()) fyne.CanvasObject {
	portrait := newAvatar(24)
	portrait.show(u, "")
	name := text(shown(u), theme.SizeNameCaptionText, false)
	cross := newRoundButton(assets.Close, tonePlain, 22, word("picker.remove", fill{"Name": shown(u)}), away)
	width := min(name.MinSize().Width+fyne.MeasureText(shown(u), theme.Size(theme.SizeNameCaptionText), fyne.TextStyle{}).Width, 120)
	chip := newPanel(theme.ColorNameButton, "", 0, inset(-2, -2, 4, 2, container.New(layout.NewCustomPaddedHBoxLayout(-4),
		container.NewCenter(portrait), container.New(wide(width), name), container.NewCenter(cross))))
	chip.radius = 15
	return chip
}

// pick opens the picker over the main window.
func (u *UI) pick(p pickerParams) {
	if u.sheet != nil || u.pages == nil || u.last == nil {
		return
	}
	p.Close = u.closeSheet
	colours := u.store.Settings().Theme
	if p.Call != "" {
		colours = profile.DarkTheme
	}
	k := newPicker(p)
	u.openSheet(colours, pickerSize, k.root, func() { u.picking = nil })
	u.picking, u.sheet.update, u.sheet.key = k, k.update, func(n fyne.KeyName) { k.key(n) }
	k.update(u.last)
	if u.picking == k {
		u.main.Canvas().Focus(k.search)
	}
}
