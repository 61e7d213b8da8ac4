package doctor

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// TestRoom hides the sweeps in noise, late and soft, and looks for them.
func TestRoom(t *testing.T) {
	t.Parallel()
	played := sweeps()
	for _, tt := range []struct {
		name   string
		delay  time.Duration
		factor float32
		noise  float32
		heard  bool
	}{
		{"loud and near", 30 * time.Millisecond, 0.5, 0.001, true},
		{"soft and late", 180 * time.Millisecond, 0.05, 0.001, true},
		{"in another phase", 60 * time.Millisecond, -0.3, 0.001, true},
		{"under noise", 60 * time.Millisecond, 0.2, 0.02, true},
		{"not at all", 0, 0, 0.01, false},
		{"in no sound", 0, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			heard := make([]float32, len(played)+samples(longestEcho))
			for i := range heard {
				heard[i] = tt.noise * float32(random.NormFloat64())
				if j := i - samples(tt.delay); j >= 0 && j < len(played) {
					heard[i] += tt.factor * played[j]
				}
			}
			r := room(played, heard)
			if r.Heard != tt.heard {
				t.Fatalf("got %+v", r)
			}
			if !tt.heard {
				return
			}
			if want := millis(tt.delay); math.Abs(r.Delay-want) > 1 {
				t.Errorf("delay is %.1f ms, want %.1f", r.Delay, want)
			}
			if media.CanClean() && r.Left > r.Gain-15 && tt.noise < 0.01 {
				t.Errorf("%.0f of %.0f dB are left", r.Left, r.Gain)
			}
			if want := 20 * math.Log10(math.Abs(float64(tt.factor))); math.Abs(r.Gain-want) > 1 {
				t.Errorf("gain is %.1f dB, want %.1f", r.Gain, want)
			}
		})
	}
	if r := room(played, played[:1000]); r.Heard {
		t.Errorf("in a microphone that ended early: %+v", r)
	}
}

// TestTicksFindTheirWay gives the lab ticks of which one is lost and one comes in two parts.
func TestTicksFindTheirWay(t *testing.T) {
	t.Parallel()
	l := &lab{}
	l.quiet = samples(tickEvery)
	start := time.Unix(1000, 0)
	const block = 10 * time.Millisecond
	for n := range 600 { // six seconds
		now := start.Add(time.Duration(n) * block)
		if n%80 == 0 {
			l.ticked(now)
		}
		out := make([]float32, media.Block)
		if n%80 == 15 && n/80 != 2 { // 150 ms later, and 5 ms into the block
			for i := media.Block / 2; i < len(out); i++ {
				out[i] = tickLevel
			}
		}
		if n%80 == 16 && n/80 != 2 {
			for i := range out {
				out[i] = tickLevel * float32(i%2)
			}
		}
		l.hear(out, now)
	}
	got := l.all()
	if len(got) != 7 {
		t.Fatalf("%d ticks came back: %v", len(got), got)
	}
	if slices.Max(got) != 155*time.Millisecond || slices.Min(got) != 155*time.Millisecond {
		t.Errorf("they took %v", got)
	}
}

func TestTickerKeepsTime(t *testing.T) {
	t.Parallel()
	var made []time.Time
	m := newTicker(func(at time.Time) { made = append(made, at) })
	loud := 0
	for range 100 {
		chunk, release, err := m.Read()
		if err != nil {
			t.Fatal(err)
		}
		for i := range chunk.ChunkInfo().Len {
			if chunk.At(i, 0).Int() != 0 {
				loud++
			}
		}
		release()
	}
	if len(made) != 2 || made[1].Sub(made[0]) != tickEvery {
		t.Errorf("ticks at %v", made)
	}
	if want := 2 * samples(tickTime); loud < want*9/10 || loud > want {
		t.Errorf("%d samples are loud, want about %d", loud, want)
	}
	m.Close()
	if _, _, err := m.Read(); err == nil {
		t.Error("it goes on after its end")
	}
}

// good is a report of a machine on which all is well.
func good() *Report {
	return &Report{
		Camera:      Camera{Label: "Cam", Width: 1280, Height: 720, FPS: 30, Light: 90},
		Microphone:  Microphone{Label: "Mic", Noise: -60, Longest: 15},
		Speaker:     Speaker{Label: "Box", Longest: 15},
		Switchboard: Switchboard{Address: "h:4455", Online: 12},
		Relays:      []Relay{{URL: "turn:h:4455", Took: 3, Reached: true}},
		Call:        Call{Path: "host", Answered: 90, RoundTrip: 2, MouthToEar: 70, GlassToGlass: 60, FPS: 30, Ticks: 12, Pictures: 300},
	}
}

