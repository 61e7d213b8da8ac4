//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// open starts the program a second time for the profile, with a link, as a browser does. It has to end soon, and returns its exit code
// and what it said.
func (a *app) open(link string) (code int, said string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, *parley, "--profile", a.profile, link)
	c.Env = here.env()
	out, err := c.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		a.t.Fatalf("%s %s: %v: %s", *parley, link, err, out)
	}
	if ctx.Err() != nil {
		a.t.Fatalf("the second start with %s does not end: %s", link, out)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// settledLook is the main window of an app once it no longer changes.
func settledLook(t *testing.T, a *app) *image.RGBA {
	t.Helper()
	var last *image.RGBA
	a.await("a window that stands still", func(status) string {
		now, err := here.look(mainWindow(t, a))
		if err != nil {
			return err.Error()
		}
		same := last != nil && bytes.Equal(now.Pix, last.Pix)
		last = now
		if !same {
			time.Sleep(150 * time.Millisecond) // between two looks
		}
		return unless(same, "it changes")
	})
	return last
}

// light is the mean brightness of the left edge of a window, which no sheet covers: it is dimmed while one is open.
func light(img *image.RGBA) float64 {
	sum, n := 0, 0
	for y := 60; y < img.Rect.Dy(); y++ {
		for x := 8; x < 18; x++ { // beside the mark of the row that has the keyboard
			c := img.RGBAAt(x, y)
			sum += int(c.R) + int(c.G) + int(c.B)
			n += 3
		}
	}
	return float64(sum) / float64(n)
}

// awaitSheet waits until a sheet is open in a window that is this bright without one, or until none is.
func awaitSheet(t *testing.T, a *app, bright float64, open bool) {
	t.Helper()
	a.await("the sheet", func(status) string {
		img, err := here.look(mainWindow(t, a))
		if err != nil {
			return err.Error()
		}
		now := light(img)
		return unless((now < bright*0.75) == open, fmt.Sprintf("the window's edge is %.0f bright, was %.0f", now, bright))
	})
}

// answer presses a key in the main window until it has done something: a key counts only once the keyboard has been still for a second.
func answer(t *testing.T, a *app, key, what string, done func(status) string) {
	t.Helper()
	var pressed time.Time
	a.await(what, func(s status) string {
		why := done(s)
		if why != "" && time.Since(pressed) > 1500*time.Millisecond {
			xdotool(t, "windowfocus", "--sync", fmt.Sprint(uint32(mainWindow(t, a).id)), "key", key)
			pressed = time.Now()
		}
		return why
	})
}

// A link that a second start is given asks in the window of the first, and does nothing before the person says yes.
func TestLinksAreAskedAbout(t *testing.T) {
	ana, bob := pair(t)
	ana.await("everybody", func(s status) string { return unless(len(s.People) == 2, fmt.Sprintf("people are %+v", s.People)) })
	place(t, ana, 40, 40)
	place(t, bob, 900, 560)
	bright := light(settledLook(t, ana))
	given := func(link string) {
		t.Helper()
		if code, said := ana.open(link); code != 0 {
			t.Fatalf("%s: exit %d: %s", link, code, said)
		}
		awaitSheet(t, ana, bright, true)
		if s := ana.status(); len(s.Calls) > 0 {
			t.Fatalf("%s made %+v without a yes", link, s.Calls)
		}
		if s := bob.status(); len(s.Incoming) > 0 || s.Missed > 0 {
			t.Fatalf("%s called Bob without a yes", link)
		}
	}

	given("parley:call/bob")
	closed := func(status) string {
		img, err := here.look(mainWindow(t, ana))
		if err != nil {
			return err.Error()
		}
		return unless(light(img) > bright*0.9, "the sheet is open")
	}
	answer(t, ana, "Escape", "the sheet goes", closed)

	given("parley:call/bob?video=1")
	answer(t, ana, "Return", "a call", func(s status) string { return unless(len(s.Calls) == 1, "there is none") })
	bob.awaitRing()
	if in := bob.status().Incoming[0]; !in.Video || in.From.ID != "ana" {
		t.Errorf("Bob is called by %+v", in)
	}
	if n := bob.status().Missed; n != 0 {
		t.Errorf("the link that was answered with no left %d missed calls", n)
	}
	bob.ctl("reject")
	ana.awaitEnded("declined")
	settledLook(t, ana) // the page that says so has gone
	ana.await("the people", func(status) string {
		img, err := here.look(mainWindow(t, ana))
		if err != nil {
			return err.Error()
		}
		return unless(light(img) > bright*0.9, "the call's page is still there")
	})

	for _, a := range []*app{ana, bob} { // the call begins with the first
		if code, said := a.open("parley:join/standup"); code != 0 {
			t.Fatalf("exit %d: %s", code, said)
		}
		awaitSheet(t, a, bright, true)
		joined := func(s status) string {
			return unless(len(s.Calls) > 0 && s.Calls[0].ID == "standup", fmt.Sprintf("calls are %+v", s.Calls))
		}
		if joined(a.status()) == "" {
			t.Fatalf("%s is in the call without a yes", a.name)
		}
		answer(t, a, "Return", "the call", joined)
	}
	ana.awaitLive(1)
	bob.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}

// What is no link of Parley's is refused in words: by the second start, or, if it only looks like one, in the window, without a question.
func TestWrongLinksAreRefused(t *testing.T) {
	ana := launch(t, "ana", switchboard(t))
	ana.await("Echo", func(s status) string { return unless(len(s.People) == 1, fmt.Sprintf("people are %+v", s.People)) })
	if code, said := ana.open("https://example.org/ana"); code != 2 || !strings.Contains(said, "neither a flag nor a parley: link") {
		t.Errorf("exit %d: %s", code, said)
	}
	before := settledLook(t, ana)
	if code, said := ana.open("parley:nothing/ana"); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	ana.await("words about it", func(status) string {
		now, err := here.look(mainWindow(t, ana))
		if err != nil {
			return err.Error()
		}
		foot := image.Rect(0, now.Rect.Dy()*2/3, now.Rect.Dx(), now.Rect.Dy())
		return unless(differ(now, before, foot) > foot.Dx()*foot.Dy()/20, "nothing is said at the foot of the window")
	})
	if now := settledLook(t, ana); light(now) < light(before)*0.75 {
		t.Error("it is asked about")
	}
}

// differ counts the pixels of a part that are others.
func differ(a, b *image.RGBA, part image.Rectangle) (n int) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				n++
			}
		}
	}
	return n
}

