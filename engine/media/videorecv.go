package media

import (
	"image"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// videoQueue bounds the packets that wait for the decoder: about two key frames of 1080p.
const videoQueue = 512

// What becomes of pictures that have waited for the decoder, because the machine is too slow for all that it gets. Those that are a little
// late are decoded, for the next ones build on them, but not shown. When that does not help, everything is left out up to a key frame:
// the delay never grows.
const (
	lateShow   = 150 * time.Millisecond
	lateDecode = 700 * time.Millisecond
)

// LookAway is how long pictures are still wanted when nobody looks any more, and after the first one if nobody has yet. Windows come and go:
// who leafs through the pages of a large call, or puts it away for a moment, is back by then, and pays no key frame for each look.
const LookAway = 3 * time.Second

// VideoReceiverOptions say where the pictures of a track go.
type VideoReceiverOptions struct {
	Format Format // as the sender codes
	Feed   *Feed  // gets every picture, and nothing is decoded when nobody has looked at it for [LookAway]; nil decodes for the statistics only
	Screen bool   // the pictures are of a display: standing still is no freeze
	// WantKeyFrame asks the sender for a key frame: at most every 300 ms, and again each 500 ms until one came or the sender
	// falls silent. It is called on the receiver's goroutine and must not block. nil asks nobody.
	WantKeyFrame func()
	// OnFirst is called after the first picture, and after the first one that follows a pause. It must not block. May be nil.
	OnFirst func()
	// OnLook is called, on any goroutine, when somebody begins to look at Feed, or looks in another size. It must not block. May be nil.
	OnLook func()
}

// VideoRecvStats are the figures of a received track.
type VideoRecvStats struct {
	Codec         string
	Width, Height int
	Frames        uint64 // decoded
	KeyFrames     uint64
	FPS           float64       // of the last second
	Kbps          float64       // of the last second, payload
	Freezes       uint64        // as freezeCount of W3C webrtc-stats
	FreezeTime    time.Duration // as totalFreezesDuration
	DecodeTime    time.Duration // running average
	Dropped       uint64        // frames that could not be decoded or shown; one that the next took the place of at once is none
	PacketsLost   uint64        // given up; PacketsLate came after that
	PacketsLate   uint64
	Duplicates    uint64
	QueueDrops    uint64        // packets that found the queue full, or waited in it for too long: the machine is too slow
	LastFrame     time.Time     // when the last picture was decoded; zero before the first
	Delay         time.Duration // how much later than the fastest ones come pictures are shown, so that they are shown evenly
}

// VideoReceiver turns the RTP packets of one track into pictures on a goroutine of its own.
type VideoReceiver struct {
	o  VideoReceiverOptions
	in chan arrival

	looked chan struct{} // somebody begins to look

	stop chan struct{}
	once sync.Once
	done chan struct{}

	trip atomic.Int64 // round trip to the sender, in ns; 0: not known

	mu        sync.Mutex // guards the following
	stats     VideoRecvStats
	freezes   freezes
	decode    mean
	rate      rate
	paused    bool
	overrun   bool          // packets have not got here
	hadFirst  bool          // since the start or the last pause
	discarded uint64        // by the assembler
	dec       *VideoDecoder // used by the goroutine only, from here on
	asm       assembler
	wish      keyWish
	evenly    evenly
	last      *image.YCbCr  // what is shown, valid until the next picture; nil before the first
	watched   time.Time     // when somebody looked last
	blind     bool          // nobody did for so long that packets are left out; the decoder has no pictures then
	lag       time.Duration // how long the last packet has waited for the decoder
	hopeless  bool          // so long that packets are left out
}

type arrival struct {
	packet *rtp.Packet
	at     time.Time
}

// NewVideoReceiver starts a receiver. Close ends it.
func NewVideoReceiver(o VideoReceiverOptions) (*VideoReceiver, error) {
	dec, err := NewVideoDecoder(o.Format)
	if err != nil {
		return nil, err
	}
	r := &VideoReceiver{o: o, in: make(chan arrival, videoQueue), stop: make(chan struct{}), done: make(chan struct{}), dec: dec, asm: assembler{format: o.Format},
		looked: make(chan struct{}, 1), evenly: newEvenly()}
	if o.Feed != nil {
		o.Feed.onLook(func() {
			select {
			case r.looked <- struct{}{}:
			default:
			}
			if o.OnLook != nil {
				o.OnLook()
			}
		})
	}
	go r.run()
	return r, nil
}

// Push takes a packet that arrived at that time; it belongs to the receiver. Push never blocks: when the decoder is hopelessly
// behind, the packet is dropped and counted, and a key frame asked for.
func (r *VideoReceiver) Push(p *rtp.Packet, at time.Time) {
	select {
	case <-r.stop:
	case r.in <- arrival{p, at}:
	default:
		r.mu.Lock()
		r.stats.QueueDrops++
		r.overrun = true
		r.mu.Unlock()
	}
}

// SetRoundTrip tells how far away the sender is: so far do repairs come from.
func (r *VideoReceiver) SetRoundTrip(d time.Duration) {
	r.trip.Store(int64(min(max(d, 0), repairMost)))
}

// SetPaused tells that the sender stopped on purpose, or goes on: the time until the next picture is no freeze then.
func (r *VideoReceiver) SetPaused(paused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = paused
	if paused {
		r.freezes.excused, r.hadFirst = true, false
	}
}

// Resume tells that packets were kept from the receiver for a while: the time until the next picture is no freeze, and with the next
// packet it asks for a key frame.
func (r *VideoReceiver) Resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.overrun, r.freezes.excused = true, true
}

