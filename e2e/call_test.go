//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-calls/parley/devices"
)

// Two apps call each other through a switchboard of its own and through the one in the first app: picture and sound arrive,
// switches are seen, and after hanging up nothing is left.
func TestVideoCall(t *testing.T) {
	for _, where := range []string{"parley-server", "in the app"} {
		t.Run(where, func(t *testing.T) {
			spoken := speech(t)
			var ana, bob *app
			if where == "in the app" {
				ana = launch(t, "ana", "embedded", "--speaker", "ana", "--microphone", "file:"+spoken)
				bob = launch(t, "bob", ana.status().Server, "--speaker", "bob", "--microphone", "file:"+spoken)
			} else {
				at := switchboard(t)
				ana = launch(t, "ana", at, "--speaker", "ana", "--microphone", "file:"+spoken)
				bob = launch(t, "bob", at, "--speaker", "bob", "--microphone", "file:"+spoken)
			}
			place(t, ana, 20, 40)
			place(t, bob, 1000, 500) // neither may hide the other
			ana.await("bob is there", func(s status) string {
				for _, p := range s.People {
					if p.ID == "bob" && p.Presence == "online" {
						return ""
					}
				}
				return fmt.Sprintf("people are %+v", s.People)
			})

			ana.invite("bob", "--video")
			bob.awaitRing()
			ana.await("it rings there", func(s status) string {
				if len(s.Calls) == 1 && s.Calls[0].State == "ringing" {
					return ""
				}
				return fmt.Sprintf("calls are %+v", s.Calls)
			})
			bob.await("the window of the ring beside the main one", func(status) string {
				w := here.windows(bob.pid())
				return unless(len(w) == 2, fmt.Sprintf("windows are %+v", w))
			})
			keepPicture(t, bob, "ringing-"+short(where))
			bob.ctl("accept")
			ana.awaitLive(1)
			bob.awaitLive(1)

			watchPicture(t, ana, bob)
			watchPicture(t, bob, ana)
			keepPicture(t, bob, "call-"+short(where))
			listen(t, "bob", spoken)
			listen(t, "ana", spoken)
			switches(t, ana, bob)

			bob.ctl("hangup")
			bob.awaitEnded("local hangup")
			ana.awaitEnded("remote hangup")
			nothingLeft(t, ana)
			nothingLeft(t, bob)
		})
	}
}

func short(where string) string {
	if where == "in the app" {
		return "embedded"
	}
	return "server"
}

