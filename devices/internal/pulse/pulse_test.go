package pulse

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/soundtest"
)

func TestServers(t *testing.T) {
	host, _ := os.Hostname()
	for s, want := range map[string][]address{
		"/run/pulse/native":                      {{"unix", "/run/pulse/native"}},
		"unix:/tmp/x tcp:sound.example":          {{"unix", "/tmp/x"}, {"tcp", "sound.example:4713"}},
		"tcp6:[::1]:99 tcp4:127.0.0.1":           {{"tcp6", "[::1]:99"}, {"tcp4", "127.0.0.1:4713"}},
		"{" + host + "}unix:/a {elsewhere}/b":    {{"unix", "/a"}},
		"{broken unix:/c ftp:nowhere unix:/good": {{"unix", "/c"}, {"unix", "/good"}},
	} {
		if got, err := servers(s); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v %v, want %v", s, got, err, want)
		}
	}
	if _, err := servers("{elsewhere}/b nonsense"); !errors.Is(err, ErrNoServer) {
		t.Errorf("no server named: %v", err)
	}
	t.Setenv("PULSE_RUNTIME_PATH", "")
	t.Setenv("XDG_RUNTIME_DIR", "/x")
	if got, err := servers(""); err != nil || got[0] != (address{"unix", "/x/pulse/native"}) {
		t.Errorf("by default %v %v", got, err)
	}
}

func TestDialNothing(t *testing.T) {
	t.Setenv("PULSE_SERVER", filepath.Join(t.TempDir(), "nothing"))
	if _, err := Dial(t.Context()); !errors.Is(err, ErrNoServer) {
		t.Errorf("error %v", err)
	}
}

// TestDialMute asks a server that never answers.
func TestDialMute(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("PULSE_SERVER", path)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := Dial(ctx); !errors.Is(err, ErrNoServer) || ctx.Err() != nil {
		t.Errorf("error %v", err)
	}
}

// TestCutOff ends the connection in the middle of what the server says, over and over at another place: nothing may hang or spin.
func TestCutOff(t *testing.T) {
	server := soundtest.StartFor(t)
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	limits := make(chan int64)
	go func() { // a relay that passes on that many bytes of the answers
		for limit := range limits {
			client, err := l.Accept()
			if err != nil {
				return
			}
			real, err := net.Dial("unix", server.Socket)
			if err != nil {
				client.Close()
				return
			}
			go func() {
				defer real.Close()
				buf := make([]byte, 4096)
				for {
					n, err := client.Read(buf)
					if err != nil {
						return
					}
					if _, err := real.Write(buf[:n]); err != nil {
						return
					}
				}
			}()
			go func() {
				defer client.Close()
				buf := make([]byte, 512)
				for rest := limit; rest > 0; {
					n, err := real.Read(buf[:min(rest, int64(len(buf)))])
					if err != nil {
						return
					}
					if _, err := client.Write(buf[:n]); err != nil {
						return
					}
					rest -= int64(n)
				}
			}()
		}
	}()
	t.Setenv("PULSE_SERVER", path)
	whole := 0
	for limit := int64(20); limit < 8000; limit = limit*5/4 + 7 {
		limits <- limit
		conn, err := Dial(t.Context())
		if err != nil {
			continue
		}
		if _, err := conn.Inventory(); err == nil {
			whole++
		} else {
			select {
			case <-conn.Gone():
			case <-time.After(20 * time.Second):
				t.Fatal("the end is not noticed")
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	close(limits)
	if whole == 0 {
		t.Error("no inventory came through")
	}
}

func TestInventory(t *testing.T) {
	server := soundtest.StartFor(t, "more")
	t.Setenv("PULSE_SERVER", server.Address())
	conn, err := Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inv, err := conn.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	if want := []Port{
		{Name: soundtest.Speaker, Label: soundtest.Speaker, Default: true}, {Name: soundtest.Mic, Label: soundtest.Mic}, {Name: "more", Label: "more"},
	}; !slices.Equal(inv.Sinks, want) {
		t.Errorf("sinks %+v", inv.Sinks)
	}
	if want := []Port{{Name: soundtest.Microphone, Label: soundtest.Label, Default: true}}; !slices.Equal(inv.Sources, want) {
		t.Errorf("sources %+v", inv.Sources)
	}
	if _, err := server.Control("set-default-sink", "more"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-conn.Changed():
	case <-time.After(20 * time.Second):
		t.Fatal("a new default is not told")
	}
	for range 2 {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	<-conn.Gone()
	if _, err := conn.Inventory(); err == nil {
		t.Error("a closed connection answers")
	}
}
