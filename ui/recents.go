package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// undoTime is how long what was deleted can be brought back. The switchboard is asked only then.
const undoTime = 6 * time.Second

// ahead is how many rows before the end of the list older ones are fetched.
const ahead = 12

// recentsParams are what the list of past calls needs.
type recentsParams struct {
	Now    func() time.Time
	Call   func(e engine.HistoryEntry, video bool)
	See    func()                                                               // missed calls are not news any more
	Fetch  func(before time.Time, done func(engine.HistoryPage, error))         // older entries, one page at a time
	Forget func(all bool, ids []engine.HistoryID, done func(error))             // deletes
	Tell   func(mark assets.Symbol, words string, until time.Time, undo func()) // what can be undone
	Picked func(e engine.HistoryEntry)                                          // an entry was chosen
}

// recents is the list of past calls. Missed ones count as seen as soon as the list is looked at, and stand out until it is left.
type recents struct {
	recentsParams
	root  fyne.CanvasObject
	list  *rowList
	empty fyne.CanvasObject

	newest []engine.HistoryEntry // of the last snapshot
	known  ledger
	shown  []engine.HistoryEntry
	hidden map[engine.HistoryID]bool // deleted here, whether or not the switchboard knows yet
	chosen engine.HistoryID
	failed bool // to fetch older ones: not tried again before the list is opened anew

	undone *deletion // that can still be undone; nil if none
	looked bool
	since  time.Time        // missed calls after it stand out
	told   engine.HistoryID // the newest entry that See was called for
	today  time.Time
}

// deletion is what was deleted a moment ago.
type deletion struct {
	ids   []engine.HistoryID
	all   bool
	until time.Time
}

func newRecents(p recentsParams) *recents {
	r := &recents{recentsParams: p, hidden: map[engine.HistoryID]bool{}}
	r.list = newRowList(rows{
		Length: func() int { return len(r.shown) },
		New:    func() fyne.CanvasObject { return newRecentRow(r) },
		Show: func(i int, row fyne.CanvasObject) {
			row.(*recentRow).show(r.shown[i])
			r.near(i)
		},
		Picked: func(i int) {
			if r.shown[i].ID != r.chosen {
				r.chosen = r.shown[i].ID
				r.Picked(r.shown[i])
			}
		},
		Key: r.key, Shortcut: r.shortcut,
	})
	icon := widget.NewIcon(theme.NewColoredResource(symbol(assets.Recents), colorMuted))
	title := centered(text(word("recents.empty"), theme.SizeNameText, true))
	r.empty = inset(48, 0, 24, 24, container.NewVBox(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(44), icon)), title, centered(note(word("recents.empty.text")))))
	r.root = container.NewStack(r.list, r.empty)
	return r
}

// update shows the history of a snapshot. seen says whether the list is on the screen.
func (r *recents) update(s *engine.Snapshot, seen bool) {
	turned := seen != r.looked
	if seen && !r.looked {
		r.since, r.told, r.chosen, r.failed = s.HistorySeen, "", "", false // the newest one is chosen
	}
	r.looked = seen
	if seen && s.Missed > 0 && len(s.History) > 0 && r.told != s.History[0].ID {
		r.told = s.History[0].ID
		r.See()
	}
	same := func(a, b engine.HistoryEntry) bool { return a.ID == b.ID }
	today := day(r.Now().Local())
	if turned || !today.Equal(r.today) || !slices.EqualFunc(s.History, r.newest, same) {
		r.today, r.newest = today, s.History
		r.known = r.known.renewed(s.History)
		for id := range r.hidden {
			if !r.pending(id) && !slices.ContainsFunc(r.known.entries, func(e engine.HistoryEntry) bool { return e.ID == id }) {
				delete(r.hidden, id)
			}
		}
		r.filter()
	}
}

func (r *recents) pending(id engine.HistoryID) bool {
	return r.undone != nil && slices.Contains(r.undone.ids, id)
}

