package media

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"
)

// EncodedFrame is one coded picture or one Opus packet. Data belongs to whoever gets it.
type EncodedFrame struct {
	Data          []byte
	At            time.Duration // media time since the start of the sender; goes on while nothing is sent
	Key           bool          // a key frame; always true for sound
	Width, Height int           // of a picture
}

// VideoSenderOptions say what is sent and how.
type VideoSenderOptions struct {
	Source       VideoSource        // closed by the sender, also when NewVideoSender fails
	Self         *Feed              // gets every picture of the source, before coding; may be nil
	Codec        VP8                // bit rate to begin with, camera or screen
	Out          func(EncodedFrame) // gets the frames, on the sender's goroutine; it should not block for long
	MaxWidth     int                // pixels; larger pictures are sent smaller. 0 means 1280, for a screen 1920 or with text 2560
	MaxHeight    int                // 0 means 720, for a screen 1080 or with text 1440
	MaxFrameRate int                // pictures/s; 0 means as the source gives them
	Paused       bool               // to begin with
}

// pathShare is how much more than a sender's bit rate its path takes at times: the rate leaves room for others.
const pathShare = 1.5

// VideoSendStats are the figures of a sent track.
type VideoSendStats struct {
	Codec         string
	Width, Height int    // as sent
	Frames        uint64 // sent
	KeyFrames     uint64
	FPS           float64       // of the last second
	Kbps          float64       // of the last second
	BitRate       int           // target, bit/s
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

	mu       sync.Mutex // guards the following; not held while reading, encoding or sending
	bps      int
	maxW     int
	maxH     int
	paused   bool
	frozen   bool
	gate     keyGate
	stats    VideoSendStats
	rate     rate
	encoding mean

	ladder *ladder // used by the goroutine only, from here on
	pacer  pacer
	still  still // of a screen
	other  canvas
	small  canvas
	enc    *vp8Encoder
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
		bps:     o.Codec.bitRate(),
		paused:  o.Paused,
		ladder:  newLadder(o.Codec),
		enc:     newVP8Encoder(o.Codec),
	}
	s.SetMaxSize(o.MaxWidth, o.MaxHeight)
	if o.Codec.Screen && o.Self != nil {
		o.Self.onLook(func() { s.looked.Store(true) })
	}
	go s.run(s.pump)
	return s, nil
}

// Label names the source for people.
func (s *VideoSender) Label() string { return s.o.Source.Label() }

// SetBitRate changes the target from the next picture on.
func (s *VideoSender) SetBitRate(bps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bps = min(max(bps, minVideoRate), maxVideoRate)
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

// ForceKeyFrame asks for a key frame: with the next picture, but not within 300 ms of the last one. Only while a large one is still
// on its way is it forgotten: receivers ask until they have one.
func (s *VideoSender) ForceKeyFrame() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.ask(time.Now())
}

// SetPaused stops and resumes the sending. The device stays open and Self goes on; sending resumes with a key frame.
func (s *VideoSender) SetPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused && !paused {
		s.gate.pending = true
	}
	s.paused = paused
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
	st.Codec, st.BitRate, st.EncodeTime = "VP8", s.bps, s.encoding.value
	st.FPS, st.Kbps = s.rate.perSecond(time.Now())
	return st
}

// pump works until the source ends.
func (s *VideoSender) pump() error {
	defer s.enc.close()
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

// picture shows, encodes and sends one picture of the source.
func (s *VideoSender) picture(img image.Image, now time.Time) error {
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
	if s.o.Self != nil && ycc != nil && (s.looked.Swap(false) || fresh) {
		s.o.Self.Push(ycc)
	}

	s.mu.Lock()
	s.stats.Captured++
	step := s.ladder.at(s.bps, now)
	fps := step.fps
	if limit := float64(s.o.MaxFrameRate); limit > 0 && (fps == 0 || fps > limit) {
		fps = limit
	}
	key := s.gate.open(now)
	send := !s.paused && !s.ended() && ycc != nil
	if send && !worth && !key {
		send = false
		s.stats.Still++
	}
	if send && !s.pacer.pass(now, fps) && !key {
		send = false
		s.stats.Dropped++
	}
	maxW, maxH, bps := s.maxW, s.maxH, s.bps
	s.mu.Unlock()
	if !send {
		return nil
	}
	if step.width > 0 {
		maxW, maxH = min(maxW, step.width), min(maxH, step.height)
	}

	ycc, err = s.shrink(ycc, maxW, maxH)
	if err != nil {
		return err
	}
	s.enc.bps = bps
	at := now.Sub(s.start)
	data, isKey, err := s.enc.encode(ycc, at, key)
	if err != nil {
		return err
	}
	end := time.Now()
	w, h := ycc.Rect.Dx(), ycc.Rect.Dy()

	s.mu.Lock()
	s.encoding.add(end.Sub(now))
	if data == nil {
		s.stats.Dropped++
	} else {
		s.stats.Width, s.stats.Height = w, h
		s.stats.Frames++
		s.rate.add(now, 1, len(data))
		s.still.coded(s.enc.quantizer(), now)
	}
	if isKey {
		s.stats.KeyFrames++
		s.gate.made(now, time.Duration(float64(len(data))*8/(pathShare*float64(bps))*float64(time.Second)))
	}
	send = data != nil && !s.paused && !s.ended()
	s.mu.Unlock()
	if send {
		s.o.Out(EncodedFrame{Data: data, At: at, Key: isKey, Width: w, Height: h})
	}
	return nil
}

// shrink makes img fit into the box, keeping its shape.
func (s *VideoSender) shrink(img *image.YCbCr, maxW, maxH int) (*image.YCbCr, error) {
	src, err := planesOf(img)
	if err != nil {
		return nil, err
	}
	if src.w <= maxW && src.h <= maxH {
		return img, nil
	}
	w, h := fitInside(src.w, src.h, maxW, maxH)
	scale(s.small.sized(w, h), src)
	return s.small.img, nil
}
