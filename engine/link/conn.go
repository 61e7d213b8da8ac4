package link

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// generations bounds how many ICE generations of the other end a connection remembers to tell old messages from new.
const generations = 32

// conn is one peer connection to one member. Negotiation is called by the member's loop only; the rest by anybody.
type conn struct {
	*gauges
	session string
	pc      *webrtc.PeerConnection
	dtls    *webrtc.DTLSTransport // kept: pion's SCTP transport, which has it too, is locked for up to 400 ms while it closes
	data    *webrtc.DataChannel
	media   [Kinds]*webrtc.RTPTransceiver
	// What we send. The connection's until it is closed.
	tracks   [Kinds]*outgoing
	branches [Kinds]*branch
	started  atomic.Bool   // was up once
	trip     atomic.Int64  // round trip in ns, as the last check of the path found; 0 is unknown
	least    time.Duration // the shortest round trip so far; used by watchRates only
	done     chan struct{} // closed when the connection ends; nothing is handed up afterwards

	mu      sync.Mutex
	ended   bool
	readers sync.WaitGroup

	in   [Kinds]arrival
	loss [Kinds]lossReport

	// The loop's own: what we gather from, and what the other end has told.
	servers     *[]webrtc.ICEServer
	fingerprint string
	ufrags      []string // of its ICE generations, the last one is valid
}

// events are where a connection hands up what comes in. They are called from several goroutines; all but packet and message
// return at once.
type events struct {
	admitted  <-chan struct{} // closed when the other end is a member
	changed   func()          // the state or the data channel: look again
	candidate func(webrtc.ICECandidateInit)
	packet    func(Kind, *rtp.Packet, time.Time)
	keyFrame  func(Kind)
	reported  func(Kind) // loss was
	message   func(done <-chan struct{}, message []byte)
}

// newConn makes a peer connection with our tracks and data channel, in the order of the kinds. The caller closes it.
func newConn(o *Options, servers *[]webrtc.ICEServer, log *slog.Logger, session string, tracks [Kinds]*outgoing, layers *[Kinds]atomic.Uint32, e events) (*conn, error) {
	pc, g, err := newPeerConnection(o, *servers, log)
	if err != nil {
		return nil, fmt.Errorf("link: peer connection: %w", err)
	}
	c := &conn{gauges: g, session: session, pc: pc, dtls: pc.SCTP().Transport(), tracks: tracks, done: make(chan struct{}), servers: servers}
	if err := c.build(layers, e); err != nil {
		c.close()
		return nil, fmt.Errorf("link: peer connection: %w", err)
	}
	return c, nil
}

func (c *conn) build(layers *[Kinds]atomic.Uint32, e events) error {
	c.pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { e.changed() })
	c.pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { e.changed() })
	c.pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate != nil {
			e.candidate(candidate.ToJSON())
		}
	})
	c.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		k := slices.IndexFunc(c.media[:], func(m *webrtc.RTPTransceiver) bool { return m.Receiver() == r })
		if k < 0 || !c.enter() {
			return
		}
		defer c.readers.Done()
		c.in[k].ssrc.Store(uint32(t.SSRC()))
		e.changed()
		if c.enter() {
			go func() {
				defer c.readers.Done()
				c.drainReports(r)
			}()
		}
		c.readTrack(Kind(k), t, e)
	})
	for k, t := range c.tracks {
		b, err := t.branch(&layers[k])
		if err != nil {
			return err
		}
		c.branches[k] = b
		m, err := c.pc.AddTransceiverFromTrack(b.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
		if err != nil {
			return err
		}
		if err := m.SetCodecPreferences(Kind(k).codecs()); err != nil {
			return err
		}
		c.media[k] = m
		if Kind(k) == Screen {
			for _, e := range m.Sender().GetParameters().Encodings {
				c.pacer.screen(uint32(e.SSRC))
			}
		}
		c.readers.Go(func() { c.readFeedback(Kind(k), m.Sender(), e) })
	}
	negotiated, ordered, id := true, true, uint16(0)
	data, err := c.pc.CreateDataChannel("parley", &webrtc.DataChannelInit{Negotiated: &negotiated, Ordered: &ordered, ID: &id})
	if err != nil {
		return err
	}
	data.OnOpen(e.changed)
	data.OnClose(e.changed)
	data.OnMessage(func(m webrtc.DataChannelMessage) {
		if len(m.Data) <= maxMessage && c.enter() {
			defer c.readers.Done()
			e.message(c.done, m.Data)
		}
	})
	c.data = data
	return nil
}

