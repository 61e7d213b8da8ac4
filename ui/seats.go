package ui

import (
	"time"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// How long somebody who does not come keeps a place: after a no, and longer without an answer, so that we can call again.
const (
	noStays       = 6 * time.Second
	unansweredFor = 30 * time.Second
)

// seat is the place of another person in a call: of a member, or of somebody who was called and is not there.
type seat struct {
	user   engine.User
	inside bool // a member
	camera bool
	mark   assets.Symbol // beside the name
	remark remark
	offer  offer
}

// offer is what we can do about somebody who is not there.
type offer uint8

// The offers.
const (
	offerNothing offer = iota
	offerCancel        // to take the ring back
	offerAgain         // to call again
)

// seats returns the places of a call, members first, and of the others those who may still come or said no a moment ago.
func seats(c engine.CallState, n noes, now time.Time) []seat {
	var out []seat
	for _, m := range c.Members {
		out = append(out, seat{user: m.User, inside: true, camera: m.Camera, mark: microphoneOf(m.Microphone), remark: memberRemark(m)})
	}
	for _, w := range c.Waiting {
		s := seat{user: w.User, remark: waitingRemark(w)}
		switch since := now.Sub(n[w.ID].since); {
		case w.State.In(): // on the way
		case w.State.Waiting():
			if w.Mine {
				s.offer = offerCancel
			}
		case w.State == signal.TimedOut && since < unansweredFor:
			if c.CanAdd {
				s.offer = offerAgain
			}
		case (w.State == signal.Declined || w.State == signal.Refused) && since < noStays:
		default:
			continue
		}
		out = append(out, s)
	}
	return out
}

// memberRemark says what others should know about a member: that we are on hold, or that a device does not work.
func memberRemark(m engine.Member) remark {
	var r remark
	switch {
	case m.MicrophoneTrouble != "":
		r.alert = deviceWords(m.MicrophoneTrouble)
	case m.CameraTrouble != "":
		r.alert = deviceWords(m.CameraTrouble)
	}
	if m.Held {
		r.words, r.detail, r.veiled = word("call.held"), word("party.held"), true
	}
	return r
}

// waitingRemark says how far the invitation of somebody has come.
func waitingRemark(w engine.Waiting) remark {
	switch w.State {
	case signal.Calling:
		return remark{words: word("call.calling")}
	case signal.Ringing:
		return remark{words: word("call.ringing")}
	case signal.Unreached:
		return remark{words: word("presence.offline"), detail: word("party.unreached")}
	case signal.Declined:
		r := remark{words: word("party.declined")}
		if w.Data != "" {
			r.detail = word("party.words", fill{"Words": w.Data})
		}
		return r
	case signal.Refused:
		return remark{words: word("party.busy")}
	case signal.TimedOut:
		return remark{words: word("ended.timeout")}
	}
	return remark{}
}

// noes remembers since when somebody does not come.
type noes map[engine.UserID]no

type no struct {
	state signal.PartyState
	since time.Time
}

// look returns the noes after another look at a call. What was a no at the first look is old news.
func (n noes) look(c engine.CallState, now time.Time, first bool) noes {
	after := noes{}
	for _, w := range c.Waiting {
		switch {
		case w.State.Waiting() || w.State.In():
		case n[w.ID].state == w.State:
			after[w.ID] = n[w.ID]
		case first:
			after[w.ID] = no{state: w.State}
		default:
			after[w.ID] = no{w.State, now}
		}
	}
	return after
}
