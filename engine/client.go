// Package engine runs the user's calls: invite, ring, join, control, leave. It has no window and no device of its own.
//
// One goroutine, the loop, owns the state. Everything that happens (a delivery of the switchboard, a member's path, a button)
// is an input to it; the pure function next says what the new state is and what to do. One dispatcher goroutine hands
// events and snapshots to subscribers. One goroutine keeps the line to the switchboard, and each call has a room with its media.
package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// Options say who calls, where and with what.
type Options struct {
	Server     string // HOST:PORT or an invite link
	JoinCode   string // if the link has none; not needed on a loopback switchboard
	AppID      string // with AppSign: a trusted set-up that mints its own tokens
	AppSign    string
	User       User
	Device     DeviceID        // of this installation, to which each run adds its own; empty: a new one
	Store      CredentialStore // nil: credentials are kept in memory only
	Devices    Devices
	Choice     DeviceChoice
	Video      media.VideoFormat // what to ask of cameras; zero: 1280×720, 30 pictures/s
	Card       *media.Card       // codes the pictures of cameras if it can; the caller closes it after the client; nil: the processor codes them
	Timeout    time.Duration     // how long an invitation rings; 0 means [DefaultTimeout]
	AutoAccept bool              // accept every invitation at once (kiosks, tests)
	DeviceCode string            // of another device of the user, to enrol this one for the same user
	Logger     *slog.Logger      // nil discards

	// DialBackTimeout is how long a call rings that [Client.DialBack] makes; 0 means [DefaultDialBackTimeout].
	DialBackTimeout time.Duration

	Preferences Preferences // may be changed later
	Rules       Rules       // of the calls that are started here, unless [Invite] has its own

	ShareAutoStop ShareAutoStop
	// MarksPointers says that the program marks on the display where others point at a screen that is shared, as Parley's windows do with
	// desktop.Desktop.Frame. Those marks are in the shared picture, so the others only add the names.
	MarksPointers bool

	// EnterLater makes [Client.AcceptEarly] only remember the call, until [Client.EnterAccepted]. It is the opposite of the kit's
	// autoEnterAcceptedOfflineCall, which is on by default.
	EnterLater bool
	// RequireConfig is asked at each start of a call, ours or accepted, for what is special about it; nil: nothing is. It runs on the
	// goroutine that calls Invite, Accept or Join.
	RequireConfig func(CallInfo) CallConfig
	// RenewToken is asked for a new token, for the same key, 30 s before the one in the Store expires, if the switchboard does not
	// renew it. Nil or an empty answer: the line ends with the token.
	RenewToken func(ctx context.Context) (token string, err error)
}

// Preferences are what a person may change at any time, see [Client.SetPreferences].
type Preferences struct {
	CallWaiting  bool    // a second call is shown beside the first, which we are in or which rings; otherwise it is refused as busy
	DoNotDisturb bool    // calls are shown but not heard
	RingVolume   float32 // 0 to 1; 0 means 1: a silent ring is DoNotDisturb
	Tones        Tones
	Volumes      map[UserID]float32 // how loud people are heard, 0 to 2; who is not named is heard as sent. Not to be changed afterwards
	Cleaning     media.Cleaning     // of our voice, where [CanClean]; zero: echo and noise are taken out
	AnswerFirst  bool               // nothing connects before an answer: who calls does not learn our network address while it rings, but waits longer for us after it
}

// CallInfo is what is known of a call when it starts. Whoever is asked about a call, here or in the windows, is asked with it.
type CallInfo struct {
	Call       CallID
	Invitation InvitationID // that rings here, for [Client.Accept] and [Client.Reject]; empty for a call of ours
	Outgoing   bool
	Video      bool
	Inviter    User
	Invitees   []User // we are one of them in a call to us
	Data       string
}

// Group reports whether more than one person is called.
func (i CallInfo) Group() bool { return len(i.Invitees) > 1 }

// CallConfig is what is special about one call. The zero value is the default.
type CallConfig struct {
	CameraOff     bool   // begin without a picture also in a video call: not the kit's turnOnCameraWhenJoining
	MicrophoneOff bool   // begin muted: not the kit's turnOnMicrophoneWhenJoining
	Speaker       string // device ID to hear it on; empty: as chosen
	Rules         *Rules // of a call that we start; nil: [Options.Rules]
}

