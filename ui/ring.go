package ui

import (
	"errors"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
)

// refusalTime is how long the words stay that say why an answer came to nothing.
const refusalTime = 4 * time.Second

// verdict is what a person answers to a call that rings.
type verdict uint8

// The verdicts.
const (
	undecided verdict = iota
	accepting
	declining
)

// ring is what only the windows know of the calls that ring here. Its changes are pure.
type ring struct {
	front    engine.InvitationID // the one on top; empty: none rings
	verdict  verdict             // the answer to front that is on its way
	trouble  string              // why the last answer to front did not get through
	answered engine.InvitationID // settled here; the engine may say a moment longer that it rings

	refused engine.Incoming // the call whose answer came to nothing, because it rings no longer
	why     string          // in words
	until   time.Time       // how long they are shown
}

// ringView is what a person sees of the calls that ring.
type ringView struct {
	call    engine.Incoming   // on top
	others  []engine.Incoming // in the order in which they are brought to the top
	verdict verdict           // the answer that is on its way
	words   string            // why an answer came to nothing
	over    bool              // call rings no longer, which words say
	quiet   bool              // the person does not want to hear it
	me      engine.User
	blind   string // why our own picture cannot be seen
}

// live returns the calls that ring and are not settled, the newest first.
func (r ring) live(s *engine.Snapshot) []engine.Incoming {
	var out []engine.Incoming
	for _, in := range s.Incoming {
		if in.ID != r.answered {
			out = append(out, in)
		}
	}
	slices.Reverse(out)
	return out
}

// follow returns the ring after the snapshot changed from before to after. A call that begins to ring comes to the top, unless the
// answer to the one there is on its way.
func (r ring) follow(before, after *engine.Snapshot) ring {
	live := r.live(after)
	index := func(list []engine.Incoming, id engine.InvitationID) int {
		return slices.IndexFunc(list, func(in engine.Incoming) bool { return in.ID == id })
	}
	if index(after.Incoming, r.answered) < 0 {
		r.answered = ""
	}
	there := index(live, r.front) >= 0
	switch {
	case len(live) == 0:
		return r.bring("")
	case there && (r.verdict != undecided || index(before.Incoming, live[0].ID) >= 0):
		return r
	}
	return r.bring(live[0].ID)
}

// bring puts another call on top.
func (r ring) bring(id engine.InvitationID) ring {
	if r.front != id {
		r.front, r.verdict, r.trouble = id, undecided, ""
	}
	return r
}

// answer notes that an answer to the call on top is on its way.
func (r ring) answer(v verdict) ring {
	r.verdict, r.trouble = v, ""
	return r
}

// settle notes what became of an answer to in. After an answer that got through, or one that came too late, the call rings no
// longer; after any other failure it can be answered again.
func (r ring) settle(in engine.Incoming, err error, now time.Time) ring {
	words := ""
	if err != nil {
		title, body := explain(err)
		words = title + " " + body
	}
	if err != nil && !tooLate(err) {
		if r.front == in.ID {
			r.verdict, r.trouble = undecided, words
		}
		return r
	}
	r.answered = in.ID
	if err != nil && (r.front == in.ID || r.front == "") { // not over another call that rings meanwhile
		r.refused, r.why, r.until = in, words, now.Add(refusalTime)
	}
	return r
}

// tooLate reports whether an answer failed because the call cannot be answered any more.
func tooLate(err error) bool {
	for _, e := range []error{engine.ErrExpired, engine.ErrElsewhere, engine.ErrNotInCall, engine.ErrForbidden} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// top returns the call that is on top; ok is false if none rings.
func (r ring) top(s *engine.Snapshot) (in engine.Incoming, ok bool) {
	live := r.live(s)
	for _, in := range live {
		if in.ID == r.front {
			return in, true
		}
	}
	if len(live) == 0 {
		return engine.Incoming{}, false
	}
	return live[0], true
}

// view says what is to be seen; ok is false if nothing is.
func (r ring) view(s *engine.Snapshot, now time.Time) (v ringView, ok bool) {
	v.me, v.quiet = s.Me, s.Preferences.DoNotDisturb
	v.call, ok = r.top(s)
	switch {
	case ok:
		live := r.live(s)
		i := slices.IndexFunc(live, func(in engine.Incoming) bool { return in.ID == v.call.ID })
		v.others = slices.Concat(live[i+1:], live[:i])
		v.verdict, v.words = r.verdict, r.trouble
	case now.Before(r.until):
		v.call, v.words, v.over, ok = r.refused, r.why, true, true
	}
	return v, ok
}