// filter shows what is not deleted, with one of them chosen.
func (r *recents) filter() {
	r.shown = r.known.without(r.hidden).entries
	visible(r.empty, len(r.shown) == 0)
	r.list.Refresh()
	if len(r.shown) == 0 {
		r.chosen = ""
		r.Picked(engine.HistoryEntry{})
		return
	}
	r.choose(max(0, r.place()))
}

func (r *recents) place() int {
	return slices.IndexFunc(r.shown, func(e engine.HistoryEntry) bool { return e.ID == r.chosen })
}

func (r *recents) choose(i int) {
	if i < 0 || i >= len(r.shown) {
		return
	}
	r.chosen = r.shown[i].ID
	r.list.Select(i)
	r.Picked(r.shown[i])
}

// news reports whether an entry stands out: it was missed and not seen before.
func (r *recents) news(e engine.HistoryEntry) bool {
	return r.looked && e.Missed() && e.Over.After(r.since)
}

// near fetches older entries when the list is scrolled to its end.
func (r *recents) near(i int) {
	if !r.known.more || r.failed || i < len(r.shown)-ahead {
		return
	}
	r.Fetch(r.known.end(), func(page engine.HistoryPage, err error) {
		if r.failed = err != nil; r.failed {
			return
		}
		r.known = r.known.extended(page)
		r.filter()
	})
}

// delete hides entries at once, and asks the switchboard when nobody has brought them back in time.
func (r *recents) delete(all bool, ids ...engine.HistoryID) {
	r.commit()
	if all {
		ids = nil
		for _, e := range r.shown {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	i := r.place()
	for _, id := range ids {
		r.hidden[id] = true
	}
	r.undone = &deletion{ids: ids, all: all, until: r.Now().Add(undoTime)}
	r.filter()
	r.choose(min(max(0, i), len(r.shown)-1)) // the one that has moved up
	words := word("recents.deleted")
	if all {
		words = word("recents.deleted.all")
	}
	r.Tell(assets.Delete, words, r.undone.until, r.undo)
}

func (r *recents) undo() {
	if r.undone == nil {
		return
	}
	r.restore(r.undone.ids)
	r.undone = nil
}

func (r *recents) restore(ids []engine.HistoryID) {
	for _, id := range ids {
		delete(r.hidden, id)
	}
	r.filter()
}

// commit deletes for good.
func (r *recents) commit() {
	d := r.undone
	if d == nil {
		return
	}
	r.undone = nil
	all := d.all && len(r.shown) == 0 // otherwise there were calls meanwhile, which stay
	r.Forget(all, d.ids, func(err error) {
		if err != nil {
			r.restore(d.ids)
		}
	})
}

// expire deletes for good what can no longer be undone, and says how long that takes otherwise; 0 means that nothing waits.
func (r *recents) expire(now time.Time) time.Duration {
	if r.undone == nil {
		return 0
	}
	if rest := r.undone.until.Sub(now); rest > 0 {
		return rest
	}
	r.commit()
	return 0
}

// key handles the keys of the list. It reports whether it did.
func (r *recents) key(k fyne.KeyName) bool {
	i := r.place()
	switch k {
	case fyne.KeyUp:
		r.choose(i - 1)
	case fyne.KeyDown:
		r.choose(i + 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if i >= 0 {
			r.Call(r.shown[i], r.shown[i].Video)
		}
	case fyne.KeyDelete:
		if i >= 0 {
			r.delete(false, r.chosen)
		}
	default:
		return false
	}
	return true
}

// menu opens what can be done with an entry.
func (r *recents) menu(e engine.HistoryEntry, c fyne.Canvas, at fyne.Position) {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(word("call.voice"), func() { r.Call(e, false) }),
		fyne.NewMenuItem(word("call.video"), func() { r.Call(e, true) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(word("recents.delete"), func() { r.delete(false, e.ID) }),
		fyne.NewMenuItem(word("recents.delete.all"), func() { r.delete(true) }),
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

// shortcut calls back with a picture on Ctrl+Enter. It reports whether it did.
func (r *recents) shortcut(s fyne.Shortcut) bool {
	i := r.place()
	if i < 0 || !withPicture(s) {
		return false
	}
	r.Call(r.shown[i], true)
	return true
}
