package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/server"
	"github.com/parley-calls/parley/ui"
)

// windows is what the program needs of package ui. Its methods may be called from any goroutine.
type windows interface {
	// SetEngine shows another engine; the old one is about to be closed. Nil means that there is none.
	SetEngine(c *engine.Client)
	// Show raises the main window, with a parley: link to join by if link is not empty.
	Show(link string)
	// Fail shows why the switchboard of the settings could not be started.
	Fail(err error)
	// Minimize puts the view of the call away, Restore brings it back, and Hide ends the last words about it.
	Minimize() error
	Restore() error
	Hide() error
	// Quit ends the windows' main loop.
	Quit()
	Mini() engine.MiniState
	// FullScreenOf is whose share, or whose call, fills a screen; empty for nobody's.
	FullScreenOf() engine.UserID
	// FullScreen fills a screen with what a member shares, or leaves it.
	FullScreen(user engine.UserID, on bool) error
}

// program connects the windows with the switchboard of the moment, which a person may change at any time.
//
// It owns the session. One session is made or closed at a time; what asks for the next one waits.
type program struct {
	options options
	profile *profile.Profile
	devices engine.Devices
	card    *media.Card
	desktop around
	log     *slog.Logger
	opened  chan struct{} // closed when there are windows
	windows windows       // see shown
	ended   atomic.Bool
	ending  func() // called once, when the program begins to end

	turn    chan struct{} // held by who changes the session
	events  events
	jukebox jukebox
	haste   *haste
	telling sync.Mutex // held by who tells the engine the preferences, so that the newest are told last

	mu       sync.Mutex
	session  *session // nil: none yet, or not any more
	settings profile.Settings
	accept   engine.CallID // to be accepted by the next session; empty afterwards
	closed   bool
}

// around is what calls need to know of the desktop.
type around interface {
	DoNotDisturb() bool
	Can(desktop.Ability) error
}

func newProgram(o options, p *profile.Profile, d engine.Devices, q around, h *haste, log *slog.Logger) *program {
	opened := make(chan struct{})
	return &program{
		options: o, profile: p, devices: d, card: o.graphicsCard(log), desktop: q, haste: h, log: log, ending: func() {},
		opened: opened, turn: make(chan struct{}, 1), jukebox: jukebox{log: log, begin: opened}, settings: o.over(p.Settings()), accept: engine.CallID(o.accept),
	}
}

// open says where calls are shown from now on. It is called once.
func (p *program) open(w windows) {
	p.windows = w
	close(p.opened)
}

// shown is where calls are shown, once that is there: a program connects while its windows are being made.
func (p *program) shown() windows {
	<-p.opened
	return p.windows
}

var errClosed = errors.New("the program is ending")

// over lays what the command line says over the settings.
func (o options) over(s profile.Settings) profile.Settings {
	if o.name != "" && o.name != s.Name {
		s.Name, s.UserID = o.name, ""
	}
	if o.user != "" {
		s.UserID = engine.UserID(o.user)
	}
	if o.server != "" && o.server != s.Server {
		s.Server, s.JoinCode, s.Pin = o.server, "", ""
	}
	return s
}

// begin connects as the settings say. Without a name or a switchboard it leaves everything to the person.
func (p *program) begin(ctx context.Context) {
	s := p.Settings()
	if s.Server == "" || s.Name == "" && s.UserID == "" {
		return
	}
	if err := p.change(ctx, s, p.options.deviceCode, false); err != nil && ctx.Err() == nil {
		p.log.Error("cannot start", "server", s.Server, "err", err)
		p.shown().Fail(err)
	}
}

// StartHere hosts a switchboard in this program and enters it.
func (p *program) StartHere(ctx context.Context, name string) error {
	s := p.renamed(name)
	s.Server, s.JoinCode, s.Pin = profile.Embedded, "", ""
	if err := p.change(ctx, s, "", true); err != nil {
		return err
	}
	return p.SaveSettings(s)
}

// Join enters another switchboard. What the link says of the user and of codes counts where nothing was typed.
func (p *program) Join(ctx context.Context, j ui.Joining) error {
	a, err := signal.ParseAddress(j.Address)
	if err != nil {
		return &engine.Error{Op: "join", Hint: "Check the address: it looks like HOST:PORT and is shown on the other machine under Invite.", Err: errors.Join(engine.ErrWrongAddress, err)}
	}
	s := p.renamed(j.Name)
	if a.User != "" {
		s.UserID = a.User
	}
	s.Server, s.Pin, s.JoinCode = a.String(), a.Pin, cmp.Or(strings.TrimSpace(j.JoinCode), a.JoinCode)
	if err := p.change(ctx, s, cmp.Or(strings.TrimSpace(j.DeviceCode), a.DeviceCode), true); err != nil {
		return err
	}
	return p.SaveSettings(s)
}

// renamed is the settings with another name, and so another ID.
func (p *program) renamed(name string) profile.Settings {
	s := p.Settings()
	if name = strings.TrimSpace(name); name != s.Name {
		s.Name, s.UserID = name, ""
		if p.options.user != "" {
			s.UserID = engine.UserID(p.options.user)
		}
	}
	return s
}