// watchPicture reads the frame counter and the clock that the sender's camera burns in from the pixels of the receiver's window:
// they advance, are never more than a second old, and nearly all coded pictures are decoded.
func watchPicture(t *testing.T, from, to *app) {
	t.Helper()
	to.await("a picture", func(s status) string {
		if len(s.Calls) > 0 && len(s.Calls[0].Members) == 1 && s.Calls[0].Members[0].Picture {
			return ""
		}
		return "no picture has arrived"
	})
	to.await("the bars to hide, which cover the counter at first", func(status) string {
		for range 6 {
			if w := here.windows(to.pid()); len(w) != 1 {
				return fmt.Sprintf("windows are %+v", w)
			} else if img, err := here.look(w[0]); err != nil {
				return err.Error()
			} else if _, ok := readMark(img); !ok {
				return "the counter cannot be read"
			}
			time.Sleep(70 * time.Millisecond)
		}
		return ""
	})
	outBefore, inBefore := camera(from.stats(), "out"), camera(to.stats(), "in")
	var first, last uint32
	read, deadline := 0, time.Now().Add(patience)
	for read < 20 {
		if time.Now().After(deadline) {
			keepPicture(t, to, "no-counter")
			t.Fatalf("the counter was read %d times from the window of %s", read, to.name)
		}
		w := here.windows(to.pid())
		if len(w) == 0 {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		at := time.Now()
		img, err := here.look(w[0])
		if err != nil {
			t.Fatal(err)
		}
		mark, ok := readMark(img)
		if !ok {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if age := mark.Age(at); age > time.Second {
			t.Errorf("the picture in the window of %s is %v old", to.name, age)
		}
		if read == 0 {
			first = mark.Frame
		} else if mark.Frame < last {
			t.Errorf("the counter went from %d back to %d", last, mark.Frame)
		}
		last = mark.Frame
		read++
		time.Sleep(100 * time.Millisecond)
	}
	if last-first < 20 {
		t.Errorf("the counter went only from %d to %d in two seconds", first, last)
	}
	out, in := camera(from.stats(), "out"), camera(to.stats(), "in")
	sent, decoded := out.Frames-outBefore.Frames, in.Frames-inBefore.Frames
	if float64(decoded) < 0.9*float64(sent)-5 { // the two were not asked at the same moment
		t.Errorf("%s coded %d pictures, %s decoded %d", from.name, sent, to.name, decoded)
	}
	if in.Width != 640 || in.Height != 360 || in.Codec != "VP8" {
		t.Errorf("received %dx%d %s", in.Width, in.Height, in.Codec)
	}
}

// readMark looks for the burnt-in counter where a 16:9 picture would lie in a window of any shape.
func readMark(img *image.RGBA) (devices.Mark, bool) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	fitW, fitH := w, w*9/16
	if fitH > h {
		fitW, fitH = h*16/9, h
	}
	coverW, coverH := w, w*9/16
	if coverH < h {
		coverW, coverH = h*16/9, h
	}
	for _, size := range []image.Point{{fitW, fitH}, {coverW, coverH}} {
		corner := image.Pt((w-size.X)/2, (h-size.Y)/2)
		if m, ok := devices.ReadMark(img, image.Rectangle{corner, corner.Add(size)}); ok {
			return m, true
		}
	}
	return devices.Mark{}, false
}

func camera(s stats, direction string) track { return trackOf(s, "camera", direction) }

func trackOf(s stats, kind, direction string) track {
	for _, c := range s.Calls {
		for _, t := range c.Tracks {
			if t.Kind == kind && t.Direction == direction {
				return t
			}
		}
	}
	return track{}
}

// switches mutes and unmutes, and takes the time until the other side shows it. The bound is the product's promise of 300 ms
// plus what two `parley ctl` processes take on a busy machine.
func switches(t *testing.T, ana, bob *app) {
	t.Helper()
	for _, step := range []struct {
		verb, state string
		seen        func(status) bool
	}{
		{"mic", "off", func(s status) bool { return !s.Calls[0].Members[0].Microphone }},
		{"mic", "on", func(s status) bool { return s.Calls[0].Members[0].Microphone }},
		{"camera", "off", func(s status) bool { return !s.Calls[0].Members[0].Camera }},
		{"camera", "on", func(s status) bool { return s.Calls[0].Members[0].Camera && s.Calls[0].Members[0].Picture }},
	} {
		ana.ctl(step.verb, step.state)
		bob.await("ana's "+step.verb+" "+step.state, func(s status) string {
			if len(s.Calls) > 0 && len(s.Calls[0].Members) == 1 && step.seen(s) {
				return ""
			}
			return fmt.Sprintf("calls are %+v", s.Calls)
		})
	}
}

// nothingLeft makes sure that after a call no stream, thread of work or file of it is left in the app.
func nothingLeft(t *testing.T, a *app) {
	t.Helper()
	a.await("released devices", func(status) string {
		if n := here.streams(a.pid()); n != 0 {
			return fmt.Sprintf("%d streams at the sound server", n)
		}
		return ""
	})
	// The first call leaves caches and pools behind, so the second is what counts.
	rest := a.stats().Process
	for range 2 {
		a.invite("echo", "--video")
		a.awaitLive(1)
		a.ctl("hangup")
		a.awaitEnded("local hangup")
	}
	a.await("the same resources as before", func(status) string {
		now := a.stats().Process
		if here.streams(a.pid()) != 0 || now.Goroutines > rest.Goroutines+2 || now.Handles > rest.Handles+2 {
			return fmt.Sprintf("%d goroutines and %d handles, before it were %d and %d", now.Goroutines, now.Handles, rest.Goroutines, rest.Handles)
		}
		return ""
	})
}

// TestEcho is the first minute of a new user: alone on one machine, a real call.
func TestEcho(t *testing.T) {
	a := launch(t, "ana", "embedded")
	a.invite("echo", "--video")
	a.awaitLive(1)
	watchPicture(t, a, a)
	keepPicture(t, a, "echo")
	if v := trackOf(a.stats(), "voice", "in"); v.Packets == 0 {
		t.Error("no sound comes back")
	}
	a.ctl("hangup")
	a.awaitEnded("local hangup")
}

// A voice call never opens the camera: one that does not exist is not missed.
func TestVoiceCall(t *testing.T) {
	a := launch(t, "ana", "embedded", "--camera", "none")
	a.invite("echo")
	a.awaitLive(1)
	s := a.status()
	if c := s.Calls[0]; c.Camera || !c.Microphone {
		t.Errorf("%+v", c)
	}
	if sent := camera(a.stats(), "out"); sent.Frames != 0 {
		t.Errorf("%d pictures were sent", sent.Frames)
	}
	a.ctl("hangup")
	a.awaitEnded("local hangup")
}

// keepPicture saves what a person would see, for the README and for looking at it.
func keepPicture(t *testing.T, a *app, name string) {
	t.Helper()
	for i, w := range here.windows(a.pid()) {
		img, err := here.look(w)
		if err != nil {
			continue
		}
		savePNG(t, fmt.Sprintf("%s-%d", name, i), img)
	}
}

func savePNG(t *testing.T, name string, img image.Image) {
	t.Helper()
	f, err := os.Create(filepath.Join(*keep, name+".png"))
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Error(err)
	}
}

// speech makes a WAV file of somebody speaking.
func speech(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speech.wav")
	raw := path + ".raw.wav"
	if out, err := exec.Command("espeak-ng", "-s", "150", "-w", raw,
		"The quick brown fox jumps over the lazy dog. Seven ships sail slowly past the silent harbour, and nobody waves.").CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v %s", err, out)
	}
	if out, err := exec.Command("sox", raw, "-r", "48000", "-c", "1", "-b", "16", path).CombinedOutput(); err != nil {
		t.Fatalf("sox: %v %s", err, out)
	}
	return path
}
