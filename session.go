package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/server"
)

// session is an engine on one switchboard, and that switchboard if this program hosts it.
type session struct {
	client *engine.Client
	server *server.Server // nil: somebody else's
	stop   func()         // of the events
}

// start makes a session of what the settings say. It returns when a switchboard of ours serves; whether the engine gets through to
// it, or to another's, its snapshots tell.
func start(ctx context.Context, o options, p *profile.Profile, s profile.Settings, d engine.Devices, events func(engine.Event), log *slog.Logger) (*session, error) {
	me, err := identity(s)
	if err != nil {
		return nil, err
	}
	var out session
	var address signal.Address
	if s.Server == profile.Embedded {
		if out.server, err = host(ctx, o.listen, p.ServerData(), me.Name, log); err != nil {
			return nil, err
		}
		address = ownAddress(out.server, o.listen)
	} else if address, err = remoteAddress(s); err != nil {
		return nil, err
	}
	out.client, err = engine.Start(engine.Options{
		Server: address.Link(), AppID: o.appID, AppSign: o.appSign, User: me, Device: s.DeviceID,
		Store:   store{kept: p, embedded: out.server != nil, given: o.credentials},
		Devices: d, Choice: choice(o, s), Video: media.VideoFormat{Width: o.video.width, Height: o.video.height},
		Preferences: engine.Preferences{Tones: tones()}, AutoAccept: o.autoAccept, Logger: log,
	})
	if err != nil {
		return nil, errors.Join(err, out.close(ctx))
	}
	out.stop = out.client.Subscribe(events)
	return &out, nil
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

// tones are made once: they are the same for every session.
var tones = sync.OnceValue(func() engine.Tones {
	return engine.Tones{Incoming: assets.Incoming(), RingBack: assets.RingBack(), Busy: assets.Busy(), Ended: assets.Ended()}
})

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
