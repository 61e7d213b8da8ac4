package link

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Times of a peer.
const (
	giveUpDefault   = 30 * time.Second
	resendInterval  = time.Second           // of what the other end has not reacted to
	answerAgain     = 50 * time.Millisecond // an offer that is asked for is not sent more often
	restartFirst    = 2 * time.Second       // from one ICE restart to the next; grows, for a slow path needs longer
	restartLongest  = 8 * time.Second
	renewInterval   = time.Second            // from one new connection to the next
	keyFrameSpacing = 300 * time.Millisecond // between two requests
	askAnyway       = 5 * time.Second        // when the offering side seems content and we are not
)

// Bounds of a peer's queues.
const (
	outboxSize = 64 // messages to the other end: a description and its candidates, a few times over
	earlySize  = 64 // candidates that came before their offer
	inboxSize  = 64 // messages on the data channel that wait for the dispatcher; then the channel's flow control holds the sender
)

// peer is the other end of one member's path. Its loop owns everything below the line; connection and state may be read by
// anybody.
type peer struct {
	id      MemberID
	offerer bool
	mesh    *Mesh
	log     *slog.Logger
	cancel  context.CancelFunc
	ctx     context.Context

	calls  chan func()
	wake   chan struct{}
	outbox chan Message
	inbox  chan struct{} // one token per message that waits
	done   chan struct{} // closed when loop and sender have ended
	member chan struct{} // closed when he is one, and not only approached
	enter  sync.Once     // closes it
	open   chan struct{} // closed when he is a member and has been connected

	conn      atomic.Pointer[conn]
	state     atomic.Uint32
	keyFrames [Kinds]atomic.Bool   // wanted
	layers    [Kinds]atomic.Uint32 // of ours, that the member gets
	reported  int                  // the bit rate that was handed up last; owned by the mesh's rate loop

	// ---- owned by the loop
	met         bool             // was connected once
	known       bool             // to the handlers: he is a member
	giveUpAt    time.Time        // unless connected by then
	resendAt    time.Time        // the offer, or the demand for one
	sentAt      time.Time        // when the offer was sent last
	restartAt   time.Time        // ICE, while reconnecting
	restartedAt time.Time        // when ICE was restarted last
	pause       time.Duration    // from that to the next
	again       bool             // a restart was wanted while an offer was out
	renewAt     time.Time        // not before that by another connection
	askedAt     [Kinds]time.Time // for a key frame
	past        []string         // sessions that were replaced
	early       []Message        // candidates that came before their description
}

func newPeer(m *Mesh, id MemberID, offerer bool) *peer {
	ctx, cancel := context.WithCancel(context.Background())
	p := &peer{
		id: id, offerer: offerer, mesh: m, log: m.log.With("member", string(id)), ctx: ctx, cancel: cancel,
		calls: make(chan func()), wake: make(chan struct{}, 1), outbox: make(chan Message, outboxSize),
		inbox: make(chan struct{}, inboxSize), done: make(chan struct{}), member: make(chan struct{}), open: make(chan struct{}), pause: restartFirst,
	}
	for k := range p.layers {
		p.layers[k].Store(NoLayer)
	}
	return p
}

// admit makes the other end a member.
func (p *peer) admit() {
	p.enter.Do(func() {
		for k := range p.layers {
			p.layers[k].Store(0)
		}
		close(p.member)
		p.look()
	})
}

// admitted reports whether the other end is a member.
func (p *peer) admitted() bool {
	select {
	case <-p.member:
		return true
	default:
		return false
	}
}

// start runs the loop and the sender until the context ends, then closes the connection.
func (p *peer) start() {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		p.sendMessages()
	}()
	go func() {
		defer close(p.done)
		p.run()
		<-sent
	}()
}

func (p *peer) sendMessages() {
	for {
		select {
		case m := <-p.outbox:
			if p.mesh.options.Send != nil {
				p.mesh.handle(func() { p.mesh.options.Send(p.id, m) })
			}
		case <-p.ctx.Done():
			return
		}
	}
}

