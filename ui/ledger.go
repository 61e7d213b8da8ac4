package ui

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
)

// snapshotHistory is how many entries of the history a snapshot holds at most.
const snapshotHistory = 100

// ledger is what is known of the history: the newest entries, which come with each snapshot, and the older ones that were fetched.
// It is a value; its methods are pure.
type ledger struct {
	entries []engine.HistoryEntry // newest first
	more    bool                  // there may be older ones
}

// renewed takes the newest entries of a snapshot. What lies in their span and is not among them was deleted.
func (l ledger) renewed(newest []engine.HistoryEntry) ledger {
	out := ledger{entries: slices.Clone(newest)}
	if len(newest) < snapshotHistory {
		return out
	}
	oldest := newest[len(newest)-1].Over
	for _, e := range l.entries {
		if e.Over.Before(oldest) {
			out.entries = append(out.entries, e)
		}
	}
	out.more = l.more || len(out.entries) == len(newest)
	return out
}

// extended takes a page of older entries.
func (l ledger) extended(page engine.HistoryPage) ledger {
	out := ledger{entries: slices.Clone(l.entries), more: page.More}
	for _, e := range page.Entries {
		if len(out.entries) == 0 || e.Over.Before(l.entries[len(l.entries)-1].Over) {
			out.entries = append(out.entries, e)
		}
	}
	return out
}

// without drops entries that were deleted.
func (l ledger) without(gone map[engine.HistoryID]bool) ledger {
	l.entries = slices.DeleteFunc(slices.Clone(l.entries), func(e engine.HistoryEntry) bool { return gone[e.ID] })
	return l
}

// end is when the oldest entry was over: what is older comes before it.
func (l ledger) end() time.Time {
	if len(l.entries) == 0 {
		return time.Time{}
	}
	return l.entries[len(l.entries)-1].Over
}
