package ui

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// together is how soon after each other the microphone and the speaker of one headset go: that is one piece of news.
const together = 3 * time.Second

// replugs are the devices that took the place of others in a call.
type replugs []engine.Event

// add takes in what has happened, and forgets what was in other calls.
func (m replugs) add(e engine.Event) replugs {
	m = slices.DeleteFunc(slices.Clone(m), func(old engine.Event) bool { return old.Call != e.Call })
	return append(m, e)
}

// words tell the newest of it in one sentence, with what belongs to it.
func (m replugs) words() string {
	e := m[len(m)-1]
	if e.On {
		if slices.ContainsFunc(m, func(old engine.Event) bool { return !old.On && old.Data == e.Label }) {
			return word("device.back", fill{"Label": e.Label})
		}
		return word("device.better", fill{"Label": e.Label})
	}
	microphone, speaker := "", ""
	for _, old := range m {
		if old.On || old.Data != e.Data || e.At.Sub(old.At) > together {
			continue
		}
		switch old.Kind {
		case media.MicrophoneDevice:
			microphone = old.Label
		case media.SpeakerDevice:
			speaker = old.Label
		}
	}
	switch {
	case e.Kind == media.CameraDevice:
		return word("device.moved.camera", fill{"From": e.Data, "To": e.Label})
	case microphone != "" && speaker != "":
		return word("device.moved.headset", fill{"From": e.Data, "Microphone": microphone, "Speaker": speaker})
	case e.Kind == media.MicrophoneDevice:
		return word("device.moved.microphone", fill{"From": e.Data, "To": e.Label})
	}
	return word("device.moved.speaker", fill{"From": e.Data, "To": e.Label})
}

// tellMoved says that another device is used now.
func (u *UI) tellMoved(e engine.Event) {
	u.replugs = u.replugs.add(e)
	mark := assets.Speaker
	switch e.Kind {
	case media.MicrophoneDevice:
		mark = assets.Microphone
	case media.CameraDevice:
		mark = assets.Camera
	}
	u.notice.tell(mark, u.replugs.words(), "", u.now().Add(tellTime), word("call.devices"), u.showDevices)
	u.apply.ask()
}

// showDevices is the way to another device: the menu of the call that is seen, or else the settings.
func (u *UI) showDevices() {
	switch {
	case u.pages == nil:
	case u.shown.main != viewCall:
		u.openSettings()
	case !u.pages.call.Menu.root.Visible():
		u.pages.call.Menu.toggle()
	}
}
