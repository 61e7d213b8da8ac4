package ui

import (
	"time"

	"github.com/parley-calls/parley/engine"
)

// spotlightTime is how long somebody stays in the mini window at least, so that it does not flicker when people speak in turns.
const spotlightTime = time.Second

// spotlight is whom the mini window shows of the others: who speaks, or spoke last. It is a value; its methods are pure.
type spotlight struct {
	call  engine.CallID
	user  engine.UserID // empty: nobody is there
	since time.Time
}

// turn is on whom it is now.
func (l spotlight) turn(c engine.CallState, now time.Time) spotlight {
	_, stays := member(c, l.user)
	stays = stays && l.call == c.ID
	want := l.user
	if _, there := member(c, c.Speaker); there {
		want = c.Speaker
	} else if !stays {
		want = ""
		if len(c.Members) > 0 {
			want = c.Members[0].ID
		}
	}
	if stays && (want == l.user || now.Sub(l.since) < spotlightTime) {
		return l
	}
	return spotlight{c.ID, want, now}
}
