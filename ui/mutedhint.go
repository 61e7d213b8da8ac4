package ui

import "time"

// When a person who is muted is told that nobody hears him.
const (
	spokenLevel = 0.02 // a voice, and not the noise of a room
	spokenFor   = 600 * time.Millisecond
	hintTime    = 5 * time.Second  // how long it is told
	hintAgain   = 10 * time.Second // and how soon again
)

// mutedHint tells when to say so. The zero value has told nothing yet.
type mutedHint struct {
	since time.Time // we have been speaking since; zero: we do not
	told  time.Time // when it was told last
}

// look takes how loud we are while muted, which is 0 while we are not.
func (h mutedHint) look(level float32, now time.Time) mutedHint {
	switch {
	case level < spokenLevel:
		h.since = time.Time{}
	case h.since.IsZero():
		h.since = now
	case now.Sub(h.since) >= spokenFor && (h.told.IsZero() || now.Sub(h.told) >= hintAgain):
		h.told = now
	}
	return h
}

// shows reports whether it is to be seen.
func (h mutedHint) shows(muted bool, now time.Time) bool {
	return muted && !h.told.IsZero() && now.Sub(h.told) < hintTime
}
