// Package displaytest starts X displays for tests.
package displaytest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a display may take to start.
const patience = 20 * time.Second

// Start starts an X display of its own for a test, of a size in pixels, and makes it the one of the environment until the test ends. More
// arguments go to Xvfb. Where there is no Xvfb the test is skipped, but not in CI. It returns the process, which a test may end.
func Start(t *testing.T, width, height int, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("Xvfb is not here")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	args = append([]string{"-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-noreset", "-nolisten", "tcp", "-displayfd", "3"}, args...)
	x := exec.Command("Xvfb", args...)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = x.Process.Kill()
		_ = x.Wait()
	})
	if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	number, err := io.ReadAll(r) // Xvfb closes it after the number; it would not survive a reader that goes earlier
	if err != nil || len(number) == 0 {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	authority := filepath.Join(t.TempDir(), "xauthority") // an empty one: the display asks for none
	if err := os.WriteFile(authority, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"DISPLAY": ":" + strings.TrimSpace(string(number)), "WAYLAND_DISPLAY": "", "XAUTHORITY": authority} {
		t.Setenv(name, value)
	}
	return x
}
