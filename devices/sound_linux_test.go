package devices

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/soundtest"
)

// These tests do not run beside others: they change the environment and count goroutines.

// withServer starts a sound server and returns the machine's sound devices.
func withServer(t *testing.T, sinks ...string) (*soundtest.Server, *Set) {
	t.Helper()
	server := soundtest.StartFor(t, sinks...)
	t.Setenv("PULSE_SERVER", server.Address())
	return server, selected(t, Selection{Camera: None}, Options{Logger: testLog(t)})
}

// ramp is 16-bit mono that rises by one each sample.
type ramp struct{ next int16 }

func (r *ramp) Read(b []byte) (int, error) {
	b = b[:len(b)&^1]
	for i := 0; i < len(b); i += 2 {
		binary.LittleEndian.PutUint16(b[i:], uint16(r.next))
		if r.next++; r.next == 30000 {
			r.next = -30000
		}
	}
	return len(b), nil
}

func read(t *testing.T, mic media.AudioSource) []float32 {
	t.Helper()
	block, release, err := mic.Read()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	return samplesOf(t, block)
}

func openMic(t *testing.T, s *Set, id string) media.AudioSource {
	t.Helper()
	mic, err := s.OpenMicrophone(timeout(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return mic
}

// TestMicrophoneLosesNothing compares each sample of six seconds with what was played.
func TestMicrophoneLosesNothing(t *testing.T) {
	server, s := withServer(t)
	_, stop, err := server.Play(soundtest.Mic, &ramp{})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	mic := openMic(t, s, "")
	closing(t, mic)
	if mic.Label() != soundtest.Label {
		t.Errorf("label %q", mic.Label())
	}
	last, started, jumps, silence, n := int16(0), false, 0, 0, 0
	deadline := time.Now().Add(patience)
	for n < 6*media.SampleRate && time.Now().Before(deadline) {
		for _, v := range read(t, mic) {
			got := int16(math.Round(float64(v) * 32768))
			if !started {
				started = got > 1000 && got == last+1
				last = got
				continue
			}
			want := last + 1
			if want == 30000 {
				want = -30000
			}
			switch {
			case got == want:
			case got == 0 || last == 0: // the player ran dry
				silence++
			default:
				jumps++
				t.Logf("after %d samples: %d, want %d", n, got, want)
			}
			last = got
			n++
		}
	}
	t.Logf("%d jumps and %d samples of the player's silence in %d samples", jumps, silence, n)
	if n < 3*media.SampleRate || jumps > 0 || silence > n/4 {
		t.Error("what is heard is not what was played")
	}
}

func tone(frequency float64) func([]float32) {
	n := 0
	return func(out []float32) {
		for i := range out {
			out[i] = 0.3 * float32(math.Sin(2*math.Pi*frequency*float64(n)/media.SampleRate))
			n++
		}
	}
}

// heard is the part that a tone has in what a sink plays.
func heard(t *testing.T, server *soundtest.Server, sink string, frequency float64) float64 {
	t.Helper()
	raw, err := server.Record(sink, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]float32, len(raw)/2)
	for i := range pcm {
		pcm[i] = float32(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / 32768
	}
	return strength(pcm, soundtest.Rate, frequency)
}

func awaitTone(t *testing.T, server *soundtest.Server, sink string, frequency float64) {
	t.Helper()
	until(t, func() string {
		if h := heard(t, server, sink, frequency); h < 0.8 {
			return fmt.Sprintf("%.0f Hz is %.2f of what %s plays", frequency, h, sink)
		}
		return ""
	})
}

func TestSpeakersPlayWhereTheyShould(t *testing.T) {
	server, s := withServer(t, "other")
	byDefault, err := s.OpenSpeaker(timeout(t), "", tone(600))
	if err != nil {
		t.Fatal(err)
	}
	closing(t, byDefault)
	chosen, err := s.OpenSpeaker(timeout(t), "other", tone(1500))
	if err != nil {
		t.Fatal(err)
	}
	if byDefault.Label() != soundtest.Speaker || chosen.Label() != "other" {
		t.Errorf("labels %q and %q", byDefault.Label(), chosen.Label())
	}
	awaitTone(t, server, soundtest.Speaker, 600)
	awaitTone(t, server, "other", 1500)
	if h := heard(t, server, soundtest.Speaker, 1500); h > 0.01 {
		t.Errorf("%.3f of the other's tone is heard", h)
	}
	start := time.Now()
	if err := chosen.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("closed in %v", time.Since(start))

	if _, err := server.Control("set-default-sink", "other"); err != nil { // who asked for the default follows it
		t.Fatal(err)
	}
	until(t, func() string {
		if l := byDefault.Label(); l != "other" {
			return "still plays on " + l
		}
		return ""
	})
	awaitTone(t, server, "other", 600)
	select {
	case <-byDefault.Lost():
		t.Error("lost by moving")
	default:
	}
}

// TestSlowSpeakerGetsTime makes a machine that is too slow for the least latency, and expects more of it.
func TestSlowSpeakerGetsTime(t *testing.T) {
	noLeak(t)
	_, s := withServer(t)
	n := 0
	out, err := s.OpenSpeaker(timeout(t), "", func(out []float32) {
		clear(out)
		if n++; n%8 == 0 {
			time.Sleep(45 * time.Millisecond)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, out)
	owner := s.speakers.(*speakers)
	until(t, func() string {
		owner.mu.Lock()
		defer owner.mu.Unlock()
		if owner.latency == leastLatency {
			return "the latency does not grow"
		}
		return ""
	})
	select {
	case <-out.Lost():
		t.Error("lost")
	default:
	}
}

func kinds(s *Set, kind media.DeviceKind) (out []media.Device) {
	for _, d := range s.Devices() {
		if d.Kind == kind {
			out = append(out, d)
		}
	}
	return out
}

func TestSoundDevicesComeAndGo(t *testing.T) {
	noLeak(t)
	server, s := withServer(t)
	var told atomic.Int64
	stop := s.Watch(func() { told.Add(1) })
	defer stop()
	until(t, func() string {
		if got := kinds(s, media.SpeakerDevice); len(got) != 2 || got[0].ID != soundtest.Speaker || !got[0].Default || got[1].Default {
			return fmt.Sprintf("speakers %+v", got)
		}
		return ""
	})
	if got, want := kinds(s, media.MicrophoneDevice), (media.Device{ID: soundtest.Microphone, Label: soundtest.Label, Kind: media.MicrophoneDevice, Default: true, Route: media.RouteOther}); !slices.Equal(got, []media.Device{want}) {
		t.Errorf("microphones %+v", got) // without the monitors
	}
	before := told.Load()
	module, err := server.Control("load-module", "module-null-sink", "sink_name=headset",
		`sink_properties="device.description=Headset device.form_factor=headset device.bus=usb device.bus_path=usb-7"`)
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		if got := kinds(s, media.SpeakerDevice); len(got) != 3 || told.Load() == before {
			return fmt.Sprintf("speakers %+v, told %d times", got, told.Load()-before)
		}
		return ""
	})
	list := kinds(s, media.SpeakerDevice)
	want := media.Device{ID: "headset", Label: "Headset", Kind: media.SpeakerDevice, Route: media.RouteUSB, Headset: true, Group: "usb-7"}
	if !slices.Contains(list, want) {
		t.Errorf("speakers %+v, want %+v among them", list, want)
	}
	out, err := s.OpenSpeaker(timeout(t), "Headset", func([]float32) {})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, out)
	if _, err := server.Control("unload-module", module); err != nil {
		t.Fatal(err)
	}
	select {
	case <-out.Lost():
	case <-time.After(patience):
		t.Fatal("the speaker was unplugged and is not lost")
	}
	_, err = s.OpenSpeaker(timeout(t), "headset", func([]float32) {})
	reasonOf(t, err, media.SpeakerDevice, media.ErrDeviceNotFound)
}

// awaitLoss reads until the microphone ends, and returns how long that took.
func awaitLoss(t *testing.T, mic media.AudioSource) time.Duration {
	t.Helper()
	ended := make(chan error, 1)
	start := time.Now()
	go func() {
		for {
			if _, _, err := mic.Read(); err != nil {
				ended <- err
				return
			}
		}
	}()
	select {
	case err := <-ended:
		reasonOf(t, err, media.MicrophoneDevice, media.ErrDeviceLost)
	case <-time.After(patience):
		t.Fatal("the microphone is gone and a read goes on")
	}
	return time.Since(start)
}

func TestMicrophoneIsUnplugged(t *testing.T) {
	noLeak(t)
	server, s := withServer(t)
	mic := openMic(t, s, soundtest.Microphone)
	closing(t, mic)
	read(t, mic)
	if err := server.RemoveMicrophone(); err != nil {
		t.Fatal(err)
	}
	took := awaitLoss(t, mic)
	t.Logf("lost after %v", took)
	if took > 2*time.Second {
		t.Errorf("noticed after %v", took)
	}
	_, err := s.OpenMicrophone(timeout(t), soundtest.Microphone)
	reasonOf(t, err, media.MicrophoneDevice, media.ErrDeviceNotFound)
	if _, err := server.AddMicrophone(); err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		if len(kinds(s, media.MicrophoneDevice)) == 0 {
			return "the microphone is back and not listed"
		}
		return ""
	})
	again := openMic(t, s, "")
	closing(t, again)
	read(t, again)
}

