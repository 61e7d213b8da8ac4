//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/bustest"
)

// surroundings are a desktop around an app: a session bus of its own with a notification service, a tray, a dock and what keeps the screen on.
type surroundings struct {
	t       *testing.T
	bus     *bustest.Bus
	service *bustest.Service
	tray    *bustest.Tray
	dock    *bustest.Dock
	vigil   *bustest.Vigil
}

func newSurroundings(t *testing.T) *surroundings {
	t.Helper()
	s := &surroundings{t: t, bus: bustest.StartFor(t)}
	var err error
	if s.service, err = s.bus.Serve("actions", "body", "body-markup", "persistence", "sound"); err != nil {
		t.Fatal(err)
	}
	if s.tray, err = s.bus.Host(); err != nil {
		t.Fatal(err)
	}
	if s.dock, err = s.bus.Dock(); err != nil {
		t.Fatal(err)
	}
	if s.vigil, err = s.bus.Vigil(bustest.GNOMESession); err != nil {
		t.Fatal(err)
	}
	return s
}

// awake waits until the screen is kept on, or is not any more.
func (s *surroundings) awake(on bool) {
	s.t.Helper()
	s.until(fmt.Sprintf("the screen to be kept on: %t", on), func() string {
		held := s.vigil.Held()
		return unless(on == (len(held) == 1) && len(held) < 2, fmt.Sprintf("reasons are %q", held))
	})
}

// labelled waits until the dock shows that on the icon of the app.
func (s *surroundings) labelled(want bustest.Label) {
	s.t.Helper()
	s.until("the icon in the dock", func() string {
		got, _ := s.dock.Icon("app.parley.Parley")
		return unless(got == want, fmt.Sprintf("it shows %+v, want %+v", got, want))
	})
}

// urgent waits until exactly one window of an app calls for attention, or none does. The window manager passes that on unless the window has
// the keyboard, so what counts is what the app says.
func (s *surroundings) urgent(a *app, on bool) {
	s.t.Helper()
	const flag = 1 << 8 // of WM_HINTS
	s.until(fmt.Sprintf("a window to call for attention: %t", on), func() string {
		n := 0
		for _, w := range here.windows(a.pid()) {
			if hints := here.property(w.id, "WM_HINTS"); len(hints) >= 4 && xgb.Get32(hints)&flag != 0 {
				n++
			}
		}
		return unless(on == (n == 1) && n < 2, fmt.Sprintf("%d do", n))
	})
}

// until polls until why says nothing any more; what it said last is why the test fails.
func (s *surroundings) until(what string, why func() string) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		missing := why()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited for %s: %s", what, missing)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// told waits until a notification with a title is open, and returns it.
func (s *surroundings) told(title string, labels ...string) bustest.Shown {
	s.t.Helper()
	var n bustest.Shown
	s.until("the notification "+title, func() string {
		open := s.service.Open()
		i := slices.IndexFunc(open, func(n bustest.Shown) bool { return n.Title == title && slices.Equal(n.Labels(), labels) })
		if i < 0 {
			return fmt.Sprintf("open are %+v", open)
		}
		n = open[i]
		return ""
	})
	return n
}

// press presses a button of a notification.
func (s *surroundings) press(n bustest.Shown, label string) {
	s.t.Helper()
	if err := s.service.Press(n.ID, label); err != nil {
		s.t.Fatal(err)
	}
}

// silent waits until no notification of that title is open.
func (s *surroundings) silent(title string) {
	s.t.Helper()
	s.until("the end of the notification "+title, func() string {
		open := s.service.Open()
		return unless(!slices.ContainsFunc(open, func(n bustest.Shown) bool { return n.Title == title }), fmt.Sprintf("open are %+v", open))
	})
}

// icon waits until the tray has the icon of an app.
func (s *surroundings) icon(a *app) bustest.Icon {
	s.t.Helper()
	var icon bustest.Icon
	s.until("the icon of "+a.name, func() string {
		var there bool
		icon, there = s.tray.Icon(a.pid())
		return unless(there, "there is none")
	})
	return icon
}

// shows waits until the first line of a menu says what goes on, and these lines can be pressed, and no others but those that always
// can.
func (s *surroundings) shows(icon bustest.Icon, status string, enabled ...string) {
	s.t.Helper()
	s.until("the tray to say "+status, func() string {
		menu, err := icon.Menu()
		if err != nil || len(menu) == 0 {
			return fmt.Sprint("there is no menu: ", err)
		}
		var got []string
		for _, e := range menu {
			if e.Enabled && !slices.Contains([]string{"Open Parley", "Do not disturb", "Quit"}, e.Label) {
				got = append(got, e.Label)
			}
		}
		return unless(menu[0].Label == status && !menu[0].Enabled && slices.Equal(got, enabled), fmt.Sprintf("the menu is %+v", menu))
	})
}

// choose presses a line of a menu.
func (s *surroundings) choose(icon bustest.Icon, label string) {
	s.t.Helper()
	if err := icon.Press(label); err != nil {
		s.t.Fatal(err)
	}
}

