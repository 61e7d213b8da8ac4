package link

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"
)

// Negotiation knows one offerer for the whole life of a connection, since pion has no rollback: its offers are sent again
// until they are answered, and on while the path is not there, each time with all candidates found so far, so that any
// message may be lost, doubled or late. The answerer answers a doubled offer again. What has an ICE generation or a session
// that was replaced is ignored. All of this runs in the peer's loop.

const (
	maxSession   = 64 // bytes of a session's name
	maxCandidate = 2048
	pastSessions = 32 // how many replaced sessions are remembered
)

// handle takes a message of the other end.
func (p *peer) handle(m Message) error {
	now := time.Now()
	if len(m.Session) > maxSession {
		return fmt.Errorf("%w: session of %d bytes", ErrBadMessage, len(m.Session))
	}
	switch {
	case m.Offer != "":
		return p.handleOffer(now, m)
	case m.Answer != "":
		return p.handleAnswer(now, m)
	case m.Candidate != nil:
		return p.handleCandidate(m)
	case m.Need || m.Restart:
		return p.handleNeed(now, m)
	default:
		return fmt.Errorf("%w: it says nothing", ErrBadMessage)
	}
}

func (p *peer) handleOffer(now time.Time, m Message) error {
	if p.offerer || m.Session == "" {
		return fmt.Errorf("%w: offer of session %q", ErrBadMessage, m.Session)
	}
	if slices.Contains(p.past, m.Session) {
		return nil
	}
	d, err := parseDescription(webrtc.SDPTypeOffer, m.Offer)
	if err != nil {
		return err
	}
	if c := p.conn.Load(); c != nil && c.session == m.Session && c.fingerprint == d.fingerprint {
		return p.answerAgain(now, c, d)
	}
	return p.answerNew(now, m.Session, d)
}

// answerAgain answers an offer of the present connection: a doubled one, or an ICE restart.
func (p *peer) answerAgain(now time.Time, c *conn, d description) error {
	switch known, present := c.knows(d); {
	case present:
		c.addCandidates(d)
	case known:
		return nil
	default:
		c.refresh(p.mesh.servers.Load())
		if err := c.accept(d); err != nil {
			p.dropConn() // half changed: start anew
			p.resendAt = now
			return err
		}
		p.restartAt = now.Add(p.nextPause())
	}
	p.send(Message{Session: c.session, Answer: c.local()})
	return nil
}

// answerNew answers an offer of a new connection. The present one is replaced only if that succeeds.
func (p *peer) answerNew(now time.Time, session string, d description) error {
	if now.Before(p.renewAt) {
		return fmt.Errorf("%w: another session too soon", ErrBadMessage)
	}
	p.renewAt = now.Add(renewInterval / 4)
	c, err := p.dial(session)
	if err != nil {
		return err
	}
	if err := c.accept(d); err != nil {
		p.retire(c)
		return err
	}
	p.dropConn()
	p.conn.Store(c)
	p.addEarly(c)
	p.revive(now)
	p.resendAt, p.restartAt = now.Add(askAnyway), now.Add(p.nextPause())
	p.renewAt = now.Add(renewInterval / 4)
	p.send(Message{Session: session, Answer: c.local()})
	return nil
}

func (p *peer) handleAnswer(now time.Time, m Message) error {
	if !p.offerer {
		return fmt.Errorf("%w: answer from the offering side", ErrBadMessage)
	}
	c := p.conn.Load()
	if c == nil || c.session != m.Session {
		return nil
	}
	d, err := parseDescription(webrtc.SDPTypeAnswer, m.Answer)
	if err != nil {
		return err
	}
	if c.fingerprint != "" && c.fingerprint != d.fingerprint {
		p.renew(now) // the other end's app was started anew and knows nothing of this connection
		return nil
	}
	if known, present := c.knows(d); known {
		if present {
			c.addCandidates(d)
		}
		return nil
	}
	if c.pc.SignalingState() != webrtc.SignalingStateHaveLocalOffer {
		return nil
	}
	if err := c.apply(d); err != nil {
		p.renew(now)
		return err
	}
	p.addEarly(c)
	p.restartAt = now.Add(p.nextPause())
	return nil
}

