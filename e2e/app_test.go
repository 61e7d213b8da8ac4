//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that takes milliseconds on an idle machine.
const patience = 60 * time.Second

// status is what `parley ctl status` answers, as far as the tests look at it.
type status struct {
	Connection string
	Server     string
	People     []struct{ ID, Presence string }
	Incoming   []struct {
		Invitation, Call string
		From             struct{ ID, Name string }
		Others           []struct{ ID string }
		Video, Waiting   bool
		Data             string
	}
	Calls []struct {
		ID, State, Link, Ended, Speaker string
		EndedBy                         string `json:"ended_by"`
		Microphone, Camera, Moderator   bool
		Asked                           struct {
			By                 struct{ ID string }
			Microphone, Camera bool
		}
		Chat []struct {
			Text, Delivery string
			From           struct{ ID string }
		}
		Members []struct {
			ID, Name, Quality                 string
			Microphone, Camera, Picture, Held bool
			Share                             *shared
		}
		Share    shared
		Problems []struct{ Of, Code string }
		Waiting  []struct {
			ID, State string
			Mine      bool
		}
	}
	Joinable []struct {
		Call    string
		Crashed bool
	}
	Mini            string
	Missed, History int
}

// shared is what somebody shares.
type shared struct {
	On, Paused, Sound bool
	Label             string
}

// stats is what `parley ctl stats` answers.
type stats struct {
	Calls []struct {
		ID     string
		Path   string
		Tracks []track
	}
	Process struct {
		Goroutines, Handles int
		RSS                 float64 `json:"rss_mb"`
		CPU                 float64 `json:"cpu_percent"`
	}
}

type track struct {
	User, Kind, Direction, Codec string
	Width, Height                int
	FPSCoded                     float64 `json:"fps_coded"`
	FPSShown                     float64 `json:"fps_shown"`
	Frames, Packets              uint64
	Lost                         int64
	FreezeMS                     float64 `json:"freeze_ms"`
	ConcealedMS                  float64 `json:"concealed_ms"`
}

// app is one running parley.
type app struct {
	t       *testing.T
	name    string
	profile string
	cmd     *exec.Cmd
	env     []string // beside that of the desk
	command func(program string, args ...string) *exec.Cmd
	exited  chan struct{}
	log     string
}

// launch starts an app under a name with synthetic devices of which flags may replace any, and waits until it is online.
func launch(t *testing.T, name, switchboard string, flags ...string) *app {
	t.Helper()
	a := start(t, name, append([]string{"--server", switchboard}, flags...)...)
	a.await("online", func(s status) string {
		if s.Connection != "online" {
			return "connection is " + s.Connection
		}
		return ""
	})
	return a
}

// start starts an app and waits until it answers.
func start(t *testing.T, name string, flags ...string) *app {
	t.Helper()
	return startOn(t, name, nil, flags...)
}

// startOn starts an app with more in its environment.
func startOn(t *testing.T, name string, env []string, flags ...string) *app {
	t.Helper()
	a := newApp(t, name, env)
	a.run(flags...)
	return a
}

// newApp is an app that does not run yet.
func newApp(t *testing.T, name string, env []string) *app {
	return &app{t: t, name: name, profile: filepath.Join(t.TempDir(), name), env: env, command: exec.Command}
}

