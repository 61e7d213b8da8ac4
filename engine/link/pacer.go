package link

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"github.com/parley-calls/parley/engine/link/congestion"
)

// Figures of the pacer.
const (
	pacerQueue = 512                  // packets; a second of 5 Mbit/s
	pacerBurst = 12 << 10             // bytes that may leave at once: an ordinary picture is not held back
	pacerTick  = 5 * time.Millisecond // how often a waiting queue is looked at

	idleTime   = 2 * time.Second // a path without pictures for so long
	idleTarget = 500_000         // ... is not probed if it takes that, in bit/s

	probeTick      = time.Millisecond
	probePatience  = 200 * time.Millisecond // a probe that is not out by then is given up
	paddingSize    = 224                    // bytes of a packet of padding; 255 at most
	packetOverhead = 28 + 16                // bytes that IP, UDP and SRTP add to a packet
)

// The lanes of pictures, from the hasty one to the patient one. The camera leaves soon, but not in one burst (the factor is
// libwebrtc's). A page of text is as large as a second of everything else: it takes the time that the path needs for it, for a
// narrow one would lose most of a burst, each time again.
var lanes = [...]struct {
	factor float64       // times the target rate
	delay  time.Duration // no packet waits longer: the rate rises instead
}{
	cameraLane: {2.5, 60 * time.Millisecond},
	screenLane: {1.2, 4 * time.Second},
}

const (
	cameraLane = iota
	screenLane
)

// pacer sends the packets of one path: sound at once, pictures in spread streams. It separates Publish from the network:
// Write only copies into a bounded queue, and one goroutine does what may block (a relay over TCP does). It numbers the
// packets for transport-wide feedback when they leave, so that neither its order nor its drops look like the network's. A probe is
// sent at its rate from what waits, and from padding where nothing does.
type pacer struct {
	target atomic.Int64                           // bit/s, as congestion control says
	twice  atomic.Bool                            // retransmissions are sent twice: see repairTwice
	full   atomic.Bool                            // ... but not now, for the path takes no more
	sent   func(number uint16, size, cluster int) // is told of each packet that leaves
	wake   chan struct{}
	end    chan struct{} // closed by Close
	done   chan struct{} // closed when the goroutine has ended

	mu       sync.Mutex
	closed   bool
	streams  map[uint32]*pacedStream // by SSRC, also that of their retransmissions (RFC 4588)
	screens  map[uint32]bool         // SSRCs
	urgent   packetQueue             // sound
	pictures [len(lanes)]lane
	again    packetQueue        // retransmissions that have left once
	cluster  congestion.Cluster // the probe that is being sent; its ID is 0 if there is none
	probed   int                // bytes of it
	begun    time.Time          // ... when
	pictured time.Time          // when a packet of a picture came last
	padded   *pacedStream       // a stream of pictures that has begun, so that the other end reads its retransmissions; nil if there is none
}

// lane is a queue of pictures.
type lane struct {
	packetQueue
	allowance float64 // bytes that may leave now
}

type pacedStream struct {
	ssrc          uint32
	repair        uint32 // SSRC of its retransmissions; 0 if there are none
	repairPayload uint8  // ... and their payload type
	sound         bool
	lane          int   // of pictures
	extension     uint8 // ID of the transport-wide sequence number; 0 if not negotiated
	writer        interceptor.RTPWriter
	resent        uint64 // retransmissions
	resentNumber  uint16 // sequence number of the next one
	dropped       uint64 // packets that found the queue full
}

type queuedPacket struct {
	header  rtp.Header
	payload *[]byte
	stream  *pacedStream
	at      time.Time
}

func (q *queuedPacket) size() int {
	return q.header.MarshalSize() + len(*q.payload) + int(q.header.PaddingSize)
}

var payloadPool = sync.Pool{New: func() any { b := make([]byte, 0, receiveSize); return &b }}

func newPacer(bitrate int, sent func(number uint16, size, cluster int)) *pacer {
	p := &pacer{
		sent: sent,
		wake: make(chan struct{}, 1), end: make(chan struct{}), done: make(chan struct{}),
		streams: map[uint32]*pacedStream{}, screens: map[uint32]bool{},
	}
	for i := range p.pictures {
		p.pictures[i].allowance = pacerBurst
	}
	p.target.Store(int64(bitrate))
	go p.run()
	return p
}

// screen says that a stream is of a screen, before it is described.
func (p *pacer) screen(ssrc uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.screens[ssrc] = true
}

