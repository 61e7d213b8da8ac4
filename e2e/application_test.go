//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/ctl"
)

// application makes calls with Parley.
type application struct{}

func (application) name() string { return "Parley" }

func (application) version() string {
	out, _ := exec.Command(*parley, "--version").Output()
	return strings.TrimSpace(string(out))
}

func (application) meet(t *testing.T) host { return seats{switchboard(t)} }

// seats are the two sides of one call.
type seats struct{ switchboard string }

// seat is one side: an app.
type seat struct {
	*app
	video bool
}

func (s seats) start(t *testing.T, who, _ string, where seating) side {
	t.Helper()
	size := fmt.Sprintf("%dx%d", callWidth, callHeight)
	a := newApp(t, who, nil)
	a.command = func(program string, args ...string) *exec.Cmd {
		return where.command(t, who, s.switchboard, program, args...)
	}
	a.spawn("--server", s.switchboard, "--video", size, "--size", size, "--camera", where.filmOf(who).camera(), "--microphone", microphone(who), "--speaker", ear(who))
	return seat{a, where.filmOf(who) != nil}
}

// ask steers the app as `parley ctl` does, without a process for each word.
func (s seat) ask(args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	if code := ctl.Run(args, s.profile, &out, &errs); code != 0 {
		return nil, fmt.Errorf("exit %d: %s%s", code, out.Bytes(), errs.Bytes())
	}
	return out.Bytes(), nil
}

// until asks for the status until it is as wanted.
func (s seat) until(what string, wanted func(status) bool) {
	s.t.Helper()
	var last string
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		out, err := s.ask("status")
		var got status
		if err == nil {
			err = json.Unmarshal(out, &got)
		}
		if err == nil && wanted(got) {
			return
		}
		last = fmt.Sprint(string(out), err)
	}
	s.t.Fatalf("%s: waited for %s: %s\n%s", s.name, what, last, tail(s.log))
}

func (s seat) awaitReady() {
	s.t.Helper()
	s.until("the switchboard", func(s status) bool { return s.Connection == "online" })
}

func (s seat) call(other string) {
	s.t.Helper()
	args := []string{"invite", other}
	if s.video {
		args = append(args, "--video")
	}
	s.until("the other one", func(now status) bool {
		for _, p := range now.People {
			if p.ID == other && p.Presence == "online" {
				return true
			}
		}
		return false
	})
	if _, err := s.ask(args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s seat) awaitRing() {
	s.t.Helper()
	s.until("a ring", func(s status) bool { return len(s.Incoming) > 0 })
}

func (s seat) accept() {
	args := []string{"accept"}
	if !s.video {
		args = append(args, "--no-camera")
	}
	if _, err := s.ask(args...); err != nil {
		s.t.Error(err)
	}
}

func (s seat) awaitLive() {
	s.t.Helper()
	s.until("a live call", func(s status) bool { return len(s.Calls) > 0 && s.Calls[0].State == "live" })
}

func (s seat) content(w window) image.Rectangle { return w.rect }

func (s seat) received() received {
	s.t.Helper()
	got := camera(s.stats(), "in")
	return received{got.Codec, got.Width, got.Height, got.FPSCoded}
}
