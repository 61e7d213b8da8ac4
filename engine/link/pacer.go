package link

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// Figures of the pacer.
const (
	pacerQueue = 512                  // packets; a second of 5 Mbit/s
	pacerBurst = 12 << 10             // bytes that may leave at once: an ordinary picture is not held back
	pacerTick  = 5 * time.Millisecond // how often a waiting queue is looked at
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
// packets for transport-wide feedback when they leave, so that neither its order nor its drops look like the network's. It
// implements gcc.Pacer.
type pacer struct {
	target atomic.Int64 // bit/s, as congestion control says
	floor  atomic.Int64 // bit/s, as [pathRate] says
	wake   chan struct{}
	end    chan struct{} // closed by Close
	done   chan struct{} // closed when the goroutine has ended

	mu       sync.Mutex
	closed   bool
	streams  map[uint32]*pacedStream // by SSRC, also that of their retransmissions (RFC 4588)
	screens  map[uint32]bool         // SSRCs
	urgent   packetQueue             // sound
	pictures [len(lanes)]lane
}

// lane is a queue of pictures.
type lane struct {
	packetQueue
	allowance float64 // bytes that may leave now
}

type pacedStream struct {
	ssrc         uint32
	lane         int
	extension    uint8 // ID of the transport-wide sequence number; 0 if not negotiated
	writer       interceptor.RTPWriter
	resent       uint64 // retransmissions
	resentNumber uint16 // sequence number of the next one
	dropped      uint64 // packets that found the queue full
}

type queuedPacket struct {
	header  rtp.Header
	payload *[]byte
	stream  *pacedStream
	at      time.Time
}

func (q *queuedPacket) size() int { return q.header.MarshalSize() + len(*q.payload) }

var payloadPool = sync.Pool{New: func() any { b := make([]byte, 0, receiveSize); return &b }}

func newPacer(bitrate int) *pacer {
	p := &pacer{
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

// describe makes a stream known, before AddStream.
func (p *pacer) describe(info *interceptor.StreamInfo) {
	s := &pacedStream{ssrc: info.SSRC}
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
	if info.SSRCRetransmission != 0 {
		p.streams[info.SSRCRetransmission] = s
	}
}

// AddStream registers what writes the packets of a stream.
func (p *pacer) AddStream(ssrc uint32, w interceptor.RTPWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.streams[ssrc]; s != nil {
		s.writer = w
	}
}

// SetTargetBitrate sets the rate of the stream, in bit/s.
func (p *pacer) SetTargetBitrate(bps int) { p.target.Store(int64(bps)) }

// setFloor sets the rate that holds even if the target is lower, in bit/s.
func (p *pacer) setFloor(bps int) { p.floor.Store(int64(bps)) }

// Write queues a packet. It never blocks; when the queue is full or the stream unknown the packet is dropped.
func (p *pacer) Write(header *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	size := header.MarshalSize() + len(payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	stream := p.streams[header.SSRC]
	if stream == nil || stream.writer == nil {
		return size, nil
	}
	queue := &p.pictures[stream.lane].packetQueue
	switch {
	case header.PayloadType == payloadOpus:
		queue = &p.urgent
	case header.SSRC != stream.ssrc: // who asked for it again waits already
		queue = &p.pictures[cameraLane].packetQueue
	}
	if queue.len() >= pacerQueue {
		stream.dropped++
		return size, nil
	}
	b := payloadPool.Get().(*[]byte)
	*b = append((*b)[:0], payload...)
	q := queuedPacket{header: header.Clone(), payload: b, stream: stream, at: time.Now()}
	if header.SSRC != stream.ssrc {
		// Pion gives a packet the same number each time it is sent again, which SRTP forbids (RFC 3711 section 9.1): the key
		// stream would be used twice, and the receiver's replay window would drop it.
		q.header.SequenceNumber = stream.resentNumber
		stream.resentNumber++
		stream.resent++
	}
	queue.push(q)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return size, nil
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
	ticking := false
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
			q, ok := p.take(now)
			if !ok {
				break
			}
			if id := q.stream.extension; id != 0 {
				_ = q.header.SetExtension(id, []byte{byte(number >> 8), byte(number)})
				number++
			}
			// An error is a path that is not there at the moment; the packet is lost like any other.
			_, _ = q.stream.writer.Write(&q.header, *q.payload, nil)
			payloadPool.Put(q.payload)
		}
		switch waiting := p.waiting(); {
		case waiting && !ticking:
			tick.Reset(pacerTick)
			ticking = true
		case !waiting && ticking:
			tick.Stop()
			ticking = false
		}
	}
}

// allow lets more pictures leave, as time has passed.
func (p *pacer) allow(now time.Time, passed time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	target := float64(max(p.target.Load(), p.floor.Load())) / 8 // bytes/s
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

// take returns the next packet that may leave. What a lane sends is taken from the more patient ones too.
func (p *pacer) take(now time.Time) (queuedPacket, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q, ok := p.urgent.pop(); ok {
		return q, true
	}
	for i := range p.pictures {
		l := &p.pictures[i]
		if oldest, ok := l.front(); ok && (l.allowance > 0 || now.Sub(oldest.at) >= lanes[i].delay) {
			q, _ := l.pop()
			for k := i; k < len(p.pictures); k++ {
				p.pictures[k].allowance = max(p.pictures[k].allowance-float64(q.size()), -pacerBurst)
			}
			return q, true
		}
	}
	return queuedPacket{}, false
}

func (p *pacer) waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.pictures {
		if p.pictures[i].len() > 0 {
			return true
		}
	}
	return p.urgent.len() > 0
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
