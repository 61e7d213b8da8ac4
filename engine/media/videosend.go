package media

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"
)

// EncodedFrame is one coded picture or one Opus packet.
type EncodedFrame struct {
	Data          []byte        // of a picture only valid until Out returns
	At            time.Duration // media time since the start of the sender; goes on while nothing is sent
	Key           bool          // a key frame; always true for sound
	Width, Height int           // of a picture
	Layer         uint8         // see [VideoSender.SetLayers]
	Spare         bool          // no later one is made of it: see [VideoSender.SetSpares]
}

// VideoSenderOptions say what is sent and how.
type VideoSenderOptions struct {
	Source       VideoSource        // closed by the sender, also when NewVideoSender fails
	Self         *Feed              // gets every picture of the source, before coding; may be nil
	Codec        Video              // bit rate to begin with, camera or screen
	Card         *Card              // codes large pictures of a camera if it can; nil: the processor codes all
	Out          func(EncodedFrame) // gets the frames, one at a time and in order; it should not block for long
	MaxWidth     int                // pixels; larger pictures are sent smaller. 0 means 1280, for a screen 1920 or with text 2560
	MaxHeight    int                // 0 means 720, for a screen 1080 or with text 1440
	MaxFrameRate int                // pictures/s; 0 means as the source gives them
	Paused       bool               // to begin with
	Warm         bool               // a key frame is at hand in the first minutes of a pause, with which sending resumes at once: see openingAge
}

// openingAge is how old the key frame becomes with which a warm sender resumes. Waiting for the next picture, opening the encoder and coding
// would take 50 ms, and twice that on a busy machine. It takes 40 MB at 1280×720 and a twentieth of a processor.
const openingAge = 250 * time.Millisecond

// warmTime is how long a pause is kept warm: longer than calls ring. Who is alone in a call for hours need not pay for it.
const warmTime = 2 * time.Minute

// BaseShare is how much of a bit rate is left without the spare frames; see [VideoSender.SetSpares].
const BaseShare = 0.65

// pathShare is how much more than a sender's bit rate its path takes at times: the rate leaves room for others.
const pathShare = 1.5

// VideoSendStats are the figures of a sent track.
type VideoSendStats struct {
	Codec         string
	Width, Height int    // as sent, of the largest layer
	Frames        uint64 // sent, in all layers
	KeyFrames     uint64
	FPS           float64       // of the last second, of the largest layer
	Kbps          float64       // of the last second, of all layers
	BitRate       int           // target of the largest layer, bit/s
	Encoders      int           // one for each layer that is sent, to however many
	Card          bool          // the graphics card coded the last picture of the largest layer
	EncodeTime    time.Duration // running average, scaling included
	Dropped       uint64        // pictures that the rate control or the frame rate left out
	Captured      uint64        // pictures of the source
	Still         uint64        // pictures of a screen that were not worth sending: nothing had changed
}

// VideoSender shows, encodes and sends the pictures of one source on a goroutine of its own. Size and frame rate follow the bit
// rate. A screen on which nothing changes costs next to nothing. All methods may be called from any goroutine.
type VideoSender struct {
	capture
	o     VideoSenderOptions
	start time.Time

	sending sync.Mutex // held while Out is called, and taken before mu

	mu       sync.Mutex // guards the following; not held while reading, encoding or sending
	lanes    [Layers]lane
	maxW     int
	maxH     int
	paused   bool
	pausedAt time.Time
	frozen   bool
	opening  EncodedFrame // a key frame that was coded during the pause, and is the last that was; without data there is none
	prepared time.Time    // when it was
	stats    VideoSendStats
	rate     rate
	encoding mean

	due    []*lane // used by the goroutine only, from here on
	still  still   // of a screen
	other  canvas
	looked atomic.Bool // somebody begins to look at Self
}

// NewVideoSender starts to read the source. The sender ends by [VideoSender.Close] or when the device is lost.
func NewVideoSender(o VideoSenderOptions) (*VideoSender, error) {
	if o.Source == nil {
		return nil, errors.New("media: a video sender needs a source")
	}
	if o.Out == nil {
		return nil, errors.Join(errors.New("media: a video sender needs an output"), o.Source.Close())
	}
	s := &VideoSender{
		capture: capture{source: o.Source, done: make(chan struct{})},
		o:       o,
		start:   time.Now(),
		paused:  o.Paused,
	}
	s.pausedAt = s.start
	for i := range s.lanes {
		s.lanes[i] = newLane(uint8(i), o.Codec)
		s.lanes[i].enc.card = o.Card
	}
	s.lanes[0].bps = o.Codec.bitRate()
	s.SetMaxSize(o.MaxWidth, o.MaxHeight)
	if o.Codec.Screen && o.Self != nil {
		o.Self.onLook(func() { s.looked.Store(true) })
	}
	go s.run(s.pump)
	return s, nil
}

// Redirect lets a paused sender go on for somebody else, who wants it warm: what Self and Out of the options are for.
func (s *VideoSender) Redirect(self *Feed, out func(EncodedFrame)) {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Self, s.o.Out, s.o.Warm = self, out, true
}

