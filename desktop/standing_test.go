//go:build unix && !darwin

package desktop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/bustest"
	"github.com/parley-calls/parley/internal/xconn"
)

// why is the reason of these tests.
const why = "A call is going on."

func vigilOf(t *testing.T, b *bustest.Bus, name string) *bustest.Vigil {
	t.Helper()
	v, err := b.Vigil(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	return v
}

// holds waits until a service holds exactly these reasons.
func holds(t *testing.T, what string, v *bustest.Vigil, want ...string) {
	t.Helper()
	until(t, func() string {
		return unless(slices.Equal(v.Held(), want), "%s: held are %q, want %q", what, v.Held(), want)
	})
}

func TestTheScreenStaysOn(t *testing.T) {
	t.Setenv("DISPLAY", "")
	for name, c := range map[string]struct{ here, asked []string }{
		"GNOME":          {[]string{bustest.GNOMESession, bustest.ScreenSaver}, []string{bustest.GNOMESession}},
		"Plasma or Xfce": {[]string{bustest.ScreenSaver, bustest.PowerManagement, bustest.Portal}, []string{bustest.ScreenSaver, bustest.PowerManagement}},
		"a sandbox":      {[]string{bustest.Portal}, []string{bustest.Portal}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bustest.StartFor(t)
			services := map[string]*bustest.Vigil{}
			for _, s := range c.here {
				services[s] = vigilOf(t, b, s)
			}
			d := open(t, b)
			until(t, func() string { return unless(d.Can(Wakefulness) == nil, "it cannot be done") })
			for range 2 {
				d.Keep(Standing{Awake: why})
				for _, s := range c.asked {
					holds(t, s, services[s], why)
				}
				d.Keep(Standing{Awake: "Another call is going on."}) // nothing is asked anew
				d.Keep(Standing{})
				for _, s := range c.here {
					holds(t, s, services[s])
				}
			}
			d.Keep(Standing{Awake: why})
			for s, v := range services {
				if slices.Contains(c.asked, s) {
					holds(t, s, v, why)
				} else {
					holds(t, s, v)
				}
			}
			d.Close()
			for s, v := range services {
				holds(t, s, v)
			}
		})
	}
}

func TestTheScreenStaysOnWhenServicesComeAndGo(t *testing.T) {
	t.Setenv("DISPLAY", "")
	b := bustest.StartFor(t)
	d := open(t, b)
	d.Keep(Standing{Awake: why})
	until(t, func() string {
		return unless(errors.Is(d.Can(Wakefulness), ErrUnsupported) && errors.Is(d.Can(Wakefulness), errors.ErrUnsupported), "nobody is there, but it can be done")
	})
	saver := vigilOf(t, b, bustest.ScreenSaver)
	holds(t, "a service that comes", saver, why)
	until(t, func() string { return unless(d.Can(Wakefulness) == nil, "it still cannot be done") })
	saver.Stop()
	saver = vigilOf(t, b, bustest.ScreenSaver)
	holds(t, "a service that starts anew", saver, why)
	gnome := vigilOf(t, b, bustest.GNOMESession)
	holds(t, "a better one", gnome, why)
	holds(t, "the one before", saver)
}

// TestAKilledProgramKeepsNothingAwake runs itself as a program that is killed.
func TestAKilledProgramKeepsNothingAwake(t *testing.T) {
	const variable = "DESKTOP_TEST_BUS"
	if address := os.Getenv(variable); address != "" {
		New(Options{ID: "app.test", Name: "Test", Bus: address}).Keep(Standing{Awake: why, Count: 3})
		time.Sleep(time.Minute) // until it is killed
		return
	}
	t.Parallel()
	b := bustest.StartFor(t)
	gnome := vigilOf(t, b, bustest.GNOMESession)
	program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProgramKeepsNothingAwake$")
	program.Env = append(os.Environ(), variable+"="+b.Address, "DISPLAY=")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Wait() }()
	defer func() { _ = program.Process.Kill() }()
	holds(t, "before", gnome, why)
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	holds(t, "after", gnome)
}

func TestTheIconCounts(t *testing.T) {
	t.Setenv("DISPLAY", "")
	b := bustest.StartFor(t)
	dock, err := b.Dock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dock.Stop() })
	d := open(t, b)
	shows := func(what string, want bustest.Label) {
		t.Helper()
		until(t, func() string {
			got, _ := dock.Icon("app.test")
			return unless(got == want, "%s: the icon shows %+v, want %+v", what, got, want)
		})
	}
	d.Keep(Standing{Count: 2})
	shows("two missed calls", bustest.Label{Count: 2})
	d.Keep(Standing{Count: 2, Urgent: true})
	shows("and one that rings", bustest.Label{Count: 2, Urgent: true})
	dock.Stop()
	if dock, err = b.Dock(); err != nil {
		t.Fatal(err)
	}
	shows("in another dock", bustest.Label{Count: 2, Urgent: true})
	d.Keep(Standing{})
	shows("nothing any more", bustest.Label{})
	d.Keep(Standing{Count: 1})
	shows("one", bustest.Label{Count: 1})
	d.Close()
	shows("after the end", bustest.Label{})
}

