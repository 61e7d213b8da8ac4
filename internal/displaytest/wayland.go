package displaytest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// StartWayland starts a Wayland session of its own for a test, in which X programs can show windows, and makes it the one of the environment
// until the test ends. Where there is no weston, or no Xwayland, the test is skipped, but not in CI.
func StartWayland(t *testing.T) {
	t.Helper()
	for _, program := range []string{"weston", "Xwayland"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(program + " is not here")
		}
	}
	dir, err := os.MkdirTemp("", "wl") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("DISPLAY", "")
	const socket = "wayland-test"
	w := exec.Command("weston", "--backend=headless-backend.so", "--xwayland", "--no-config", "--idle-time=0", "--socket="+socket)
	log, err := w.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	display, drained := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(drained)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if _, name, found := strings.Cut(lines.Text(), "listening on display "); found {
				select {
				case display <- strings.TrimSpace(name):
				default:
				}
			}
		}
		_, _ = io.Copy(io.Discard, log)
	}()
	t.Cleanup(func() {
		_ = w.Process.Signal(syscall.SIGTERM) // so that it ends Xwayland
		forced := time.AfterFunc(patience, func() { _ = w.Process.Kill() })
		<-drained
		_ = w.Wait()
		forced.Stop()
	})
	select {
	case name := <-display:
		t.Setenv("DISPLAY", name)
	case <-drained:
		t.Fatal("weston does not start")
	case <-time.After(patience):
		t.Fatal("weston does not say where its X display is")
	}
	t.Setenv("WAYLAND_DISPLAY", socket)
	t.Setenv("XAUTHORITY", os.DevNull)
}