// TestFindings spoils one thing after the other and reads what is said of it.
func TestFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		spoil    func(*Report)
		about    string
		severity Severity
		words    string
	}{
		{"all is well", func(*Report) {}, "camera", Fine, "1280×720"},
		{"not tried", func(*Report) {}, "graphics", Fine, "not been tried"},
		{"a graphics card that codes", func(r *Report) { r.Card = Card{Tried: true, Chosen: true, Driver: "iHD"} }, "graphics", Fine, "by the graphics card (iHD)"},
		{"one that does not", func(r *Report) { r.Card = Card{Tried: true, Reason: "it is slow"} }, "graphics", Fine, "by the processor: it is slow."},
		{"no camera", func(r *Report) { r.Camera.Trial = Trial{Error: "camera-missing"} }, "camera", Note, "no camera"},
		{"camera in use", func(r *Report) {
			r.Camera.Trial = failed(&media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
		},
			"camera", Problem, "another program uses the device. Close"},
		{"shutter", func(r *Report) { r.Camera.Light = 17 }, "camera", Note, "shutter"},
		{"slow camera", func(r *Report) { r.Camera.FPS = 9 }, "camera", Note, "light"},
		{"silent microphone", func(r *Report) { r.Microphone.Noise = silence }, "microphone", Problem, "nothing at all"},
		{"no microphone", func(r *Report) {
			r.Microphone.Trial = failed(&media.DeviceError{Kind: media.MicrophoneDevice, Reason: media.ErrNoSoundServer})
		},
			"microphone", Problem, "PulseAudio"},
		{"loud room", func(r *Report) { r.Microphone.Noise = -25 }, "microphone", Note, "noise"},
		{"stalling microphone", func(r *Report) { r.Microphone.Longest = 500 }, "microphone", Note, "500 ms"},
		{"stalling speaker", func(r *Report) { r.Speaker.Longest = 500 }, "speaker", Note, "500 ms"},
		{"no speaker", func(r *Report) {
			r.Speaker.Trial = failed(&media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrDeviceNotFound})
		}, "speaker", Problem, "cannot be used"},
		{"echo that is taken away", func(r *Report) { r.Room = Room{Heard: true, Gain: -20, Left: -60, Delay: 80} }, "echo", Fine, "80 ms"},
		{"echo", func(r *Report) { r.Room = Room{Heard: true, Gain: -20, Left: -30, Delay: 80} }, "echo", Note, "headset"},
		{"offline", func(r *Report) { r.Switchboard.Trial = failed(engine.ErrOffline) }, "switchboard", Problem, "cannot be used: the switchboard cannot be reached."},
		{"no call", func(r *Report) { r.Call.Trial = failed(engine.ErrJoinFailed) }, "call", Problem, "firewall"},
		{"no relay", func(r *Report) { r.Relays = nil }, "relay", Note, "no relay"},
		{"deaf relay", func(r *Report) { r.Relays[0].Reached = false }, "relay", Problem, "UDP"},
		{"one deaf relay", func(r *Report) { r.Relays = append(r.Relays, Relay{URL: "turn:i:1"}) }, "relay", Note, "turn:i:1 does not"},
		{"lost voice", func(r *Report) { r.Call.VoiceLost = 5 }, "sound", Note, "loses packets"},
		{"voice that cannot be understood", func(r *Report) { r.Call.VoiceLost = 30 }, "sound", Problem, "loses packets"},
		{"no voice", func(r *Report) { r.Call.Ticks = 0 }, "sound", Problem, "No sound"},
		{"late voice", func(r *Report) { r.Call.MouthToEar = 700 }, "sound", Note, "each other"},
		{"no picture", func(r *Report) { r.Call.Pictures = 0 }, "picture", Problem, "No picture"},
		{"frozen by the network", func(r *Report) { r.Call.Freezes, r.Call.PictureLost = 3, 8 }, "picture", Note, "loses packets"},
		{"frozen by the machine", func(r *Report) { r.Call.Freezes = 3 }, "picture", Note, "busy"},
		{"slow pictures", func(r *Report) { r.Call.FPS = 8 }, "picture", Note, "close other programs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := good()
			tt.spoil(r)
			all := r.Findings()
			i := slices.IndexFunc(all, func(f Finding) bool { return f.About == tt.about })
			if i < 0 {
				t.Fatalf("nothing about %s: %+v", tt.about, all)
			}
			f := all[i]
			if said := f.Text + " " + f.Hint; f.Severity != tt.severity || !strings.Contains(said, tt.words) {
				t.Errorf("got %s: %s", f.Severity, said)
			}
			if r.Well() != (tt.severity != Problem) {
				t.Errorf("well is %t", r.Well())
			}
			if f.Severity == Problem && f.Hint == "" {
				t.Error("no way out")
			}
		})
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	at := func(packets uint64, lost int64) engine.TrackStats {
		return engine.TrackStats{Packets: packets, Lost: lost}
	}
	for _, tt := range []struct {
		before, after engine.TrackStats
		want          float64
	}{
		{at(0, 0), at(0, 0), 0},
		{at(10, 5), at(100, 5), 0},
		{at(10, 5), at(100, 15), 10},
		{at(10, 5), at(100, 3), 0}, // late ones came
		{at(10, 0), at(10, 10), 100},
	} {
		if got := lost(tt.before, tt.after); got != tt.want {
			t.Errorf("%+v to %+v: %v %%", tt.before, tt.after, got)
		}
	}
}