// picture takes the icon as it is in the tray.
func (s *surroundings) picture(icon bustest.Icon) *image.NRGBA {
	s.t.Helper()
	m, err := icon.Picture()
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// closeWindow presses the button in the frame of the only window of an app until it is gone: in the last moment of a call it only puts
// that away.
func closeWindow(t *testing.T, a *app) {
	t.Helper()
	var pressed time.Time
	a.await("the window to close", func(status) string {
		w := here.windows(a.pid())
		if len(w) == 0 {
			return ""
		}
		if time.Since(pressed) > time.Second {
			pressed = time.Now()
			e := xproto.ClientMessageEvent{Format: 32, Window: w[0].id, Type: here.atom("_NET_CLOSE_WINDOW"), Data: xproto.ClientMessageDataUnionData32New([]uint32{0, 2, 0, 0, 0})}
			mask := uint32(xproto.EventMaskSubstructureRedirect | xproto.EventMaskSubstructureNotify)
			if err := xproto.SendEventChecked(here.x, false, here.screen.Root, mask, string(e.Bytes())).Check(); err != nil {
				return err.Error()
			}
		}
		return fmt.Sprintf("windows are %+v", w)
	})
}

func awaitNoWindow(t *testing.T, a *app) {
	t.Helper()
	a.await("no window", func(status) string {
		w := here.windows(a.pid())
		return unless(len(w) == 0, fmt.Sprintf("windows are %+v", w))
	})
}

// Somebody who has Parley only in the tray answers, declines, misses and returns calls by the desktop alone.
func TestCallsByTheDesktop(t *testing.T) {
	s := newSurroundings(t)
	at := switchboard(t)
	ana := launch(t, "ana", at)
	bob := startOn(t, "bob", []string{"DBUS_SESSION_BUS_ADDRESS=" + s.bus.Address}, "--server", at, "--hidden", "--speaker", "bob")
	icon := s.icon(bob)
	s.shows(icon, "Ready for calls")
	awaitNoWindow(t, bob)
	idle := s.picture(icon)

	// Accept: one press brings the call, the window and the end of the notification.
	ana.invite("bob")
	ring := s.told("Ana is calling", "Accept", "Decline")
	if ring.Urgency() != 2 || ring.Body != "Voice call" {
		t.Errorf("the ring is told by %+v", ring)
	}
	s.shows(icon, "Ana is calling", "Answer", "Decline")
	s.urgent(bob, true)
	s.labelled(bustest.Label{Urgent: true})
	s.awake(false)
	s.until("bob's ring to sound", func() string { return unless(here.streams(bob.pid()) > 0, "nothing plays") })
	s.press(ring, "Accept")
	bob.awaitLive(1)
	ana.awaitLive(1)
	s.silent("Ana is calling")
	s.shows(icon, "In a call with Ana", "Mute", "Hang up")
	s.awake(true)
	s.urgent(bob, false)
	s.labelled(bustest.Label{})
	if bytes.Equal(idle.Pix, s.picture(icon).Pix) {
		t.Error("the icon does not show the call")
	}
	s.choose(icon, "Mute")
	s.shows(icon, "Muted, with Ana", "Unmute", "Hang up")
	ana.await("bob to be muted", func(s status) string {
		return unless(!s.Calls[0].Members[0].Microphone, "he is not")
	})
	s.choose(icon, "Hang up")
	bob.awaitEnded("local hangup")
	ana.awaitEnded("remote hangup")
	s.awake(false)

	// The window goes into the tray, and says so once.
	closeWindow(t, bob)
	s.told("Parley is still there")
	s.shows(icon, "Ready for calls")

	// Decline.
	ana.invite("bob")
	s.press(s.told("Ana is calling", "Accept", "Decline"), "Decline")
	ana.awaitEnded("declined")
	s.silent("Ana is calling")

	// A call that the caller takes back is missed, and returned.
	ana.invite("bob", "--video")
	s.told("Ana is calling", "Accept", "Decline")
	ana.ctl("hangup")
	s.silent("Ana is calling")
	missed := s.told("Missed video call from Ana", "Call back")
	s.shows(icon, "1 missed call")
	s.labelled(bustest.Label{Count: 1})
	s.press(missed, "Call back")
	ana.awaitRing()
	s.shows(icon, "Calling Ana", "Mute", "Hang up")
	s.choose(icon, "Hang up")
	bob.awaitEnded("cancelled here")
	closeWindow(t, bob)

	// Do not disturb, by Parley and by the desktop: a ring is shown, and is neither heard nor urgent.
	s.choose(icon, "Do not disturb")
	ana.invite("bob")
	if ring = s.told("Ana is calling", "Accept", "Decline"); ring.Urgency() != 1 {
		t.Errorf("urgency is %d", ring.Urgency())
	}
	if l, _ := s.dock.Icon("app.parley.Parley"); l.Urgent {
		t.Error("a ring that must not disturb calls for attention")
	}
	if n := here.streams(bob.pid()); n != 0 {
		t.Errorf("%d streams of sound while it must not be heard", n)
	}
	s.choose(icon, "Answer")
	ana.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
	closeWindow(t, bob)
	s.choose(icon, "Do not disturb")
	s.service.Inhibit(true)
	ana.invite("bob")
	s.until("a quiet ring", func() string {
		open := s.service.Open()
		return unless(slices.ContainsFunc(open, func(n bustest.Shown) bool { return n.Title == "Ana is calling" && n.Urgency() == 1 }), fmt.Sprintf("open are %+v", open))
	})
	s.choose(icon, "Decline")
	ana.awaitEnded("declined")
	s.silent("Ana is calling")

	// Quit takes everything down.
	s.choose(icon, "Quit")
	select {
	case <-bob.exited:
	case <-time.After(patience):
		t.Fatal("bob does not quit by the tray")
	}
	s.until("no notification", func() string {
		return unless(len(s.service.Open()) == 0, fmt.Sprintf("open are %+v", s.service.Open()))
	})
}
