package engine

import (
	"github.com/parley-calls/parley/engine/link"
)

// While a call rings both sides connect already, so that sound and picture are there at once when it is answered. The device that rings
// opens a silent room and knocks at those who are in the call; who is in the call lets in who is called. Until the answer, nothing
// passes but the checks of the path: see [link.Session.Approach]. Nobody is waited for, and whatever fails is done again after the answer.

// maxNear bounds how many devices of people who are called are connected to.
const maxNear = 8

type (
	prepare struct { // open a silent room for a ring
		call  CallID
		aloud bool // it is heard: the speaker may open
	}
	// approach connects to a device of somebody who may become a member.
	approach struct {
		call     CallID
		user     UserID
		device   DeviceID
		offering bool
	}

	// knocked says that a device of somebody who is no member wants to connect to us.
	knocked struct {
		call   CallID
		user   UserID
		device DeviceID
	}
)

func (prepare) action()  {}
func (approach) action() {}
func (knocked) input()   {}

// prepare gets ready for the answer to a ring.
func (t *turn) prepare(c *call) {
	if t.prefs.AnswerFirst || t.autoAccept {
		return
	}
	c.near = true
	t.do(prepare{c.record.ID, !t.prefs.DoNotDisturb})
	for _, p := range c.record.Parties {
		if p.State.In() {
			t.do(approach{c.record.ID, p.ID, p.Device, c.record.Offers(t.me.ID, p.ID)})
		}
	}
}

// admit lets somebody connect to us who is called and has not answered.
func (t *turn) admit(in knocked) {
	c := t.calls[in.call]
	if p, ok := c.record.Party(in.user); ok && c.inside && p.State.Waiting() && !t.prefs.AnswerFirst {
		t.do(approach{in.call, in.user, in.device, c.record.Offers(t.me.ID, in.user)})
	}
}

// approach connects to a device, whose messages may be here already.
func (r *room) approach(user UserID, device DeviceID, offering bool) {
	r.do(func() {
		m := memberID(user, device)
		if r.remotes[m] != nil || r.near[m] || len(r.near) >= maxNear {
			return
		}
		if err := r.session.Approach(m, offering); err != nil {
			r.log.Error("cannot approach somebody", "user", user, "err", err)
			return
		}
		r.near[m] = true
		r.catchUp(m)
	})
}

// leaveAlone ends the connections to devices of a user who has not become a member there. It runs on the room's goroutine.
func (r *room) leaveAlone(user UserID, but link.MemberID) {
	for m := range r.near {
		if u, _ := memberOf(m); u == user && m != but {
			delete(r.near, m)
			r.session.Remove(m)
		}
	}
}
