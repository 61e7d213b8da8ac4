package ui

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// fakeEngine records what is asked for and shows what it is told to.
type fakeEngine struct {
	mu      sync.Mutex
	snap    *engine.Snapshot
	asked   []string
	updates map[int]func(*engine.Snapshot)
	events  map[int]func(engine.Event)
	next    int
	watched map[engine.UserID]int // how many views watch somebody
	feeds   map[engine.UserID]*media.Feed
	points  map[engine.UserID][]engine.Pointer // at the share of somebody
	heard   map[engine.UserID]time.Time        // when something of somebody last arrived
	fail    error                              // of the next commands
	wait    chan struct{}                      // Accept waits for it to be closed, if it is there
	devices []media.Device
	choice  engine.DeviceChoice
	expires time.Time // of the device code
	testing int       // how many devices are being tried out
	spoken  float32   // how loud we are while muted
	stats   engine.CallStats
	older   engine.HistoryPage
	plays   int           // how many tones are being played
	hold    chan struct{} // Play waits for it to be closed, if it is there

	surfaces   []media.Surface
	blind      error          // why there are no surfaces
	thumbnails map[string]int // how many were taken, by surface
}

var _ backend = (*fakeEngine)(nil)

func newFakeEngine() *fakeEngine {
	return &fakeEngine{
		snap: &engine.Snapshot{}, updates: map[int]func(*engine.Snapshot){}, events: map[int]func(engine.Event){},
		watched: map[engine.UserID]int{}, feeds: map[engine.UserID]*media.Feed{},
	}
}

func (f *fakeEngine) ask(format string, a ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, a...))
	return f.fail
}

func (f *fakeEngine) pause() {
	f.mu.Lock()
	wait := f.wait
	f.mu.Unlock()
	if wait != nil {
		<-wait
	}
}

func (f *fakeEngine) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.asked
	f.asked = nil
	return out
}

func (f *fakeEngine) set(s engine.Snapshot) {
	f.mu.Lock()
	f.snap = &s
	var all []func(*engine.Snapshot)
	for _, u := range f.updates {
		all = append(all, u)
	}
	f.mu.Unlock()
	for _, u := range all {
		u(&s)
	}
}

func (f *fakeEngine) emit(e engine.Event) {
	f.mu.Lock()
	var all []func(engine.Event)
	for _, s := range f.events {
		all = append(all, s)
	}
	f.mu.Unlock()
	for _, s := range all {
		s(e)
	}
}

// watchers counts everything that somebody has to stop.
func (f *fakeEngine) watchers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.updates) + len(f.events) + f.testing
	for _, w := range f.watched {
		n += w
	}
	return n
}

func (f *fakeEngine) watching(u engine.UserID) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watched[u]
}

func (f *fakeEngine) Snapshot() *engine.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snap
}

func (f *fakeEngine) Updates(u func(*engine.Snapshot)) func() {
	f.mu.Lock()
	id := f.next
	f.next++
	f.updates[id] = u
	s := f.snap
	f.mu.Unlock()
	u(s)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.updates, id)
	}
}

func (f *fakeEngine) Subscribe(s func(engine.Event)) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.next
	f.next++
	f.events[id] = s
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.events, id)
	}
}

func (f *fakeEngine) Invite(_ context.Context, i engine.Invite) (engine.CallID, []signal.InviteResult, error) {
	to := string(i.To[0])
	for _, u := range i.To[1:] {
		to += "+" + string(u)
	}
	if i.Call != "" {
		return i.Call, nil, f.ask("add %s to %s", to, i.Call)
	}
	if c, busy := current(f.Snapshot()); busy && !c.Held {
		return "other", nil, f.ask("invite %s video=%t current=%v", to, i.Video, i.Current)
	}
	return "call", nil, f.ask("invite %s video=%t", to, i.Video)
}

func (f *fakeEngine) Accept(_ context.Context, id engine.InvitationID, a engine.Answer) (engine.CallID, error) {
	asked := fmt.Sprintf("accept %s camera=%t", id, *a.Camera)
	if !*a.Microphone {
		asked += " muted"
	}
	switch a.Current {
	case engine.HoldCurrent:
		asked += ", holding"
	case engine.EndCurrent:
		asked += ", ending"
	}
	err := f.ask("%s", asked)
	f.pause()
	return "call", err
}

func (f *fakeEngine) Reject(_ context.Context, id engine.InvitationID, data string) error {
	if data != "" {
		return f.ask("reject %s %q", id, data)
	}
	return f.ask("reject %s", id)
}

func (f *fakeEngine) Silence(id engine.InvitationID) { _ = f.ask("silence %s", id) }
func (f *fakeEngine) Call(id engine.CallID) handle   { return fakeCall{f, id} }

func (f *fakeEngine) Join(_ context.Context, id engine.CallID, o engine.JoinOptions) error {
	asked := fmt.Sprintf("join %s video=%v take=%v current=%v", id, o.Video, o.Take, o.Current)
	if o.Open != nil {
		asked += ", open"
	}
	if o.Microphone != nil && !*o.Microphone {
		asked += ", muted"
	}
	return f.ask("%s", asked)
}

func (f *fakeEngine) Dismiss(_ context.Context, id engine.CallID) error {
	return f.ask("dismiss %s", id)
}

func (f *fakeEngine) DialBack(_ context.Context, e engine.HistoryEntry, now engine.Current) (engine.CallID, []signal.InviteResult, error) {
	return e.Call, nil, f.ask("dial back %s video=%t current=%v", e.ID, e.Video, now)
}

