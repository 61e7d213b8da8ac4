package xconn

import (
	"testing"

	"github.com/jezek/xgb"

	"github.com/parley-calls/parley/internal/displaytest"
)

// Every extension that is named has told the library of its errors or events, or has none: its package is linked in.
func TestExtensionsAreKnown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{Composite, RandR, ScreenSaver, Shape, SHM, XFixes} {
		if xgb.NewExtEventFuncs[name] == nil || xgb.NewExtErrorFuncs[name] == nil {
			t.Errorf("%s is not linked in", name)
		}
	}
}

// Without a display the error says so, also the second time.
func TestDialWithoutADisplay(t *testing.T) {
	t.Setenv("DISPLAY", ":nowhere")
	for range 2 {
		if c, err := Dial(); err == nil {
			c.Close()
			t.Fatal("a connection to nowhere")
		}
	}
}

func TestWayland(t *testing.T) {
	for name, c := range map[string]struct {
		start func(*testing.T)
		want  bool
	}{
		"X11":     {func(t *testing.T) { displaytest.Start(t, 100, 100) }, false},
		"Wayland": {displaytest.StartWayland, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.start(t)
			conn, err := Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := Wayland(conn); got != c.want {
				t.Errorf("it is a Wayland session: %t", got)
			}
		})
	}
}
