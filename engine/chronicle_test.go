package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// library is a switchboard's history of which each fetch takes a second.
type library struct {
	version atomic.Int64 // of the history: each change is one more
	fail    error        // of the next fetch
	fetched []int64      // versions, in order
	at      []time.Duration
	took    []int64
}

func (l *library) chronicle() *chronicle {
	began := time.Now()
	return &chronicle{
		fetch: func(ctx context.Context) (HistoryPage, error) {
			v, err := l.version.Load(), l.fail
			l.fetched, l.at, l.fail = append(l.fetched, v), append(l.at, time.Since(began)), nil
			select {
			case <-ctx.Done():
				return HistoryPage{}, ctx.Err()
			case <-time.After(time.Second):
			}
			return HistoryPage{Missed: int(v)}, err
		},
		took:  func(p HistoryPage) { l.took = append(l.took, int64(p.Missed)) },
		log:   slog.New(slog.DiscardHandler),
		stale: make(chan struct{}, 1),
	}
}

func TestChronicleFollowsHints(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fail    error
		hints   []time.Duration // when the history changes
		fetched string          // which version when
		took    string
	}{
		"each change":                   {hints: []time.Duration{0, 5 * time.Second}, fetched: "[1 2] [0s 5s]", took: "[1 2]"},
		"many at once are one more":     {hints: []time.Duration{0, 100, 200, 300}, fetched: "[1 4] [0s 1s]", took: "[1 4]"},
		"the line is down":              {fail: fail("read", ErrOffline), hints: []time.Duration{0, 9 * time.Second}, fetched: "[1 2] [0s 9s]", took: "[2]"},
		"a switchboard that knows none": {fail: fail("read", ErrBadRequest), hints: []time.Duration{0}, fetched: "[1] [0s]", took: "[]"},
		"trouble is tried again":        {fail: fail("read", ErrInternal), hints: []time.Duration{0}, fetched: "[1 1] [0s 1.5s]", took: "[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &library{fail: tt.fail}
				k := l.chronicle()
				ctx, cancel := context.WithCancel(t.Context())
				go k.run(ctx)
				began := time.Now()
				for _, at := range tt.hints {
					time.Sleep(time.Until(began.Add(at)))
					l.version.Add(1)
					k.hint()
					synctest.Wait()
				}
				time.Sleep(time.Minute)
				cancel()
				synctest.Wait()
				if got := fmt.Sprint(l.fetched, l.at); got != tt.fetched {
					t.Errorf("fetched %s, want %s", got, tt.fetched)
				}
				if got := fmt.Sprint(l.took); got != tt.took {
					t.Errorf("took %s, want %s", got, tt.took)
				}
			})
		})
	}
}

// TestChronicleEndsDuringAFetch checks that a fetch does not outlive the client.
func TestChronicleEndsDuringAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &library{}
		k := l.chronicle()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { k.run(ctx); close(ended) }()
		k.hint()
		synctest.Wait()
		cancel()
		<-ended
		if len(l.fetched) != 1 || len(l.took) != 0 {
			t.Errorf("fetched %v, took %v", l.fetched, l.took)
		}
	})
}

// entry is a call of Bob's that was over so many minutes after the epoch.
func entry(minute int, s signal.PartyState) HistoryEntry {
	over := epoch.Add(time.Duration(minute) * time.Minute)
	return HistoryEntry{ID: HistoryID(fmt.Sprint("h", minute)), Call: "c", Incoming: true, By: bob, With: []User{bob}, At: over, Over: over, State: s}
}

func TestMissedCallsAreToldOnce(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	fetched := func(more bool, seen int, want string, entries ...HistoryEntry) {
		t.Helper()
		y.take(recalled{HistoryPage{Entries: entries, More: more, Seen: epoch.Add(time.Duration(seen) * time.Minute), Missed: 7}})
		var told []HistoryID
		for _, a := range y.actions {
			if e := a.(emit); e.Type != MissedCall || e.History == nil {
				t.Fatalf("%+v", e)
			} else {
				told = append(told, e.History.ID)
			}
		}
		if got := fmt.Sprint(told); got != want {
			t.Fatalf("told %s, want %s", got, want)
		}
		if s := show(y.s); len(s.History) != len(entries) || s.Missed != 7 || !s.HistorySeen.Equal(epoch.Add(time.Duration(seen)*time.Minute)) {
			t.Fatalf("the snapshot shows %+v", s)
		}
	}
	// The first fetch of a run: what was missed while no app ran, unless it was seen on another device, oldest first.
	fetched(true, 3, "[h5 h8]", entry(8, signal.Refused), entry(6, signal.Declined), entry(5, signal.TimedOut), entry(3, signal.TimedOut))
	// A new one, and the others again.
	fetched(true, 3, "[h9]", entry(9, signal.Cancelled), entry(8, signal.Refused), entry(6, signal.Declined), entry(5, signal.TimedOut))
	// Deleting lets an older one move up, which is no news.
	fetched(true, 0, "[]", entry(9, signal.Cancelled), entry(8, signal.Refused), entry(5, signal.TimedOut), entry(4, signal.TimedOut))
	// Seen on another device before this one heard of it.
	fetched(true, 10, "[]", entry(10, signal.TimedOut), entry(9, signal.Cancelled))
	// A call that ended before another one may be written down after it.
	fetched(false, 10, "[h11]", entry(12, signal.Declined), entry(11, signal.TimedOut), entry(10, signal.TimedOut), entry(9, signal.Cancelled))
}