// add makes a stream known, with what writes its packets.
func (p *pacer) add(info *interceptor.StreamInfo, w interceptor.RTPWriter) {
	s := &pacedStream{ssrc: info.SSRC, repair: info.SSRCRetransmission, repairPayload: info.PayloadTypeRetransmission, writer: w,
		sound: strings.HasPrefix(strings.ToLower(info.MimeType), "audio/")}
	for _, e := range info.RTPHeaderExtensions {
		if e.URI == sdp.TransportCCURI {
			s.extension = uint8(e.ID)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.screens[s.ssrc] {
		s.lane = screenLane
	}
	p.streams[info.SSRC] = s
	if s.repair != 0 {
		p.streams[s.repair] = s
	}
}

// setTarget sets the rate of the path, in bit/s.
func (p *pacer) setTarget(bps int) { p.target.Store(int64(bps)) }

// Write queues a packet. It never blocks; when the queue is full or the stream unknown the packet is dropped.
func (p *pacer) Write(header *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	size := header.MarshalSize() + len(payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	stream := p.streams[header.SSRC]
	if stream == nil {
		return size, nil
	}
	queue := &p.pictures[stream.lane].packetQueue
	switch {
	case stream.sound:
		queue = &p.urgent
	case header.SSRC != stream.ssrc: // who asked for it again waits already
		queue = &p.pictures[cameraLane].packetQueue
	}
	now := time.Now()
	if stream.repair != 0 && header.SSRC == stream.ssrc {
		p.padded, p.pictured = stream, now
	}
	if queue.len() >= pacerQueue {
		stream.dropped++
		return size, nil
	}
	b := payloadPool.Get().(*[]byte)
	*b = append((*b)[:0], payload...)
	q := queuedPacket{header: header.Clone(), payload: b, stream: stream, at: now}
	if header.SSRC != stream.ssrc {
		if p.twice.Load() && !p.full.Load() && queue.bytes < pacerBurst && p.again.len() < pacerQueue { // there is room for it
			second := q
			second.header, second.payload = header.Clone(), payloadPool.Get().(*[]byte)
			*second.payload = append((*second.payload)[:0], payload...)
			p.again.push(second)
		}
		// Pion gives a packet the same number each time it is sent again, which SRTP forbids (RFC 3711 section 9.1): the key
		// stream would be used twice, and the receiver's replay window would drop it.
		q.renumber()
	}
	queue.push(q)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return size, nil
}

// renumber gives a retransmission the next number of its stream.
func (q *queuedPacket) renumber() {
	q.header.SequenceNumber = q.stream.resentNumber
	q.stream.resentNumber++
	q.stream.resent++
}

// counts returns how many packets of a stream were sent again, and how many were dropped.
func (p *pacer) counts(ssrc uint32) (resent, dropped uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.streams[ssrc]; s != nil {
		return s.resent, s.dropped
	}
	return 0, 0
}

// Close makes the goroutine end. It does not wait, for a write may hang until the connection is closed: see stop.
func (p *pacer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.end)
	}
	return nil
}

// stop closes and waits.
func (p *pacer) stop() {
	_ = p.Close()
	<-p.done
}

func (p *pacer) run() {
	defer close(p.done)
	tick := time.NewTicker(pacerTick)
	defer tick.Stop()
	tick.Stop()
	ticking := time.Duration(0)
	var number uint16 // draft-holmer-rmcat-transport-wide-cc-extensions-01
	last := time.Now()
	for {
		select {
		case <-p.end:
			return
		case <-p.wake:
		case <-tick.C:
		}
		now := time.Now()
		p.allow(now, now.Sub(last))
		last = now
		for {
			q, cluster, ok := p.take(now)
			if !ok {
				break
			}
			if id := q.stream.extension; id != 0 {
				_ = q.header.SetExtension(id, []byte{byte(number >> 8), byte(number)})
				p.sent(number, q.size()+packetOverhead, cluster)
				number++
			}
			// An error is a path that is not there at the moment; the packet is lost like any other.
			_, _ = q.stream.writer.Write(&q.header, *q.payload, nil)
			payloadPool.Put(q.payload)
		}
		if next := p.waiting(); next != ticking {
			if ticking = next; next > 0 {
				tick.Reset(next)
			} else {
				tick.Stop()
			}
		}
	}
}

// allow lets more pictures leave, as time has passed.
func (p *pacer) allow(now time.Time, passed time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for first, ok := p.again.front(); ok && now.Sub(first.at) >= repairApart; first, ok = p.again.front() {
		q, _ := p.again.pop()
		q.renumber()
		q.at = now
		p.pictures[cameraLane].push(q)
	}
	target := float64(p.target.Load()) / 8 // bytes/s
	for i := range p.pictures {
		l := &p.pictures[i]
		rate := lanes[i].factor * target
		if oldest, ok := l.front(); ok {
			left := max(lanes[i].delay-now.Sub(oldest.at), pacerTick)
			rate = max(rate, float64(l.bytes)/left.Seconds())
		}
		l.allowance = min(pacerBurst, l.allowance+rate*passed.Seconds())
	}
}

// take returns the next packet that may leave, and the probe that it belongs to.
func (p *pacer) take(now time.Time) (q queuedPacket, cluster int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	due := p.probeDue(now)
	if q, ok = p.urgent.pop(); !ok {
		q, ok = p.picture(now, due)
	}
	if !ok && due {
		q, ok = p.padding(), true
	}
	if !ok || p.cluster.ID == 0 {
		return q, 0, ok
	}
	cluster = p.cluster.ID
	if p.probed += q.size() + packetOverhead; p.probed >= p.cluster.Bytes {
		p.cluster = congestion.Cluster{}
	}
	return q, cluster, ok
}

// picture takes a packet of pictures that may leave. What a lane sends is taken from the more patient ones too.
func (p *pacer) picture(now time.Time, any bool) (queuedPacket, bool) {
	for i := range p.pictures {
		l := &p.pictures[i]
		if oldest, ok := l.front(); ok && (any || l.allowance > 0 || now.Sub(oldest.at) >= lanes[i].delay) {
			q, _ := l.pop()
			for k := i; k < len(p.pictures); k++ {
				p.pictures[k].allowance = max(p.pictures[k].allowance-float64(q.size()), -pacerBurst)
			}
			return q, true
		}
	}
	return queuedPacket{}, false
}

// waiting returns how soon to look again; 0 if nothing waits.
func (p *pacer) waiting() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cluster.ID != 0 {
		return probeTick
	}
	waits := p.again.len()
	for i := range p.pictures {
		waits += p.pictures[i].len()
	}
	if waits > 0 {
		return pacerTick
	}
	return 0
}

