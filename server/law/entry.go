package law

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// Entry is what a user remembers of his latest part in a call, once it is over for him: a ring, or a stay in the call. It is false
// while the part goes on, and for calls of which there is nothing to remember because another one took their place or nobody else came. A part has one
// entry with one ID, whoever makes it and from whichever revision of the record; who comes back to a call has another part.
func Entry(c *signal.Call, u signal.UserID) (signal.HistoryEntry, bool) {
	p, ok := c.Party(u)
	alone := len(c.Parties) == 1 // waited in an open call to which nobody came
	if !ok || alone || c.Reason == signal.EndMerged || c.Ended.IsZero() && (p.State.In() || p.State.Waiting()) {
		return signal.HistoryEntry{}, false
	}
	e := signal.HistoryEntry{
		ID: entryID(c.ID, &p), Call: c.ID, Incoming: p.By != "", By: p.User, Video: c.Video,
		At: c.Created, Over: p.Since, State: p.State, Data: c.Asking(u).Data,
	}
	for _, q := range c.Parties {
		switch {
		case q.ID == u:
			continue
		case q.ID == p.By:
			e.By = q.User
		}
		e.With = append(e.With, q.User)
	}
	if p.State.In() {
		e.Over = c.Ended
	}
	switch {
	case !p.Asked.IsZero():
		e.At = p.Asked
	case !p.Entered.IsZero():
		e.At = p.Entered
	}
	if e.Answered = !p.Entered.IsZero() && !c.Live.IsZero(); e.Answered {
		together := p.Entered
		if c.Live.After(together) {
			together = c.Live
		}
		e.Lasted = e.Over.Sub(together)
	}
	if e.Over.Equal(c.Ended) {
		e.Reason, e.EndedBy = c.Reason, c.EndedBy
	}
	if p.State == signal.Kicked {
		e.EndedBy = p.Kicker
	}
	return e, true
}

// entryID names a part of a party: by its ring, and by when it came into the call.
func entryID(c signal.CallID, p *signal.Party) signal.HistoryID {
	part := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s", c, p.ID, p.Invitation, p.Entered.UTC().Format(time.RFC3339Nano)))
	return signal.HistoryID(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(part[:15])))
}
