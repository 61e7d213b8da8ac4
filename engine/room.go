package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

const (
	maxEarly       = 64     // messages kept for a member who is not known yet: one offer and its candidates
	voiceBitRate   = 32_000 // bit/s
	voiceBudget    = 45_000 // bit/s of a path that belong to sound, with headers
	minCameraRate  = 100_000
	maxCameraRate  = 1_500_000
	startRate      = 800_000
	roomQueue      = 512
	turnPatience   = 2 * time.Second
	inspectionTime = time.Second
	videoClock     = 90_000 // Hz, RFC 7741
)

// room is the media of one call: the devices of ours that it has open, the link to the members, and what comes from them.
//
// One goroutine takes commands in order; the devices are kept by a [keeper] each; the link delivers packets from its readers
// straight into the jitter buffers and decoders, which have goroutines of their own.
type room struct {
	call    CallID
	session link.Session
	host    *host
	log     *slog.Logger
	born    time.Time

	ctx      context.Context
	cancel   context.CancelFunc
	commands chan func()
	done     chan struct{}

	microphone, camera *keeper
	voice              atomic.Pointer[media.VoiceSender]
	picture            atomic.Pointer[media.VideoSender]
	rate               atomic.Int64 // for the camera, bit/s
	self               media.Feed

	mu      sync.RWMutex
	muted   bool
	remotes map[link.MemberID]*remote
	feeds   map[UserID]*media.Feed
	early   map[link.MemberID][]link.Message // owned by the goroutine
}

// host is what a room needs of the client.
type host struct {
	me      UserID
	devices Devices
	voice   *outlet
	choice  func() DeviceChoice
	video   media.VideoFormat
	turn    func(ctx context.Context, call CallID) []link.ICEServer
	send    func(to UserID, m signal.PeerMessage) error
	device  DeviceID
	local   bool // the switchboard is on this machine: loopback candidates make sense
	post    func(input)
	log     *slog.Logger
}

// remote is one member as we hear and see him.
type remote struct {
	user    UserID
	playout *media.Playout
	input   *media.Input
	video   *media.VideoReceiver
	tally   tally // guarded by room.mu
	feed    *media.Feed
}

func memberID(u UserID, d DeviceID) link.MemberID { return link.MemberID(u.Token() + "/" + string(d)) }

func memberOf(m link.MemberID) (UserID, DeviceID) {
	token, device, _ := strings.Cut(string(m), "/")
	u, _ := signal.ParseUserToken(token)
	return u, DeviceID(device)
}

// newRoom opens the room; devices and connections follow as they can, and report by themselves.
func newRoom(ctx context.Context, h *host, call CallID, want intent) *room {
	r := &room{
		call: call, host: h, log: h.log.With("call", string(call)), born: time.Now(),
		commands: make(chan func(), roomQueue), done: make(chan struct{}),
		remotes: map[link.MemberID]*remote{}, feeds: map[UserID]*media.Feed{}, early: map[link.MemberID][]link.Message{},
	}
	r.rate.Store(startRate)
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.microphone = newKeeper(r.ctx, r.openMicrophone, func(err error) { h.post(deviceState{call, forMicrophone, fail("open microphone", err)}) })
	r.camera = newKeeper(r.ctx, r.openCamera, func(err error) { h.post(deviceState{call, forCamera, fail("open camera", err)}) })
	h.voice.hold(r.name())
	r.set(want)
	go r.run()
	return r
}

// name is what holds the speaker for the room.
func (r *room) name() string { return "room " + string(r.call) }

// run takes commands until the room is shut, then gives everything back.
func (r *room) run() {
	defer close(r.done)
	defer r.host.voice.remove(r.name())
	if session, err := r.dial(); err == nil {
		r.serve(session)
	} else {
		r.log.Error("no media link", "err", err)
		for r.ctx.Err() == nil {
			select {
			case <-r.ctx.Done():
			case <-r.commands: // there is nobody to carry it out
			}
		}
	}
	<-r.microphone.done
	<-r.camera.done
}