// Begun reports whether a picture has come since the start, or since the sender's last pause.
func (r *VideoReceiver) Begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hadFirst
}

// Stats returns the figures of the moment.
func (r *VideoReceiver) Stats() VideoRecvStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Codec = r.o.Format.String()
	s.FPS, s.Kbps = r.rate.perSecond(time.Now())
	s.Freezes, s.FreezeTime = r.freezes.count, r.freezes.total
	s.DecodeTime = r.decode.value
	s.Dropped += r.discarded
	s.LastFrame = r.freezes.last
	return s
}

// Close ends the receiver and waits for its goroutine. It may be called again.
func (r *VideoReceiver) Close() {
	r.once.Do(func() { close(r.stop) })
	<-r.done
}

func (r *VideoReceiver) run() {
	defer close(r.done)
	defer r.dec.Close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-r.stop:
			return
		case a := <-r.in:
			r.packet(a)
		case <-r.looked:
			r.look()
		case <-timer.C:
			r.unwatched(time.Now())
		}
		r.show()
		ask, wait := r.wish.due(time.Now())
		if ask && r.o.WantKeyFrame != nil {
			r.o.WantKeyFrame()
		}
		if wait == 0 {
			wait = time.Hour
		}
		if due, waits := r.evenly.next(); waits {
			wait = min(wait, max(time.Until(due), 0))
		}
		if !r.blind && r.last != nil { // nothing may come any more because nobody looks
			wait = min(wait, max(time.Until(r.watched.Add(LookAway)), 0)+time.Millisecond)
		}
		timer.Reset(wait)
	}
}

// show decodes and shows the pictures that are due.
func (r *VideoReceiver) show() {
	for {
		f, unseen, ok := r.evenly.take(time.Now())
		if !ok {
			return
		}
		r.picture(f, unseen)
		r.evenly.give(f)
	}
}