// Label names the source for people.
func (s *VideoSender) Label() string { return s.o.Source.Label() }

// SetBitRate changes the target from the next picture on. There is one layer then.
func (s *VideoSender) SetBitRate(bps int) { s.SetLayers([Layers]int{max(bps, minVideoRate)}) }

// SetLayers sends the pictures in several sizes, each with a bit rate of its own: as they are, and in boxes of 640×360 and 320×180. A
// layer with the rate 0 is not coded. One that comes begins with a key frame.
func (s *VideoSender) SetLayers(rates [Layers]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, bps := range rates {
		l := &s.lanes[i]
		if bps > 0 {
			bps = min(max(bps, minVideoRate), maxVideoRate)
			l.gate.pending = l.gate.pending || l.bps == 0
		}
		l.bps = bps
	}
}

// SetSpares says in which layers of VP8 every second frame is one that no other needs, so that a thin path can be spared it: temporal
// scalability in two layers. The rest takes [BaseShare] of the bit rate.
func (s *VideoSender) SetSpares(on [Layers]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.lanes {
		s.lanes[i].thins = on[i]
	}
}

// SetMaxSize changes the largest size of sent pictures, in pixels; 0 means the default.
func (s *VideoSender) SetMaxSize(width, height int) {
	normal := image.Pt(1280, 720)
	switch codec := s.o.Codec; {
	case codec.Screen && codec.Motion:
		normal = image.Pt(1920, 1080)
	case codec.Screen:
		normal = image.Pt(2560, 1440)
	}
	if width <= 0 {
		width = normal.X
	}
	if height <= 0 {
		height = normal.Y
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxW, s.maxH = min(width, maxPicture), min(height, maxPicture)
}

// ForceKeyFrame asks for a key frame of a layer: with the next picture, but not within 300 ms of the last one. Only while a large one is
// still on its way is it forgotten: receivers ask until they have one.
func (s *VideoSender) ForceKeyFrame(layer uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if layer < Layers {
		s.lanes[layer].gate.ask(time.Now())
	}
}

// SetPaused stops and resumes the sending. The device stays open and Self goes on; sending resumes with a key frame.
func (s *VideoSender) SetPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused == paused {
		return
	}
	s.paused, s.pausedAt = paused, time.Now()
	if paused {
		s.opening.Data = nil
		return
	}
	for i := range s.lanes {
		s.lanes[i].gate.pending = true
	}
	l := &s.lanes[s.opening.Layer]
	if len(s.opening.Data) == 0 || l.bps == 0 {
		s.opening.Data = nil
		return
	}
	now := time.Now()
	s.opening.At = now.Sub(s.start)
	s.count(l, &s.opening, now)
	go func() { // the caller may hold what Out needs, and the goroutine of the sender waits for the camera
		s.sending.Lock()
		defer s.sending.Unlock()
		s.open()
	}()
}

// open sends the key frame with which sending resumes, unless that has been done. s.sending is held.
func (s *VideoSender) open() {
	s.mu.Lock()
	f := s.opening
	send := len(f.Data) > 0 && !s.paused && !s.ended()
	if send {
		s.opening.Data = nil
	}
	s.mu.Unlock()
	if send {
		s.o.Out(f)
	}
}

// Close ends the sender, closes the source, and waits until nothing is sent any more. It may be called again, but not from Out.
func (s *VideoSender) Close() {
	s.capture.Close()
	s.sending.Lock() // what is being sent by open is out then, and nothing follows
	defer s.sending.Unlock()
}

// Freeze keeps what is seen of a screen as it is, or lets it go on. Nothing that is captured meanwhile leaves the sender, but who
// comes later is still sent the picture.
func (s *VideoSender) Freeze(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = on
}

// Stats returns the figures of the moment.
func (s *VideoSender) Stats() VideoSendStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Codec, st.EncodeTime = s.o.Codec.Format.String(), s.encoding.value
	for i := range s.lanes {
		if l := &s.lanes[i]; l.bps > 0 {
			st.BitRate = max(st.BitRate, l.bps)
			st.Encoders++
		}
	}
	st.FPS, st.Kbps = s.rate.perSecond(time.Now())
	return st
}

// pump works until the source ends.
func (s *VideoSender) pump() error {
	defer func() {
		for i := range s.lanes {
			s.lanes[i].enc.close()
		}
	}()
	for {
		img, release, err := s.o.Source.Read()
		if err != nil {
			kind := CameraDevice
			if s.o.Codec.Screen {
				kind = ScreenDevice
			}
			return lost(kind, s.o.Source.Label(), err)
		}
		err = s.picture(img, time.Now())
		release()
		if err != nil {
			return err
		}
	}
}

// warm reports whether a key frame is to be at hand. s.mu is held.
func (s *VideoSender) warm(now time.Time) bool {
	return s.paused && s.o.Warm && now.Sub(s.pausedAt) < warmTime
}

