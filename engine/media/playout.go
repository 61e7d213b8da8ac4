package media

import (
	"sync"
	"time"

	"github.com/pion/rtp"
)

const (
	playoutSlots = 128  // packets that are held: 2.5 s
	playoutJump  = 500  // sequence numbers: beyond, the sender has started anew
	maxGap       = 10   // packets that are invented in a row before the gap is skipped: 200 ms
	maxExcess    = 500. // ms over the target that are not worked off but skipped
	// lossy is the share of lost packets from which on their successors, with the copies in them, are waited for, until nothing was lost
	// for so many packets: each change of the delay is heard a little.
	lossy, lossless = 0.02, 500

	blockTime = Block * 1000. / SampleRate // ms
	unknown   = -1e9
	settling  = 50 // blocks from the beginning to the first change of length: so much has to be seen of the network
)

// Playout plays one stream of Opus packets in time. It puts them in order, holds them as long as the network's jitter demands,
// rebuilds lost ones from the copies in their successors, invents what is gone, and stretches or shortens the sound by single pitch
// periods to follow the jitter and the sender's clock. While the sender pauses (discontinuous transmission) it plays comfort noise,
// whose length is whatever the delay needs. It is a [Source]; Push and Pull may run on different goroutines.
type Playout struct {
	mu       sync.Mutex
	dec      *OpusDecoder
	slots    [playoutSlots]voiceSlot
	held     int
	begun    bool // a packet came
	playing  bool // false: silent until as much as the target is there
	ssrc     uint32
	next     int64 // extended sequence number to play next
	floor    int64 // everything before it was played or given up
	high     int64 // newest
	highTS   uint32
	at       uint32 // RTP time after what was decoded last
	frame    int    // samples per packet
	rests    bool   // the newest packet says that the sender pauses
	quiet    bool   // ... the one that was decoded last
	spoke    bool   // ... but one packet has come since, which may be the first of many
	run      int    // packets since the last pause
	delay    delayModel
	level    float64 // ms, smoothed
	headroom float64 // see [Playout.measure]; ms, smoothed, and below 0 before the first
	now      func() time.Time
	pulled   time.Time // when the last block was taken
	lossRate float64   // share of lost packets, smoothed
	waits    int       // packets for which copies are still waited for
	spread   int       // packets from the newest to the oldest copy that comes with it
	since    int       // blocks since the last change of length
	dry      int       // samples invented because nothing was there, not settled yet: nobody knows yet whether it is a pause
	dryRuns  uint64
	ahead    int // samples of them that stand for packets which turn out to be lost
	fifo     queue
	stats    PlayoutStats
	concealT int64 // samples
}

type voiceSlot struct {
	seq    int64
	ts     uint32
	filled bool
	copied bool // from what a later packet carries
	data   []byte
}

// PlayoutStats are the figures of a received voice. Counts are packets unless said.
type PlayoutStats struct {
	Decoded       uint64
	Recovered     uint64 // rebuilt from the copy in the next packet
	Concealed     uint64 // lost and invented
	Skipped       uint64 // lost in a long gap, or thrown away because far too much waited
	Underruns     uint64 // half packets invented because nothing was there
	Late          uint64 // came after their time
	Duplicates    uint64
	Shortened     uint64        // periods cut out to catch up
	Stretched     uint64        // periods repeated to gain time
	Resets        uint64        // the sender started anew
	ConcealedTime time.Duration // of all invented sound; a sender that pauses does not count
	Target        time.Duration // delay aimed at
	Level         time.Duration // sound that waits, smoothed: the delay
}

// NewPlayout returns a silent playout; Close frees its decoder.
func NewPlayout() (*Playout, error) {
	dec, err := NewOpusDecoder()
	if err != nil {
		return nil, err
	}
	p := &Playout{dec: dec, frame: opusFrame, now: time.Now}
	p.delay.reset()
	return p, nil
}

