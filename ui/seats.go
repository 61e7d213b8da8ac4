package ui

import (
	"time"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// How long somebody who does not come keeps a place: after a no, and longer without an answer, so that we can call again.
const (
	noStays       = 6 * time.Second
	unansweredFor = 30 * time.Second
)

// seat is a place in a call: that of a member, of us, of somebody who was called and is not there, or of what somebody shares.
type seat struct {
	user               engine.User
	self               bool
	share              bool // it is for what the user shares, not for the user
	inside             bool // a member
	microphone, camera bool
	held, moderator    bool
	quality            engine.Quality // empty: of no interest
	sharing            engine.Sharing
	mark               assets.Symbol // beside the name
	remark             remark
	offer              offer
}

func (s seat) id() tileID { return tileID{s.user.ID, s.share} }

// offer is what we can do about somebody who is not there.
type offer uint8

// The offers.
const (
	offerNothing offer = iota
	offerCancel        // to take the ring back
	offerAgain         // to call again
	offerStop          // to stop our share
)

// seats returns the places of a call, members first, and of the others those who may still come or said no a moment ago.
func seats(c engine.CallState, n noes, now time.Time) []seat {
	var out []seat
	for _, m := range c.Members {
		out = append(out, seat{
			user: m.User, inside: true, microphone: m.Microphone, camera: m.Camera, held: m.Held, moderator: m.Moderator, quality: m.Quality,
			mark: microphoneOf(m.Microphone), remark: memberRemark(m),
		})
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

// ownSeat is our place.
func ownSeat(c engine.CallState, me engine.User) seat {
	return seat{
		user: me, self: true, inside: true, microphone: c.Microphone, camera: c.Camera, moderator: c.Moderator, mark: microphoneOf(c.Microphone),
	}
}

// shareSeats are the places of what is shared: by others, and by us.
func shareSeats(c engine.CallState, me engine.User) (others []seat, own seat, on bool) {
	for _, m := range c.Members {
		if m.Sharing.On {
			others = append(others, seat{user: m.User, share: true, inside: true, camera: true, sharing: m.Sharing, remark: shareRemark(m)})
		}
	}
	if !c.Share.On {
		return others, seat{}, false
	}
	return others, ownShare(c, me), true
}

// ownShare is the place of what we share. A screen is not shown again on itself, which would never end.
func ownShare(c engine.CallState, me engine.User) seat {
	label := c.Share.Surface.Label
	seen := c.Share.Surface.Kind == media.WindowSurface && c.Share.Region.Empty()
	r := remark{words: word("tile.sharing"), detail: label, veiled: seen}
	if c.Share.Paused {
		r.words = word("tile.sharing.paused")
	}
	return seat{
		user: me, self: true, share: true, inside: true, camera: seen,
		sharing: engine.Sharing{On: true, Paused: c.Share.Paused, Label: label}, remark: r, offer: offerStop,
	}
}

// shareRemark says what others should know about a share: that it is not of now.
func shareRemark(m engine.Member) remark {
	switch {
	case m.Held:
		return remark{words: word("call.held"), detail: word("party.held"), veiled: true}
	case m.Sharing.Paused:
		return remark{alert: word("tile.paused")}
	}
	return remark{}
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
