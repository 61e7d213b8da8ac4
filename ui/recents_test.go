package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// noon is when the clock of a stage stands still.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// past adds calls to the history, the newest first: number n was over n hours ago.
func past(ns ...int) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) {
		for _, n := range ns {
			s.History = append(s.History, pastCall(n))
		}
	}
}

// pastCall is one of them: Bob called, in vain if n is even.
func pastCall(n int) engine.HistoryEntry {
	over := noon.Add(-time.Duration(n) * time.Hour)
	e := engine.HistoryEntry{ID: engine.HistoryID(fmt.Sprint("h", n)), Incoming: true, By: bob, With: []engine.User{bob}, At: over.Add(-time.Minute), Over: over}
	if n%2 == 0 {
		e.State = signal.TimedOut
	} else {
		e.Answered, e.State, e.Lasted, e.Video = true, signal.Left, time.Minute, true
	}
	return e
}

func missedOnes(n int) func(*engine.Snapshot) { return func(s *engine.Snapshot) { s.Missed = n } }

func ids(entries []engine.HistoryEntry) (out []engine.HistoryID) {
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}

// openRecents is a stage whose home page shows the past calls.
func openRecents(t *testing.T, with ...func(*engine.Snapshot)) (*stage, *recents) {
	t.Helper()
	s := newStage(t)
	s.enter(world(with...))
	test.Tap(s.ui.pages.home.before)
	s.settle()
	return s, s.ui.pages.home.recents
}

func TestMissedCallsAreNewsUntilTheListIsLeft(t *testing.T) {
	s := newStage(t)
	seen := func(w *engine.Snapshot) { w.HistorySeen = noon.Add(-3 * time.Hour) }
	s.enter(world(past(2, 4), missedOnes(1), seen))
	h := s.ui.pages.home
	if h.before.count != 1 {
		t.Errorf("the badge says %d", h.before.count)
	}
	s.want()
	test.Tap(h.before)
	s.settle()
	s.want("see history")
	s.show(world(past(2, 4), func(w *engine.Snapshot) { w.HistorySeen = noon }))
	r := h.recents
	if h.before.count != 0 || !r.news(r.shown[0]) || r.news(r.shown[1]) {
		t.Errorf("badge %d, news: %t, %t; want the newer one to stand out still", h.before.count, r.news(r.shown[0]), r.news(r.shown[1]))
	}
	s.show(world(past(0, 2, 4), missedOnes(1), func(w *engine.Snapshot) { w.HistorySeen = noon.Add(-time.Minute) })) // while one looks
	s.want("see history")
	test.Tap(h.now)
	s.show(world(past(0, 2, 4), func(w *engine.Snapshot) { w.HistorySeen = noon }))
	test.Tap(h.before)
	s.settle()
	s.want()
	if r.news(r.shown[0]) {
		t.Error("what was seen before stands out again")
	}
}

func TestTheNewestCallIsChosenWhenTheListOpens(t *testing.T) {
	s, r := openRecents(t, past(1, 2))
	r.choose(1)
	s.show(world(past(0, 1, 2)))
	if r.chosen != "h2" {
		t.Errorf("while one looks the choice moves to %s", r.chosen)
	}
	test.Tap(s.ui.pages.home.now)
	test.Tap(s.ui.pages.home.before)
	if r.chosen != "h0" || s.ui.pages.home.recent.entry.ID != "h0" {
		t.Errorf("opened again, %s is chosen", r.chosen)
	}
}

func TestMissedCallsStayNewsWhileNobodyLooks(t *testing.T) {
	s, _ := openRecents(t, past(1))
	s.ui.desk.hidden = true
	s.ui.applyNow()
	s.show(world(past(0, 1), missedOnes(1)))
	s.want()
	s.ui.show()
	s.settle()
	s.want("see history")
}

func TestPastCallsByKeyboard(t *testing.T) {
	s, r := openRecents(t, past(1, 2, 3))
	if s.ui.main.Canvas().Focused() != r.list {
		t.Error("the list has not the keyboard")
	}
	press := func(k fyne.KeyName) {
		r.list.TypedKey(&fyne.KeyEvent{Name: k})
		s.settle()
	}
	press(fyne.KeyUp) // there is nothing above the first
	press(fyne.KeyReturn)
	press(fyne.KeyDown)
	press(fyne.KeyReturn)
	r.list.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	s.settle()
	s.want("dial back h1 video=true current=1", "dial back h2 video=false current=1", "dial back h2 video=true current=1")
	press(fyne.KeyDelete)
	if got := ids(r.shown); !slices.Equal(got, []engine.HistoryID{"h1", "h3"}) || r.chosen != "h3" {
		t.Errorf("%v are left, %s is chosen", got, r.chosen)
	}
	s.key(fyne.KeyUp) // also when no widget has the keyboard
	if r.chosen != "h1" {
		t.Errorf("%s is chosen", r.chosen)
	}
}

