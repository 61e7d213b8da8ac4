package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// rows are what a [rowList] shows, and where its keys go.
type rows struct {
	Length   func() int
	New      func() fyne.CanvasObject
	Show     func(i int, row fyne.CanvasObject)
	Picked   func(i int)              // a row was clicked; may be nil
	Key      func(fyne.KeyName) bool  // reports whether it did something
	Shortcut func(fyne.Shortcut) bool // the same; may be nil
}

// rowList is a list whose page knows which row is chosen: keys go to the page.
type rowList struct {
	widget.List
	rows    rows
	chosen  widget.ListItemID // by a click or Select; -1: nothing yet
	focused bool
}

var _ fyne.Shortcutable = (*rowList)(nil)

func newRowList(r rows) *rowList {
	l := &rowList{rows: r, chosen: -1}
	l.HideSeparators = true
	l.Length, l.CreateItem = r.Length, func() fyne.CanvasObject { return l.dress(r.New()) }
	l.UpdateItem = func(i widget.ListItemID, row fyne.CanvasObject) {
		if i < r.Length() {
			r.Show(i, row)
		}
	}
	if r.Picked != nil {
		l.CreateItem = func() fyne.CanvasObject { return l.dress(newMarkedRow(r.New())) }
		l.UpdateItem = func(i widget.ListItemID, row fyne.CanvasObject) {
			m := row.(*fyne.Container)
			if i < r.Length() {
				r.Show(i, m.Objects[0])
			}
			visible(m.Objects[1], l.focused && i == l.chosen)
		}
		l.OnSelected = func(i widget.ListItemID) {
			before := l.chosen
			l.chosen = i
			l.RefreshItem(before)
			l.RefreshItem(i)
			if i < r.Length() {
				r.Picked(i)
			}
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// dress gives a row the theme of the list. Fyne does so itself, but only for lists of its own type.
func (l *rowList) dress(row fyne.CanvasObject) fyne.CanvasObject {
	if shareScope(row, l) {
		row.Refresh()
	}
	return row
}

// Resize lays the list out. What was chosen before it had a size was scrolled to in a list of no height.
func (l *rowList) Resize(s fyne.Size) {
	first := l.Size().IsZero()
	l.List.Resize(s)
	if first {
		l.ScrollToTop()
	}
}

// newMarkedRow is a row with a mark at its side, which says that the keyboard acts on it.
func newMarkedRow(row fyne.CanvasObject) fyne.CanvasObject {
	mark := newBorder(nil, nil, inset(12, 12, 2, 0, container.New(wide(3), newSurface(theme.ColorNamePrimary))), nil)
	mark.Hide()
	return container.NewStack(row, mark)
}

// FocusGained implements [fyne.Focusable]. A mark shows that the keyboard acts on the row that is chosen; Fyne's list would shade the row
// on which it keeps a place of its own, which is another one.
func (l *rowList) FocusGained() { l.focus(true) }

// FocusLost implements [fyne.Focusable].
func (l *rowList) FocusLost() { l.focus(false) }

func (l *rowList) focus(on bool) {
	l.focused = on
	l.RefreshItem(l.chosen)
}

// TypedKey implements [fyne.Focusable].
func (l *rowList) TypedKey(k *fyne.KeyEvent) {
	if !l.rows.Key(k.Name) {
		l.List.TypedKey(k)
	}
}

// TypedShortcut implements [fyne.Shortcutable].
func (l *rowList) TypedShortcut(s fyne.Shortcut) {
	if l.rows.Shortcut == nil || !l.rows.Shortcut(s) {
		passOn(l, s)
	}
}

// withPicture reports whether a shortcut is the Enter that calls with a picture: Ctrl+Enter.
func withPicture(s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.Modifier == fyne.KeyModifierShortcutDefault && (c.KeyName == fyne.KeyReturn || c.KeyName == fyne.KeyEnter)
}