// Push takes a packet that arrived at that time. Its payload is kept until it was played.
func (p *Playout) Push(packet *rtp.Packet, at time.Time) {
	if len(packet.Payload) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seq := p.high + int64(int16(packet.SequenceNumber-uint16(p.high)))
	if ahead := seq - p.high; !p.begun || packet.SSRC != p.ssrc || ahead > playoutJump || ahead < -playoutJump {
		seq = p.restart(packet)
	}
	p.delay.add(packet.Timestamp, at, p.frame)
	if p.settle(packet, seq) && p.held == 0 {
		p.anchor(packet.Timestamp)
	}
	if seq < p.next {
		if p.playing || seq < p.floor || p.high-seq >= playoutSlots {
			p.stats.Late++
			return
		}
		p.next = seq // not playing yet: it may still become the first
	}
	for seq-p.next >= playoutSlots { // nobody pulls
		p.skip()
	}
	s := &p.slots[seq%playoutSlots]
	if s.filled && s.seq == seq {
		if !s.copied {
			p.stats.Duplicates++
		}
		s.copied = false
		return
	}
	if !s.filled {
		p.held++
	}
	*s = voiceSlot{seq, packet.Timestamp, true, false, packet.Payload}
	if seq >= p.high {
		p.high, p.highTS, p.rests = seq, packet.Timestamp, silent(packet.Payload)
	}
}

// carries notes how far back the copies in a packet go. The first ones after a pause have less to carry than those that follow.
func (p *Playout) carries(newest *rtp.Packet, copies []rtp.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	spread := 0
	if len(copies) > 0 {
		spread = int(newest.Timestamp-copies[0].Timestamp) / p.frame
	}
	if spread > p.spread || p.run > copied[MaxRedundancy-1] {
		p.spread = spread
	}
}

// fill takes what a later packet carries of an earlier one, unless that is here or its time is over.
func (p *Playout) fill(c *rtp.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seq := p.high + int64(int16(c.SequenceNumber-uint16(p.high)))
	if len(c.Payload) == 0 || !p.begun || c.SSRC != p.ssrc || seq < p.next || seq > p.high || p.high-seq >= playoutSlots || p.has(seq) {
		return
	}
	if s := &p.slots[seq%playoutSlots]; !s.filled {
		*s = voiceSlot{seq, c.Timestamp, true, true, c.Payload}
		p.held++
	}
}

// restart forgets everything and begins with packet, whose extended number it returns.
func (p *Playout) restart(packet *rtp.Packet) int64 {
	if p.begun {
		p.stats.Resets++
		p.dec.reset()
	}
	p.slots = [playoutSlots]voiceSlot{}
	p.held, p.begun, p.playing, p.ssrc = 0, true, false, packet.SSRC
	p.next = int64(packet.SequenceNumber) + 1<<16
	p.floor = p.next - maxGap
	p.high, p.highTS = p.next, packet.Timestamp
	p.rests, p.quiet, p.spoke, p.run = false, false, false, 0
	p.fifo.n, p.dry, p.dryRuns, p.ahead, p.lossRate, p.waits, p.spread = 0, 0, 0, 0, 0, 0, 0
	p.delay.reset()
	return p.next
}

// Pull implements [Source]. It allocates nothing.
func (p *Playout) Pull(out []float32) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := false
	p.pulled = p.now()
	for len(out) > 0 {
		n := min(len(out), Block)
		if p.pull(out[:n]) {
			heard = true
		}
		out = out[n:]
	}
	return heard
}

func (p *Playout) pull(out []float32) bool {
	if p.dec.c == nil {
		clear(out)
		return false
	}
	waits := p.waiting()
	for p.held > 1 && waits > p.target()+maxExcess {
		p.skip()
		p.level, waits = p.waiting(), p.waiting()
	}
	if !p.playing {
		if p.held == 0 || p.early(p.slots[p.first()%playoutSlots].ts) < p.wanted() {
			clear(out)
			return false
		}
		p.playing, p.level, p.headroom, p.since = true, waits, unknown, -settling
		for !p.has(p.next) {
			p.drop()
		}
		p.at, p.quiet = p.slots[p.next%playoutSlots].ts, false
	}
	if !p.rests { // nothing is to follow soon, and that what waits becomes less means nothing
		p.level = 0.95*p.level + 0.05*waits
	}
	for p.fifo.n < len(out) {
		p.decodeNext()
		if !p.playing {
			clear(out)
			return false
		}
	}
	p.adapt(len(out))
	p.fifo.take(out)
	p.measure()
	return true
}

