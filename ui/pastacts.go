package ui

import (
	"context"
	"slices"
	"time"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// What is done with past calls.

// forgetAtOnce is how many entries the switchboard deletes with one request.
const forgetAtOnce = 200

// goodbyeTime bounds what is still to be done when the windows close.
const goodbyeTime = 2 * time.Second

func (u *UI) recents() recentsParams {
	return recentsParams{Now: u.now, Call: u.dialBack, See: u.seeHistory, Fetch: u.fetchHistory, Forget: u.forget, Tell: u.offerUndo}
}

// dialBack returns a call, or makes it anew.
func (u *UI) dialBack(e engine.HistoryEntry, video bool) {
	e.Video = video
	to := make([]engine.UserID, 0, len(e.With))
	for _, with := range e.With {
		to = append(to, with.ID)
	}
	u.place(to, func(ctx context.Context, b backend, now engine.Current) error {
		_, _, err := b.DialBack(ctx, e, now)
		return err
	})
}

// seeHistory says that missed calls are not news any more. When it fails they stay so until the list is opened again, which needs no
// words.
func (u *UI) seeHistory() {
	b := u.engine
	u.commands.start("see", b.SeeHistory, func(err error) {
		if err != nil {
			u.params.Logger.Warn("missed calls stay news", "error", err)
		}
	})
}

func (u *UI) fetchHistory(before time.Time, done func(engine.HistoryPage, error)) {
	b, pages := u.engine, u.pages
	var page engine.HistoryPage
	u.commands.start("history", func(ctx context.Context) (err error) {
		page, err = b.History(ctx, before, 0)
		return err
	}, func(err error) {
		u.fail(err)
		if pages == u.pages {
			done(page, err)
		}
	})
}

// forget deletes past calls for good, also while the windows close.
func (u *UI) forget(all bool, ids []engine.HistoryID, done func(error)) {
	b, pages := u.engine, u.pages
	run := func(ctx context.Context) error {
		if all {
			return b.ForgetHistory(ctx)
		}
		for some := range slices.Chunk(ids, forgetAtOnce) {
			if err := b.ForgetHistory(ctx, some...); err != nil {
				return err
			}
		}
		return nil
	}
	u.forgets++
	if u.commands.start(attemptKey("forget", u.forgets), run, func(err error) {
		if pages == u.pages {
			u.fail(err)
			done(err)
		}
	}) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	if err := run(ctx); err != nil {
		u.params.Logger.Warn("deleted calls stay", "error", err)
	}
}

func (u *UI) offerUndo(mark assets.Symbol, words string, until time.Time, undo func()) {
	u.notice.tell(mark, words, "", until, word("recents.undo"), func() {
		u.notice.hide()
		undo()
	})
	u.apply.ask()
}