// change replaces the session. If sure, the new one must get through to its switchboard; otherwise everything stays as it was.
func (p *program) change(ctx context.Context, s profile.Settings, deviceCode string, sure bool) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// Two switchboards of ours would want the same storage. Any other old session waits until the new one is sure.
	was, first := p.Settings(), p.hosting() && s.Server == profile.Embedded
	if first {
		p.replace(ctx, nil, was)
	}
	err := p.enter(ctx, s, deviceCode, sure)
	if err != nil && first {
		err = errors.Join(err, p.enter(ctx, was, "", false))
	}
	return err
}

// enter makes a session and shows it.
func (p *program) enter(ctx context.Context, s profile.Settings, deviceCode string, sure bool) error {
	next, err := p.start(ctx, s, deviceCode)
	if err != nil {
		return err
	}
	if sure {
		err = settled(ctx, next.client)
	}
	if err == nil && p.isClosed() {
		err = errClosed
	}
	if err != nil {
		return errors.Join(err, next.close(ctx))
	}
	p.replace(ctx, next, s)
	return nil
}

// replace puts another session in the place of the old one, which it closes. Only who holds the turn may call it. The new one
// accepts the call that was accepted while there was none.
func (p *program) replace(ctx context.Context, next *session, s profile.Settings) {
	p.mu.Lock()
	old := p.session
	p.session, p.settings = next, s
	accept := p.accept
	if next != nil {
		p.accept = ""
	}
	p.mu.Unlock()
	if next != nil {
		if accept != "" {
			next.client.AcceptEarly(accept, engine.Answer{})
		}
		p.prefer() // tones that came meanwhile
		p.shown().SetEngine(next.client)
	} else {
		p.shown().SetEngine(nil)
	}
	if err := old.close(ctx); err != nil {
		p.log.Warn("the old session did not close cleanly", "err", err)
	}
}

// acceptEarly accepts a call whose ring may not be here yet. Without a session the next one does.
func (p *program) acceptEarly(id engine.CallID) {
	p.mu.Lock()
	now := p.session
	if now == nil {
		p.accept = id
	}
	p.mu.Unlock()
	if now != nil {
		now.client.AcceptEarly(id, engine.Answer{})
	}
}

// close ends the session for good: calls are hung up, a switchboard of ours is closed. It waits for a change that is under way.
func (p *program) close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	old := p.session
	p.session = nil
	p.mu.Unlock()
	return old.close(ctx)
}

// Discover calls found for each switchboard of the local network until ctx ends.
func (p *program) Discover(ctx context.Context, found func(name, address string)) {
	err := server.Browse(ctx, func(f server.Found) {
		address := f.Address
		if a, err := signal.ParseAddress(f.Address); err == nil && f.Pin != "" {
			a.Pin = f.Pin
			address = a.Link()
		}
		found(f.Name, address)
	})
	if err != nil && ctx.Err() == nil {
		p.log.Info("cannot look for switchboards on the network", "err", err)
	}
}

// DeviceLink is what to open on another device of the user, with a code from the engine's DeviceCode. It is empty without a session.
func (p *program) DeviceLink(code string) string {
	now := p.current()
	if now == nil {
		return ""
	}
	a := now.link()
	a.User, a.DeviceCode = now.client.Snapshot().Me.ID, code
	return a.Link()
}

// InviteLink is what to send to others; empty if the switchboard is not ours.
func (p *program) InviteLink() string {
	if s := p.current(); s != nil && s.server != nil {
		return s.server.InviteLink()
	}
	return ""
}

// Settings are those of this run: the person's, under what the command line says.
func (p *program) Settings() profile.Settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

// SaveSettings remembers settings. Devices and preferences take effect at once; a switchboard does with StartHere and Join.
func (p *program) SaveSettings(s profile.Settings) error {
	if err := p.profile.SaveSettings(s); err != nil {
		return err
	}
	p.mu.Lock()
	was := p.settings
	p.settings = s
	p.mu.Unlock()
	if now := p.current(); now != nil {
		now.client.SetChoice(rechosen(now.client.Choice(), was, s))
	}
	p.prefer()
	return nil
}

// prefer hands the engine what the settings and the desktop say of rings.
func (p *program) prefer() {
	p.telling.Lock()
	defer p.telling.Unlock()
	if now := p.current(); now != nil {
		now.client.SetPreferences(p.preferences(p.Settings()))
	}
}

// Version is that of the program.
func (p *program) Version() string { return build().Version }

// Quit asks the program to end and returns at once.
func (p *program) Quit() {
	p.end()
	p.shown().Quit()
}

// end says, once, that the program ends.
func (p *program) end() {
	if !p.ended.Swap(true) {
		p.ending()
	}
}

// hosting reports whether the switchboard is ours.
func (p *program) hosting() bool {
	s := p.current()
	return s != nil && s.server != nil
}

func (p *program) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *program) current() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}
