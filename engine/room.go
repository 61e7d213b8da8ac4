package engine

import (
	"context"
	"encoding/json"
	"image"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

const (
	maxEarly       = 64 // messages kept for a member who is not known yet: one offer and its candidates
	roomQueue      = 512
	turnPatience   = 2 * time.Second
	inspectionTime = time.Second
	videoClock     = 90_000 // Hz, RFC 7741
	textRate       = 15     // pictures/s of a shared display
	motionRate     = 30
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
	looks    chan struct{} // one slot: somebody begins to look at a picture
	done     chan struct{}

	microphone, camera, system *keeper
	voice, music               atomic.Pointer[media.VoiceSender] // of the microphone, and of what the machine plays
	picture                    atomic.Pointer[media.VideoSender]
	reserved                   atomic.Pointer[preview] // whose camera is taken over when ours is opened
	copies                     atomic.Int32            // of a packet of the voice in later ones
	stage                      stage
	tasks                      sync.WaitGroup // of the stage

	pointing pointing
	floor    floor // owned by the goroutine

	protection protection // owned by the link's dispatcher

	mu      sync.RWMutex // may be held while the speaker is asked for, not the other way round
	muted   bool
	held    bool
	on      sending // of ours
	paths   paths
	halved  [media.Layers]bool // of our camera; see layering.share
	over    bool               // no more tasks may begin
	most    image.Point        // the largest size to send the camera in
	volumes volumes
	remotes map[link.MemberID]*remote
	feeds   map[track]*media.Feed
	early   map[link.MemberID][]link.Message // owned by the goroutine
	near    map[link.MemberID]bool           // who is connected to and no member yet; likewise
}

// track is a medium of somebody's.
type track struct {
	user UserID
	kind link.Kind
}

// host is what a room needs of the client.
type host struct {
	me      UserID
	devices Devices
	voice   *outlet
	cleaner *media.Cleaner // nil: voices are sent as they are
	choice  func() DeviceChoice
	video   media.VideoFormat
	card    *media.Card             // nil: the processor codes all
	preview atomic.Pointer[preview] // the newest; nil: there is none
	turn    func(ctx context.Context, call CallID) []link.ICEServer
	send    func(to UserID, m signal.PeerMessage) error
	device  DeviceID
	local   bool          // the switchboard is on this machine: loopback candidates make sense
	net     transport.Net // virtual network of a test; nil means the machine's
	post    func(input)
	apply   func(input) *state // post, and wait until the snapshot shows it
	log     *slog.Logger

	autoStop ShareAutoStop
}

// newRoom opens the room; devices and connections follow as they can, and report by themselves.
func newRoom(ctx context.Context, h *host, call CallID, want intent, held bool) *room {
	r := &room{
		call: call, host: h, log: h.log.With("call", string(call)), born: time.Now(),
		commands: make(chan func(), roomQueue), looks: make(chan struct{}, 1), done: make(chan struct{}),
		paths: paths{}, remotes: map[link.MemberID]*remote{}, feeds: map[track]*media.Feed{}, early: map[link.MemberID][]link.Message{},
		near: map[link.MemberID]bool{},
	}
	r.stage.turn = make(chan struct{}, 1)
	r.pointing.send = r.sendPointer
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.microphone = r.keep(media.MicrophoneDevice, forMicrophone, r.openMicrophone)
	r.camera = r.keep(media.CameraDevice, forCamera, r.openCamera)
	r.system = newKeeper(r.ctx, keeping{start: r.openSystemSound, report: func(err error) {
		h.post(deviceState{call, forSystemSound, fail("share sound", err)})
	}})
	r.set(want, held)
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
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.tasks.Wait()
	<-r.microphone.done
	<-r.camera.done
	if p := r.reserved.Swap(nil); p != nil {
		p.sender.Close()
	}
	<-r.system.done
}

// begin counts a task of the room, unless it is over.
func (r *room) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	r.tasks.Add(1)
	return true
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
	listen := time.NewTicker(listenTime)
	defer listen.Stop()
	for r.ctx.Err() == nil {
		select {
		case <-r.ctx.Done():
		case f := <-r.commands:
			f()
		case <-inspect.C:
			r.inspect()
		case <-r.looks:
			r.tellRegards(time.Now())
		case <-listen.C:
			r.listenAround()
		}
	}
	for m := range r.remotes { // at once: a camera may take its time to close
		r.account(m)
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
		Net:        r.host.net,
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
				r.freshPicture(link.Camera, 0) // a camera that resumes has one at hand
			}
			r.moved(from, s == link.Connected)
		},
		OnPacket:   r.receive,
		OnKeyFrame: r.freshPicture,
		OnBitrate:  r.rated,
		OnLoss: func(k link.Kind, fraction float64) {
			if k == link.Voice {
				r.missed(fraction)
			}
		},
		OnData: r.hear,
	}
}

// freshPicture makes our next picture of a kind and layer one that can be understood without those before.
func (r *room) freshPicture(k link.Kind, layer uint8) {
	switch k {
	case link.Camera:
		if p := r.picture.Load(); p != nil {
			p.ForceKeyFrame(layer)
		}
	case link.Screen:
		if a := r.stage.now.Load(); a != nil {
			a.ForceKeyFrame(layer)
		}
	}
}

// feed returns where the pictures of a user go, also our own; it exists before the first picture and outlives reconnections.
func (r *room) feed(user UserID, k link.Kind) *media.Feed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.feedLocked(user, k)
}

// feedLocked is feed. r.mu is held.
func (r *room) feedLocked(user UserID, k link.Kind) *media.Feed {
	f := r.feeds[track{user, k}]
	if f == nil {
		f = &media.Feed{}
		r.feeds[track{user, k}] = f
	}
	return f
}

// spokenMuted is how loud we are while nothing of it is sent.
func (r *room) spokenMuted() float32 {
	if v := r.voice.Load(); v != nil && v.Muted() {
		return v.Level()
	}
	return 0
}

// lastHeard is when something of a member last came, or began to be due; zero before.
func (r *room) lastHeard(user UserID) (last time.Time) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, m := range r.remotes {
		at := m.came.Load()
		switch {
		case m.user != user || at == 0:
		case !m.said.Microphone && (!m.said.Camera || m.regards.camera.told == unseen):
			last = time.Now()
		default:
			last = later(time.Unix(0, at), m.due)
		}
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
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
			return m.voice.level()
		}
	}
	return 0
}