func TestSoundServerDiesAndReturns(t *testing.T) {
	if !soundtest.Available() {
		t.Skip("pulseaudio is not here")
	}
	dir, err := os.MkdirTemp("", "sound")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(dir, "native"))
	s := selected(t, Selection{Camera: None}, Options{Logger: testLog(t)})

	start := time.Now()
	_, err = s.OpenMicrophone(timeout(t), "")
	reasonOf(t, err, media.MicrophoneDevice, media.ErrNoSoundServer)
	_, err = s.OpenSpeaker(timeout(t), "", func([]float32) {})
	reasonOf(t, err, media.SpeakerDevice, media.ErrNoSoundServer)
	t.Logf("without a server: %v", time.Since(start))

	for round := range 2 {
		server, err := soundtest.Start(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		until(t, func() string {
			if len(kinds(s, media.MicrophoneDevice)) == 0 {
				return "the server is there and its microphone is not listed"
			}
			return ""
		})
		mic := openMic(t, s, "")
		read(t, mic)
		out, err := s.OpenSpeaker(timeout(t), "", tone(600))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		awaitTone(t, server, soundtest.Speaker, 600)
		server.Stop()
		t.Logf("lost after %v", awaitLoss(t, mic))
		select {
		case <-out.Lost():
		case <-time.After(patience):
			t.Fatal("the server is dead and the speaker is not lost")
		}
		start := time.Now()
		for _, c := range []io.Closer{mic, out} {
			if err := c.Close(); err != nil {
				t.Logf("close: %v", err)
			}
		}
		t.Logf("closed in %v", time.Since(start))
		until(t, func() string {
			if n := len(kinds(s, media.MicrophoneDevice)) + len(kinds(s, media.SpeakerDevice)); n > 0 {
				return fmt.Sprintf("%d devices of a dead server are listed", n)
			}
			return ""
		})
	}
}

