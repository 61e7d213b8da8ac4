//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// browser makes calls with Chromium and a page of ours.
type browser struct {
	speech string // a WAV file, for microphones beside a camera
}

func (browser) name() string { return "Chromium" }

func (browser) version() string {
	out, _ := exec.Command("chromium", "--version").Output()
	version, _, _ := strings.Cut(string(out), " built on")
	return strings.TrimSpace(version)
}

// tab is one side: a Chromium of its own with the page in its only window.
type tab struct {
	t      *testing.T
	who    string
	relay  *relay
	cmd    *exec.Cmd
	exited chan struct{}
	log    string
}

func (b browser) meet(t *testing.T) host { return &pages{browser: b, relay: newRelay(t)} }

// pages are the two sides of one call.
type pages struct {
	browser
	relay *relay
}

func (p *pages) start(t *testing.T, who, other string, where seating) side {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check", "--test-type", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-breakpad", "--disable-default-apps", "--password-store=basic",
		"--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream", "--window-size=1280,720",
		"--user-data-dir=" + filepath.Join(dir, "profile"), fmt.Sprintf("--app=http://%s/?me=%s&you=%s&video=%t", p.relay.address, who, other, where.filmOf(who) != nil)}
	if film := where.filmOf(who); film != nil { // with a camera from a file its microphone is one, too
		args = append(args, "--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+film.path, "--use-file-for-fake-audio-capture="+p.speech)
	}
	x := &tab{t: t, who: who, relay: p.relay, cmd: where.command(t, who, p.relay.address, "chromium", args...), exited: make(chan struct{}), log: filepath.Join(dir, "log")}
	out, err := os.Create(x.log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	x.cmd.Env = append(here.env(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "PULSE_SINK="+ear(who), "PULSE_SOURCE="+microphone(who))
	x.cmd.Stdout, x.cmd.Stderr = out, out
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = x.cmd.Wait()
		close(x.exited)
	}()
	t.Cleanup(x.quit)
	return x
}

func (x *tab) pid() int { return x.cmd.Process.Pid }

func (x *tab) state(want string) {
	x.t.Helper()
	x.relay.hear(x.t, x.who, want, func(s pageSaid) bool { return s.State == want })
}

func (x *tab) awaitReady() { x.t.Helper(); x.state("ready") }
func (x *tab) call(string) { x.relay.tell(x.who, "call") }
func (x *tab) awaitRing()  { x.t.Helper(); x.state("ringing") }
func (x *tab) accept()     { x.relay.tell(x.who, "accept") }
func (x *tab) awaitLive()  { x.t.Helper(); x.state("connected") }

// content is where the page is in its window: at the bottom, below what there may be of a frame.
func (x *tab) content(w window) image.Rectangle {
	return image.Rect(w.rect.Min.X, w.rect.Max.Y-callHeight, w.rect.Min.X+callWidth, w.rect.Max.Y)
}

func (x *tab) received() received {
	x.t.Helper()
	x.relay.tell(x.who, "stats")
	said := x.relay.hear(x.t, x.who, "its statistics", func(s pageSaid) bool { return s.Stats != nil })
	var r received
	for _, s := range said.Stats {
		if s.Type == "inbound-rtp" && s.Kind == "video" {
			r.width, r.height, r.rate = s.FrameWidth, s.FrameHeight, s.FramesPerSecond
		}
		if s.Type == "codec" && strings.HasPrefix(s.MimeType, "video/") && r.codec == "" {
			r.codec = strings.TrimPrefix(s.MimeType, "video/")
		}
	}
	return r
}

// quit ends all processes of the side.
func (x *tab) quit() {
	pids := family(x.pid())
	_ = x.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-x.exited:
	case <-time.After(5 * time.Second):
	}
	for _, pid := range slices.Backward(pids) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // one that is gone already
	}
	<-x.exited
	if x.t.Failed() {
		x.t.Logf("log of %s:\n%s", x.who, tail(x.log))
	}
}
