package engine

import (
	"log/slog"
	"slices"

	"github.com/parley-calls/parley/engine/media"
)

// CanClean reports whether this build can take echo and noise out of voices, see [Preferences.Cleaning].
func CanClean() bool { return media.CanClean() }

// newCleaner makes what cleans a voice; nil where it cannot be, which costs quality but no call.
func newCleaner(what media.Cleaning, log *slog.Logger) *media.Cleaner {
	if !media.CanClean() {
		return nil
	}
	c, err := media.NewCleaner()
	if err != nil {
		log.Error("voices are sent with echo and noise", "err", err)
		return nil
	}
	c.Set(what)
	return c
}

// processor is a cleaner at the start of a microphone, of which it knows nothing yet; nil where nothing is to be cleaned.
func processor(c *media.Cleaner, devices Devices, microphone string) media.Processor {
	direct := func(d media.Device) bool {
		return d.Kind == media.MicrophoneDevice && d.Direct && (d.ID == microphone || microphone == "" && d.Default)
	}
	if c == nil || slices.ContainsFunc(devices.Devices(), direct) {
		return nil
	}
	c.Reset()
	return c
}