// CredentialStore keeps what enrolment gave, between runs. Save must write it readable for the user only.
type CredentialStore interface {
	Load(server string) (signal.Credentials, error) // the zero value if there are none
	Save(server string, c signal.Credentials) error
}

// Tones are sounds to play, as 48 kHz mono samples. Empty ones are silent. Incoming, RingBack and Reconnecting loop.
type Tones struct {
	Incoming     []float32 // somebody calls
	Waiting      []float32 // somebody calls while we are in a call; loops, softly
	RingBack     []float32 // it rings at somebody
	Busy         []float32 // in another call
	Declined     []float32 // said no, or did not answer
	Ended        []float32 // the other side hung up
	Dropped      []float32 // the connection was lost for good
	Reconnecting []float32 // the connection is being sought
}

// Invite says whom to call and how.
type Invite struct {
	To           []UserID
	Video        bool
	Call         CallID // empty: a new one
	Data         string
	Notification signal.Notification
	Timeout      time.Duration // 0: Options.Timeout
	Rules        *Rules        // of a call that this makes; nil: Options.Rules
	Camera       *bool         // nil: as Video
	Microphone   *bool         // nil means on
	Current      Current       // what becomes of another call that we are in
}

// Current says what becomes of the call that we are in when we enter another one. Nothing does until the switchboard has confirmed
// the other one.
type Current uint8

// What may become of it.
const (
	KeepCurrent Current = iota // it stays: entering another one fails with ErrBusy
	HoldCurrent                // it is held: see [Call.SetHeld]
	EndCurrent                 // it is hung up, unless it was held already
)

// Answer says how to accept.
type Answer struct {
	Data       string
	Camera     *bool // nil: as the invitation's kind
	Microphone *bool // nil means on
	Current    Current
}

// JoinOptions say how to enter a running call.
type JoinOptions struct {
	Video      bool   // with our camera on; a call that this opens is a video call
	Microphone *bool  // nil means on
	Camera     *bool  // nil: as Video
	Take       bool   // also if another device of ours is in it, which leaves it then
	Speaker    string // device ID to hear it on; empty: as RequireConfig says, or as chosen
	Current    Current
	// Open enters the call without an invitation, if it is open, and makes an open one with these rules if there is none: whoever
	// else opens the same ID meets us there. Who is first waits, see [Alone], and moderates the call. On one switchboard the ID is all
	// that it takes to enter, so it should be one that nobody guesses, or that everybody may know. Nil: only a call that we have a
	// part in.
	Open *Rules
}

// How long it rings where [Options] do not say.
const (
	DefaultTimeout         = 60 * time.Second
	DefaultDialBackTimeout = 30 * time.Second
)

// Client is one user on one switchboard, on one device. All methods may be called from any goroutine, but Close not from a
// subscriber's function.
type Client struct {
	options Options
	log     *slog.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup // everything but the loop and the dispatcher
	inputs  chan posted
	ended   chan struct{} // the loop is over
	closing sync.Once

	dispatcher *dispatcher
	line       *line
	chronicle  *chronicle
	tones      *tones
	voice      *outlet
	ring       *outlet
	cleaner    *media.Cleaner // of our voice, aligned with what the voice outlet plays; nil where it cannot be
	host       *host
	departures departures
	wishes     atomic.Uint64 // how often we have asked for a call

	mu      sync.Mutex
	choice  DeviceChoice
	rooms   map[CallID]*room
	waiting bool // Close waits for the tasks: there may be no new ones

	inside atomic.Pointer[state] // the newest state, for reading
}

// posted is an input on its way to the loop; taken, if not nil, gets the state that it has led to.
type posted struct {
	in    input
	taken chan *state // buffered
}

