//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// miniOf is the mini window of an app.
func miniOf(a *app) (window, bool) {
	for _, w := range here.windows(a.pid()) {
		if w.title == "Parley call" {
			return w, true
		}
	}
	return window{}, false
}

// awaitMini waits until the mini window is the only one, or until only the main window is there.
func (a *app) awaitMini(on bool) window {
	a.t.Helper()
	var mini window
	a.await(fmt.Sprintf("the mini window alone: %t", on), func(status) string {
		w, there := miniOf(a)
		mini = w
		all := here.windows(a.pid())
		return unless(there == on && len(all) == 1, fmt.Sprintf("windows are %+v", all))
	})
	return mini
}

// states are the words that the window manager keeps of a window.
func (d *desk) states(w window) (out []string) {
	for list := d.property(w.id, "_NET_WM_STATE"); len(list) >= 4; list = list[4:] {
		if n, err := xproto.GetAtomName(d.x, xproto.Atom(xgb.Get32(list))).Reply(); err == nil {
			out = append(out, n.Name)
		}
	}
	return out
}

// closeButton asks a window to close, as the button of its frame does.
func (d *desk) closeButton(t *testing.T, w window) {
	t.Helper()
	e := xproto.ClientMessageEvent{Format: 32, Window: w.id, Type: d.atom("_NET_CLOSE_WINDOW"), Data: xproto.ClientMessageDataUnionData32New(make([]uint32, 5))}
	err := xproto.SendEventChecked(d.x, false, d.screen.Root, xproto.EventMaskSubstructureRedirect|xproto.EventMaskSubstructureNotify, string(e.Bytes())).Check()
	if err != nil {
		t.Fatal(err)
	}
}

func pointer(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command("xdotool", args...)
	c.Env = here.env()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v %s", args, err, out)
	}
}

// hover moves the pointer to a place in a window, in two steps as a hand does.
func hover(t *testing.T, w window, at image.Point) {
	t.Helper()
	p := w.rect.Min.Add(at)
	pointer(t, "mousemove", strconv.Itoa(p.X-3), strconv.Itoa(p.Y-3), "mousemove", strconv.Itoa(p.X), strconv.Itoa(p.Y))
}

// TestMinimized closes the window of a call, drags the mini window that takes its place, brings the call back with two clicks, and lets
// the other side end it while it is away.
func TestMinimized(t *testing.T) {
	at := switchboard(t)
	ana, bob := launch(t, "ana", at), launch(t, "bob", at)
	ana.invite("bob", "--video")
	bob.awaitRing()
	bob.ctl("accept")
	ana.awaitLive(1)

	main := here.windows(ana.pid())
	if len(main) != 1 {
		t.Fatalf("windows are %+v", main)
	}
	here.closeButton(t, main[0])
	mini := ana.awaitMini(true)
	ana.await("the call goes on", func(s status) string {
		return unless(s.Mini == "minimizing" && len(s.Calls) == 1 && s.Calls[0].State == "live", fmt.Sprintf("%+v", s))
	})
	ana.await("a window above all others, on all workspaces, in no list", func(status) string {
		states := strings.Join(here.states(mini), " ")
		everywhere := here.property(mini.id, "_NET_WM_DESKTOP")
		ok := strings.Contains(states, "_NET_WM_STATE_ABOVE") && strings.Contains(states, "_NET_WM_STATE_SKIP_TASKBAR") &&
			len(everywhere) == 4 && xgb.Get32(everywhere) == 0xFFFFFFFF
		return unless(ok, fmt.Sprintf("it is %s on %v", states, everywhere))
	})
	if _, err := ana.try("minimize"); err == nil || !strings.Contains(err.Error(), `"minimized"`) {
		t.Errorf("minimized twice: %v", err)
	}
	if _, err := ana.try("hide"); err == nil || !strings.Contains(err.Error(), `"in-call"`) {
		t.Errorf("hidden in a call: %v", err)
	}

	drag(t, ana, mini)
	hover(t, ana.awaitMini(true), image.Pt(100, 90))
	pointer(t, "click", "--repeat", "2", "--delay", "60", "1")
	ana.awaitMini(false)
	ana.await("the call in the window", func(s status) string { return unless(s.Mini == "calling", "it is "+s.Mini) })
	if _, err := ana.try("restore"); err == nil || !strings.Contains(err.Error(), `"not-minimized"`) {
		t.Errorf("restored twice: %v", err)
	}

	ana.ctl("minimize")
	ana.awaitMini(true)
	bob.ctl("hangup")
	ana.await("the words in the mini window", func(s status) string {
		_, there := miniOf(ana)
		return unless(there && len(s.Calls) > 0 && s.Calls[0].State == "ended" || len(here.windows(ana.pid())) == 1 && !there, "it still goes on")
	})
	ana.awaitEnded("remote hangup")
	ana.awaitMini(false)
	ana.quit()
	remembered(t, ana, at, bob)
}

