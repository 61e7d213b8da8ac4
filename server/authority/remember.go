package authority

import (
	"context"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// The bounds of what is asked about a history.
const (
	maxPage     = 200
	defaultPage = 100
)

// memory is an entry and whose it is.
type memory struct {
	of    signal.UserID
	entry signal.HistoryEntry
}

// memories are what the parties of a call remember of it, but for those who take any number of calls.
func (a *Authority) memories(c *signal.Call) (all []memory) {
	for _, p := range c.Parties {
		if e, ok := law.Entry(c, p.ID); ok && !slices.Contains(a.o.Unlimited, p.ID) {
			all = append(all, memory{p.ID, e})
		}
	}
	return all
}

// without returns the memories that are not among others.
func without(all, others []memory) []memory {
	return slices.DeleteFunc(slices.Clone(all), func(m memory) bool {
		return slices.ContainsFunc(others, func(o memory) bool { return o.entry.ID == m.entry.ID })
	})
}

// remember writes memories into the histories, each of them once whoever does it how often, and tells the users.
func (a *Authority) remember(ctx context.Context, all []memory) error {
	for _, m := range all {
		if a.now().Sub(m.entry.Over) > min(lateEntry, a.o.KeepHistory) {
			continue
		}
		fresh, err := a.store.history.add(ctx, m.of, m.entry)
		if fresh {
			a.publish(m.of, signal.DeliverHistory, []byte("{}"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Authority) history(ctx context.Context, from signal.UserID, in signal.HistoryRequest) (any, error) {
	if in.Limit == 0 {
		in.Limit = defaultPage
	}
	if in.Limit < 1 || in.Limit > maxPage {
		return nil, bad("limit", "must be 1 to 200")
	}
	entries, seen, err := a.store.history.read(ctx, from)
	if err != nil {
		return nil, err
	}
	return historyPage(entries[:min(len(entries), maxEntries)], seen, in), nil
}

// historyPage answers from all entries, newest first. Entries of the same moment stay on one page, because the next one begins with
// what was over before.
func historyPage(entries []signal.HistoryEntry, seen time.Time, in signal.HistoryRequest) signal.HistoryReply {
	reply := signal.HistoryReply{Entries: []signal.HistoryEntry{}, Seen: seen}
	room := answerRoom
	for _, e := range entries {
		if e.Missed() && e.Over.After(seen) {
			reply.Missed++
		}
		if reply.More || !in.Before.IsZero() && !e.Over.Before(in.Before) {
			continue
		}
		n := len(reply.Entries)
		room -= size(e) + 1
		if room < 0 || n >= in.Limit && !e.Over.Equal(reply.Entries[n-1].Over) {
			reply.More = true
			continue
		}
		reply.Entries = append(reply.Entries, e)
	}
	return reply
}

func (a *Authority) seen(ctx context.Context, from signal.UserID, in signal.SeenRequest) (any, error) {
	if in.Until.IsZero() {
		return nil, bad("until", "must be a time")
	}
	if now := a.now(); in.Until.After(now) {
		in.Until = now // what will be missed is not seen yet
	}
	fresh, err := a.store.history.see(ctx, from, in.Until.UTC())
	if err != nil {
		return nil, err
	}
	if fresh {
		a.publish(from, signal.DeliverHistory, []byte("{}"))
	}
	return signal.Empty{}, nil
}

func (a *Authority) forget(ctx context.Context, from signal.UserID, in signal.ForgetRequest) (any, error) {
	if len(in.IDs) > maxPage {
		return nil, bad("ids", "names too many entries")
	}
	entries, _, err := a.store.history.read(ctx, from)
	if err != nil {
		return nil, err
	}
	removed := 0
	for _, e := range entries { // not what was asked: only what is there may leave a mark
		if len(in.IDs) > 0 && !slices.Contains(in.IDs, e.ID) {
			continue
		}
		if err := a.store.history.remove(ctx, from, e.ID); err != nil {
			return nil, err
		}
		removed++
	}
	if removed > 0 {
		a.publish(from, signal.DeliverHistory, []byte("{}"))
	}
	return signal.Empty{}, nil
}