func (f *fakeEngine) History(_ context.Context, before time.Time, limit int) (engine.HistoryPage, error) {
	err := f.ask("history before=%s limit=%d", before.Format(time.TimeOnly), limit)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.older, err
}

func (f *fakeEngine) SeeHistory(context.Context) error { return f.ask("see history") }

func (f *fakeEngine) ForgetHistory(_ context.Context, ids ...engine.HistoryID) error {
	return f.ask("forget %v", ids)
}

func (f *fakeEngine) DeviceCode(context.Context) (string, time.Time, error) {
	return "ABCD-EFGH", f.expires, f.ask("device code")
}

func (f *fakeEngine) SetPreferences(p engine.Preferences) {
	_ = f.ask("prefer waiting=%v quiet=%v volume=%v volumes=%v", p.CallWaiting, p.DoNotDisturb, p.RingVolume, p.Volumes)
}

func (f *fakeEngine) Devices() []media.Device         { return f.devices }
func (f *fakeEngine) Choice() engine.DeviceChoice     { return f.choice }
func (f *fakeEngine) SetChoice(c engine.DeviceChoice) { f.choice = c; _ = f.ask("choose %+v", c) }

func (f *fakeEngine) PreviewCamera(_ context.Context, id string, _ *media.View) (func(), error) {
	return f.try("preview %q", id)
}

func (f *fakeEngine) TestMicrophone(_ context.Context, id string) (func() float32, func(), error) {
	stop, err := f.try("listen %q", id)
	return func() float32 { return 0.5 }, stop, err
}

func (f *fakeEngine) try(format string, id string) (func(), error) {
	if err := f.ask(format, id); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.testing++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.testing--
	}, nil
}

func (f *fakeEngine) PlayTestTone(_ context.Context, id string) error { return f.ask("tone %q", id) }

func (f *fakeEngine) Play(ctx context.Context, id string, pcm []float32, gain float32) error {
	err := f.ask("play %d samples on %q at %.2f", len(pcm), id, gain)
	if f.hold == nil || err != nil {
		return err
	}
	f.count(1)
	defer f.count(-1)
	select {
	case <-f.hold:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fakeEngine) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plays += n
}

// sounding is how many tones are being played.
func (f *fakeEngine) sounding() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plays
}

type fakeCall struct {
	engine *fakeEngine
	id     engine.CallID
}

func (c fakeCall) HangUp(context.Context) error { return c.engine.ask("hangup %s", c.id) }
func (c fakeCall) Cancel(_ context.Context, data string, to ...engine.UserID) error {
	return c.engine.ask("cancel %s %v %q", c.id, to, data)
}

func (c fakeCall) SetHeld(_ context.Context, on bool) error {
	return c.engine.ask("hold %s %v", c.id, on)
}
func (c fakeCall) Retry(context.Context) error { return c.engine.ask("retry %s", c.id) }
func (c fakeCall) Level(engine.UserID) float32 { return 0.5 }

func (c fakeCall) SetMicrophone(_ context.Context, on bool) error {
	return c.engine.ask("microphone %s %t", c.id, on)
}

func (c fakeCall) SetCamera(_ context.Context, on bool) error {
	return c.engine.ask("camera %s %t", c.id, on)
}

func (c fakeCall) Watch(u engine.UserID, v *media.View) func() {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	c.engine.watched[u]++
	detach := func() {}
	if f := c.engine.feeds[u]; f != nil {
		detach = f.Attach(v)
	}
	return func() {
		detach()
		c.engine.mu.Lock()
		defer c.engine.mu.Unlock()
		c.engine.watched[u]--
	}
}

// fakeProgram is the program around the windows.
type fakeProgram struct {
	mu       sync.Mutex
	settings profile.Settings
	asked    []string
	fail     error
	link     string
	found    [][2]string
	quits    int
	looking  int
	wait     chan struct{} // StartHere and Join wait for it to be closed, if it is there
}

func (p *fakeProgram) ask(ctx context.Context, format string, a ...any) error {
	p.mu.Lock()
	p.asked = append(p.asked, fmt.Sprintf(format, a...))
	err, wait := p.fail, p.wait
	p.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (p *fakeProgram) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

func (p *fakeProgram) StartHere(ctx context.Context, name string) error {
	return p.ask(ctx, "start %s", name)
}

func (p *fakeProgram) DeviceLink(code string) string { return "parley:server/h?device=" + code }

func (p *fakeProgram) Join(ctx context.Context, j Joining) error {
	what := fmt.Sprintf("join %s at %s with %q", j.Name, j.Address, j.JoinCode)
	if j.DeviceCode != "" {
		what += fmt.Sprintf(" and device code %q", j.DeviceCode)
	}
	return p.ask(ctx, "%s", what)
}

func (p *fakeProgram) Discover(ctx context.Context, found func(name, address string)) {
	p.mu.Lock()
	p.looking++
	all := p.found
	p.mu.Unlock()
	for _, f := range all {
		found(f[0], f[1])
	}
	<-ctx.Done()
	p.mu.Lock()
	p.looking--
	p.mu.Unlock()
}

func (p *fakeProgram) searches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.looking
}

func (p *fakeProgram) InviteLink() string         { return p.link }
func (p *fakeProgram) Settings() profile.Settings { return p.settings }
func (p *fakeProgram) Quit()                      { p.quits++ }
func (p *fakeProgram) Version() string            { return "1.2.3" }

func (p *fakeProgram) SaveSettings(s profile.Settings) error {
	p.settings = s
	return p.fail
}
