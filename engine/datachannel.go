package engine

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-calls/parley/engine/link"
)

// What one member may say on the data channel, of everything and of messages of the chat: so many at once, then so many each second. What is
// more is not read, so that a flood costs only who makes it; messages of the chat are then undelivered over there.
const (
	dataBurst, dataRate = 300, 100
	chatBurst, chatRate = 50, 5
)

// envelope is what travels on the data channel.
type envelope struct {
	State   *switches `json:"state,omitempty"`   // what is on at the sender's
	Message *note     `json:"message,omitempty"` // of the chat
	Got     MessageID `json:"got,omitempty"`     // this message has come
	Pointer *pointer  `json:"pointer,omitempty"` // where the sender points
	Shows   *shows    `json:"shows,omitempty"`   // how large the sender shows our camera
	Sees    *sees     `json:"sees,omitempty"`    // which of our pictures the sender sees
}

// encode writes it as JSON, in which even the longest message of the chat fits into one of the data channel.
func (e envelope) encode() ([]byte, error) {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	err := to.Encode(e)
	return b.Bytes(), err
}

// inbox bounds what is heard of a member. The link's dispatcher calls it.
type inbox struct{ all, chat *rate.Limiter }

func newInbox() inbox {
	return inbox{rate.NewLimiter(dataRate, dataBurst), rate.NewLimiter(chatRate, chatBurst)}
}

// hear takes a message of a member; what is not understood is ignored, so that newer apps may say more.
func (r *room) hear(from link.MemberID, message []byte) {
	r.mu.RLock()
	m := r.remotes[from]
	r.mu.RUnlock()
	if m == nil || !m.inbox.all.Allow() {
		return
	}
	m.came.Store(time.Now().UnixNano())
	var e envelope
	if err := json.Unmarshal(message, &e); err != nil {
		r.log.Debug("bad message on the data channel", "err", err)
		return
	}
	user, device := memberOf(from)
	if e.State != nil {
		r.host.post(told{r.call, user, device, *e.State})
		m.video.SetPaused(!e.State.Camera) // after the news: the next picture is the first of the new ones
		r.mu.Lock()
		turned := m.said.Held != e.State.Held
		m.said = *e.State
		r.mu.Unlock()
		if turned {
			r.allot()
		}
		r.attend(from, e.State.Sharing)
	}
	if e.Message != nil && m.inbox.chat.Allow() {
		r.host.post(heard{r.call, user, device, *e.Message})
	}
	if e.Got != "" {
		r.host.post(received{r.call, user, device, e.Got})
	}
	if e.Shows != nil || e.Sees != nil {
		r.see(from, e)
	}
	if e.Pointer != nil && e.Pointer.inside() && r.shares(e.Pointer.On) {
		r.pointing.see(user, *e.Pointer)
	}
}

// shares reports whether somebody in the call may share something.
func (r *room) shares(u UserID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if u == r.host.me {
		return true
	}
	for _, m := range r.remotes {
		if m.user == u {
			return m.said.Sharing.On
		}
	}
	return false
}

// tell says something to members, in order with all else that is told. Who cannot be reached is told later, by the state of the call.
func (r *room) tell(e envelope, to func(UserID) bool) {
	r.do(func() { r.tellNow(e, to) })
}

// tellNow is tell on the room's goroutine.
func (r *room) tellNow(e envelope, to func(UserID) bool) {
	body, err := e.encode()
	if err != nil {
		return
	}
	for m, p := range r.remotes {
		if !to(p.user) {
			continue
		}
		if err := r.session.SendData(m, body); err != nil {
			r.log.Debug("not told; a member hears it when he connects", "to", p.user, "err", err)
		}
	}
}

// announce tells one member, or all, what is on here.
func (r *room) announce(to UserID, s switches) {
	unseen := s
	if s.Camera {
		unseen.Camera, unseen.CameraTrouble = false, Code(ErrThinPath)
	}
	r.do(func() {
		thin := map[UserID]bool{}
		for _, p := range r.remotes {
			thin[p.user] = p.thin.on
		}
		r.tellNow(envelope{State: &s}, func(u UserID) bool { return (to == "" || u == to) && !thin[u] })
		r.tellNow(envelope{State: &unseen}, func(u UserID) bool { return (to == "" || u == to) && thin[u] })
	})
	if to != "" && s.Sharing.On { // what he got before he knew he may have thrown away
		r.do(func() { r.freshPicture(link.Screen, 0) })
	}
}

func (r *room) write(n note, to []UserID) {
	r.tell(envelope{Message: &n}, func(u UserID) bool { return slices.Contains(to, u) })
}

func (r *room) acknowledge(id MessageID, to UserID) {
	r.tell(envelope{Got: id}, func(u UserID) bool { return u == to })
}

// sendPointer tells all members where we point. What does not get through is past when it could be told again.
func (r *room) sendPointer(p pointer) {
	body, err := envelope{Pointer: &p}.encode()
	if err != nil {
		return
	}
	r.mu.RLock()
	session, held := r.session, r.held
	r.mu.RUnlock()
	if session != nil && !held {
		_ = session.SendData("", body)
	}
}
