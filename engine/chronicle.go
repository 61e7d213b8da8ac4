package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// maxHistory is how much of the history the snapshot holds.
const maxHistory = 100

// chronicle keeps the newest part of the history in the state: it is fetched whenever the switchboard hints that it changed, and after
// each sync, since hints are lost while the line is down.
type chronicle struct {
	fetch func(context.Context) (HistoryPage, error)
	took  func(HistoryPage)
	log   *slog.Logger
	stale chan struct{} // what was fetched last is out of date; the hints that come during a fetch are one
}

func newChronicle(c *Client) *chronicle {
	return &chronicle{
		fetch: func(ctx context.Context) (HistoryPage, error) { return c.History(ctx, time.Time{}, maxHistory) },
		took:  func(p HistoryPage) { c.post(recalled{p}) },
		log:   c.log,
		stale: make(chan struct{}, 1),
	}
}

// hint says that the history changed. It never waits.
func (k *chronicle) hint() {
	select {
	case k.stale <- struct{}{}:
	default:
	}
}

// run fetches, one page at a time, until ctx ends.
func (k *chronicle) run(ctx context.Context) {
	pause := firstPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.stale:
		}
		page, err := k.fetch(ctx)
		switch {
		case err == nil:
			pause = firstPause
			k.took(page)
			continue
		case ctx.Err() != nil, errors.Is(err, ErrOffline):
			continue // the next sync hints again
		}
		k.log.Warn("the history is not up to date", "err", err)
		if errors.Is(err, ErrBadRequest) {
			continue // a switchboard that keeps none
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
		k.hint()
	}
}

// recalled is the newest part of the history, as it was fetched.
type recalled struct{ HistoryPage }

func (recalled) input() {}

// recall takes the newest part of the history and tells of each missed call in it that is news: nobody has seen it on any device,
// and this run has not told of it. So calls that were missed while no app ran are told at the first fetch, and what a person does
// not look at is told again by the next run.
func (t *turn) recall(now HistoryPage) {
	before := t.history
	t.history = now
	told := func(e HistoryEntry) bool {
		if slices.ContainsFunc(before.Entries, func(o HistoryEntry) bool { return o.ID == e.ID }) {
			return true
		}
		n := len(before.Entries) // what moves up from below when others are deleted is older than all that was fetched
		return before.More && n > 0 && e.Over.Before(before.Entries[n-1].Over)
	}
	for _, e := range slices.Backward(now.Entries) {
		if e.Missed() && e.Over.After(now.Seen) && !told(e) {
			t.emit(Event{Type: MissedCall, History: &e})
		}
	}
}
