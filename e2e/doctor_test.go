//go:build e2e

package e2e

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// TestDoctor examines the profile of a running app, in a room in which the microphone hears the speaker, and then one that has never
// been used.
func TestDoctor(t *testing.T) {
	_, hush, err := here.sound.Play("mic", &noise{rand.New(rand.NewPCG(1, 2))}) // a silent microphone would be found out
	if err != nil {
		t.Fatal(err)
	}
	defer hush()
	loop, err := here.sound.Control("load-module", "module-loopback", "source=speaker.monitor", "sink=mic", "latency_msec=60")
	if err != nil {
		t.Fatal(err)
	}
	ana := start(t, "ana", "--server", "embedded")
	r := examine(t, "--profile", ana.profile)
	if _, err := here.sound.Control("unload-module", loop); err != nil {
		t.Error(err)
	}
	if !r.Room.Heard || r.Room.Delay < 50 || r.Room.Delay > 390 || r.Room.Left > r.Room.Gain-6 {
		t.Errorf("the room is %+v", r.Room)
	}
	ana.await("no trace of it", func(s status) string {
		return unless(len(s.Calls) == 0 && s.History == 0 && s.Missed == 0, "there is one")
	})

	r = examine(t, "--profile", t.TempDir())
	if r.Room.Heard {
		t.Errorf("the room is %+v although nothing is in it", r.Room)
	}
}

// noise is that of a quiet room, as 16 bit samples without end.
type noise struct{ *rand.Rand }

func (n *noise) Read(b []byte) (int, error) {
	b = b[:len(b)&^1]
	for i := 0; i < len(b); i += 2 {
		binary.LittleEndian.PutUint16(b[i:], uint16(int16(20*n.NormFloat64())))
	}
	return len(b), nil
}

type examined struct {
	OK         bool `json:"ok"`
	Camera     struct{ FPS float64 }
	Microphone struct{ Label string }
	Speaker    struct{ Label string }
	Room       struct {
		Heard bool
		Delay float64 `json:"delay_ms"`
		Gain  float64 `json:"gain_db"`
		Left  float64 `json:"left_db"`
	}
	Card struct {
		Tried, Chosen bool
		Reason        string
	} `json:"graphics_card"`
	Relays []struct{ Reached bool }
	Call   struct {
		Ticks, Pictures int
		Path            string
		MouthToEar      float64 `json:"mouth_to_ear_ms"`
		GlassToGlass    float64 `json:"glass_to_glass_ms"`
	}
	Findings []struct{ About, Severity, Text string }
}

// examine runs the doctor with the machine's sound devices and a test camera, and checks what holds everywhere.
func examine(t *testing.T, flags ...string) examined {
	t.Helper()
	commands := shownCommands(t, "docs/guide.md", "run by e2e.TestDoctor") // as the guide tells people to do
	if len(commands) != 1 || !strings.HasPrefix(commands[0], "parley ") {
		t.Fatalf("the guide has %q", commands)
	}
	args := append(append(flags, "--camera", "test"), strings.Fields(commands[0])[1:]...)
	c := exec.CommandContext(t.Context(), *parley, append(args, "--json")...)
	c.Env = here.env()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	var r examined
	if wrong := json.Unmarshal(out, &r); wrong != nil {
		t.Fatalf("%v, %v: %s%s", err, wrong, out, stderr.Bytes())
	}
	t.Logf("%s", out)
	if err != nil || !r.OK || len(r.Findings) < 9 {
		t.Errorf("%v: %+v", err, r.Findings)
	}
	if r.Camera.FPS < 5 || r.Microphone.Label == "" || r.Speaker.Label == "" {
		t.Errorf("devices are %+v", r)
	}
	if c := r.Card; !c.Tried || c.Chosen == (c.Reason != "") {
		t.Errorf("the graphics card is %+v", c)
	}
	// Ten seconds have twelve ticks; a machine that does more at the same time may lose some.
	if c := r.Call; c.Ticks < 6 || c.Pictures < 50 || c.MouthToEar <= 0 || c.MouthToEar > 2000 || c.GlassToGlass <= 0 || c.Path == "" {
		t.Errorf("the call was %+v", c)
	}
	for _, a := range r.Relays {
		if !a.Reached {
			t.Errorf("relays are %+v", r.Relays)
		}
	}
	return r
}
