// Package soundtest runs a PulseAudio server of its own for tests, with sinks and a microphone that need no hardware.
package soundtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Names that every server has.
const (
	Speaker    = "speaker"         // a sink, the default
	Mic        = "mic"             // a sink: what is played there comes out of Microphone
	Microphone = "testmic"         // a source, the default
	Label      = "Test_Microphone" // of Microphone
)

// Rate is the sample rate of all of them, in Hz.
const Rate = 48000

// patience is how long the server may take for anything.
const patience = 10 * time.Second

// Server is a running PulseAudio.
type Server struct {
	Socket string

	daemon  *exec.Cmd
	waking  []*exec.Cmd // keep the sinks awake: idle ones answer after two seconds
	stopped chan struct{}
	once    sync.Once
}

// Available reports whether tests with sound can run here. In CI they must.
func Available() bool {
	if os.Getenv("CI") != "" {
		return true
	}
	for _, program := range []string{"pulseaudio", "pactl", "parec", "pacat"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return true
}

// Start starts a server in dir and waits until it answers. More sinks may be named. The caller stops it.
func Start(dir string, sinks ...string) (*Server, error) {
	socket := filepath.Join(dir, "native")
	args := []string{"-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", "--log-target=file:" + filepath.Join(dir, "pulse.log"),
		"--load=module-native-protocol-unix auth-anonymous=1 socket=" + socket}
	sinks = append([]string{Speaker, Mic}, sinks...)
	for _, s := range sinks {
		args = append(args, fmt.Sprintf("--load=module-null-sink sink_name=%s rate=%d sink_properties=device.description=%s", s, Rate, s))
	}
	s := &Server{Socket: socket, daemon: exec.Command("pulseaudio", args...), stopped: make(chan struct{})}
	s.daemon.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "PULSE_SERVER=")
	if err := s.daemon.Start(); err != nil {
		return nil, fmt.Errorf("soundtest: %w", err)
	}
	go func() {
		_ = s.daemon.Wait()
		close(s.stopped)
	}()
	if err := s.prepare(sinks); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// StartFor starts a server that ends with the test, and skips the test where that cannot be.
func StartFor(t testing.TB, sinks ...string) *Server {
	t.Helper()
	if !Available() {
		t.Skip("pulseaudio is not here")
	}
	dir, err := os.MkdirTemp("", "sound") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s, err := Start(dir, sinks...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) prepare(sinks []string) error {
	deadline := time.Now().Add(patience)
	for {
		_, err := s.Control("info")
		if err == nil {
			break
		}
		select {
		case <-s.stopped:
			return fmt.Errorf("soundtest: the server ended: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("soundtest: the server does not answer: %w", err)
		}
	}
	_, err := s.AddMicrophone()
	if err != nil {
		return err
	}
	for _, c := range [][]string{{"set-default-sink", Speaker}, {"set-default-source", Microphone}} {
		if _, err := s.Control(c...); err != nil {
			return err
		}
	}
	for _, sink := range sinks {
		c := exec.Command("parec", "-d", sink+".monitor", "--latency-msec=10", "--raw")
		c.Env = s.Env()
		if err := c.Start(); err != nil {
			return fmt.Errorf("soundtest: %w", err)
		}
		s.waking = append(s.waking, c)
	}
	return nil
}

// AddMicrophone makes the microphone, which Start has done already, and returns the module that is it.
func (s *Server) AddMicrophone() (module string, err error) {
	return s.Control("load-module", "module-remap-source", "master="+Mic+".monitor", "source_name="+Microphone, "source_properties=device.description="+Label)
}

// RemoveMicrophone takes the microphone away, as if it had been unplugged.
func (s *Server) RemoveMicrophone() error {
	list, err := s.Control("list", "short", "modules")
	if err != nil {
		return err
	}
	for line := range strings.Lines(list) {
		if strings.Contains(line, "source_name="+Microphone) {
			_, err := s.Control("unload-module", strings.Fields(line)[0])
			return err
		}
	}
	return errors.New("soundtest: there is no microphone")
}

// Env is the environment of a program that uses this server.
func (s *Server) Env() []string {
	return append(os.Environ(), "PULSE_SERVER="+s.Address())
}

// Address is what PULSE_SERVER has to be.
func (s *Server) Address() string { return "unix:" + s.Socket }

// Control runs pactl and returns what it printed.
func (s *Server) Control(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, "pactl", args...)
	c.Env = s.Env()
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("soundtest: pactl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// Play starts to play 16-bit mono on a sink, from r to its end. wait returns when all has been sent; stop ends it earlier.
func (s *Server) Play(sink string, r io.Reader) (wait func() error, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "pacat", "--playback", "--raw", "-d", sink, fmt.Sprintf("--rate=%d", Rate), "--channels=1", "--format=s16le", "--latency-msec=200")
	c.Env, c.Stdin = s.Env(), r
	if err := c.Start(); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("soundtest: %w", err)
	}
	wait = sync.OnceValue(c.Wait)
	return wait, func() { cancel(); _ = wait() }, nil
}

// Record returns what a sink plays from now on, as 16-bit mono.
func (s *Server) Record(sink string, length time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), length+patience)
	defer cancel()
	c := exec.CommandContext(ctx, "parec", "--raw", "-d", sink+".monitor", fmt.Sprintf("--rate=%d", Rate), "--channels=1", "--format=s16le", "--latency-msec=10")
	c.Env = s.Env()
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("soundtest: %w", err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("soundtest: %w", err)
	}
	b := make([]byte, 2*int(length.Seconds()*Rate))
	_, err = io.ReadFull(out, b)
	cancel()
	_ = c.Wait()
	return b, err
}

// Stop ends the server at once, as if it had crashed. It may be called again.
func (s *Server) Stop() {
	s.once.Do(func() {
		for _, c := range s.waking {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		_ = s.daemon.Process.Kill()
		<-s.stopped
	})
}