// TestAWindowCallsForAttention does not run beside others: it changes the environment.
func TestAWindowCallsForAttention(t *testing.T) {
	conn, screen := display(t)
	w, err := xproto.NewWindowId(conn)
	if err != nil {
		t.Fatal(err)
	}
	xproto.CreateWindow(conn, screen.RootDepth, w, screen.Root, 0, 0, 10, 10, 0, xproto.WindowClassInputOutput, screen.RootVisual, 0, nil)
	const icon = 1 << 3 // a hint that somebody else gave
	hints := make([]byte, 4*hintsLength)
	hints[0] = icon
	xproto.ChangeProperty(conn, xproto.PropModeReplace, w, xproto.AtomWmHints, xproto.AtomWmHints, 32, hintsLength, hints)
	xproto.ChangeWindowAttributes(conn, screen.Root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify})
	attention, err := atom(conn, "_NET_WM_STATE_DEMANDS_ATTENTION")
	if err != nil {
		t.Fatal(err)
	}
	d := New(Options{Bus: "unix:path=/nonexistent"})
	defer d.Close()
	if err := d.Can(Attention); err != nil {
		t.Error(err)
	}
	asked := func(what string, action uint32, flags byte) {
		t.Helper()
		for {
			e, err := conn.WaitForEvent()
			if err != nil {
				t.Fatal(err)
			}
			m, ok := e.(xproto.ClientMessageEvent)
			if !ok {
				continue
			}
			if data := m.Data.Data32; m.Window != w || data[0] != action || data[1] != uint32(attention) {
				t.Errorf("%s: the window manager is asked for %v of window %d", what, data, m.Window)
			}
			break
		}
		p, err := xproto.GetProperty(conn, false, w, xproto.AtomWmHints, xproto.AtomWmHints, 0, hintsLength).Reply()
		if err != nil || len(p.Value) != 4*hintsLength || p.Value[0] != icon || p.Value[1] != flags {
			t.Errorf("%s: hints are %v, %v", what, p, err)
		}
	}
	d.Keep(Standing{Window: uintptr(w)})
	d.Keep(Standing{Urgent: true, Window: uintptr(w)})
	asked("it rings", stateAdd, 1)
	d.Keep(Standing{Urgent: true, Window: uintptr(w), Awake: why})
	d.Keep(Standing{Awake: why})
	asked("it rings no more", stateRemove, 0)
	d.Keep(Standing{Urgent: true, Window: uintptr(w)})
	asked("it rings again", stateAdd, 1)
	d.Close()
	asked("the end", stateRemove, 0)
}

// TestTheScreenSaverOfTheDisplay has no service on the bus. It does not run beside others: it changes the environment.
func TestTheScreenSaverOfTheDisplay(t *testing.T) {
	conn, screen := display(t)
	d := New(Options{Bus: "unix:path=/nonexistent"})
	defer d.Close()
	until(t, func() string { return unless(d.Can(Wakefulness) == nil, "it cannot be done") })
	if err := xconn.Enable(conn, xconn.ScreenSaver); err != nil {
		t.Fatal(err)
	}
	xproto.SetScreenSaver(conn, 1, 1, xproto.BlankingPreferred, xproto.ExposuresAllowed) // after a second
	blank := func() (bool, string) {
		i, err := screensaver.QueryInfo(conn, xproto.Drawable(screen.Root)).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return i.State == screensaver.StateOn, fmt.Sprintf("%+v", i)
	}
	until(t, func() string {
		on, info := blank()
		return unless(on, "the screen saver never comes: %s", info)
	})
	d.Keep(Standing{Awake: why})
	until(t, func() string {
		xproto.ForceScreenSaver(conn, xproto.ScreenSaverReset)
		time.Sleep(1500 * time.Millisecond) // longer than it takes to come: nothing tells that it does not
		on, info := blank()
		return unless(!on, "the screen saver comes although it was suspended: %s", info)
	})
	d.Keep(Standing{})
	until(t, func() string {
		on, info := blank()
		return unless(on, "the screen saver does not come any more: %s", info)
	})
}