// send queues a message. What finds the outbox full is lost like on the way; resending repairs it.
func (p *peer) send(m Message) {
	select {
	case p.outbox <- m:
	default:
	}
}

// do runs a call in the loop and returns its error.
func (p *peer) do(call func() error) error {
	result := make(chan error, 1)
	select {
	case p.calls <- func() { result <- call() }:
		return <-result // the loop runs every call it takes
	case <-p.ctx.Done():
		return ErrClosed
	}
}

// look makes the loop look at what has changed.
func (p *peer) look() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *peer) reached() State { return State(p.state.Load()) }

func (p *peer) run() {
	defer func() {
		if c := p.conn.Load(); c != nil {
			c.close()
		}
	}()
	p.giveUpAt = time.Now().Add(p.mesh.options.GiveUp)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case call := <-p.calls:
			call()
		case <-p.wake:
		case <-timer.C:
		}
		now := time.Now()
		timer.Reset(max(p.step(now).Sub(now), time.Millisecond))
	}
}

// step does all that is due and returns when to look again.
func (p *peer) step(now time.Time) time.Time {
	p.observe(now)
	next := now.Add(time.Minute)
	if s := p.reached(); s == Connecting || s == Reconnecting {
		switch {
		case !now.Before(p.giveUpAt):
			p.giveUp()
		case p.offerer:
			next = p.pursueOffer(now)
		default:
			next = p.pursueAnswer(now)
		}
		if p.giveUpAt.After(now) && p.giveUpAt.Before(next) {
			next = p.giveUpAt
		}
	}
	return p.askKeyFrames(now, next)
}

// observe compares the connection with the state.
func (p *peer) observe(now time.Time) {
	c := p.conn.Load()
	up, s := c != nil && c.up(), p.reached()
	if !p.known && p.admitted() {
		p.known, p.giveUpAt = true, now.Add(p.mesh.options.GiveUp)
		switch s {
		case Connecting:
		case Failed:
			p.revive(now)
			s = p.reached()
		default:
			p.tellState(s)
		}
	}
	switch {
	case up && s != Connected:
		p.met, p.again, p.pause = true, false, restartFirst
		p.setState(Connected)
	case !up && s == Connected:
		p.setState(Reconnecting)
		p.giveUpAt = now.Add(p.mesh.options.GiveUp)
		if now.Sub(p.restartedAt) > resendInterval { // otherwise it is down because we have just offered a restart
			p.restartAt, p.resendAt = now, now
		}
	}
}

func (p *peer) setState(s State) {
	p.state.Store(uint32(s))
	p.log.Debug("member's path", "state", s)
	if p.known {
		p.tellState(s)
	}
}

func (p *peer) tellState(s State) {
	p.mesh.stateChanged(p, s)
	if s == Connected {
		select {
		case <-p.open:
		default:
			close(p.open)
		}
		for _, k := range []Kind{Camera, Screen} {
			p.keyFrameWanted(k) // what was sent before could not arrive
		}
	}
}

// giveUp ends the connection. Only Restart, a new session of the offering side, or an answering side that starts anew go on.
func (p *peer) giveUp() {
	p.dropConn()
	p.setState(Failed)
}

// revive starts to try again.
func (p *peer) revive(now time.Time) {
	p.giveUpAt, p.restartAt, p.resendAt, p.renewAt = now.Add(p.mesh.options.GiveUp), now, now, now
	p.pause = restartFirst
	if p.reached() == Failed {
		s := Connecting
		if p.met {
			s = Reconnecting
		}
		p.setState(s)
	}
}

