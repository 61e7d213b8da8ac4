package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// shortcut is a key of a call. The table of them is the only place that knows the keys: they are handled by it, More and the list of
// shortcuts read it, and docs/guide.md is compared with it.
type shortcut struct {
	keys  []fyne.KeyName
	chord bool   // with Ctrl and Shift
	typed rune   // the letter that it is, where the place of the key differs; 0: none
	what  string // key of the words that say what it does

	button Button          // it presses that; otherwise:
	do     func(*callPage) // nil: it is handled where it is said
	window func(*UI)       // also outside of a call's page
	later  bool            // the letter itself comes after the key, and must not be typed into what the key opens
}

// shortcuts are all keys of a call.
var shortcuts = []shortcut{
	{keys: []fyne.KeyName{fyne.KeyM}, what: "shortcut.microphone", button: ButtonMicrophone},
	{keys: []fyne.KeyName{fyne.KeySpace}, what: "shortcut.talk"}, // see callPage.keyDown
	{keys: []fyne.KeyName{fyne.KeyV}, what: "shortcut.camera", button: ButtonCamera},
	{keys: []fyne.KeyName{fyne.KeyS}, what: "shortcut.share", button: ButtonShare, later: true},
	{keys: []fyne.KeyName{fyne.KeyC}, what: "shortcut.chat", button: ButtonChat, later: true},
	{keys: []fyne.KeyName{fyne.KeyA}, what: "shortcut.add", button: ButtonAdd, later: true},
	{keys: []fyne.KeyName{fyne.KeyG}, what: "shortcut.layout", button: ButtonLayout},
	{keys: []fyne.KeyName{fyne.KeyP}, what: "shortcut.pin", do: func(c *callPage) { c.scene.pinTarget() }},
	{keys: []fyne.KeyName{fyne.KeyPageUp}, what: "shortcut.back", do: func(c *callPage) { c.scene.turn(c.scene.page - 1) }},
	{keys: []fyne.KeyName{fyne.KeyPageDown}, what: "shortcut.next", do: func(c *callPage) { c.scene.turn(c.scene.page + 1) }},
	{keys: []fyne.KeyName{desktop.KeyMenu}, what: "shortcut.menu", do: func(c *callPage) { c.scene.menuOfTarget() }},
	{keys: []fyne.KeyName{fyne.KeyF, fyne.KeyF11}, what: "shortcut.fullscreen", button: ButtonFullscreen},
	{keys: []fyne.KeyName{fyne.KeyEscape}, what: "shortcut.window", do: (*callPage).leaveFullscreen},
	{keys: []fyne.KeyName{fyne.KeyH}, what: "shortcut.hold", button: ButtonHold},
	{keys: []fyne.KeyName{fyne.KeyX}, what: "shortcut.swap", do: func(c *callPage) { c.beside.first() }},
	{keys: []fyne.KeyName{fyne.KeyF1}, typed: '?', what: "shortcut.list", button: ButtonShortcuts, later: true},
	{keys: []fyne.KeyName{fyne.KeyH}, chord: true, what: "shortcut.hangup", window: (*UI).hangUpCurrent},
}

// words are the keys as people read them.
func (s shortcut) words() string {
	var all []string
	if s.typed != 0 {
		all = append(all, word("key.plain", fill{"Key": string(s.typed)}))
	}
	for _, k := range s.keys {
		name := word("key.plain", fill{"Key": string(k)})
		switch k {
		case fyne.KeySpace:
			name = word("key.space")
		case fyne.KeyEscape:
			name = word("key.escape")
		case fyne.KeyPageUp:
			name = word("key.page.up")
		case fyne.KeyPageDown:
			name = word("key.page.down")
		case desktop.KeyMenu:
			name = word("key.menu")
		}
		if s.chord {
			name = word("key.chord", fill{"Key": name})
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// keysOf are the keys of a button; empty if it has none.
func keysOf(b Button) string {
	for _, s := range shortcuts {
		if s.button == b && b != "" {
			return s.words()
		}
	}
	return ""
}

// newShortcutList lists all of them, and returns what scrolls the list.
func newShortcutList() (fyne.CanvasObject, *container.Scroll) {
	grid := container.New(layout.NewFormLayout())
	for _, s := range shortcuts {
		cap := text(s.words(), theme.SizeNameText, true)
		cap.Truncation = fyne.TextTruncateOff
		what := text(word(s.what), theme.SizeNameText, false)
		inLines(what)
		grid.Add(cap)
		grid.Add(what)
	}
	scroll := container.NewVScroll(inset(0, 10, 12, 12, grid))
	return newBorder(inset(10, 0, 12, 12, text(word("shortcuts.title"), theme.SizeNameSubHeadingText, true)), nil, nil, nil, scroll), scroll
}

// shortcutsSize is that of the list of shortcuts, in Fyne's units: nearly all of it is seen at once where the window has the room.
var shortcutsSize = fyne.NewSize(520, 880)

func (u *UI) showShortcuts() {
	u.closeSheet()
	list, scroll := newShortcutList()
	u.openSheet(u.store.Settings().Theme, shortcutsSize, list, nil)
	closes := u.sheet.key
	u.sheet.key = func(k fyne.KeyName) {
		if !scrollKey(scroll, k) {
			closes(k)
		}
	}
	u.main.Canvas().Unfocus()
}