// TestOpenAndCloseOften does it with a reader at work: that is when the stock drivers crash.
func TestOpenAndCloseOften(t *testing.T) {
	_, s := withServer(t)
	round := func() {
		mic := openMic(t, s, "")
		ended := make(chan error, 1)
		reading := make(chan struct{})
		go func() {
			defer close(ended)
			for n := 0; ; n++ {
				if _, _, err := mic.Read(); err != nil {
					ended <- err
					return
				}
				if n == 0 {
					close(reading)
				}
			}
		}()
		out, err := s.OpenSpeaker(timeout(t), "", func(out []float32) { clear(out) })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-reading:
		case <-time.After(patience):
			t.Fatal("no sound")
		}
		if err := errors.Join(mic.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, io.EOF) {
			t.Fatalf("read after close: %v", err)
		}
	}
	for range 5 { // libraries keep what they load first
		round()
	}
	noLeak(t)
	for range 50 {
		round()
	}
}

// TestNoNoise makes sure that the sound libraries' hundred lines do not reach the terminal.
func TestNoNoise(t *testing.T) {
	_, s := withServer(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(r)
		lines <- b
	}()
	back := redirect(t, w)
	out, err := s.OpenSpeaker(timeout(t), "", func([]float32) {})
	back()
	if err != nil {
		t.Fatal(err)
	}
	closing(t, out)
	if b := <-lines; len(bytes.TrimSpace(b)) > 0 {
		t.Errorf("on stderr: %s", b)
	}
}

// redirect sends stderr of the whole process to w until it is called back; then w is closed.
func redirect(t *testing.T, w *os.File) (back func()) {
	t.Helper()
	saved, err := syscall.Dup(2)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(int(w.Fd()), 2, 0); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	return func() {
		_ = syscall.Dup3(saved, 2, 0)
		_ = syscall.Close(saved)
	}
}
