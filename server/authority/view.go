package authority

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// view is an index in memory of what is in the buckets. It is always a little behind, so it says where to look and what to tell
// people, and never decides anything about a call. The watchers fill it; what this authority writes is in it at once.
type view struct {
	seenCalls, seenPeople, seenLeases *horizon
	unlimited                         []signal.UserID // who are not busy in a call

	mu     sync.Mutex
	calls  map[signal.CallID]*sight
	open   map[signal.UserID]map[signal.CallID]struct{} // calls that have not ended, by party
	people map[signal.UserID]signal.Person
	leases map[signal.UserID]map[hold]tenure
}

// sight is a call as it was seen last.
type sight struct {
	call      signal.Call
	since     time.Time // when the revision was seen
	delivered uint64    // newest revision that this authority delivered
	recorded  uint64    // newest revision of which all is in the histories, as far as this authority knows
}

func newView(unlimited []signal.UserID) *view {
	return &view{
		unlimited: unlimited,
		seenCalls: newHorizon(), seenPeople: newHorizon(), seenLeases: newHorizon(),
		calls: map[signal.CallID]*sight{}, open: map[signal.UserID]map[signal.CallID]struct{}{},
		people: map[signal.UserID]signal.Person{}, leases: map[signal.UserID]map[hold]tenure{},
	}
}

// watching says which bucket to watch, whom to tell when all of it has been read, and who takes its entries.
type watching struct {
	bucket jetstream.KeyValue
	ready  chan<- struct{} // buffered
	take   func(jetstream.KeyValueEntry)
}

var errWatchEnded = errors.New("subscription ended")

// watch feeds the changes of a bucket into the view until the context ends.
func (v *view) watch(ctx context.Context, w watching) error {
	watcher, err := w.bucket.WatchAll(ctx)
	if err != nil {
		return err
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok:
				return errWatchEnded
			case entry != nil:
				w.take(entry)
			default:
				select {
				case w.ready <- struct{}{}:
				default: // it is watched anew, and nobody waits any more
				}
			}
		}
	}
}

// takeCall handles the entries of calls, and shows each new state of a call to note.
func (v *view) takeCall(note func(*signal.Call)) func(jetstream.KeyValueEntry) {
	return func(e jetstream.KeyValueEntry) {
		if e.Operation() == jetstream.KeyValuePut && strings.HasPrefix(e.Key(), callPrefix) {
			if call, err := decodeCall(e.Value(), e.Revision()); err == nil {
				v.putCall(call, false)
				note(&call)
			}
		}
		v.seenCalls.reach(e.Revision())
	}
}

// putCall notes a revision of a call. delivered tells that this authority has sent it to the parties.
func (v *view) putCall(c signal.Call, delivered bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.calls[c.ID]
	fresh := s == nil || s.call.Revision < c.Revision
	if s == nil {
		s = &sight{}
		v.calls[c.ID] = s
	}
	if delivered {
		s.delivered = max(s.delivered, c.Revision)
	}
	if !fresh {
		return
	}
	s.call, s.since = c, time.Now()
	for _, p := range c.Parties {
		set := v.open[p.ID]
		switch {
		case c.Ended.IsZero() && set == nil:
			v.open[p.ID] = map[signal.CallID]struct{}{c.ID: {}}
		case c.Ended.IsZero():
			set[c.ID] = struct{}{}
		default:
			if delete(set, c.ID); len(set) == 0 {
				delete(v.open, p.ID)
			}
		}
	}
}

// remembered notes that what a revision of a call added to the one before is in the histories.
func (v *view) remembered(id signal.CallID, before, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.calls[id]; s != nil && s.recorded >= before {
		s.recorded = max(s.recorded, revision)
	}
}

// forget drops an ended call, but not before the watcher has passed its end: it would come again.
func (v *view) forget(id signal.CallID) {
	seen, _ := v.seenCalls.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.calls[id]; s != nil && !s.call.Ended.IsZero() && s.call.Revision <= seen {
		delete(v.calls, id)
	}
}

// callsOf returns the open calls in which a user is a party, oldest first.
func (v *view) callsOf(u signal.UserID) []signal.Call {
	v.mu.Lock()
	defer v.mu.Unlock()
	calls := make([]signal.Call, 0, len(v.open[u]))
	for id := range v.open[u] {
		calls = append(calls, v.calls[id].call)
	}
	slices.SortFunc(calls, func(a, b signal.Call) int { return a.Created.Compare(b.Created) })
	return calls
}

// sights returns all calls in the view. The open ones come first: they have deadlines, and after a start there are many others.
func (v *view) sights() []sight {
	v.mu.Lock()
	defer v.mu.Unlock()
	open, ended := make([]sight, 0, len(v.calls)), []sight(nil)
	for _, s := range v.calls {
		if s.call.Ended.IsZero() {
			open = append(open, *s)
		} else {
			ended = append(ended, *s)
		}
	}
	return append(open, ended...)
}

// openCalls counts the calls that have not ended.
func (v *view) openCalls() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, s := range v.calls {
		if s.call.Ended.IsZero() {
			n++
		}
	}
	return n
}

func (v *view) takePerson(e jetstream.KeyValueEntry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.seenPeople.reach(e.Revision()) // before putPerson can look
	u, err := signal.ParseUserToken(e.Key())
	if err != nil {
		return
	}
	var p signal.Person
	switch {
	case e.Operation() != jetstream.KeyValuePut:
		delete(v.people, u)
	case signal.Decode(e.Value(), &p) == nil && p.ID == u:
		v.people[u] = p
	}
}

// stored is a person as of a revision of the bucket.
type stored struct {
	signal.Person
	revision uint64
}

// putPerson notes what this authority wrote or read, unless the watcher has come to it: what it shows is as new, or newer.
func (v *view) putPerson(p stored) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if seen, _ := v.seenPeople.now(); p.revision > seen {
		v.people[p.ID] = p.Person
	}
}

func (v *view) person(u signal.UserID) (signal.Person, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p, ok := v.people[u]
	return p, ok
}

// everybody returns all people, by name.
func (v *view) everybody() []signal.Person {
	v.mu.Lock()
	all := make([]signal.Person, 0, len(v.people))
	for _, p := range v.people {
		all = append(all, p)
	}
	v.mu.Unlock()
	slices.SortFunc(all, func(a, b signal.Person) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return all
}

// presence is what a user's leases and calls amount to.
func (v *view) presence(u signal.UserID) signal.Presence {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.leases[u]) == 0 {
		return signal.Offline
	}
	if slices.Contains(v.unlimited, u) {
		return signal.Online
	}
	for id := range v.open[u] {
		if p, ok := v.calls[id].call.Party(u); ok && p.State.In() {
			return signal.Busy
		}
	}
	return signal.Online
}