func (p *peer) handleCandidate(m Message) error {
	if len(m.Candidate.Candidate) > maxCandidate {
		return fmt.Errorf("%w: candidate of %d bytes", ErrBadMessage, len(m.Candidate.Candidate))
	}
	if c := p.conn.Load(); c != nil && c.session == m.Session && c.pc.RemoteDescription() != nil {
		return c.addCandidate(m.Candidate.init())
	}
	if slices.Contains(p.past, m.Session) {
		return nil
	}
	if len(p.early) >= earlySize {
		p.early = slices.Delete(p.early, 0, 1)
	}
	p.early = append(p.early, m)
	return nil
}

// addEarly adds the candidates that came before the description that they belong to.
func (p *peer) addEarly(c *conn) {
	p.early = slices.DeleteFunc(p.early, func(m Message) bool {
		if m.Session != c.session {
			return false
		}
		if err := c.addCandidate(m.Candidate.init()); err != nil {
			p.log.Debug("early candidate", "error", err)
		}
		return true
	})
}

func (c *Candidate) init() webrtc.ICECandidateInit {
	return webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: c.SDPMid, SDPMLineIndex: c.SDPMLineIndex}
}

func (p *peer) handleNeed(now time.Time, m Message) error {
	if !p.offerer {
		return fmt.Errorf("%w: demand from the offering side", ErrBadMessage)
	}
	if p.reached() == Failed {
		if m.Session != "" {
			return nil
		}
		p.revive(now)
	}
	c := p.conn.Load()
	switch {
	case c == nil || c.dead():
		p.look() // the loop makes a new one as soon as it may
	case m.Restart && m.Session == c.session && c.pc.SignalingState() == webrtc.SignalingStateStable &&
		now.Sub(p.restartedAt) > resendInterval: // otherwise it may have been written before our offer came
		p.restart(now)
	case now.Sub(p.sentAt) >= answerAgain:
		p.sendOffer(now)
	}
	return nil
}

// renewPath is Restart for one member.
func (p *peer) renewPath() error {
	now := time.Now()
	if p.reached() == Failed {
		p.past = nil // the other end may still be in the session that we gave up
	}
	p.revive(now)
	c := p.conn.Load()
	switch {
	case c == nil || c.dead():
		p.look()
	case !p.offerer:
		p.send(Message{Session: c.session, Need: true, Restart: true})
		p.restartAt = now.Add(p.nextPause())
	case c.pc.SignalingState() == webrtc.SignalingStateStable:
		p.restart(now)
	default:
		p.again = true // no second offer may be made before the first one is answered
		p.sendOffer(now)
	}
	return nil
}

// restart offers a new ICE generation.
func (p *peer) restart(now time.Time) {
	c := p.conn.Load()
	p.again = false
	c.refresh(p.mesh.servers.Load())
	if err := c.offer(true); err != nil {
		p.log.Debug("ICE restart", "error", err)
		p.renew(now)
		return
	}
	p.restartedAt, p.restartAt = now, now.Add(p.pause)
	p.sendOffer(now)
}

func (p *peer) sendOffer(now time.Time) {
	c := p.conn.Load()
	p.sentAt, p.resendAt = now, now.Add(resendInterval)
	p.send(Message{Session: c.session, Offer: c.local()})
}

// renew replaces the connection by one of a new session.
func (p *peer) renew(now time.Time) {
	p.dropConn()
	p.renewAt, p.resendAt = now.Add(renewInterval), now.Add(renewInterval)
	c, err := p.dial(rand.Text())
	if err != nil {
		p.log.Debug("new connection", "error", err)
		return
	}
	if err := c.offer(false); err != nil {
		p.log.Debug("new connection", "error", err)
		p.retire(c)
		return
	}
	p.conn.Store(c)
	p.sendOffer(now)
}

// dropConn gives up the connection; its session will not be answered to any more.
func (p *peer) dropConn() {
	c := p.conn.Swap(nil)
	if c == nil {
		return
	}
	if len(p.past) >= pastSessions {
		p.past = slices.Delete(p.past, 0, 1)
	}
	p.past = append(p.past, c.session)
	p.retire(c)
}

// retire closes a connection while the loop goes on.
func (p *peer) retire(c *conn) {
	c.end()
	p.mesh.background.Go(c.close)
}