// early is how many ms ago what has that RTP time would have come, had it been as quick as the fastest.
func (p *Playout) early(ts uint32) float64 {
	return p.pulled.Sub(p.delay.late.due(ts)).Seconds() * 1000
}

// wanted is how early packets are to be here before they are needed, in ms, were they as quick as the fastest.
func (p *Playout) wanted() float64 { return p.target() - p.halves() }

// measure takes note of the headroom after a block was taken: how early the packet was needed that the end of the block is of. What waits
// says that only on average, because it depends on how the packets' times and those of the blocks lie.
func (p *Playout) measure() {
	if p.quiet || p.dry > 0 {
		return
	}
	now := p.early(p.at - uint32(p.frame*(1+p.fifo.n/p.frame)))
	switch {
	case p.headroom == unknown:
		p.headroom = now
	case now < p.headroom: // the least counts
		p.headroom += (now - p.headroom) / 4
	default:
		p.headroom += (now - p.headroom) / 128
	}
}

// target is the delay to aim at, in ms.
func (p *Playout) target() float64 {
	if p.waits > 0 {
		return p.delay.target + float64(max(p.spread, 1))*p.packetTime()
	}
	return p.delay.target
}

// halves are those of a packet and of the block that is taken next: so much more, or less, than on average waits when one has just come, or
// comes at once.
func (p *Playout) halves() float64 { return float64(p.frame+Block) * 500 / SampleRate }

// most is the headroom that is not shortened yet, in ms.
func (p *Playout) most() float64 {
	return p.wanted() + blockTime + max(p.target()/4-5, 2.5)
}

// packetTime is the length of a packet, in ms.
func (p *Playout) packetTime() float64 { return float64(p.frame) * 1000 / SampleRate }

// played notes whether a packet was there when it was needed.
func (p *Playout) played(there bool) {
	if there {
		p.lossRate -= p.lossRate / 64
		p.waits = max(p.waits-1, 0)
		return
	}
	if p.lossRate += (1 - p.lossRate) / 64; p.lossRate > lossy {
		p.waits = lossless
	}
}

// waiting is the sound that waits, in ms, with the pauses in it.
func (p *Playout) waiting() float64 {
	samples := p.fifo.n
	if p.held > 0 {
		from := p.at
		if !p.playing {
			from = p.slots[p.first()%playoutSlots].ts
		}
		samples += max(int(int32(p.highTS-from))+p.frame, 0)
	}
	return float64(samples) * 1000 / SampleRate
}

// first is the number of the oldest packet that waits. There is one.
func (p *Playout) first() int64 {
	first := p.next
	for !p.has(first) {
		first++
	}
	return first
}

func (p *Playout) has(seq int64) bool {
	s := &p.slots[seq%playoutSlots]
	return s.filled && s.seq == seq
}

// drop moves on to the next packet.
func (p *Playout) drop() {
	p.at += uint32(p.frame)
	if s := &p.slots[p.next%playoutSlots]; s.filled && s.seq == p.next {
		p.at = s.ts + uint32(p.frame)
		*s = voiceSlot{}
		p.held--
	}
	p.next++
	p.floor = p.next
}

func (p *Playout) skip() {
	p.drop()
	p.stats.Skipped++
}

