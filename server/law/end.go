package law

import (
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func (in Merge) apply(t *turn) error {
	t.end(signal.EndMerged, "")
	t.call.MergedInto = in.Into
	return nil
}

func (Tick) apply(t *turn) error {
	var why cause
	for i := range t.call.Parties {
		if p := &t.call.Parties[i]; p.State == signal.Lost && !t.now.Before(p.Deadline) {
			t.depart(p, signal.Left)
			if why.by == "" {
				why = cause{ringing: signal.EndCallerLost, live: signal.EndLost, by: p.ID}
			}
		}
	}
	for i := range t.call.Parties {
		if p := &t.call.Parties[i]; p.State.Waiting() && !t.now.Before(p.Deadline) {
			t.set(p, signal.TimedOut)
		}
	}
	t.settle(why)
	if missing, at := abandoner(&t.call); t.call.Ended.IsZero() && missing != "" && !t.now.Before(at) {
		t.end(signal.EndAbandoned, missing)
	}
	return nil
}

// Due is when the next [Tick] changes the call; zero if time alone does not.
func Due(c *signal.Call) (due time.Time) {
	if !c.Ended.IsZero() {
		return time.Time{}
	}
	sooner := func(at time.Time) {
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	for _, p := range c.Parties {
		if p.State.Waiting() || p.State == signal.Lost {
			sooner(p.Deadline)
		}
	}
	if missing, at := abandoner(c); missing != "" {
		sooner(at)
	}
	return due
}

// abandoner is the required person for whose absence the call will end first, and when. A person is missing who has no place in a
// live call. Who still rings is not missing yet: the ring has a deadline of its own, and while somebody may answer it, hanging up on
// those who wait would be the surprise. Nor is who was lost, before the grace is over. Before a second person has come there is no
// call to abandon.
func abandoner(c *signal.Call) (missing signal.UserID, at time.Time) {
	if c.Live.IsZero() {
		return "", time.Time{}
	}
	within := c.Rules.RequiredWithin
	if within == 0 {
		within = RequiredWithin
	}
	for _, u := range c.Rules.Required {
		p, _ := c.Party(u)
		if p.State.In() || p.State.Waiting() {
			continue
		}
		since := c.Live
		if p.Since.After(since) {
			since = p.Since
		}
		if end := since.Add(within); missing == "" || end.Before(at) {
			missing, at = u, end
		}
	}
	return missing, at
}

// cause is what a change would give as the reason if it ends the call. Empty reasons mean: read it from the answers.
type cause struct {
	ringing, live signal.EndReason // before and after a second party has joined
	by            signal.UserID
}

// settle ends the call when it cannot go on: fewer than two are in it, and nobody is left to wait for; or it lives only as long as
// its initiator is in it, and he has gone. Who is the first in an open call waits for anybody, for as long as he likes.
func (t *turn) settle(why cause) {
	in, waiting := t.count()
	initiator, _ := t.call.Party(t.call.Initiator)
	orphaned := t.call.Rules.EndWithInitiator && !initiator.State.In()
	empty := t.call.Rules.Open && t.call.Live.IsZero() // others may come who were not asked
	if !orphaned && (in >= 2 || in == 1 && (waiting > 0 || empty)) {
		return
	}
	reason, by := why.ringing, why.by
	if !t.call.Live.IsZero() {
		reason = why.live
	}
	switch {
	case reason == "":
		reason, by = t.outcome()
	case orphaned && initiator.State != signal.Kicked:
		by = t.call.Initiator
	}
	t.end(reason, by)
}

// outcome is how an invitation went that everybody has answered and nobody accepted. Who did not answer weighs most: with
// them the caller may try again.
func (t *turn) outcome() (signal.EndReason, signal.UserID) {
	for _, try := range [...]struct {
		state  signal.PartyState
		reason signal.EndReason
	}{
		{signal.TimedOut, signal.EndTimeout}, {signal.Declined, signal.EndDeclined}, {signal.Refused, signal.EndBusy},
	} {
		for _, p := range t.call.Parties {
			switch {
			case p.State != try.state:
			case try.state == signal.TimedOut:
				return try.reason, ""
			default:
				return try.reason, p.ID
			}
		}
	}
	return signal.EndCancelled, t.call.Initiator
}

// end closes the record. Who was in the call stays written in it as a member of its last moment.
func (t *turn) end(reason signal.EndReason, by signal.UserID) {
	for i := range t.call.Parties {
		if p := &t.call.Parties[i]; p.State.Waiting() {
			t.set(p, signal.Cancelled)
		}
	}
	t.call.Ended, t.call.Reason, t.call.EndedBy = t.now, reason, by
}

// depart takes a member out of the call, and back the invitations that nobody else would stand for.
func (t *turn) depart(p *signal.Party, as signal.PartyState) {
	t.set(p, as)
	for i := range t.call.Parties {
		if q := &t.call.Parties[i]; q.State.Waiting() && q.By == p.ID {
			t.set(q, signal.Cancelled)
		}
	}
}
