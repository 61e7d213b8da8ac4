package law

import "github.com/parley-calls/parley/engine/signal"

// Crossing reports whether two calls are the same wish: each of two people calls the other, and not both have been answered. An open
// call is not a wish to talk to somebody.
func Crossing(a, b *signal.Call) bool {
	if a.ID == b.ID || len(a.Parties) != 2 || len(b.Parties) != 2 || a.Initiator == b.Initiator || !a.Ended.IsZero() || !b.Ended.IsZero() {
		return false
	}
	if !a.Live.IsZero() && !b.Live.IsZero() || a.Rules.Open || b.Rules.Open {
		return false
	}
	_, inA := a.Party(b.Initiator)
	_, inB := b.Party(a.Initiator)
	return inA && inB
}

// Winner says which of two crossing calls goes on: the answered one, else that of the lower user ID.
func Winner(a, b signal.Call) (win, lose signal.Call) {
	if !a.Live.IsZero() || b.Live.IsZero() && a.Initiator < b.Initiator {
		return a, b
	}
	return b, a
}
