package main

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/server"
)

// session is an engine on one switchboard, and that switchboard if this program hosts it.
type session struct {
	client  *engine.Client
	server  *server.Server // nil: somebody else's
	address signal.Address // of the switchboard, as this program reaches it
	store   store
	stop    func() // of what listens to the engine
}

// start makes a session of what the settings say. It returns when a switchboard of ours serves; whether the engine gets through to
// it, or to another's, its snapshots tell. A device code enrols this installation as one more device of the user.
func (p *program) start(ctx context.Context, s profile.Settings, deviceCode string) (*session, error) {
	me, err := identity(s)
	if err != nil {
		return nil, err
	}
	o := p.options
	var out session
	if s.Server == profile.Embedded {
		if out.server, err = host(ctx, o.listen, p.profile.ServerData(), me.Name, p.log); err != nil {
			return nil, err
		}
		out.address = ownAddress(out.server, o.listen)
	} else if out.address, err = remoteAddress(s); err != nil {
		return nil, err
	}
	out.store = store{kept: p.profile, embedded: out.server != nil, given: o.credentials}
	out.client, err = engine.Start(engine.Options{
		Server: out.address.Link(), AppID: o.appID, AppSign: o.appSign, User: me, Device: s.DeviceID, DeviceCode: deviceCode, Store: out.store,
		Devices: p.devices, Choice: choice(o, s), Video: media.VideoFormat{Width: o.video.width, Height: o.video.height}, Card: p.card,
		Preferences: p.preferences(s), Rules: engine.Rules{Adding: signal.MembersAdd}, RequireConfig: p.require,
		AutoAccept: o.autoAccept, MarksPointers: p.desktop.Can(desktop.Frames) == nil, Logger: p.log,
	})
	if err != nil {
		return nil, errors.Join(err, out.close(ctx))
	}
	unfollow, unhurry := out.client.Subscribe(p.events.publish), out.client.Updates(p.haste.look)
	out.stop = func() {
		unfollow()
		unhurry()
	}
	return &out, nil
}

// require says how calls begin, as the person wants it at that moment.
func (p *program) require(engine.CallInfo) engine.CallConfig {
	s := p.Settings()
	return engine.CallConfig{MicrophoneOff: s.JoinMuted, CameraOff: s.JoinWithoutVideo}
}

// inaudible is the ring volume of a person who turned it down all the way: to the engine 0 means that nothing was chosen.
const inaudible = 1e-4

// preferences are what the settings and the desktop say of rings, in the words of the engine. If the tones have yet to be made, they
// follow by themselves.
func (p *program) preferences(s profile.Settings) engine.Preferences {
	return engine.Preferences{
		CallWaiting: s.CallWaiting, DoNotDisturb: s.DoNotDisturb || s.ObeyDesktop && p.desktop.DoNotDisturb(),
		RingVolume: max(s.RingVolume, inaudible), Tones: p.jukebox.get(s.Tones, p.prefer), Volumes: s.Volumes,
		AnswerFirst: s.AnswerFirst,
		Cleaning:    media.Cleaning{KeepEcho: !s.EchoCancellation, KeepNoise: !s.NoiseSuppression, AutoGain: s.AutomaticGain},
	}
}

// link is where others find the switchboard of the session, without the codes that let them in.
func (s *session) link() signal.Address {
	a := s.address
	if s.server != nil {
		if open, err := signal.ParseAddress(s.server.InviteLink()); err == nil {
			a = open
		}
	}
	a.JoinCode = ""
	if a.Pin == "" {
		if c, err := s.store.Load(a.String()); err == nil {
			a.Pin = c.Pin
		}
	}
	return a
}

// key is the public key of this device on the switchboard.
func (s *session) key() (string, error) {
	c, err := s.store.Load(s.address.String())
	if err != nil {
		return "", err
	}
	return signal.PublicKey(c.Seed)
}

// close hangs up, says goodbye and ends the switchboard if it is ours. ctx bounds only what others may take for it.
func (s *session) close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	var errs []error
	if s.client != nil {
		s.stop()
		errs = append(errs, s.client.Close())
	}
	if s.server != nil {
		errs = append(errs, s.server.Close(ctx))
	}
	return errors.Join(errs...)
}

// remoteAddress is where the settings say that the switchboard is.
func remoteAddress(s profile.Settings) (signal.Address, error) {
	a, err := signal.ParseAddress(s.Server)
	if err != nil {
		return a, err
	}
	if a.Pin == "" {
		a.Pin = s.Pin
	}
	if a.JoinCode == "" {
		a.JoinCode = s.JoinCode
	}
	return a, nil
}

// choice is which devices to begin with. A device of the command line is what the system's choice means in this run.
func choice(o options, s profile.Settings) engine.DeviceChoice {
	c := engine.DeviceChoice{Camera: s.Camera, Microphone: s.Microphone, Speaker: s.Speaker, Ring: s.Ring}
	if o.camera != "" {
		c.Camera = ""
	}
	if o.microphone != "" {
		c.Microphone = ""
	}
	if o.speaker != "" {
		c.Speaker, c.Ring = "", ""
	}
	return c
}

// rechosen is a choice after other settings were made. What did not change stays as it is in this run, whatever the settings say: the
// command line may have named another device.
func rechosen(c engine.DeviceChoice, was, now profile.Settings) engine.DeviceChoice {
	for _, d := range []struct {
		choice   *string
		was, now string
	}{
		{&c.Camera, was.Camera, now.Camera}, {&c.Microphone, was.Microphone, now.Microphone},
		{&c.Speaker, was.Speaker, now.Speaker}, {&c.Ring, was.Ring, now.Ring},
	} {
		if d.was != d.now {
			*d.choice = d.now
		}
	}
	return c
}

// settled waits until the engine is online, and returns why if it cannot get there at the first try.
func settled(ctx context.Context, c *engine.Client) error {
	result := make(chan error, 1)
	stop := c.Updates(func(s *engine.Snapshot) {
		if s.Connection.State != engine.Online && s.Connection.Err == nil {
			return
		}
		select {
		case result <- s.Connection.Err:
		default:
		}
	})
	defer stop()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
