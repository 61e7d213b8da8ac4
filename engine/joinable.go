package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/parley-calls/parley/engine/signal"
)

// maxPast bounds what is remembered of calls that are not afar: records overtake each other, but not by much.
const maxPast = 32

// look notices a call of ours that goes on without this app, and when it does so no more. Each run of an app is a device of its own,
// so the call of a run that crashed is one of those.
func (t *turn) look(r signal.Call, mine signal.Party) {
	switch {
	case t.stale(r):
	case mine.State.In() && mine.Device != t.device && r.Ended.IsZero():
		t.afar = with(t.afar, r.ID, r)
	default:
		t.afar = without(t.afar, r.ID)
		t.remember(r.ID, r.Revision)
	}
}

// stale reports whether a newer record of the call was there before.
func (t *turn) stale(r signal.Call) bool {
	return r.Revision < t.afar[r.ID].Revision ||
		slices.ContainsFunc(t.past, func(e edition) bool { return e.call == r.ID && r.Revision < e.revision })
}

// lose forgets a call that the switchboard does not know any more.
func (t *turn) lose(id CallID) {
	if r, ok := t.afar[id]; ok {
		t.afar = without(t.afar, id)
		t.remember(id, r.Revision+1)
	}
}

// remember keeps which revision of a call was the newest, so that an older one does not make it joinable.
func (t *turn) remember(id CallID, revision uint64) {
	past := []edition{{id, revision}}
	for _, e := range t.past {
		if e.call != id && len(past) < maxPast {
			past = append(past, e)
		}
	}
	t.past = past
}

// showJoinable lists the calls of ours that this app is not in, newest first.
func showJoinable(s state) []Joinable {
	var out []Joinable
	for id, r := range s.afar {
		if s.calls[id].inside {
			continue
		}
		mine, _ := r.Party(s.me.ID)
		j := Joinable{Call: id, Video: r.Video, Since: s.local(r.Live), Until: s.local(mine.Deadline), Crashed: s.crashed(mine)}
		for _, p := range r.Parties {
			if p.ID != s.me.ID && (p.State.In() || p.State.Waiting()) {
				j.With = append(j.With, p.User)
			}
		}
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b Joinable) int {
		return cmp.Or(s.afar[b.Call].Created.Compare(s.afar[a.Call].Created), cmp.Compare(a.Call, b.Call))
	})
	return out
}

// crashed reports whether a device is an earlier run of this installation: two do not run at the same time.
func (s *state) crashed(mine signal.Party) bool {
	return s.home != "" && mine.Device != s.device && strings.HasPrefix(string(mine.Device), string(s.home)+".")
}

// Dismiss gives the place up that is kept for us in a call of [Snapshot.Joinable] whose app has ended without a word. While another
// device is in the call it returns ErrElsewhere: hang up there, or take the call here first.
func (c *Client) Dismiss(ctx context.Context, id CallID) error {
	if _, ok := c.inside.Load().afar[id]; !ok {
		return fail("leave the call", ErrNotInCall)
	}
	defer c.departures.begin(id)()
	return fail("leave the call", c.request(ctx, signal.VerbLeave, signal.CallRequest{Call: id}))
}