// enter counts a reader that pion started, or returns false when the connection has ended.
func (c *conn) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.readers.Add(1)
	return true
}

// end stops handing up, without waiting.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		close(c.done)
	}
}

// close ends the connection and waits for all its goroutines.
func (c *conn) close() {
	c.end()
	for k, b := range c.branches {
		if b != nil {
			c.tracks[k].cut(b)
		}
	}
	_ = c.pc.GracefulClose() // there is nothing to be done about what pion could not close
	c.pacer.stop()
	c.readers.Wait()
}

// up says that media and messages pass.
func (c *conn) up() bool {
	if c.pc.ConnectionState() != webrtc.PeerConnectionStateConnected || c.data.ReadyState() != webrtc.DataChannelStateOpen {
		return false
	}
	c.started.Store(true)
	return true
}

// dead says that the connection cannot come back, not even by an ICE restart: the other end closed it, or DTLS or SCTP failed.
func (c *conn) dead() bool {
	if s := c.data.ReadyState(); s == webrtc.DataChannelStateClosing || s == webrtc.DataChannelStateClosed {
		return true
	}
	switch c.dtls.State() {
	case webrtc.DTLSTransportStateClosed, webrtc.DTLSTransportStateFailed:
		return true
	default:
		return c.pc.ConnectionState() == webrtc.PeerConnectionStateClosed
	}
}

// offer makes an offer, and a new ICE generation if asked to (RFC 8445 section 9).
func (c *conn) offer(restart bool) error {
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return fmt.Errorf("link: offer: %w", err)
	}
	if err := c.pc.SetLocalDescription(offer); err != nil {
		return fmt.Errorf("link: offer: %w", err)
	}
	return nil
}

// local returns our latest description with the candidates found so far.
func (c *conn) local() string {
	if d := c.pc.LocalDescription(); d != nil {
		return d.SDP
	}
	return ""
}

// accept applies an offer and makes the answer.
func (c *conn) accept(d description) error {
	if err := c.apply(d); err != nil {
		return err
	}
	for k, m := range c.media {
		if m.Mid() != d.mids[k] {
			return fmt.Errorf("%w: %v is not medium %q", ErrBadMessage, Kind(k), d.mids[k])
		}
	}
	answer, err := c.pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("link: answer: %w", err)
	}
	if err := c.pc.SetLocalDescription(answer); err != nil {
		return fmt.Errorf("link: answer: %w", err)
	}
	return nil
}

// apply sets the other end's description and adds its candidates.
func (c *conn) apply(d description) error {
	if err := c.pc.SetRemoteDescription(d.sdp); err != nil {
		return fmt.Errorf("%w: %v: %w", ErrBadMessage, d.sdp.Type, err)
	}
	c.fingerprint = d.fingerprint
	c.ufrags = append(c.ufrags, d.ufrag)
	if len(c.ufrags) > generations {
		c.ufrags = slices.Delete(c.ufrags, 0, 1)
	}
	c.addCandidates(d)
	return nil
}

// refresh makes the next ICE generation gather from these servers, unless the present one still gathers: pion reads them
// meanwhile without a lock.
func (c *conn) refresh(servers *[]webrtc.ICEServer) {
	if servers == c.servers || c.pc.ICEGatheringState() != webrtc.ICEGatheringStateComplete {
		return
	}
	configuration := c.pc.GetConfiguration()
	configuration.ICEServers = *servers
	if c.pc.SetConfiguration(configuration) == nil {
		c.servers = servers
	}
}

// knows says whether a description is of an ICE generation that was applied before, and whether of the present one.
func (c *conn) knows(d description) (known, present bool) {
	i := slices.Index(c.ufrags, d.ufrag)
	return i >= 0, i >= 0 && i == len(c.ufrags)-1
}

// addCandidates adds the candidates of a description; those that are there already change nothing. Bad ones are left out.
func (c *conn) addCandidates(d description) {
	for _, s := range d.candidates {
		_ = c.addCandidate(webrtc.ICECandidateInit{Candidate: s})
	}
}

