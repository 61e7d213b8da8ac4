package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/profile"
)

func TestRepliesAreOursUntilWritten(t *testing.T) {
	newApp(t)
	got := repliesOf(profile.Settings{Replies: [3]string{"", "Mine"}})
	if want := [3]string{word("reply.later"), "Mine", word("reply.urgent")}; got != want {
		t.Errorf("replies are %q, want %q", got, want)
	}
}

func TestRepliesAreWrittenInTheSettings(t *testing.T) {
	s, page := opened(t)
	r := page.replies
	c := s.ui.main.Canvas()
	write := func(i int, text string) {
		t.Helper()
		c.Focus(r.entries[i])
		r.entries[i].SetText(text)
		c.Unfocus()
	}
	if !r.reset.Disabled() || r.entries[0].Text != word("reply.later") {
		t.Errorf("at first it shows %q", r.entries[0].Text)
	}
	write(0, "  Walking the dog ")
	if got := s.program.settings.Replies; got != [3]string{"Walking the dog"} {
		t.Errorf("remembered: %q", got)
	}
	write(1, word("reply.meeting"))
	write(2, " ")
	if got := s.program.settings.Replies; got != [3]string{"Walking the dog"} {
		t.Errorf("our own words are remembered as somebody's: %q", got)
	}
	if r.entries[2].Text != word("reply.urgent") {
		t.Errorf("in place of nothing it shows %q", r.entries[2].Text)
	}
	test.Tap(r.reset)
	if s.program.settings.Replies != [3]string{} || r.entries[0].Text != word("reply.later") || !r.reset.Disabled() {
		t.Errorf("ours do not come back: %q, shown %q", s.program.settings.Replies, r.entries[0].Text)
	}
	write(0, "half-writ")
	c.Focus(r.entries[1])
	r.entries[1].SetText("left with the page")
	s.ui.closeSettings()
	if got := s.program.settings.Replies; got != [3]string{"half-writ", "left with the page"} {
		t.Errorf("leaving the page remembers %q", got)
	}
}

func TestLineEntryIsBounded(t *testing.T) {
	newApp(t)
	escaped := 0
	e := newLineEntry(func() { escaped++ })
	e.SetText(strings.Repeat("ä", replyLength+5))
	if n := len([]rune(e.Text)); n != replyLength {
		t.Errorf("it takes %d letters", n)
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if escaped != 1 {
		t.Error("Escape does not leave it")
	}
}
