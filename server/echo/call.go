package echo

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

const (
	// backlog bounds the link messages that wait for a call: an offer with its candidates from each of 15 members.
	backlog = 256
	// maxEarly bounds the messages of a member whom the record does not show yet. The link sends again what is lost.
	maxEarly = 32
)

// call is one call of Echo's. Its goroutine alone touches the sessions.
type call struct {
	e    *Echo
	id   signal.CallID
	ctx  context.Context
	stop context.CancelFunc
	wake chan struct{}
	peer chan heard

	mu     sync.Mutex
	record signal.Call // the newest

	last    uint64 // revision that was followed
	spare   bool   // a slot is held for the first member
	mirrors map[signal.UserID]*mirror
	early   map[signal.UserID][]heard
}

// heard is a link message of a member.
type heard struct {
	from signal.UserID
	signal.PeerMessage
}

func newCall(e *Echo, r signal.Call) *call {
	c := &call{
		e: e, id: r.ID, wake: make(chan struct{}, 1), peer: make(chan heard, backlog), record: r,
		mirrors: map[signal.UserID]*mirror{}, early: map[signal.UserID][]heard{},
	}
	c.ctx, c.stop = context.WithCancel(e.ctx)
	poke(c.wake)
	return c
}

// update takes a newer record. It never waits.
func (c *call) update(r signal.Call) {
	c.mu.Lock()
	if r.Revision > c.record.Revision {
		c.record = r
	}
	c.mu.Unlock()
	poke(c.wake)
}

func (c *call) newest() signal.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.record
}

// hear takes a link message, or drops it when there are too many. It never waits.
func (c *call) hear(from signal.UserID, m signal.PeerMessage) {
	select {
	case c.peer <- heard{from, m}:
	default:
	}
}

// run follows the call until Echo is not in it any more.
func (c *call) run() {
	defer c.stop()
	defer func() {
		for u := range c.mirrors {
			c.drop(u)
		}
		if c.spare {
			<-c.e.slots
		}
	}()
	if !c.answer() {
		return
	}
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.wake:
			if !c.follow(c.newest()) {
				return
			}
		case m := <-c.peer:
			c.handle(m)
		}
	}
}

// answer takes the call, and reports whether Echo is in it.
func (c *call) answer() bool {
	r := c.newest()
	c.last = r.Revision
	if me, _ := r.Party(ID); me.State.In() {
		return true
	}
	about := signal.CallRequest{Device: c.e.device, Call: c.id}
	if c.spare = c.slot(); !c.spare {
		about.Reason = string(signal.Refused)
		c.ask(signal.VerbReject, about)
		return false
	}
	return c.ask(signal.VerbReceived, about) && c.ask(signal.VerbAccept, about)
}

// ask sends a request about the call, and takes the record of the answer.
func (c *call) ask(verb signal.Verb, about signal.CallRequest) bool {
	var reply signal.CallReply
	if err := c.e.request(verb, about, &reply); err != nil {
		var refused *signal.Error
		if !errors.As(err, &refused) && c.ctx.Err() == nil {
			c.e.log.Warn("echo: "+string(verb), "call", c.id, "err", err)
		}
		return false
	}
	c.update(reply.Call)
	return true
}

// follow makes the sessions as the record says, and reports whether Echo is still in the call.
func (c *call) follow(r signal.Call) bool {
	c.last = r.Revision
	me, _ := r.Party(ID)
	if !r.Ended.IsZero() || !me.State.In() || me.Device != c.e.device {
		return false
	}
	for u, m := range c.mirrors {
		if p, _ := r.Party(u); !p.State.In() || p.Device != m.device {
			c.drop(u)
		}
	}
	for _, p := range r.Parties {
		if p.ID == ID || !p.State.In() || c.mirrors[p.ID] != nil {
			continue
		}
		if err := c.add(p, r.Offers(ID, p.ID)); err != nil {
			c.e.log.Warn("echo: no session", "call", c.id, "user", p.ID, "err", err)
		}
	}
	return true
}