// Start makes a client, which connects in the background for as long as it lives: see Snapshot.Connection.
// It fails only on wrong options.
func Start(o Options) (*Client, error) {
	if err := o.User.ID.Check(); err != nil {
		return nil, fail("start", fmt.Errorf("%w: %w", ErrBadRequest, err))
	}
	address, err := signal.ParseAddress(o.Server)
	if err != nil {
		return nil, fail("start", fmt.Errorf("%w: %w", ErrWrongAddress, err))
	}
	if o.Devices == nil {
		return nil, fail("start", fmt.Errorf("%w: Options.Devices is missing", ErrBadRequest))
	}
	if address.JoinCode == "" {
		address.JoinCode = o.JoinCode
	}
	if o.User.Name == "" {
		o.User.Name = string(o.User.ID)
	}
	if o.Device == "" {
		o.Device = DeviceID(newID())
	}
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.DialBackTimeout = cmp.Or(o.DialBackTimeout, DefaultDialBackTimeout)
	if o.Video == (media.VideoFormat{}) {
		o.Video = media.VideoFormat{Width: 1280, Height: 720, FrameRate: 30}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	home := o.Device
	o.Device += DeviceID("." + newID())
	first := state{me: o.User, home: home, device: o.Device, autoAccept: o.AutoAccept, marks: o.MarksPointers, prefs: o.Preferences, conn: Connection{State: Connecting, Server: address.String()},
		output: o.Choice.Output(o.Devices.Devices())}
	c := &Client{
		options: o, log: o.Logger, choice: o.Choice, rooms: map[CallID]*room{},
		inputs: make(chan posted, 64), ended: make(chan struct{}), dispatcher: newDispatcher(show(first)),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.inside.Store(&first)
	c.voice = newOutlet(c.ctx, o.Devices, c.Choice, keeping{
		report: func(err error) { c.post(speakerState{fail("open speaker", err)}) },
		moved:  func(to, from string, back bool) { c.post(replaced{"", media.SpeakerDevice, to, from, back}) },
		at:     func(d media.Device) { c.post(heardOn{Output{d.Route, d.Label}}) },
	})
	c.ring = newOutlet(c.ctx, o.Devices, c.Choice, keeping{report: func(err error) {
		if err != nil {
			c.log.Warn("the ring is not heard", "err", err)
		}
	}})
	c.cleaner = newCleaner(o.Preferences.Cleaning, o.Logger)
	if c.cleaner != nil {
		c.voice.mixer.SetFarEnd(c.cleaner.Render)
	}
	c.tones = &tones{voice: c.voice, ring: c.ring, prefs: o.Preferences}
	c.aim("")
	c.line = newLine(c, address)
	c.chronicle = newChronicle(c)
	c.host = &host{
		me: o.User.ID, device: o.Device, devices: o.Devices, voice: c.voice, choice: c.Choice, video: o.Video, card: o.Card,
		cleaner: c.cleaner, turn: c.relays, send: c.line.sendPeer, local: address.Loopback(), post: c.post, apply: c.apply, log: c.log,
		autoStop: o.ShareAutoStop,
	}
	go c.loop(first)
	c.spawn(c.line.run)
	c.spawn(c.chronicle.run)
	stop := o.Devices.Watch(c.devicesMoved)
	c.spawn(func(ctx context.Context) {
		<-ctx.Done()
		stop()
	})
	return c, nil
}

// newID makes an identifier that nobody can guess.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// spawn runs f until it returns; Close cancels its context and waits for it. Once Close has begun to wait it does nothing and
// returns false: the line's dispatcher may still call.
func (c *Client) spawn(f func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting {
		return false
	}
	c.tasks.Go(func() {
		f(c.ctx)
	})
	return true
}

// post hands an input to the loop.
func (c *Client) post(in input) {
	select {
	case c.inputs <- posted{in: in}:
	case <-c.ctx.Done():
	}
}

// apply hands an input to the loop and waits until the snapshot shows it. It returns the state of that moment.
func (c *Client) apply(in input) *state {
	p := posted{in, make(chan *state, 1)}
	select {
	case c.inputs <- p:
		select {
		case s := <-p.taken:
			return s
		case <-c.ended:
		}
	case <-c.ctx.Done():
	}
	return c.inside.Load()
}

// loop owns the state.
func (c *Client) loop(s state) {
	defer close(c.ended)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		var p posted
		select {
		case <-c.ctx.Done():
			return
		case p = <-c.inputs:
		case <-alarm.C:
			p.in = passed{}
		}
		alarm.Stop()
		c.turn(&s, p)
		if due := s.due(); !due.IsZero() {
			alarm.Reset(time.Until(due))
		}
	}
}

// turn takes one input.
func (c *Client) turn(s *state, p posted) {
	after, actions := next(*s, p.in, time.Now())
	*s = after
	var events []Event
	for _, a := range actions {
		if e, ok := a.(emit); ok {
			events = append(events, e.Event)
		} else {
			c.perform(a)
		}
	}
	c.tones.set(toneOf(after), after.prefs)
	if c.cleaner != nil {
		c.cleaner.Set(after.prefs.Cleaning)
	}
	c.inside.Store(&after)
	if c.dispatcher.post(show(after), events) {
		c.log.Warn("a subscriber does not return: events are dropped", "so far", c.dispatcher.dropped.Load())
	}
	if p.taken != nil {
		p.taken <- &after
	}
}

func (c *Client) room(id CallID) *room {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rooms[id]
}

func (c *Client) inRoom(id CallID, f func(*room)) {
	if r := c.room(id); r != nil {
		f(r)
	}
}

func (c *Client) eachRoom(f func(*room)) {
	c.mu.Lock()
	rooms := slices.Collect(maps.Values(c.rooms))
	c.mu.Unlock()
	for _, r := range rooms {
		f(r)
	}
}

func (c *Client) devicesMoved() {
	c.voice.keeper.nudge()
	c.ring.keeper.nudge()
	c.eachRoom(func(r *room) {
		r.microphone.nudge()
		r.camera.nudge()
		r.system.nudge()
	})
	c.post(plugged{})
}

// aim points the outlets at the chosen speakers, and that of calls at another one if it is named.
func (c *Client) aim(speaker string) {
	choice := c.Choice()
	c.voice.use(cmp.Or(speaker, choice.Speaker))
	c.ring.use(cmp.Or(choice.Ring, choice.Speaker))
}

// Snapshot returns the state of the moment.
func (c *Client) Snapshot() *Snapshot { return c.dispatcher.newest.Load() }

// Updates calls f with the newest snapshot at once and then after every change; changes in quick succession are merged.
// f runs on the dispatcher's goroutine and should be quick.
func (c *Client) Updates(f func(*Snapshot)) (stop func()) { return c.dispatcher.subscribe(nil, f) }

// Subscribe calls f with every event from now on, in order, on the dispatcher's goroutine. A call that is under way may outlast
// stop, which f itself may call.
func (c *Client) Subscribe(f func(Event)) (stop func()) { return c.dispatcher.subscribe(f, nil) }

// Devices lists the machine's devices.
func (c *Client) Devices() []media.Device { return c.options.Devices.Devices() }

// Choice returns which devices are used.
func (c *Client) Choice() DeviceChoice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.choice
}

