//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/soundtest"
)

// A person with a headset is called. The headset is unplugged during the call and plugged in again: both times sound goes on, both
// ways, on what is there, and the app says so. Then he asks for the loudspeaker.
func TestHeadsetIsUnplugged(t *testing.T) {
	sound := soundtest.StartFor(t)
	plug := func() (unplug func()) {
		t.Helper()
		const about = `device.description=Headset device.form_factor=headset device.bus=usb device.bus_path=usb-7`
		var modules []string
		for _, m := range [][]string{
			{"module-null-sink", "sink_name=headset", fmt.Sprint("rate=", soundtest.Rate), `sink_properties="` + about + `"`},
			{"module-remap-source", "master=" + soundtest.Mic + ".monitor", "source_name=headsetmic", `source_properties="` + about + `"`},
		} {
			id, err := sound.Control(append([]string{"load-module"}, m...)...)
			if err != nil {
				t.Fatal(err)
			}
			modules = append(modules, id)
		}
		for _, d := range []string{"set-default-sink " + soundtest.Speaker, "set-default-source " + soundtest.Microphone} { // a new device may have become it
			var command, name string
			_, _ = fmt.Sscan(d, &command, &name)
			if _, err := sound.Control(command, name); err != nil {
				t.Fatal(err)
			}
		}
		return func() {
			t.Helper()
			for _, m := range modules {
				if _, err := sound.Control("unload-module", m); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	unplug := plug()
	_, hush, err := sound.Play(soundtest.Mic, &hum{}) // what both microphones hear
	if err != nil {
		t.Fatal(err)
	}
	defer hush()

	at := switchboard(t)
	real := []string{"PULSE_SERVER=" + sound.Address()}
	ana := startOn(t, "ana", real, "--server", at, "--speaker", "", "--microphone", "")
	bob := launch(t, "bob", at)
	ana.await("online", func(s status) string { return unless(s.Connection == "online", s.Connection) })
	awaitOutput(t, ana, "usb", "Headset")
	watch := ana.watch()
	bob.invite("ana")
	ana.awaitRing()
	ana.ctl("accept")
	ana.awaitLive(1)
	bob.awaitLive(1)
	heardOn(t, sound, "headset")
	isHeard(t, bob)

	unplug()
	moved := func(on bool, speaker, microphone string) {
		t.Helper()
		for kind, label := range map[string]string{"speaker": speaker, "microphone": microphone} {
			e := watch.await("device-moved", func(e event) bool { return e.Kind == kind && e.On == on })
			if e.Label != label {
				t.Errorf("the %s moved to %q, want %q", kind, e.Label, label)
			}
		}
	}
	moved(false, soundtest.Speaker, soundtest.Label)
	awaitOutput(t, ana, "speaker", soundtest.Speaker)
	heardOn(t, sound, soundtest.Speaker)
	isHeard(t, bob)

	plug()
	moved(true, "Headset", "Headset")
	awaitOutput(t, ana, "usb", "Headset")
	heardOn(t, sound, "headset")
	isHeard(t, bob)

	ana.ctl("output", "speaker")
	awaitOutput(t, ana, "speaker", soundtest.Speaker)
	heardOn(t, sound, soundtest.Speaker)
	ana.ctl("output", "headphones")
	awaitOutput(t, ana, "usb", "Headset")
	ana.ctl("output", soundtest.Mic)
	awaitOutput(t, ana, "other", soundtest.Mic)
	if out, err := ana.try("output", "no such thing"); err == nil {
		t.Errorf("a speaker that is not there is taken: %s", out)
	}
	var listed struct {
		Speakers []struct{ Label, Route string }
	}
	if err := json.Unmarshal(ana.ctl("output"), &listed); err != nil || len(listed.Speakers) != 3 {
		t.Errorf("it lists %+v (%v)", listed.Speakers, err)
	}
	ana.ctl("hangup")
	ana.awaitEnded("local hangup")
}

// hum is a tone without an end that comes and goes as syllables do: what is steady is noise, and not sent.
type hum struct{ at int }

func (h *hum) Read(b []byte) (int, error) {
	n := len(b) &^ 1
	for i := 0; i < n; i += 2 {
		v := int16(8000)
		switch {
		case h.at%(rate/3) < rate/6:
			v = 0
		case h.at%160 < 80: // 300 Hz at 48 kHz
			v = -v
		}
		h.at++
		b[i], b[i+1] = byte(v), byte(uint16(v)>>8)
	}
	return n, nil
}

func awaitOutput(t *testing.T, a *app, route, label string) {
	t.Helper()
	a.await("output "+label, func(status) string {
		var s struct{ Output struct{ Route, Label string } }
		if err := json.Unmarshal(a.ctl("status"), &s); err != nil {
			return err.Error()
		}
		return unless(s.Output.Route == route && s.Output.Label == label, fmt.Sprintf("it is %+v", s.Output))
	})
}

// heardOn waits until something is to be heard on a sink.
func heardOn(t *testing.T, sound *soundtest.Server, sink string) {
	t.Helper()
	loudest := 0.0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		raw, err := sound.Record(sink, 2*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		pcm := samples(raw)
		for at := 0; at+rate/2 <= len(pcm); at += rate / 2 {
			sum := 0.0
			for _, v := range pcm[at : at+rate/2] {
				sum += v * v
			}
			loudest = max(loudest, math.Sqrt(2*sum/rate))
		}
		if loudest > 0.02 {
			return
		}
	}
	t.Errorf("nothing is heard on %s: level %.4f", sink, loudest)
}

// isHeard waits until somebody hears the other one in his call.
func isHeard(t *testing.T, a *app) {
	t.Helper()
	a.await("a voice", func(status) string {
		var s struct {
			Calls []struct{ Members []struct{ Level float64 } }
		}
		if err := json.Unmarshal(a.ctl("status"), &s); err != nil || len(s.Calls) == 0 || len(s.Calls[0].Members) == 0 {
			return fmt.Sprint("nobody is there ", err)
		}
		return unless(s.Calls[0].Members[0].Level > 0.01, fmt.Sprint("level ", s.Calls[0].Members[0].Level))
	})
}
