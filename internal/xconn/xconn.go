// Package xconn is the way to the X display for all of this program. The library keeps what it knows of the errors and events of
// extensions in maps that it reads for whatever comes on any connection, and writes without a lock when an extension is made ready on
// one: so they are filled here, before the first connection is used, and never again.
package xconn

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/jezek/xgb"
	_ "github.com/jezek/xgb/composite" // these fill the maps
	"github.com/jezek/xgb/randr"
	_ "github.com/jezek/xgb/screensaver" // and these
	_ "github.com/jezek/xgb/shape"
	_ "github.com/jezek/xgb/shm"
	_ "github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

// The extensions that a connection may use, after [Enable].
const (
	Composite   = "Composite"
	RandR       = "RANDR"
	ScreenSaver = "MIT-SCREEN-SAVER"
	Shape       = "SHAPE"
	SHM         = "MIT-SHM"
	XFixes      = "XFIXES"
)

var (
	mu     sync.Mutex // held while a connection is made, until the maps are filled
	filled bool
)

// Dial connects to the display of DISPLAY. The caller closes the connection.
func Dial() (*xgb.Conn, error) {
	mu.Lock()
	defer mu.Unlock()
	if !filled {
		xgb.Logger.SetOutput(io.Discard) // it prints what it returns as errors too
	}
	c, err := xgb.NewConn()
	if err != nil || filled {
		return c, err
	}
	if err := fill(c); err != nil {
		c.Close()
		return nil, err
	}
	filled = true
	return c, nil
}

// fill tells the library the numbers of the errors and events of all extensions, as this display has them. No other connection is in use
// yet, and on this one nothing but answers comes.
func fill(c *xgb.Conn) error {
	for _, name := range []string{Composite, RandR, ScreenSaver, Shape, SHM, XFixes} {
		r, err := query(c, name)
		if err != nil {
			return err
		}
		if !r.Present {
			continue
		}
		for n, f := range xgb.NewExtEventFuncs[name] {
			xgb.NewEventFuncs[int(r.FirstEvent)+n] = f
		}
		for n, f := range xgb.NewExtErrorFuncs[name] {
			xgb.NewErrorFuncs[int(r.FirstError)+n] = f
		}
	}
	return nil
}

// Enable makes extensions ready on a connection. It fails if the display does not have one of them. It takes the place of the Init of
// their packages.
func Enable(c *xgb.Conn, extensions ...string) error {
	for _, name := range extensions {
		r, err := query(c, name)
		if err != nil {
			return err
		}
		if !r.Present {
			return fmt.Errorf("xconn: the display has no %s", name)
		}
		c.ExtLock.Lock()
		c.Extensions[name] = r.MajorOpcode
		c.ExtLock.Unlock()
	}
	return nil
}

// Wayland reports whether the display only shows the windows of X programs in a Wayland session: such a display knows nothing of the other
// windows, and what is asked of it changes nothing for them. It looks for the same signs as xisxwayland.
func Wayland(c *xgb.Conn) bool {
	if r, err := query(c, "XWAYLAND"); err == nil && r.Present {
		return true
	}
	if Enable(c, RandR) != nil {
		return false
	}
	all, err := randr.GetScreenResourcesCurrent(c, xproto.Setup(c).DefaultScreen(c).Root).Reply()
	if err != nil || len(all.Outputs) == 0 {
		return false
	}
	first, err := randr.GetOutputInfo(c, all.Outputs[0], all.ConfigTimestamp).Reply()
	return err == nil && strings.HasPrefix(string(first.Name), "XWAYLAND")
}

func query(c *xgb.Conn, name string) (*xproto.QueryExtensionReply, error) {
	return xproto.QueryExtension(c, uint16(len(name)), name).Reply()
}
