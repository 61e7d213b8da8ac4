package main

import (
	"sync"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// tonesOf are the sounds that the settings ask for.
func tonesOf(profile.Settings) engine.Tones { return ownTones() }

// ownTones are made once: they are the same for every session.
var ownTones = sync.OnceValue(func() engine.Tones {
	return engine.Tones{
		Incoming: assets.Incoming(), Waiting: assets.Waiting(), RingBack: assets.RingBack(), Busy: assets.Busy(), Declined: assets.Declined(),
		Ended: assets.Ended(), Dropped: assets.Dropped(), Reconnecting: assets.Reconnecting(),
	}
})