// idle reports whether nobody needs the pictures of the source at the moment: neither here nor there. Its encoders are closed then, for
// they are large. It counts the picture.
func (s *VideoSender) idle(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Captured++
	sleeps := s.paused && !s.warm(now)
	idle := s.o.Self == nil || !s.o.Self.Watched()
	for i := range s.lanes {
		l := &s.lanes[i]
		if l.bps == 0 || sleeps {
			l.enc.close() // the next one comes when it is wanted
			if s.opening.Layer == l.layer {
				s.opening.Data = nil // nothing would follow on it
			}
			continue
		}
		idle = false
	}
	return idle
}

// picture shows, encodes and sends one picture of the source.
func (s *VideoSender) picture(img image.Image, now time.Time) error {
	if s.idle(now) {
		return nil
	}
	ycc, err := to420(&s.other, img)
	if err != nil {
		return fmt.Errorf("%s: %w", s.o.Source.Label(), err)
	}
	fresh, worth := true, true
	if s.o.Codec.Screen {
		s.mu.Lock()
		frozen := s.frozen
		s.mu.Unlock()
		if ycc, fresh, worth, err = s.still.look(ycc, frozen, now); err != nil {
			return fmt.Errorf("%s: %w", s.o.Source.Label(), err)
		}
	}
	s.mu.Lock()
	self := s.o.Self
	s.mu.Unlock()
	if self != nil && ycc != nil && (s.looked.Swap(false) || fresh) {
		self.Push(ycc)
	}

	s.mu.Lock()
	s.due = s.due[:0]
	for i := range s.lanes {
		l := &s.lanes[i]
		switch {
		case l.bps == 0:
		case s.plan(l, now, ycc != nil, worth):
			l.first = len(s.due) == 0
			s.due = append(s.due, l)
		case s.warm(now) && ycc != nil && len(s.due) == 0 && now.Sub(s.prepared) >= openingAge:
			s.prepared, l.key, l.first = now, true, true
			s.due = append(s.due, l)
		}
	}
	s.mu.Unlock()
	for _, l := range s.due {
		if err := s.code(l, ycc, now); err != nil {
			return err
		}
	}
	return nil
}

// plan decides whether a picture is sent in a layer, and how. s.mu is held.
func (s *VideoSender) plan(l *lane, now time.Time, there, worth bool) bool {
	step := l.ladder.at(l.bps, now)
	fps := step.fps
	if limit := float64(s.o.MaxFrameRate); limit > 0 && (fps == 0 || fps > limit) {
		fps = limit
	}
	key := l.gate.open(now)
	send := there && !s.paused && !s.ended()
	if send && !worth && !key {
		send = false
		s.stats.Still++
	}
	if send && !l.pacer.pass(now, fps) && !key {
		send = false
		s.stats.Dropped++
	}
	l.key = key
	l.most = image.Pt(min(s.maxW, l.box.X), min(s.maxH, l.box.Y))
	if step.width > 0 {
		l.most = image.Pt(min(l.most.X, step.width), min(l.most.Y, step.height))
	}
	l.enc.bps = l.bps
	l.enc.spare = l.thins && !l.spared
	return send
}

// code encodes and sends a picture in a layer.
func (s *VideoSender) code(l *lane, img *image.YCbCr, now time.Time) error {
	begin := time.Now()
	small, err := l.shrink(img)
	if err != nil {
		return err
	}
	at := now.Sub(s.start)
	data, isKey, err := l.enc.encode(small, at, l.key)
	if err != nil {
		return err
	}
	if data != nil {
		l.spared = l.enc.spare && !isKey
	}
	end := time.Now()
	w, h := small.Rect.Dx(), small.Rect.Dy()

	f := EncodedFrame{Data: data, At: at, Key: isKey, Width: w, Height: h, Layer: l.layer, Spare: l.spared}
	s.mu.Lock()
	s.encoding.add(end.Sub(begin))
	l.card = l.enc.onCard.coded
	if s.paused {
		if s.warm(now) && isKey {
			s.opening.Data = append(s.opening.Data[:0], data...)
			f.Data = s.opening.Data
			s.opening = f
		}
		s.mu.Unlock()
		return nil
	}
	if data == nil {
		s.stats.Dropped++
	} else {
		s.count(l, &f, now)
		s.still.coded(l.enc.quantizer(), now)
	}
	s.mu.Unlock()
	if data == nil {
		return nil
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	s.open()
	if !s.ended() {
		s.o.Out(f)
	}
	return nil
}

// count notes a frame that is sent, and dates it after the one before: the picture of the first one after an opening may be older than
// that was sent. s.mu is held.
func (s *VideoSender) count(l *lane, f *EncodedFrame, now time.Time) {
	f.At = max(f.At, l.at+time.Millisecond)
	l.at = f.At
	s.stats.Frames++
	pictures := 0
	if l.first {
		pictures, s.stats.Width, s.stats.Height = 1, f.Width, f.Height
		s.stats.Card = l.card
	}
	s.rate.add(now, pictures, len(f.Data))
	if f.Key {
		s.stats.KeyFrames++
		l.gate.made(now, time.Duration(float64(len(f.Data))*8/(pathShare*float64(l.enc.bps))*float64(time.Second)))
	}
}
