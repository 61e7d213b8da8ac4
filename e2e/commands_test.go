//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shownCommands are the commands of a page whose block has a mark, line by line and without their comments.
func shownCommands(t *testing.T, page, mark string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile("../" + page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?m)^<!-- " + mark + " -->\n```sh\n((?s:.*?))^```\n")
	for _, b := range block.FindAllSubmatch(text, -1) {
		for line := range strings.Lines(string(b[1])) {
			command, _, _ := strings.Cut(line, " #")
			lines = append(lines, strings.TrimSpace(command))
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s shows no commands that are %s", page, mark)
	}
	return lines
}

// TestCommands does what the README shows, run by e2e.TestCommands: line by line, as a person would who waits until the one before has done
// its work. Only the places and the ports are others, and the devices are synthetic.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	apps, switchboard := freePort(t), freePort(t)
	env := append(here.env(), "PARLEY_CAMERA=test", "PARLEY_MICROPHONE=test", "PARLEY_SPEAKER=none", "PARLEY_VIDEO=640x360", "PARLEY_SIZE=800x450",
		"PARLEY_SERVER_ANNOUNCE=false")
	places := strings.NewReplacer("build/parley-server ", *server+" ", "build/parley ", *parley+" ", "/tmp/", dir+"/", "/var/lib/parley", dir+"/server",
		"127.0.0.1:4455", "127.0.0.1:"+apps, "0.0.0.0:4455", "0.0.0.0:"+switchboard)
	command := func(ctx context.Context, line string) *exec.Cmd {
		c := exec.CommandContext(ctx, "sh", "-c", "exec "+places.Replace(line))
		c.Dir, c.Env = "..", env
		c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
		c.WaitDelay = patience
		return c
	}
	together := shownCommands(t, "README.md", "run by e2e.TestCommands at the same time")
	slices.SortStableFunc(together, func(a, b string) int { // who watches needs somebody to watch
		return strings.Count(a, " ctl ") - strings.Count(b, " ctl ")
	})
	for i, line := range together {
		log, err := os.Create(filepath.Join(dir, fmt.Sprint("log", i)))
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		if strings.Contains(line, " ctl ") {
			who := regexp.MustCompile(`--profile \S+`).FindString(line)
			until(t, "an app to watch", func() error { return command(t.Context(), "build/parley ctl "+who+" status").Run() })
		}
		ctx, stop := context.WithCancel(context.Background())
		c := command(ctx, line)
		c.Stdout, c.Stderr = log, log
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			stop()
			_ = c.Wait() // by the signal
			if t.Failed() {
				t.Logf("%s said\n%s", line, tail(log.Name()))
			}
		}()
	}
	for _, line := range shownCommands(t, "README.md", "run by e2e.TestCommands") {
		until(t, line, func() error {
			out, err := command(t.Context(), line).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}
}

// TestMakeRun does on a machine without a desktop what the README begins with: see scripts/demo.sh.
func TestMakeRun(t *testing.T) {
	shown := shownCommands(t, "README.md", "run by e2e.TestMakeRun")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-euc", strings.Join(shown, "\n"))
	c.Dir = ".."
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DISPLAY=") && !strings.HasPrefix(v, "WAYLAND_DISPLAY=") {
			c.Env = append(c.Env, v)
		}
	}
	out, err := c.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Hung up and quit.")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// freePort is a port on which nothing listens, nor on the next one, where the relay goes.
func freePort(t *testing.T) string {
	t.Helper()
	for range 50 {
		first, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		port := first.Addr().(*net.TCPAddr).Port
		next, err := net.Listen("tcp", fmt.Sprintf(":%d", port+1))
		first.Close()
		if err == nil {
			next.Close()
			return fmt.Sprint(port)
		}
	}
	t.Fatal("no free ports")
	return ""
}

// until tries something again until it succeeds.
func until(t *testing.T, what string, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}