// dial makes the link, without relays if the switchboard names some that cannot be.
func (r *room) dial() (link.Session, error) {
	o := r.linkOptions()
	session, err := link.NewMesh(o)
	if err != nil && len(o.ICEServers) > 0 {
		r.log.Error("this call goes without relays", "err", err)
		o.ICEServers = nil
		session, err = link.NewMesh(o)
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = session
	return session, nil
}

// serve runs the commands, and ends the link.
func (r *room) serve(session link.Session) {
	inspect := time.NewTicker(inspectionTime)
	defer inspect.Stop()
	for r.ctx.Err() == nil {
		select {
		case <-r.ctx.Done():
		case f := <-r.commands:
			f()
		case <-inspect.C:
			r.inspect()
		}
	}
	for m := range r.remotes { // at once: a camera may take its time to close
		r.drop(m)
	}
	_ = session.Close()
}

// shut ends the room and waits until every device is closed.
func (r *room) shut() {
	r.cancel()
	<-r.done
}

// do runs a command on the room's goroutine; after the end it is forgotten. It is for the client, whose loop must not wait: half
// of the queue is kept free for it.
func (r *room) do(f func()) {
	select {
	case r.commands <- f:
	case <-r.ctx.Done():
	}
}

// offer is do for what comes from outside, however much of it. It reports whether there was room.
func (r *room) offer(f func()) bool {
	if len(r.commands) >= roomQueue/2 {
		return false
	}
	r.do(f)
	return true
}

func (r *room) linkOptions() link.Options {
	ctx, cancel := context.WithTimeout(r.ctx, turnPatience)
	defer cancel()
	return link.Options{
		ICEServers: r.host.turn(ctx, r.call),
		Loopback:   r.host.local,
		Logger:     r.log,
		Send: func(to link.MemberID, m link.Message) {
			body, err := json.Marshal(m)
			if err != nil {
				return
			}
			user, device := memberOf(to)
			if err := r.host.send(user, signal.PeerMessage{Call: r.call, From: r.host.device, To: device, Body: body}); err != nil {
				r.log.Debug("message to a member was lost; it is repeated", "to", user, "err", err)
			}
		},
		OnState: func(from link.MemberID, s link.State) {
			user, device := memberOf(from)
			r.host.post(pathMoved{r.call, user, device, s})
			if s == link.Connected {
				r.freshPicture()
			}
		},
		OnPacket: r.receive,
		OnKeyFrame: func(k link.Kind) {
			if k == link.Camera {
				r.freshPicture()
			}
		},
		OnBitrate: func(bps int) {
			rate := min(max(bps-voiceBudget, minCameraRate), maxCameraRate)
			r.rate.Store(int64(rate))
			if p := r.picture.Load(); p != nil {
				p.SetBitRate(rate)
			}
		},
		OnLoss: func(k link.Kind, fraction float64) {
			if v := r.voice.Load(); v != nil && k == link.Voice {
				v.SetLoss(int(fraction*100 + 0.5))
			}
		},
		OnData: r.hear,
	}
}

func (r *room) freshPicture() {
	if p := r.picture.Load(); p != nil {
		p.ForceKeyFrame()
	}
}

// set switches our devices. Muting keeps the microphone open, so that speaking again is instant; the camera is closed.
func (r *room) set(want intent) {
	choice := r.host.choice()
	r.mu.Lock()
	r.muted = !want.microphone
	if v := r.voice.Load(); v != nil {
		v.SetMuted(r.muted)
	}
	r.mu.Unlock()
	r.microphone.want(true, choice.Microphone)
	r.camera.want(want.camera, choice.Camera)
}

// announce tells one member, or all, what is on here.
func (r *room) announce(to UserID, s switches) {
	body, err := json.Marshal(envelope{State: &s})
	if err != nil {
		return
	}
	r.do(func() {
		for m, p := range r.remotes {
			if to != "" && p.user != to {
				continue
			}
			if err := r.session.SendData(m, body); err != nil {
				r.log.Debug("switches not told; they are when the member connects", "to", p.user, "err", err)
			}
		}
	})
}

// envelope is what travels on the data channel.
type envelope struct {
	State *switches `json:"state,omitempty"`
}

// hear takes a message of a member; what is not understood is ignored, so that newer apps may say more.
func (r *room) hear(from link.MemberID, message []byte) {
	var e envelope
	if err := json.Unmarshal(message, &e); err != nil {
		r.log.Debug("bad message on the data channel", "err", err)
		return
	}
	if e.State != nil {
		user, device := memberOf(from)
		r.host.post(told{r.call, user, device, *e.State})
		r.mu.RLock()
		m := r.remotes[from]
		r.mu.RUnlock()
		if m != nil {
			m.video.SetPaused(!e.State.Camera) // after the news: the next picture is the first of the new ones
		}
	}
}

func (r *room) connect(user UserID, device DeviceID, offering bool) {
	r.do(func() {
		m := memberID(user, device)
		p, err := r.welcome(m, user, device)
		if err != nil {
			r.log.Error("cannot receive a member", "user", user, "err", err)
			return
		}
		r.mu.Lock()
		r.remotes[m] = p
		r.mu.Unlock()
		if err := r.session.Add(m, offering); err != nil {
			r.log.Error("cannot connect to a member", "user", user, "err", err)
		}
		for _, message := range r.early[m] {
			r.take(m, message)
		}
		delete(r.early, m)
	})
}

// welcome makes the receiving side of a member.
func (r *room) welcome(m link.MemberID, user UserID, device DeviceID) (*remote, error) {
	video, err := media.NewVideoReceiver(media.VideoReceiverOptions{
		Feed:         r.feed(user),
		WantKeyFrame: func() { r.session.RequestKeyFrame(m, link.Camera) },
		OnFirst:      func() { r.host.post(pictured{r.call, user, device}) },
	})
	if err != nil {
		return nil, err
	}
	playout, err := media.NewPlayout()
	if err != nil {
		video.Close()
		return nil, err
	}
	return &remote{user: user, feed: r.feed(user), video: video, playout: playout, input: r.host.voice.add(r.voiceName(m), playout)}, nil
}

func (r *room) voiceName(m link.MemberID) string { return string(r.call) + " " + string(m) }

func (r *room) disconnect(user UserID) {
	r.do(func() {
		for m, p := range r.remotes {
			if p.user == user {
				r.session.Remove(m)
				r.drop(m)
			}
		}
	})
}

func (r *room) drop(m link.MemberID) {
	r.mu.Lock()
	p := r.remotes[m]
	delete(r.remotes, m)
	r.mu.Unlock()
	r.host.voice.remove(r.voiceName(m))
	p.playout.Close()
	p.video.Close()
}

// reconnect renews the paths to all members, also those that were given up, with fresh credentials for the relays.
func (r *room) reconnect() {
	r.do(func() {
		ctx, cancel := context.WithTimeout(r.ctx, turnPatience)
		defer cancel()
		if servers := r.host.turn(ctx, r.call); len(servers) > 0 {
			if err := r.session.SetICEServers(servers); err != nil {
				r.log.Warn("the relays cannot be used", "err", err)
			}
		}
		r.session.Restart()
	})
}

// deliver takes a message of a member's link, also one that comes before the record that names the member.
func (r *room) deliver(user UserID, p signal.PeerMessage) {
	var message link.Message
	if err := json.Unmarshal(p.Body, &message); err != nil {
		r.log.Debug("bad link message", "from", user, "err", err)
		return
	}
	taken := r.offer(func() {
		m := memberID(user, p.From)
		if _, known := r.remotes[m]; known {
			r.take(m, message)
		} else if len(r.early[m]) < maxEarly && len(r.early) < maxEarly {
			r.early[m] = append(r.early[m], message)
		}
	})
	if !taken {
		r.log.Debug("too many link messages; they are repeated", "from", user)
	}
}

func (r *room) take(m link.MemberID, message link.Message) {
	if err := r.session.Handle(m, message); err != nil {
		r.log.Debug("link message refused", "from", m, "err", err)
	}
}

func (r *room) receive(from link.MemberID, k link.Kind, p *rtp.Packet, at time.Time) {
	r.mu.RLock()
	m := r.remotes[from]
	r.mu.RUnlock()
	if m == nil {
		return
	}
	switch k {
	case link.Voice:
		m.playout.Push(p, at)
	case link.Camera:
		m.video.Push(p, at)
	}
}

func (r *room) openMicrophone(ctx context.Context, id string) (running, error) {
	source, err := r.host.devices.OpenMicrophone(ctx, id)
	if err != nil {
		return nil, err
	}
	begun := time.Since(r.born)
	v, err := media.NewVoiceSender(media.VoiceSenderOptions{
		Source: source,
		Codec:  media.Opus{BitRate: voiceBitRate, FEC: true, LossPercent: 5},
		Muted:  true, // until it is known here, for it may be switched meanwhile
		Out: func(f media.EncodedFrame) {
			r.publish(link.Voice, f.Data, ticks(begun+f.At, media.SampleRate))
		},
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.voice.Store(v)
	v.SetMuted(r.muted)
	return v, nil
}

func (r *room) openCamera(ctx context.Context, id string) (running, error) {
	source, err := r.host.devices.OpenCamera(ctx, id, r.host.video)
	if err != nil {
		return nil, err
	}
	begun := time.Since(r.born)
	p, err := media.NewVideoSender(media.VideoSenderOptions{
		Source: source,
		Self:   &r.self,
		Codec:  media.VP8{BitRate: int(r.rate.Load())},
		Out: func(f media.EncodedFrame) {
			r.publish(link.Camera, f.Data, ticks(begun+f.At, videoClock))
		},
	})
	if err != nil {
		return nil, err
	}
	r.picture.Store(p)
	p.SetBitRate(int(r.rate.Load())) // it may have changed meanwhile
	return p, nil
}

// ticks is a media time in units of an RTP clock; it wraps as RTP does.
func ticks(d time.Duration, rate int64) uint32 { return uint32(d.Microseconds() * rate / 1e6) }

func (r *room) publish(k link.Kind, data []byte, timestamp uint32) {
	r.mu.RLock()
	session := r.session
	r.mu.RUnlock()
	if session != nil {
		_ = session.Publish(k, link.Sample{Data: data, Timestamp: timestamp}) // what a path cannot take is counted there
	}
}

// feed returns where the pictures of a user go; it exists before the first picture and outlives reconnections.
func (r *room) feed(user UserID) *media.Feed {
	if user == r.host.me {
		return &r.self
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.feeds[user]
	if f == nil {
		f = &media.Feed{}
		r.feeds[user] = f
	}
	return f
}

// level is how loud a user is at the moment, 0 to 1.
func (r *room) level(user UserID) float32 {
	if user == r.host.me {
		if v := r.voice.Load(); v != nil && !v.Muted() {
			return v.Level()
		}
		return 0
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, m := range r.remotes {
		if m.user == user {
			return m.input.Level()
		}
	}
	return 0
}
