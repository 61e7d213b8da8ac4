//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// example is a program of examples/ that runs.
type example struct {
	t    *testing.T
	cmd  *exec.Cmd
	mu   sync.Mutex
	said bytes.Buffer
}

// Write takes what the program says.
func (e *example) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.said.Write(b)
}

// runExample builds a program and runs it on the desk until the test ends, or it is quit.
func runExample(t *testing.T, name string, flags ...string) *example {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", binary, "../examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := &example{t: t, cmd: exec.Command(binary, flags...)}
	e.cmd.Env = append(here.env(), "HOME="+t.TempDir())
	e.cmd.Stdout, e.cmd.Stderr = e, e
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan error, 1)
		go func() { done <- e.cmd.Wait() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, e.said.String())
			}
		case <-time.After(patience):
			_ = e.cmd.Process.Kill()
			t.Errorf("%s does not end\n%s", name, e.said.String())
		}
	})
	return e
}

// until waits for something.
func (e *example) until(what string, missing func() string) {
	e.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		why := missing()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.t.Fatalf("%s: %s\n%s", what, why, e.said.String())
		}
	}
}

// says waits until the program has said something.
func (e *example) says(words string) {
	e.t.Helper()
	e.until("words", func() string {
		e.mu.Lock()
		defer e.mu.Unlock()
		return unless(bytes.Contains(e.said.Bytes(), []byte(words)), fmt.Sprintf("it does not say %q", words))
	})
}

// window waits for the only window of the program.
func (e *example) window() window {
	e.t.Helper()
	var w window
	e.until("window", func() string {
		all := here.windows(e.cmd.Process.Pid)
		if len(all) != 1 {
			return fmt.Sprintf("its windows are %+v", all)
		}
		w = all[0]
		return ""
	})
	return w
}

// shows waits until the window looks as it should, and keeps a picture of it.
func (e *example) shows(name string, right func(*image.RGBA) string) {
	e.t.Helper()
	e.until(name, func() string {
		img, err := here.look(e.window())
		if err != nil {
			return err.Error()
		}
		if why := right(img); why != "" {
			return why
		}
		var out bytes.Buffer
		if err := png.Encode(&out, img); err != nil {
			return err.Error()
		}
		if err := os.WriteFile(filepath.Join(*keep, name+".png"), out.Bytes(), 0o644); err != nil {
			return err.Error()
		}
		return ""
	})
}

// portion is how much of a picture is as wanted.
func portion(img *image.RGBA, is func(r, g, b uint8) bool) float64 {
	n := 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		if is(img.Pix[i], img.Pix[i+1], img.Pix[i+2]) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(img.Pix)/4))
}

// shownSwitchboard starts the one of the kit's page, run by e2e.TestExamples as it stands there but for the place and the port.
func shownSwitchboard(t *testing.T) (at string) {
	t.Helper()
	at = "127.0.0.1:" + freePort(t)
	shown := strings.Join(shownCommands(t, "docs/kit.md", "run by e2e.TestExamples"), "\n")
	commands := strings.NewReplacer("127.0.0.1:4455", at, "/tmp/switchboard", t.TempDir()).Replace(shown)
	var said bytes.Buffer
	c := exec.Command("sh", "-euc", commands)
	c.Dir, c.Stdout, c.Stderr = "..", &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run does not pass signals on
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		_ = c.Wait() // by the signal
		if t.Failed() {
			t.Logf("%s\n%s", commands, said.String())
		}
	})
	until(t, "the switchboard of the kit", func() error {
		conn, err := net.Dial("tcp", at)
		if err == nil {
			conn.Close()
		}
		return err
	})
	return at
}

// A program of somebody else calls, answers and meets, as the examples show it.
func TestExamples(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	at := shownSwitchboard(t)

	shop := runExample(t, "embed", "-server", at, "-camera", "test")
	w := shop.window()
	shop.until("the button", func() string {
		img, err := here.look(w)
		return unless(err == nil && drawn(img), "nothing is drawn")
	})
	rest() // it is online by then
	click(t, w, image.Pt(w.rect.Dx()/2, w.rect.Dy()-16))
	shop.shows("example-embed", func(img *image.RGBA) string {
		colourful := portion(img, func(r, g, b uint8) bool { return max(r, g, b)-min(r, g, b) > 60 })
		return unless(colourful > 0.3, fmt.Sprintf("%.0f %% of the window are coloured: no picture comes back", 100*colourful))
	})

	first := runExample(t, "custom", "-server", at, "-camera", "test", "-user", "first")
	second := runExample(t, "custom", "-server", at, "-camera", "test", "-user", "second")
	first.says("call-connected")
	second.says("call-connected")
	first.shows("example-custom", func(img *image.RGBA) string {
		ours := portion(img, func(r, g, b uint8) bool { return r == 0x0B && g == 0x6E && b == 0x4F })
		return unless(ours > 0.001, "it has no tile of its own")
	})

	kept := filepath.Join(t.TempDir(), "credentials.json")
	visitor := runExample(t, "people", "-server", at, "-kept", kept)
	visitor.says("Echo is online")
	again := runExample(t, "people", "-server", at, "-kept", kept) // as the same user, which takes the key that was kept
	again.says("connection: online")
	runExample(t, "camera", "-server", at).says("a picture of Echo")
	observer := runExample(t, "observe", "-server", at, "-for", "3s")
	observer.says(`"kind":"camera"`)
	observer.says(`"reason":"local hangup"`)

	headless := runExample(t, "headless", "-server", at)
	headless.says("connection: online")
	ana := launch(t, "ana", at)
	ana.invite("answering")
	headless.says("Ana is here")
	ana.ctl("hangup")
	headless.says("and ended:")
}