// TestRemovedWhileMinimized removes somebody from a group whose call is put away: the mini window tells it and goes, the desktop tells it
// again by whom, and the others go on.
func TestRemovedWhileMinimized(t *testing.T) {
	s := newSurroundings(t)
	at := switchboard(t)
	ana, cyd := launch(t, "ana", at), launch(t, "cyd", at)
	bob := startOn(t, "bob", []string{"DBUS_SESSION_BUS_ADDRESS=" + s.bus.Address}, "--server", at)
	s.icon(bob)
	ana.invite("bob,cyd", "--video")
	for _, a := range []*app{bob, cyd} {
		a.awaitRing()
		a.ctl("accept")
	}
	for _, a := range []*app{ana, bob, cyd} {
		a.awaitLive(2)
	}
	bob.ctl("minimize")
	mini := bob.awaitMini(true)

	told := bob.watch()
	ana.ctl("kick", "bob")
	if e := told.next("call-ended"); e.User.ID != "ana" || e.Reason != "kicked" {
		t.Errorf("told of %+v", e)
	}
	dark := func(r, g, b uint8) bool { return max(r, g, b) < 96 }
	bob.await("words in place of the picture", func(status) string {
		w, there := miniOf(bob)
		if !there {
			return "" // slower than the words were to be read
		}
		img, err := here.look(w)
		if err != nil {
			return err.Error()
		}
		return unless(portion(img, dark) > 0.5, "a picture is there")
	})
	keepPicture(t, bob, "removed-minimized")
	if w, there := miniOf(bob); there && w.rect != mini.rect {
		t.Errorf("the mini window moved from %v to %v", mini.rect, w.rect)
	}
	awaitNoWindow(t, bob) // the tray brings the main one back
	if s := bob.status(); s.Mini != "idle" || s.Calls[0].Ended != "kicked" || s.Calls[0].EndedBy != "ana" {
		t.Errorf("afterwards it is %+v", s)
	}
	s.told("Ana removed you from the call")
	ana.awaitLive(1)
	cyd.awaitLive(1)
}

// drag moves the mini window far beyond the left edge: it comes to lie at it, and that is remembered.
func drag(t *testing.T, a *app, w window) {
	t.Helper()
	hover(t, w, image.Pt(100, 90))
	from := w.rect.Min.Add(image.Pt(100, 90))
	pointer(t, "mousedown", "1", "mousemove", strconv.Itoa(from.X-40), strconv.Itoa(from.Y-10))
	pointer(t, "mousemove", "300", "400")
	pointer(t, "mousemove", "10", "400", "sleep", "0.2", "mouseup", "1")
	a.await("the mini window at the edge", func(status) string {
		now, _ := miniOf(a)
		return unless(now.rect.Min.X == 0 && now.rect.Min.Y > 0, fmt.Sprintf("it is at %v", now.rect))
	})
}

// remembered starts an app anew: its mini window is where it was, and inside the screen also if the settings say that it was not.
func remembered(t *testing.T, ana *app, at string, bob *app) {
	t.Helper()
	path := filepath.Join(ana.profile, "settings.json")
	for _, far := range []bool{false, true} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var s map[string]any
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		place, ok := s["mini_place"].(map[string]any)
		if !ok {
			t.Fatalf("no place is remembered: %s", b)
		}
		if far {
			place["x"], place["y"] = 100000, 100000
			if b, err = json.Marshal(s); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ana.run("--server", at)
		bob.invite("ana")
		ana.awaitRing()
		ana.ctl("minimize")
		ana.awaitMini(true)
		ana.ctl("accept")
		bob.awaitLive(1)
		w := ana.awaitMini(true) // accepted while it was away, it stays there
		screen := image.Rect(0, 0, int(here.screen.WidthInPixels), int(here.screen.HeightInPixels))
		if !w.rect.In(screen) || (w.rect.Min.X == 0) == far {
			t.Errorf("far away %t: it is at %v", far, w.rect)
		}
		bob.ctl("hangup")
		ana.awaitEnded("remote hangup")
		ana.quit()
	}
}
