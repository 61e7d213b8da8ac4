package authority

import "github.com/parley-calls/parley/engine/signal"

// cause is what a change would give as the reason if it ends the call. Empty reasons mean: read it from the answers.
type cause struct {
	ringing, live signal.EndReason // before and after a second party has joined
	by            signal.UserID
}

// settle ends the call when it cannot go on: fewer than two are in it, and nobody is left to wait for.
func (t *turn) settle(why cause) {
	in, waiting := t.count()
	if in >= 2 || in == 1 && waiting > 0 {
		return
	}
	reason, by := why.ringing, why.by
	if !t.call.Live.IsZero() {
		reason = why.live
	}
	if reason == "" {
		reason, by = t.outcome()
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
func (t *turn) depart(p *signal.Party) {
	t.set(p, signal.Left)
	for i := range t.call.Parties {
		if q := &t.call.Parties[i]; q.State.Waiting() && q.By == p.ID {
			t.set(q, signal.Cancelled)
		}
	}
}