// run starts the app and waits until it answers.
func (a *app) run(flags ...string) {
	a.t.Helper()
	a.spawn(flags...)
	deadline := time.Now().Add(patience)
	for {
		if _, err := a.try("status"); err == nil {
			return
		} else if time.Now().After(deadline) {
			a.t.Fatalf("%s does not answer: %v\n%s", a.name, err, tail(a.log))
		}
		select {
		case <-a.exited:
			a.t.Fatalf("%s ended at once\n%s", a.name, tail(a.log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// spawn starts the app.
func (a *app) spawn(flags ...string) {
	a.t.Helper()
	if err := os.MkdirAll(a.profile, 0o700); err != nil {
		a.t.Fatal(err)
	}
	a.log = filepath.Join(a.profile, "stderr")
	out, err := os.OpenFile(a.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		a.t.Fatal(err)
	}
	defer out.Close()
	args := append([]string{"--profile", a.profile, "--name", strings.ToUpper(a.name[:1]) + a.name[1:], "--user", a.name, "--verbose",
		"--camera", "test", "--microphone", "test", "--speaker", "none", "--video", "640x360", "--size", "800x450", "--listen", "127.0.0.1:0"}, flags...)
	a.cmd = a.command(*parley, args...)
	a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr = append(here.env(), a.env...), out, out
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.exited = make(chan struct{})
	go func(c *exec.Cmd, done chan struct{}) {
		_ = c.Wait()
		close(done)
	}(a.cmd, a.exited)
	a.t.Cleanup(a.quit)
}

func (a *app) pid() int { return a.cmd.Process.Pid }

func (a *app) running() bool {
	select {
	case <-a.exited:
		return false
	default:
		return true
	}
}

// quit ends the app the way a person does, and fails the test if it does not end.
func (a *app) quit() {
	if !a.running() {
		return
	}
	if _, err := a.try("quit"); err != nil {
		_ = a.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-a.exited:
	case <-time.After(patience):
		_ = a.cmd.Process.Signal(syscall.SIGQUIT)
		time.Sleep(500 * time.Millisecond)
		a.t.Errorf("%s did not quit\n%s", a.name, tail(a.log))
		_ = a.cmd.Process.Kill()
		<-a.exited
	}
	if a.t.Failed() {
		a.t.Logf("log of %s:\n%s", a.name, tail(a.log))
	}
}

// kill ends the app without a word.
func (a *app) kill() {
	_ = a.cmd.Process.Kill()
	<-a.exited
}

// try runs `parley ctl` and returns its answer.
func (a *app) try(args ...string) ([]byte, error) {
	c := exec.Command(*parley, append([]string{"ctl", "--profile", a.profile}, args...)...)
	c.Env = here.env()
	out, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, fmt.Errorf("exit %d: %s%s", exit.ExitCode(), bytes.TrimSpace(out), bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// ctl runs `parley ctl`, which must succeed.
func (a *app) ctl(args ...string) []byte {
	a.t.Helper()
	out, err := a.try(args...)
	if err != nil {
		a.t.Fatalf("%s: ctl %s: %v\n%s", a.name, strings.Join(args, " "), err, tail(a.log))
	}
	return out
}

func (a *app) status() status {
	a.t.Helper()
	var s status
	if err := json.Unmarshal(a.ctl("status"), &s); err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *app) stats() stats {
	a.t.Helper()
	var s stats
	if err := json.Unmarshal(a.ctl("stats"), &s); err != nil {
		a.t.Fatal(err)
	}
	return s
}

// await polls the status until missing says nothing any more; otherwise what it said last is the failure.
func (a *app) await(what string, missing func(status) string) status {
	a.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := a.status()
		why := missing(s)
		if why == "" {
			return s
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("%s: waited for %q: %s\n%s", a.name, what, why, tail(a.log))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// invite calls somebody and returns the call's ID. These tests call more often than the switchboard lets a person call.
func (a *app) invite(args ...string) string {
	a.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		out, err := a.try(append([]string{"invite"}, args...)...)
		if err != nil && strings.Contains(err.Error(), `"too-many"`) && time.Now().Before(deadline) {
			time.Sleep(200 * time.Millisecond)
			continue
		}
		var r struct{ Call string }
		if err == nil {
			err = json.Unmarshal(out, &r)
		}
		if err != nil {
			a.t.Fatalf("%s: invite %s: %v\n%s", a.name, strings.Join(args, " "), err, tail(a.log))
		}
		return r.Call
	}
}

func (a *app) awaitRing() {
	a.t.Helper()
	a.await("a ring", func(s status) string {
		if len(s.Incoming) == 0 {
			return "nothing rings"
		}
		return ""
	})
}

// awaitLive waits until the only call is live with n other members.
func (a *app) awaitLive(n int) {
	a.t.Helper()
	a.await("a live call", func(s status) string {
		for _, c := range s.Calls {
			if c.State == "live" && len(c.Members) == n {
				return ""
			}
		}
		return fmt.Sprintf("calls are %+v", s.Calls)
	})
}

// awaitEnded waits until no call and no ring is left and the last one ended for that reason, with no other window than the main one.
func (a *app) awaitEnded(reason string) {
	a.t.Helper()
	a.await("the end: "+reason, func(s status) string {
		if len(s.Incoming) > 0 {
			return "it still rings"
		}
		for _, c := range s.Calls {
			if c.State != "ended" {
				return "a call is " + c.State
			}
		}
		if len(s.Calls) == 0 || s.Calls[0].Ended != reason {
			return fmt.Sprintf("ended calls are %+v", s.Calls)
		}
		if w := here.windows(a.pid()); len(w) != 1 {
			return fmt.Sprintf("windows are %+v", w)
		}
		return ""
	})
}

// switchboard runs parley-server on a port of its own choice, with more flags if need be, and returns its address.
func switchboard(t *testing.T, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := exec.Command(*server, append([]string{"--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data")}, flags...)...)
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			t.Errorf("parley-server: %v\n%s", err, tail(log))
		}
	})
	address := regexp.MustCompile(`127\.0\.0\.1:\d+`)
	deadline := time.Now().Add(patience)
	for {
		b, _ := os.ReadFile(log)
		for _, found := range address.FindAllString(string(b), -1) {
			if !strings.HasSuffix(found, ":0") {
				return found
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("parley-server does not say where it is\n%s", tail(log))
		}
		time.Sleep(20 * time.Millisecond)
	}
}