func (r *VideoReceiver) packet(a arrival) {
	now := time.Now()
	r.wish.heard = now
	r.mu.Lock()
	if r.overrun { // what fell out leaves a gap that nothing repairs
		r.overrun = false
		r.wish.want()
	}
	r.rate.add(now, 0, len(a.packet.Payload))
	r.mu.Unlock()
	switch r.lag = now.Sub(a.at); {
	case r.lag > lateDecode, r.hopeless && r.lag > lateShow:
		r.hopeless = true
		r.mu.Lock()
		r.stats.QueueDrops++
		r.mu.Unlock()
		return
	case r.hopeless:
		r.hopeless = false
		r.asm.begun = false // it goes on from here
		r.wish.want()
	}
	if r.unwatched(now) {
		return
	}

	r.asm.patience = repairTrips * time.Duration(r.trip.Load())
	r.asm.push(a.packet, a.at)
	for {
		f, ok := r.asm.pop(a.at)
		if !ok {
			break
		}
		if f.key {
			r.wish.satisfied()
			r.asm.wanted = false
		}
		r.evenly.add(f, a.at, r.o.Screen)
	}
	if r.asm.wanted {
		r.asm.wanted = false
		r.wish.want()
	}
	r.mu.Lock()
	r.stats.PacketsLost, r.stats.PacketsLate, r.stats.Duplicates = r.asm.lost, r.asm.late, r.asm.duplicates
	r.discarded, r.stats.Delay = r.asm.discarded, r.evenly.target
	r.mu.Unlock()
}

// unwatched reports whether nobody has looked for a while. Until the first picture has come somebody is expected to.
func (r *VideoReceiver) unwatched(now time.Time) bool {
	if r.o.Feed == nil {
		return false
	}
	if r.o.Feed.Watched() || !r.Begun() {
		r.watched = now
	}
	if away := now.Sub(r.watched) > LookAway; away != r.blind {
		r.turn(away)
	}
	return r.blind
}

// turn begins or ceases to leave packets out.
func (r *VideoReceiver) turn(blind bool) {
	r.blind = blind
	if !blind {
		return
	}
	r.wish.satisfied()
	r.evenly.clear()
	r.asm.begun = false // it goes on with what comes then
	r.last = nil
	_ = r.dec.renew() // its pictures are large; one that cannot be opened again says so with the next
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freezes.excused = true
}

// look shows the last picture to somebody who begins to look: there may be no other for a while, and the first one of a call may come before
// the window is ready for it. Of a sender who went on meanwhile a whole one is asked for.
func (r *VideoReceiver) look() {
	now := time.Now()
	was := r.blind
	switch r.unwatched(now); {
	case was && !r.blind && now.Sub(r.wish.heard) < fallenSilent:
		r.wish.want()
	case r.last != nil:
		r.o.Feed.Push(r.last)
	}
}

// picture decodes one frame, and shows it unless it is unseen.
func (r *VideoReceiver) picture(f assembled, unseen bool) {
	begin := time.Now()
	r.last = nil
	img, err := r.dec.Decode(f.data)
	now := time.Now()
	if err != nil {
		r.asm.needKey = true
		r.evenly.skip()
		r.wish.want()
		r.mu.Lock()
		r.stats.Dropped++
		r.mu.Unlock()
		return
	}
	r.mu.Lock()
	r.decode.add(now.Sub(begin))
	r.stats.Frames++
	if f.key {
		r.stats.KeyFrames++
	}
	r.rate.add(now, 1, 0)
	behind := img == nil || r.lag > lateShow && len(r.in) > 0
	switch {
	case behind:
		r.stats.Dropped++
	case !unseen:
		r.freezes.excused = r.freezes.excused || r.paused || r.o.Screen
		r.freezes.shown(now)
		r.stats.Width, r.stats.Height = img.Rect.Dx(), img.Rect.Dy()
	}
	r.mu.Unlock()
	if behind || unseen {
		return
	}
	if r.o.Feed != nil {
		r.o.Feed.Push(img)
	}
	r.last = img
	r.mu.Lock()
	first := !r.hadFirst && !r.paused
	r.hadFirst = !r.paused
	r.mu.Unlock()
	if first && r.o.OnFirst != nil {
		r.o.OnFirst()
	}
}