// canProbe says whether a probe would be told from the other end, and is worth its padding: while no pictures are sent, because nobody
// sees them, a path need not be known to be wider than it takes to begin with them again.
func (p *pacer) canProbe() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.padded != nil && p.cluster.ID == 0 && (p.target.Load() < idleTarget || time.Since(p.pictured) < idleTime)
}

// probe begins to send a cluster.
func (p *pacer) probe(c congestion.Cluster) {
	p.mu.Lock()
	p.cluster, p.probed, p.begun = c, 0, time.Now()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// probeDue says whether the probe is behind its rate.
func (p *pacer) probeDue(now time.Time) bool {
	if p.cluster.ID == 0 {
		return false
	}
	passed := now.Sub(p.begun)
	if passed > probePatience {
		p.cluster = congestion.Cluster{}
		return false
	}
	return float64(p.probed) < float64(p.cluster.Rate)/8*(passed+probeTick).Seconds()
}

// padding makes a packet that carries nothing, as a retransmission of nothing (RFC 4588 has no sequence number then).
func (p *pacer) padding() queuedPacket {
	s := p.padded
	b := payloadPool.Get().(*[]byte)
	*b = (*b)[:0]
	q := queuedPacket{payload: b, stream: s, header: rtp.Header{
		Version: 2, Padding: true, PaddingSize: paddingSize, PayloadType: s.repairPayload, SSRC: s.repair, SequenceNumber: s.resentNumber,
	}}
	s.resentNumber++
	return q
}

// packetQueue is a first-in first-out queue that keeps its memory.
type packetQueue struct {
	packets []queuedPacket
	head    int
	bytes   int
}

func (q *packetQueue) len() int { return len(q.packets) - q.head }

func (q *packetQueue) push(p queuedPacket) {
	if q.head > 0 && len(q.packets) == cap(q.packets) {
		n := copy(q.packets, q.packets[q.head:])
		clear(q.packets[n:])
		q.packets, q.head = q.packets[:n], 0
	}
	q.packets = append(q.packets, p)
	q.bytes += p.size()
}

func (q *packetQueue) front() (*queuedPacket, bool) {
	if q.len() == 0 {
		return nil, false
	}
	return &q.packets[q.head], true
}

func (q *packetQueue) pop() (queuedPacket, bool) {
	p, ok := q.front()
	if !ok {
		return queuedPacket{}, false
	}
	out := *p
	*p = queuedPacket{}
	q.bytes -= out.size()
	if q.head++; q.head == len(q.packets) {
		q.packets, q.head = q.packets[:0], 0
	}
	return out, true
}