func TestDeletingCanBeUndone(t *testing.T) {
	s, r := openRecents(t, past(1, 2, 3))
	r.delete(false, "h2")
	s.pass(undoTime - time.Millisecond)
	s.settle()
	s.want()
	test.Tap(s.ui.notice.button)
	if len(r.shown) != 3 || s.ui.notice.box.Visible() {
		t.Error("it is not brought back")
	}
	s.pass(time.Hour)
	s.settle()
	s.want()

	r.delete(false, "h2")
	s.show(world(past(0, 1, 2, 3))) // the switchboard does not know yet
	if got := ids(r.shown); slices.Contains(got, "h2") {
		t.Errorf("%v are shown", got)
	}
	s.pass(undoTime)
	s.settle()
	s.want("forget [h2]")
	s.show(world(past(0, 1, 3)))
	if len(r.hidden) != 0 {
		t.Errorf("%v are remembered as deleted although the switchboard has deleted them", r.hidden)
	}

	r.delete(false, "h1")
	r.delete(false, "h3") // the first can no longer be brought back
	s.settle()
	s.want("forget [h1]")
	s.ui.Close() // neither can the second
	s.want("forget [h3]")
}

func TestDeletingAllSparesWhatComesMeanwhile(t *testing.T) {
	s, r := openRecents(t, past(1, 2))
	test.Tap(s.ui.pages.home.clear)
	if len(r.shown) != 0 || !r.empty.Visible() || s.ui.pages.home.recent.root.Visible() {
		t.Error("the list is not empty")
	}
	s.pass(undoTime)
	s.settle()
	s.want("forget []")
	s.show(world(past(1, 2)))
	r.hidden = map[engine.HistoryID]bool{}
	r.filter()

	test.Tap(s.ui.pages.home.clear)
	s.show(world(past(0, 1, 2)))
	s.engine.take()
	s.pass(undoTime)
	s.settle()
	s.want("forget [h1 h2]")
}

func TestWhatCannotBeDeletedComesBack(t *testing.T) {
	s, r := openRecents(t, past(1, 2))
	r.delete(false, "h1")
	s.engine.fail = engine.ErrOffline
	s.pass(undoTime)
	s.until(t, func() string {
		if len(r.shown) != 2 {
			return "it stays away"
		}
		return ""
	})
	if !s.ui.notice.box.Visible() || s.ui.notice.title.Text != word("error.title.offline") {
		t.Errorf("it says %q", s.ui.notice.title.Text)
	}
}

func TestOlderCallsAreFetchedAtTheEnd(t *testing.T) {
	many := make([]int, snapshotHistory)
	for i := range many {
		many[i] = i + 1
	}
	s := newStage(t)
	s.enter(world(past(many...)))
	r := s.ui.pages.home.recents
	s.want()
	s.engine.older = engine.HistoryPage{Entries: []engine.HistoryEntry{pastCall(101), pastCall(102)}}
	r.near(snapshotHistory - ahead - 1)
	s.settle()
	s.want()
	r.near(snapshotHistory - ahead)
	r.near(snapshotHistory - 1)
	s.settle()
	s.want(fmt.Sprintf("history before=%s limit=0", pastCall(100).Over.Format(time.TimeOnly)))
	if n := len(r.shown); n != 102 || r.shown[101].ID != "h102" {
		t.Errorf("%d are shown", n)
	}
	r.near(101)
	s.settle()
	s.want() // there are no more
}