// decodeNext adds the next packet's sound to the queue, or something in its place.
func (p *Playout) decodeNext() {
	room := p.fifo.room()
	if p.held > 0 {
		gap := p.first() - p.next
		for ; gap > maxGap; gap-- {
			p.skip()
		}
		if n := p.pause(gap); n > 0 {
			p.fifo.n += p.conceal(room[:n])
			p.at += uint32(n)
			return
		}
	}
	switch {
	case p.has(p.next):
		s := &p.slots[p.next%playoutSlots]
		there, mark := !s.copied, silent(s.data)
		n, err := p.dec.Decode(s.data, room[:opusMaxFrame])
		if err != nil { // not Opus: as good as lost
			n = p.conceal(room[:p.frame])
			p.stats.Concealed++
			p.concealT += int64(n)
		} else {
			p.frame = n
			p.quiet, p.spoke = mark || p.quiet && !p.spoke, !mark
			if there {
				p.stats.Decoded++
			} else {
				p.stats.Recovered++
			}
		}
		p.played(there && err == nil)
		p.drop()
		p.fifo.n += n
		p.ahead = 0
	case p.held > 0 && p.ahead >= p.frame: // it is lost, and something was invented in its time
		p.ahead -= p.frame
		p.stats.Concealed++
		p.played(false)
		p.drop()
	case p.held > 0: // later ones are here: this one is lost
		n, recovered := 0, false
		if p.has(p.next + 1) {
			following := p.slots[(p.next+1)%playoutSlots].data
			var err error
			n, err = p.dec.Recover(following, room[:p.frame])
			recovered = err == nil && carriesCopy(following)
		}
		if n == 0 {
			n = p.conceal(room[:p.frame])
		}
		if recovered {
			p.stats.Recovered++
		} else {
			p.stats.Concealed++
			p.concealT += int64(n)
		}
		p.played(false)
		p.drop()
		p.fifo.n += n
	case p.quiet && p.dry < maxPause*Block: // libopus goes on with the noise that it has heard
		n := p.conceal(room[:Block])
		p.dry += n
		p.dryRuns++
		p.at += uint32(n)
		p.fifo.n += n
	case p.dry >= maxGap*opusFrame: // a pause, or the end: wait for the target again
		p.playing = false
	default: // invent something without moving on; the delay grows
		n := p.conceal(room[:p.frame/2])
		p.dry += n
		p.dryRuns++
		p.fifo.n += n
	}
}

// conceal invents sound. It always fills all of pcm.
func (p *Playout) conceal(pcm []float32) int {
	if n, err := p.dec.Conceal(pcm); err != nil || n < len(pcm) {
		clear(pcm[max(n, 0):])
	}
	return len(pcm)
}

// adapt brings the headroom nearer to what is wanted by one period of sound.
func (p *Playout) adapt(need int) {
	const pauseBlocks = 3 // between two changes: 30 ms
	p.since++
	if p.since < pauseBlocks || p.dry > 0 || p.quiet || p.headroom == unknown {
		return
	}
	wanted := p.wanted()
	tooLittle := p.headroom < max(wanted-max(p.target()/4, 10), wanted/2)
	much := 0
	if !tooLittle { // what is left of a block helps nobody: the next packet is needed at once all the same
		much = (p.fifo.n - need) % Block
	}
	if p.headroom > p.most() {
		much += int((p.headroom-wanted)/blockTime) * Block
	}
	if much < minLag && !tooLittle {
		return
	}
	for p.fifo.n < lookahead && p.has(p.next) && p.fifo.n+opusMaxFrame <= len(p.fifo.buf) {
		p.decodeNext()
	}
	before := p.fifo.n
	switch {
	case tooLittle && p.fifo.lengthen() > 0:
		p.stats.Stretched++
	case !tooLittle && p.fifo.shorten(need, much) > 0:
		p.stats.Shortened++
	default:
		return
	}
	p.level += float64(p.fifo.n-before) * 1000 / SampleRate
	p.headroom += float64((p.fifo.n-need)/Block-(before-need)/Block) * blockTime
	p.since = 0
}

// Stats returns the figures of the moment.
func (p *Playout) Stats() PlayoutStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.ConcealedTime = time.Duration(p.concealT) * time.Second / SampleRate
	s.Target = time.Duration(p.target() * float64(time.Millisecond))
	if p.playing {
		s.Level = time.Duration(p.level * float64(time.Millisecond))
	}
	return s
}

// Close frees the decoder; Pull is silent from then on. It may be called again.
func (p *Playout) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dec.Close()
	p.slots = [playoutSlots]voiceSlot{}
	p.held, p.playing = 0, false
}

// carriesCopy reports whether an Opus packet carries a coarse copy of its predecessor: the LBRR flag of its first frame,
// RFC 6716 sections 3.1 and 4.2.3.
func carriesCopy(packet []byte) bool {
	if len(packet) < 2 {
		return false
	}
	config, code := packet[0]>>3, packet[0]&3
	if config >= 16 || code > 1 { // CELT has none; several frames of unequal length are not sent by anybody in calls
		return false
	}
	frames := 1
	if config < 12 { // SILK: 10, 20, 40, 60 ms, in frames of 20
		frames = max(1, int(config&3))
	}
	return packet[1]>>(7-frames)&1 == 1
}