// After a crash in a call the next start says so, and Enter on what it offers goes back to the call, with picture and sound.
func TestCrashIsToldAndTheCallRejoined(t *testing.T) {
	ana, bob := pair(t)
	id := ana.invite("bob", "--video")
	bob.awaitRing()
	bob.ctl("accept", "--camera")
	ana.awaitLive(1)
	bob.awaitLive(1)
	if err := bob.cmd.Process.Signal(syscall.SIGABRT); err != nil { // as abort() of a C library does
		t.Fatal(err)
	}
	<-bob.exited

	bob.run("--server", ana.status().Server)
	bob.await("the way back", func(s status) string {
		return unless(len(s.Joinable) == 1 && s.Joinable[0].Call == id && s.Joinable[0].Crashed, fmt.Sprintf("%+v", s.Joinable))
	})
	report, err := os.ReadFile(filepath.Join(bob.profile, "crash-report.txt"))
	if err != nil || !bytes.Contains(report, []byte("SIGABRT")) || !bytes.Contains(report, []byte("goroutine ")) {
		t.Errorf("the report is %.200q, %v", report, err)
	}
	if len(bob.status().Calls) > 0 {
		t.Fatal("it is in the call without having been asked")
	}
	settledLook(t, bob)
	answer(t, bob, "Return", "the call", func(s status) string {
		return unless(len(s.Calls) > 0 && s.Calls[0].ID == id, "it was not rejoined")
	})
	ana.awaitLive(1)
	bob.awaitLive(1)
	for _, a := range []*app{ana, bob} {
		a.await("picture and sound", func(status) string {
			moves := map[string]bool{}
			for _, c := range a.stats().Calls {
				for _, k := range c.Tracks {
					if k.Direction == "in" && k.Frames > 20 {
						moves[k.Kind] = true
					}
				}
			}
			return unless(moves["camera"] && moves["voice"], fmt.Sprintf("%s gets %v", a.name, moves))
		})
	}
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}
