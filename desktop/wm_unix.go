//go:build unix && !darwin

package desktop

import (
	"errors"
	"os"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/xconn"
)

// urgencyHint is the flag of WM_HINTS: https://www.x.org/releases/current/doc/xorg-docs/icccm/icccm.html#WM_HINTS_Property
const urgencyHint = 1 << 8

var errNoDisplay = errors.New("there is no X display")

// hintsLength is how many words WM_HINTS has.
const hintsLength = 9

// Actions and source of _NET_WM_STATE: https://specifications.freedesktop.org/wm-spec/latest/
const (
	stateRemove       = 0
	stateAdd          = 1
	sourceApplication = 1
)

// demand lets a window call for attention or not: by a flag that all window managers know, and by a state that they show in the task
// bar and take away by themselves when somebody looks.
func demand(window uintptr, on bool) error {
	if os.Getenv("DISPLAY") == "" {
		return errNoDisplay
	}
	conn, err := xconn.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	w := xproto.Window(window)
	return errors.Join(hint(conn, w, on), state(conn, w, on))
}

// onTop says why windows cannot be kept above others; it is empty if the window manager does that.
func onTop() string {
	if os.Getenv("DISPLAY") == "" {
		return errNoDisplay.Error()
	}
	conn, err := xconn.Dial()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	supported, err := atom(conn, "_NET_SUPPORTED")
	if err != nil {
		return err.Error()
	}
	above, err := atom(conn, "_NET_WM_STATE_ABOVE")
	if err != nil {
		return err.Error()
	}
	const enough = 1024 // words
	p, err := xproto.GetProperty(conn, false, xproto.Setup(conn).DefaultScreen(conn).Root, supported, xproto.AtomAtom, 0, enough).Reply()
	if err != nil {
		return err.Error()
	}
	for all := p.Value; len(all) >= 4; all = all[4:] {
		if xproto.Atom(xgb.Get32(all)) == above {
			return ""
		}
	}
	return "the window manager does not keep windows above others"
}

func hint(conn *xgb.Conn, w xproto.Window, on bool) error {
	p, err := xproto.GetProperty(conn, false, w, xproto.AtomWmHints, xproto.AtomWmHints, 0, hintsLength).Reply()
	if err != nil {
		return err
	}
	hints := make([]byte, 4*hintsLength)
	copy(hints, p.Value)
	flags := xgb.Get32(hints) &^ urgencyHint
	if on {
		flags |= urgencyHint
	}
	xgb.Put32(hints, flags)
	return xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, w, xproto.AtomWmHints, xproto.AtomWmHints, 32, hintsLength, hints).Check()
}

func state(conn *xgb.Conn, w xproto.Window, on bool) error {
	states, err := atom(conn, "_NET_WM_STATE")
	if err != nil {
		return err
	}
	attention, err := atom(conn, "_NET_WM_STATE_DEMANDS_ATTENTION")
	if err != nil {
		return err
	}
	action := uint32(stateRemove)
	if on {
		action = stateAdd
	}
	e := xproto.ClientMessageEvent{Format: 32, Window: w, Type: states, Data: xproto.ClientMessageDataUnionData32New([]uint32{action, uint32(attention), 0, sourceApplication, 0})}
	const managers = xproto.EventMaskSubstructureNotify | xproto.EventMaskSubstructureRedirect
	return xproto.SendEventChecked(conn, false, xproto.Setup(conn).DefaultScreen(conn).Root, managers, string(e.Bytes())).Check()
}

func atom(conn *xgb.Conn, name string) (xproto.Atom, error) {
	r, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	return r.Atom, nil
}
