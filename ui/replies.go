package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/profile"
)

// replyLength bounds a text to decline with, in letters.
const replyLength = 200

// replyKeys are Parley's own texts to decline with.
var replyKeys = [3]string{"reply.later", "reply.meeting", "reply.urgent"}

// repliesOf returns the texts to decline with: a person's own, and Parley's where there are none.
func repliesOf(s profile.Settings) [3]string {
	out := s.Replies
	for i, key := range replyKeys {
		if out[i] == "" {
			out[i] = word(key)
		}
	}
	return out
}

// replies offers texts to decline a call with, and a place to write another one.
type replies struct {
	root *fyne.Container
	rows [3]*pushButton
	own  *lineEntry
}

func newReplies(send func(string), back func()) *replies {
	r := &replies{}
	list := container.NewVBox()
	for i := range r.rows {
		r.rows[i] = newButton("", func() { send(r.rows[i].Text) })
		r.rows[i].Alignment = widget.ButtonAlignLeading
		list.Add(r.rows[i])
	}
	r.own = newLineEntry(back)
	r.own.SetPlaceHolder(word("incoming.reply.hint"))
	write := func() {
		if text := strings.TrimSpace(r.own.Text); text != "" {
			send(text)
		}
	}
	r.own.OnSubmitted = func(string) { write() }
	away := newButton(word("incoming.reply.back"), back)
	sending := newButton(word("incoming.reply.send"), write)
	away.Importance, sending.Importance = widget.LowImportance, widget.HighImportance
	list.Add(newBorder(nil, nil, away, sending, r.own))
	r.root = container.NewVBox(note(word("incoming.reply.title")), list)
	return r
}

// show offers these texts.
func (r *replies) show(texts [3]string) {
	for i, t := range texts {
		if label := oneLine(t, replyLength); r.rows[i].Text != label {
			r.rows[i].SetText(label)
		}
	}
	r.own.SetText("")
}

// focus gives the keyboard to the first text, in the window of o: Fyne knows no window of what has not been drawn yet.
func (r *replies) focus(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(r.rows[0])
	}
}

// lineEntry is an entry of one line and a bounded length that can be left with Escape, and says when the keyboard goes elsewhere.
type lineEntry struct {
	widget.Entry
	escape func() // nil: the window hears of it
	left   func() // may be nil
}

func newLineEntry(escape func()) *lineEntry {
	e := &lineEntry{escape: escape}
	e.OnChanged = func(s string) {
		if r := []rune(s); len(r) > replyLength {
			e.SetText(string(r[:replyLength]))
		}
	}
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *lineEntry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name != fyne.KeyEscape:
		e.Entry.TypedKey(k)
	case e.escape != nil:
		e.escape()
	default:
		passKey(e, k)
	}
}

// TypedShortcut implements [fyne.Shortcutable].
func (e *lineEntry) TypedShortcut(s fyne.Shortcut) {
	if !passOn(e, s) {
		e.Entry.TypedShortcut(s)
	}
}

// FocusLost implements [fyne.Focusable].
func (e *lineEntry) FocusLost() {
	e.Entry.FocusLost()
	if e.left != nil {
		e.left()
	}
}

// replySettings is where a person writes their own texts to decline with.
type replySettings struct {
	rows    []fyne.CanvasObject
	entries [3]*lineEntry
	reset   *pushButton
	save    func(func(*profile.Settings))
}

func newReplySettings(now profile.Settings, save func(func(*profile.Settings))) *replySettings {
	r := &replySettings{save: save}
	for i, t := range repliesOf(now) {
		e := newLineEntry(nil)
		e.SetText(t)
		e.OnSubmitted = func(string) { r.keep(i) }
		e.left = func() { r.keep(i) }
		r.entries[i] = e
		r.rows = append(r.rows, e)
	}
	r.reset = newButton(word("settings.replies.reset"), r.ours)
	r.reset.Importance = widget.LowImportance
	r.rows = append(r.rows, newBorder(nil, nil, nil, container.NewCenter(r.reset), note(word("settings.replies.text"))))
	r.offer(now)
	return r
}

// keep remembers one text. Parley's own, and none, are remembered as nothing, so that they follow the language.
func (r *replySettings) keep(i int) {
	text := strings.TrimSpace(r.entries[i].Text)
	if text == "" {
		text = word(replyKeys[i])
	}
	if r.entries[i].Text != text {
		r.entries[i].SetText(text)
	}
	if text == word(replyKeys[i]) {
		text = ""
	}
	r.save(func(s *profile.Settings) {
		s.Replies[i] = text
		r.offer(*s)
	})
}

// ours goes back to Parley's texts.
func (r *replySettings) ours() {
	r.save(func(s *profile.Settings) {
		s.Replies = [3]string{}
		r.offer(*s)
	})
	for i, key := range replyKeys {
		r.entries[i].SetText(word(key))
	}
}

// offer lets a person go back only from texts of their own.
func (r *replySettings) offer(s profile.Settings) {
	if s.Replies == [3]string{} {
		r.reset.Disable()
	} else {
		r.reset.Enable()
	}
}
