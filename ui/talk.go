package ui

import "github.com/parley-calls/parley/engine"

// talk is the space bar as push-to-talk: held, it unmutes, and released, it mutes again. Held while we are not muted it does nothing. It
// never switches on what somebody else has switched off meanwhile, since each step says what the microphone is to be rather than to
// change it.
type talk uint8

// Where push-to-talk stands.
const (
	resting talk = iota
	opening      // pressed: the microphone is being switched on
	talking
)

// press is the key going down. What is not resting afterwards wants the microphone on.
func (t talk) press(c engine.CallState) talk {
	if t == resting && !c.Microphone && c.Phase == engine.Live && !c.Held {
		return opening
	}
	return t
}

// follow looks at what has become of the microphone.
func (t talk) follow(c engine.CallState) talk {
	switch {
	case t == opening && c.Microphone:
		return talking
	case t == talking && !c.Microphone: // a moderator, or the person by another way: the key counts no more until it is pressed again
		return resting
	}
	return t
}
