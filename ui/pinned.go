package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/xconn"
)

// The words of https://specifications.freedesktop.org/wm-spec/1.5/ar01s05.html for what is asked of a window manager.
const (
	addState      = 1          // _NET_WM_STATE_ADD
	byApplication = 1          // who asks
	allDesktops   = 0xFFFFFFFF // for _NET_WM_DESKTOP
)

// handleX11 is the window of a desktop with X11, also of one that only understands it; 0 elsewhere. UI goroutine only.
func handleX11(w fyne.Window) xproto.Window {
	var id xproto.Window
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(func(context any) {
			if x, ok := context.(driver.X11WindowContext); ok {
				id = xproto.Window(x.WindowHandle)
			}
		})
	}
	return id
}

// pin keeps a window that is on the screen on all workspaces, and out of the lists of windows. GLFW cannot ask for that; elsewhere than on
// X11 nobody does. The window manager forgets it whenever the window is hidden. It waits for the display, but not for the manager.
func pin(id xproto.Window) error {
	c, err := xconn.Dial()
	if err != nil {
		return fmt.Errorf("pin a window: %w", err)
	}
	defer c.Close()
	root := xproto.Setup(c).DefaultScreen(c).Root
	atom := func(name string) (a xproto.Atom) {
		if err == nil {
			var r *xproto.InternAtomReply
			if r, err = xproto.InternAtom(c, false, uint16(len(name)), name).Reply(); err == nil {
				a = r.Atom
			}
		}
		return a
	}
	ask := func(kind xproto.Atom, data ...uint32) {
		if err == nil {
			e := xproto.ClientMessageEvent{Format: 32, Window: id, Type: kind, Data: xproto.ClientMessageDataUnionData32New(append(data, 0, 0, 0, 0)[:5])}
			err = xproto.SendEventChecked(c, false, root, xproto.EventMaskSubstructureRedirect|xproto.EventMaskSubstructureNotify, string(e.Bytes())).Check()
		}
	}
	state := atom("_NET_WM_STATE")
	ask(state, addState, uint32(atom("_NET_WM_STATE_STICKY")), 0, byApplication)
	ask(state, addState, uint32(atom("_NET_WM_STATE_SKIP_TASKBAR")), uint32(atom("_NET_WM_STATE_SKIP_PAGER")), byApplication)
	ask(atom("_NET_WM_DESKTOP"), allDesktops, byApplication)
	if err != nil {
		return fmt.Errorf("pin a window: %w", err)
	}
	return nil
}