// SetChoice changes which devices are used, in running calls too. A device that stays chosen is not opened anew.
func (c *Client) SetChoice(choice DeviceChoice) {
	c.mu.Lock()
	was := c.choice
	c.choice = choice
	c.mu.Unlock()
	if choice == was {
		return
	}
	c.apply(chosen{was.Speaker != choice.Speaker})
	c.voice.keeper.choose()
	c.ring.keeper.choose()
	c.eachRoom(func(r *room) {
		r.microphone.choose()
		r.camera.choose()
	})
}

// Close hangs up, gives the presence back and waits until every device is closed, previews and tests too, and every goroutine has
// ended. It may be called twice. Afterwards what needs the switchboard or a device returns ErrClosed.
func (c *Client) Close() error {
	c.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		shot := c.Snapshot()
		for _, in := range shot.Incoming { // it may be answered on another device, or by the next run
			c.apply(done{call: in.Call, reason: AppQuit})
		}
		for _, k := range shot.Calls {
			if err := c.Call(k.ID).Leave(ctx, AppQuit); err != nil && !errors.Is(err, ErrOffline) && !errors.Is(err, ErrNotInCall) {
				c.log.Info("hang-up at the end was refused", "err", err)
			}
		}
		c.stop()
	})
	return nil
}

// stop ends everything, and waits.
func (c *Client) stop() {
	c.cancel()
	<-c.ended
	c.mu.Lock()
	c.waiting = true
	c.mu.Unlock()
	c.tasks.Wait()
	c.line.close()
	<-c.voice.keeper.done
	<-c.ring.keeper.done
	c.eachRoom(func(r *room) { <-r.done })
	if c.cleaner != nil {
		c.cleaner.Close()
	}
	c.dispatcher.close()
}
