package xconn

import (
	"testing"

	"github.com/jezek/xgb"
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