func TestOlderCallsThatCannotBeFetchedAreTriedWhenTheListIsOpenedAnew(t *testing.T) {
	many := make([]int, snapshotHistory)
	for i := range many {
		many[i] = i + 1
	}
	s := newStage(t)
	s.enter(world(past(many...)))
	h := s.ui.pages.home
	s.engine.fail = engine.ErrOffline
	h.recents.near(snapshotHistory - 1)
	s.settle()
	h.recents.near(snapshotHistory - 1)
	s.settle()
	if n := len(s.engine.take()); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	s.engine.fail = nil
	test.Tap(h.before)
	h.recents.near(snapshotHistory - 1)
	s.settle()
	if n := len(s.engine.take()); n == 0 {
		t.Error("it is not tried again")
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	page := func(from, to int) (out []engine.HistoryEntry) {
		for n := from; n <= to; n++ {
			out = append(out, pastCall(n))
		}
		return out
	}
	long := ledger{}.renewed(page(1, 100))
	fetched := long.extended(engine.HistoryPage{Entries: page(100, 120), More: true})
	for _, c := range []struct {
		name     string
		got      ledger
		from, to int
		more     bool
	}{
		{"few are all", ledger{}.renewed(page(1, 5)), 1, 5, false},
		{"a hundred may be more", long, 1, 100, true},
		{"older ones follow, none twice", fetched, 1, 120, true},
		{"a new one keeps the older ones", fetched.renewed(page(0, 99)), 0, 120, true},
		{"what was pushed out of the newest stays known", fetched.renewed(page(-20, 79)), -20, 120, true},
		{"when few are left, all else was deleted", fetched.renewed(page(1, 3)), 1, 3, false},
		{"the last page", long.extended(engine.HistoryPage{Entries: page(101, 103)}), 1, 103, false},
	} {
		if got, want := ids(c.got.entries), ids(page(c.from, c.to)); !slices.Equal(got, want) || c.got.more != c.more {
			t.Errorf("%s: %v, more %t; want %v, %t", c.name, got, c.got.more, want, c.more)
		}
	}
	if got := ids(long.without(map[engine.HistoryID]bool{"h2": true}).entries); len(got) != 99 || slices.Contains(got, "h2") {
		t.Errorf("without one: %v", got)
	}
}

func TestRecentCardTellsAll(t *testing.T) {
	s, _ := openRecents(t, func(w *engine.Snapshot) {
		w.History = []engine.HistoryEntry{{
			ID: "h", By: ana, With: []engine.User{bob, cyd}, At: noon.Add(-24 * time.Hour), Over: noon, Video: true, Answered: true, Lasted: 95 * time.Second,
			State: signal.Left, Reason: signal.EndHangUp, EndedBy: bob.ID, Data: "About Tuesday",
		}}
	})
	c := s.ui.pages.home.recent
	for what, pair := range map[string][2]string{
		"name":    {c.name.Text, "Bob Meier and 1 more"},
		"kind":    {c.kind.Text, "Outgoing video call"},
		"outcome": {c.outcome.Text, "1 min 35 s · Bob Meier hung up"},
		"people":  {c.people.Text, "Bob Meier, Cyd"},
		"said":    {c.said.Text, "About Tuesday"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the %s is %q, want %q", what, pair[0], pair[1])
		}
	}
	test.Tap(c.voice)
	s.settle()
	s.want("dial back h video=false current=1")
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		entry engine.HistoryEntry
		want  string
	}{
		{engine.HistoryEntry{Answered: true, Lasted: 45 * time.Second}, "45 s"},
		{engine.HistoryEntry{Answered: true}, "0 s"},
		{engine.HistoryEntry{Answered: true, Lasted: 95 * time.Second}, "1 min 35 s"},
		{engine.HistoryEntry{Answered: true, Lasted: 754 * time.Second}, "12 min"},
		{engine.HistoryEntry{Answered: true, Lasted: 65 * time.Minute}, "1 h 5 min"},
		{engine.HistoryEntry{Answered: true, Lasted: 2 * time.Hour}, "2 h"},
		{engine.HistoryEntry{Incoming: true, State: signal.TimedOut}, "Missed"},
		{engine.HistoryEntry{Incoming: true, State: signal.Cancelled}, "Missed"},
		{engine.HistoryEntry{Incoming: true, State: signal.Refused}, "Missed"},
		{engine.HistoryEntry{Incoming: true, State: signal.Declined}, "You declined"},
		{engine.HistoryEntry{Incoming: true, State: signal.Left}, "Not connected"},
		{engine.HistoryEntry{Reason: signal.EndDeclined}, "Declined"},
		{engine.HistoryEntry{Reason: signal.EndBusy}, "Busy"},
		{engine.HistoryEntry{Reason: signal.EndTimeout}, "No answer"},
		{engine.HistoryEntry{Reason: signal.EndCancelled}, "Cancelled"},
		{engine.HistoryEntry{Reason: signal.EndLost}, "Connection lost"},
		{engine.HistoryEntry{Reason: signal.EndHangUp}, "Not connected"},
	} {
		if got := outcome(c.entry); got != c.want {
			t.Errorf("%+v is %q, want %q", c.entry, got, c.want)
		}
	}
}

func TestWhen(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, time.Local)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	now := at("2026-03-01 00:30")
	for s, want := range map[string]string{
		"2026-03-01 00:05": "00:05", "2026-02-28 23:59": "yesterday", "2026-02-28 00:00": "yesterday", "2026-02-27 23:59": "27 Feb",
		"2025-12-31 10:00": "31 Dec 2025", "2026-03-01 00:31": "00:31",
	} {
		if got := when(at(s), now); got != want {
			t.Errorf("%s is %q, want %q", s, got, want)
		}
	}
	if got := moment(at("2026-03-01 00:05"), now); got != "today, 00:05" {
		t.Errorf("a moment of today is %q", got)
	}
	if got := moment(at("2025-12-31 10:00"), now); got != "31 Dec 2025, 10:00" {
		t.Errorf("a moment of last year is %q", got)
	}
}