// pursueOffer is what the offering side does while the member is out of reach.
func (p *peer) pursueOffer(now time.Time) time.Time {
	c := p.conn.Load()
	if c == nil || c.dead() {
		if now.Before(p.renewAt) {
			return p.renewAt
		}
		p.renew(now)
		return p.resendAt
	}
	stable := c.pc.SignalingState() == webrtc.SignalingStateStable
	broken := p.reached() == Reconnecting || c.pc.ICEConnectionState() == webrtc.ICEConnectionStateFailed
	switch {
	case stable && (p.again || broken && !now.Before(p.restartAt)):
		p.restart(now)
	case !now.Before(p.resendAt):
		p.sendOffer(now)
	}
	if stable && broken && p.restartAt.Before(p.resendAt) {
		return p.restartAt
	}
	return p.resendAt
}

// pursueAnswer is what the answering side does while the member is out of reach.
func (p *peer) pursueAnswer(now time.Time) time.Time {
	c := p.conn.Load()
	if c != nil && c.dead() {
		p.dropConn()
		c = nil
	}
	switch {
	case c == nil && !now.Before(p.resendAt):
		p.send(Message{Need: true})
		p.resendAt = now.Add(resendInterval)
	case c != nil && p.reached() == Reconnecting && !now.Before(p.restartAt):
		p.send(Message{Session: c.session, Need: true, Restart: true})
		p.restartAt = now.Add(p.nextPause())
	case c != nil && p.reached() == Connecting && !now.Before(p.resendAt):
		p.send(Message{Session: c.session, Need: true, Restart: c.pc.ICEConnectionState() == webrtc.ICEConnectionStateFailed})
		p.resendAt = now.Add(askAnyway)
	}
	if c != nil && p.reached() == Reconnecting {
		return p.restartAt
	}
	return p.resendAt
}

// nextPause returns the time to wait for a restart to succeed, and makes the next one longer.
func (p *peer) nextPause() time.Duration {
	d := p.pause
	p.pause = min(d*3/2, restartLongest)
	return d
}

// askKeyFrames sends the key frame requests that are due and returns when to look again.
func (p *peer) askKeyFrames(now, next time.Time) time.Time {
	c := p.conn.Load()
	if c == nil {
		return next
	}
	for k := range Kind(Kinds) {
		if !p.keyFrames[k].Load() {
			continue
		}
		if due := p.askedAt[k].Add(keyFrameSpacing); now.Before(due) {
			if due.Before(next) {
				next = due
			}
			continue
		}
		if c.requestKeyFrame(k) { // otherwise the track is not there yet: its start wakes the loop
			p.keyFrames[k].Store(false)
			p.askedAt[k] = now
		}
	}
	return next
}

// dial makes a connection of the session.
func (p *peer) dial(session string) (*conn, error) {
	m := p.mesh
	return newConn(&m.options, m.servers.Load(), p.log, session, m.tracks, &p.layers, events{
		admitted: p.member,
		changed:  p.look,
		candidate: func(i webrtc.ICECandidateInit) {
			p.send(Message{Session: session, Candidate: &Candidate{i.Candidate, i.SDPMid, i.SDPMLineIndex}})
		},
		packet: func(k Kind, packet *rtp.Packet, at time.Time) {
			if m.options.OnPacket != nil && p.ctx.Err() == nil {
				m.handle(func() { m.options.OnPacket(p.id, k, packet, at) })
			}
		},
		keyFrame: p.keyFrameWanted,
		reported: m.lossReported,
		message:  p.received,
	})
}

// keyFrameWanted asks for a key frame of what the member gets.
func (p *peer) keyFrameWanted(k Kind) { p.mesh.keyFrameWanted(k, number(uint8(p.layers[k].Load()))) }

// received hands a message of the data channel to the dispatcher. It waits while too many wait there, and until we know that its sender
// is a member and connected, which he may know sooner: so that the handler can answer.
func (p *peer) received(done <-chan struct{}, message []byte) {
	if p.mesh.options.OnData == nil {
		return
	}
	select {
	case <-p.open:
	case <-done:
		return
	case <-p.ctx.Done():
		return
	}
	select {
	case p.inbox <- struct{}{}:
	case <-done:
		return
	case <-p.ctx.Done():
		return
	}
	p.mesh.post(p, nil, func() {
		<-p.inbox
		p.mesh.options.OnData(p.id, message)
	})
}