// slot takes the slot of a session, if there is one.
func (c *call) slot() bool {
	if c.spare {
		c.spare = false
		return true
	}
	select {
	case c.e.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// errFull says that all sessions are in use.
var errFull = errors.New("echo: too many sessions")

// add makes the session of a member.
func (c *call) add(p signal.Party, offerer bool) error {
	if !c.slot() {
		return errFull
	}
	m := &mirror{member: link.MemberID(p.ID.Token()), device: p.Device}
	session, err := link.NewMesh(link.Options{
		ICEServers: c.relays(), Loopback: c.e.o.Loopback, Logger: c.e.o.Logger,
		Send:     func(_ link.MemberID, l link.Message) { c.say(p, l) },
		OnPacket: m.packet, OnKeyFrame: m.keyFrame, OnData: m.data,
	})
	if err != nil {
		<-c.e.slots
		return err
	}
	m.session = session
	c.mirrors[p.ID] = m
	if err := session.Add(m.member, offerer); err != nil {
		return err
	}
	for _, h := range c.early[p.ID] {
		c.handle(h)
	}
	delete(c.early, p.ID)
	return nil
}

// drop ends the session of a member.
func (c *call) drop(u signal.UserID) {
	_ = c.mirrors[u].session.Close() // closing a session that is closed does nothing
	delete(c.mirrors, u)
	<-c.e.slots
}

// relays asks for the relays of the call. Without them the direct path remains.
func (c *call) relays() []link.ICEServer {
	var reply signal.TURNReply
	if err := c.e.request(signal.VerbTURN, signal.CallRequest{Device: c.e.device, Call: c.id}, &reply); err != nil {
		c.e.log.Debug("echo: no relays", "call", c.id, "err", err)
	}
	servers := make([]link.ICEServer, len(reply.Servers))
	for i, s := range reply.Servers {
		servers[i] = link.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential}
	}
	return servers
}

// say sends a link message to a member's device.
func (c *call) say(p signal.Party, l link.Message) {
	body, err := json.Marshal(l)
	if err == nil {
		err = c.e.conn.SendPeer(p.ID, signal.PeerMessage{Call: c.id, From: c.e.device, To: p.Device, Body: body})
	}
	if err != nil {
		c.e.log.Debug("echo: link message not sent", "call", c.id, "user", p.ID, "err", err)
	}
}

// handle gives a link message to the session of its sender, or keeps it until there is one.
func (c *call) handle(h heard) {
	m := c.mirrors[h.from]
	if m == nil || m.device != h.From {
		if p, ok := c.party(h.from); ok && len(c.early[h.from]) < maxEarly && (p.Device == h.From || p.State.Waiting()) {
			c.early[h.from] = append(c.early[h.from], h)
		}
		return
	}
	var l link.Message
	err := json.Unmarshal(h.Body, &l)
	if err == nil {
		err = m.session.Handle(m.member, l)
	}
	if err != nil {
		c.e.log.Debug("echo: bad link message", "call", c.id, "user", h.from, "err", err)
	}
}

func (c *call) party(u signal.UserID) (signal.Party, bool) {
	r := c.newest()
	return r.Party(u)
}

// mirror is the session with one member. Its handlers run in goroutines of the session.
type mirror struct {
	member  link.MemberID
	device  signal.DeviceID
	session link.Session // set before the first handler can run
}

// packet sends voice and camera back. A shared screen is not: whoever shares would see a screen in a screen in a screen.
func (m *mirror) packet(_ link.MemberID, k link.Kind, p *rtp.Packet, _ time.Time) {
	if k == link.Voice || k == link.Camera {
		_ = m.session.PublishRTP(k, p) // what cannot be sent is lost, as on any path
	}
}

// keyFrame passes on what the member's own decoder asks for: only his own encoder can give it.
func (m *mirror) keyFrame(k link.Kind, _ uint8) { m.session.RequestKeyFrame(m.member, k) }

// data sends messages back, so that a member who mutes himself sees Echo mute itself. That he shares his screen is left out.
func (m *mirror) data(_ link.MemberID, message []byte) {
	_ = m.session.SendData(m.member, unshared(message)) // a member who does not read loses his own echo
}

// unshared is a message without what it says of a shared screen. What is not understood stays as it is.
func unshared(message []byte) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(message, &all) != nil {
		return message
	}
	var state map[string]json.RawMessage
	if json.Unmarshal(all["state"], &state) != nil || state["sharing"] == nil {
		return message
	}
	delete(state, "sharing")
	body, err := json.Marshal(state)
	if err != nil {
		return message
	}
	all["state"] = body
	if body, err = json.Marshal(all); err != nil {
		return message
	}
	return body
}