func (c *conn) addCandidate(i webrtc.ICECandidateInit) error {
	if err := c.pc.AddICECandidate(i); err != nil {
		return fmt.Errorf("%w: candidate: %w", ErrBadMessage, err)
	}
	return nil
}

// requestKeyFrame sends a PLI (RFC 4585 section 6.3.1). It returns false while the stream is unknown.
func (c *conn) requestKeyFrame(k Kind) bool {
	ssrc := c.in[k].ssrc.Load()
	return ssrc != 0 && c.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}) == nil
}

// readTrack hands up the packets of one track until the connection ends. The first ones wait in pion's buffer, which is bounded, until we
// know that their sender is a member: he may know it sooner.
func (c *conn) readTrack(k Kind, t *webrtc.TrackRemote, e events) {
	buffer := make([]byte, receiveSize)
	clock := k.codec().ClockRate
	var gaps repair
	watched := false // the read ends soon, although nothing comes
	select {
	case <-e.admitted:
	case <-c.done:
		return
	}
	c.read(func() error {
		// Pion looks for what came as a retransmission only before it waits for the stream itself: without a deadline it would come
		// up with the next picture, which of a screen may be a second later.
		if gaps.waiting() {
			watched = true
			_ = t.SetReadDeadline(time.Now().Add(repairLook))
		} else if watched {
			watched = false
			_ = t.SetReadDeadline(time.Time{})
		}
		n, attributes, err := t.Read(buffer)
		at := time.Now()
		if err == nil {
			p := &rtp.Packet{}
			if err := p.Unmarshal(slices.Clone(buffer[:n])); err != nil {
				return err
			}
			resent := attributes.Get(webrtc.AttributeRtxSsrc) != nil
			c.in[k].note(p.Timestamp, at, clock, resent)
			if !k.sound() && !gaps.arrived(p.SequenceNumber, p.Marker, resent, at) && resent {
				return nil // it has come twice
			}
			select {
			case <-c.done:
				return io.EOF
			default:
				e.packet(k, p, at)
			}
		} else if !timedOut(err) {
			return err
		}
		if missing := gaps.due(at, time.Duration(c.trip.Load())); len(missing) > 0 {
			nack := &rtcp.TransportLayerNack{MediaSSRC: uint32(t.SSRC()), Nacks: rtcp.NackPairsFromSequenceNumbers(missing)}
			_ = c.pc.WriteRTCP([]rtcp.Packet{nack}) // what is lost is asked for again
		}
		return nil
	})
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// readFeedback reads what receivers say about one of our streams. Reading also drives the interceptors.
func (c *conn) readFeedback(k Kind, s *webrtc.RTPSender, e events) {
	buffer := make([]byte, receiveSize)
	ssrc := uint32(0)
	if encodings := s.GetParameters().Encodings; len(encodings) > 0 {
		ssrc = uint32(encodings[0].SSRC)
	}
	c.read(func() error {
		n, attributes, err := s.Read(buffer)
		if err != nil {
			return err
		}
		if attributes == nil {
			attributes = interceptor.Attributes{}
		}
		packets, err := attributes.GetRTCPPackets(buffer[:n])
		if err != nil {
			return err
		}
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				if !k.sound() && slices.Contains(p.DestinationSSRC(), ssrc) {
					e.keyFrame(k)
				}
			case *rtcp.ReceiverReport:
				for _, r := range p.Reports {
					if r.SSRC == ssrc {
						c.loss[k].set(r, time.Now())
						e.reported(k)
					}
				}
			}
		}
		return nil
	})
}

// drainReports reads the sender reports of a track: the receiver reports need them, and nobody else reads them.
func (c *conn) drainReports(r *webrtc.RTPReceiver) {
	buffer := make([]byte, receiveSize)
	c.read(func() error {
		_, _, err := r.Read(buffer)
		return err
	})
}

// maxBadReads is how many reads may fail in a row before a stream counts as broken. A member can send packets that some
// interceptor refuses; those are skipped.
const maxBadReads = 1000

func (c *conn) read(next func() error) {
	for bad := 0; bad < maxBadReads; {
		switch err := next(); {
		case err == nil:
			bad = 0
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe), c.closing():
			return
		default:
			bad++
		}
	}
}

func (c *conn) closing() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
