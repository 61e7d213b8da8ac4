package ui

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

func TestControllerWithoutACallSaysSo(t *testing.T) {
	s := newStage(t)
	c := s.ui.Controller()
	for _, with := range []string{"no engine", "no call"} {
		for name, err := range map[string]error{
			"hang up":    c.HangUp(t.Context(), false),
			"minimize":   c.Minimize().Minimize(),
			"fullscreen": c.ScreenSharing().ShowViewInFullscreenMode(bob.ID, true),
			"camera":     c.AudioVideo().Camera().TurnOn(t.Context(), true),
			"microphone": c.AudioVideo().Microphone().Switch(t.Context(), bob.ID),
			"remove":     c.User().Remove(t.Context(), bob.ID),
		} {
			if !errors.Is(err, engine.ErrNotInCall) {
				t.Errorf("%s, %s: %v", with, name, err)
			}
			if e := new(engine.Error); !errors.As(err, &e) || e.Hint == "" {
				t.Errorf("%s, %s has no way out", with, name)
			}
		}
		if err := c.Minimize().Restore(); !errors.Is(err, engine.ErrNotMinimized) {
			t.Errorf("%s, restore: %v", with, err)
		}
		if err := c.Minimize().Hide(); err != nil {
			t.Errorf("%s, hide: %v", with, err)
		}
		if c.Minimize().State() != engine.MiniIdle || c.AudioVideo().Camera().LocalState() || c.AudioVideo().Microphone().State(bob.ID) {
			t.Errorf("%s: something is on", with)
		}
		s.settle()
		s.want()
		s.enter(world())
	}
}

func TestControllerHangsUp(t *testing.T) {
	s := newStage(t)
	s.enter(world(heldCall, inCall()))
	if err := s.ui.Controller().HangUp(t.Context(), true); err != nil { // there is nobody to ask
		t.Error(err)
	}
	s.want("hangup call")
	s.engine.fail = engine.ErrNotInCall // under way
	if err := s.ui.Controller().HangUp(t.Context(), false); !errors.Is(err, engine.ErrNotInCall) {
		t.Errorf("a second time: %v", err)
	}
}

// Pain 61 and the kit's rules of doing it twice.
func TestMinimizingStates(t *testing.T) {
	s := newStage(t)
	m := s.ui.Controller().Minimize()
	var told []engine.MiniState
	stop := m.Notify(func(state engine.MiniState) { told = append(told, state) })
	expect := func(state engine.MiniState, err, want error) {
		t.Helper()
		s.settle()
		if m.State() != state || m.IsMinimizing() != (state == engine.MiniMinimizing) || !errors.Is(err, want) {
			t.Errorf("it is %q and %v, want %q and %v", m.State(), err, state, want)
		}
	}
	s.enter(world())
	expect(engine.MiniIdle, nil, nil)
	s.show(world(inCall(outgoingTo(bob, signal.Ringing))))
	expect(engine.MiniCalling, m.Restore(), engine.ErrNotMinimized)
	expect(engine.MiniMinimizing, m.Minimize(), nil)
	expect(engine.MiniMinimizing, m.Minimize(), engine.ErrMinimized)
	expect(engine.MiniMinimizing, m.Hide(), engine.ErrInCall)
	s.show(world(inCall())) // answered: it stays there
	expect(engine.MiniMinimizing, nil, nil)
	expect(engine.MiniCalling, m.Restore(), nil)
	expect(engine.MiniMinimizing, m.Minimize(), nil)
	s.show(world(over(engine.Ended{Call: "call", Reason: engine.RemoteHangUp, With: []engine.User{bob}, Answered: true, At: s.now})))
	expect(engine.MiniIdle, nil, nil)
	if !s.ui.pages.small {
		t.Error("it does not say why it ended")
	}
	expect(engine.MiniIdle, m.Hide(), nil)
	if s.ui.pages.small {
		t.Error("hiding does not take it down")
	}
	want := []engine.MiniState{engine.MiniIdle, engine.MiniCalling, engine.MiniMinimizing, engine.MiniCalling, engine.MiniMinimizing, engine.MiniIdle}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	stop()
	s.show(world(rung(false)))
	if len(told) != len(want) {
		t.Error("after stop it is told more")
	}
	expect(engine.MiniMinimizing, m.Minimize(), nil) // a ring, too
	expect(engine.MiniMinimizing, m.Hide(), engine.ErrInCall)
}

func TestDevicesByController(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) {
		c.Camera = false
		c.Members = append(c.Members, engine.Member{User: cyd})
	})))
	a := s.ui.Controller().AudioVideo()
	if !a.Microphone().LocalState() || a.Camera().State(ana.ID) || !a.Camera().State(bob.ID) || a.Microphone().State(cyd.ID) || a.Camera().State("nobody") {
		t.Error("the states are wrong")
	}
	for _, c := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"ours on", func() error { return a.Camera().TurnOn(t.Context(), true) }, []string{"camera call true"}},
		{"ours by name", func() error { return a.Microphone().TurnOn(t.Context(), false, ana.ID) }, []string{"microphone call false"}},
		{"the kit's empty name", func() error { return a.Microphone().TurnOn(t.Context(), false, "") }, []string{"microphone call false"}},
		{"switch ours", func() error { return a.Microphone().Switch(t.Context()) }, []string{"microphone call false"}},
		{"theirs off", func() error { return a.Microphone().TurnOn(t.Context(), false, bob.ID, cyd.ID) }, []string{"switch microphone call false [bob cyd]"}},
		{"switch everybody's", func() error { return a.Microphone().Switch(t.Context(), bob.ID, cyd.ID, ana.ID) },
			[]string{"microphone call false", "switch microphone call false [bob]", "switch microphone call true [cyd]"}},
		{"remove", func() error { return s.ui.Controller().User().Remove(t.Context(), cyd.ID) }, []string{"remove call [cyd]"}},
		{"loudspeaker", func() error { return a.AudioOutput().SwitchToSpeaker(t.Context(), true) }, []string{"switch to speaker true"}},
	} {
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		s.want(c.want...)
	}
	s.engine.fail = engine.ErrForbidden
	if err := a.Camera().TurnOn(t.Context(), false, bob.ID); !errors.Is(err, engine.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
}

func TestFirstAndSecondCamera(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	camera := s.ui.Controller().AudioVideo().Camera()
	s.engine.devices = []media.Device{{ID: "m", Kind: media.MicrophoneDevice}, {ID: "one", Kind: media.CameraDevice}}
	if err := camera.SwitchFrontFacing(false); !errors.Is(err, media.ErrDeviceNotFound) {
		t.Errorf("without a second one: %v", err)
	}
	s.engine.devices = append(s.engine.devices, media.Device{ID: "two", Kind: media.CameraDevice})
	for _, c := range []struct {
		front bool
		want  string
	}{{false, "two"}, {false, "two"}, {true, "one"}} {
		if err := camera.SwitchFrontFacing(c.front); err != nil || s.engine.choice.Camera != c.want {
			t.Errorf("front %t: %q, %v", c.front, s.engine.choice.Camera, err)
		}
	}
	if s.program.settings.Camera != "one" {
		t.Errorf("remembered is %q", s.program.settings.Camera)
	}
	for on, want := range map[bool]string{true: "loud", false: "worn"} {
		if err := s.ui.Controller().AudioVideo().AudioOutput().SwitchToSpeaker(t.Context(), on); err != nil || s.program.settings.Speaker != want {
			t.Errorf("of the speaker %q is remembered, %v", s.program.settings.Speaker, err)
		}
	}
	s.engine.mu.Lock()
	s.engine.asked = slices.DeleteFunc(s.engine.asked, func(a string) bool { return strings.HasPrefix(a, "switch") })
	s.engine.mu.Unlock()
	if n := len(s.engine.take()); n != 2 {
		t.Errorf("it was chosen %d times, want 2: one stays what it is", n)
	}
	if err := camera.SwitchVideoMirroring(true); err != nil || !s.program.settings.MirrorSelf {
		t.Errorf("mirroring is %t, %v", s.program.settings.MirrorSelf, err)
	}
	s.program.fail = errors.New("disk full")
	if err := camera.SwitchVideoMirroring(false); err == nil {
		t.Error("what cannot be remembered is not told")
	}
}

// Pain 60: subscribers are a list. Each hears how it is, and what changes, until it stops.
func TestSubscribersDoNotReplaceEachOther(t *testing.T) {
	s := newStage(t)
	a, u := s.ui.Controller().AudioVideo(), s.ui.Controller().User()
	var first, second, theirs []bool
	var lists [][]engine.Member
	var outputs []engine.Output
	stop := a.Microphone().OnLocalState(func(on bool) { first = append(first, on) })
	a.Microphone().OnLocalState(func(on bool) { second = append(second, on) })
	a.Camera().OnState(bob.ID, func(on bool) { theirs = append(theirs, on) })
	u.Stream(func(m []engine.Member) { lists = append(lists, m) })
	a.AudioOutput().OnOf(bob.ID, func(o engine.Output) { outputs = append(outputs, o) })
	s.enter(world(inCall()))
	s.show(world(inCall()))
	stop()
	s.show(world(inCall(func(c *engine.CallState) {
		c.Microphone, c.Members[0].Camera = false, false
		c.Members[0].Output.Label = "Headset"
	})))
	s.ui.Minimize() // the view is another one, the subscribers are the same
	s.settle()
	s.show(world())
	if want := []bool{false, true}; !slices.Equal(first, want) {
		t.Errorf("the first heard %t, want %t", first, want)
	}
	if want := []bool{false, true, false}; !slices.Equal(second, want) || !slices.Equal(theirs, want) {
		t.Errorf("the second heard %t, of the other's camera %t, want %t", second, theirs, want)
	}
	if len(lists) != 4 || len(lists[1]) != 1 || lists[2][0].Camera || len(lists[3]) != 0 {
		t.Errorf("the lists were %+v", lists)
	}
	if len(outputs) != 3 || outputs[1].Label != "Headset" {
		t.Errorf("the outputs were %+v", outputs)
	}
}

// Its methods are called from goroutines that are not Fyne's.
func TestControllerOnOtherGoroutines(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.Controller()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			stop := c.Minimize().Notify(func(engine.MiniState) {})
			_ = c.Minimize().Minimize()
			_ = c.AudioVideo().Microphone().Switch(t.Context())
			_ = c.Minimize().Restore()
			_ = c.HangUp(t.Context(), false)
			stop()
		})
	}
	for range 20 {
		s.show(world(inCall()))
	}
	group.Wait()
	s.settle()
	if n := len(s.ui.watchers.all); n != 0 {
		t.Errorf("%d subscribers are left", n)
	}
}

func TestFullscreenOfAShare(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.Controller().ScreenSharing()
	if err := c.ShowViewInFullscreenMode(bob.ID, true); !errors.Is(err, engine.ErrNotSharing) {
		t.Errorf("of somebody who shares nothing: %v", err)
	}
	s.show(world(inCall(func(c *engine.CallState) { c.Members[0].Sharing.On = true })))
	for _, on := range []bool{true, true, false} {
		if err := c.ShowViewInFullscreenMode(bob.ID, on); err != nil {
			t.Error(err)
		}
		s.settle()
		if (s.ui.FullScreenOf() == bob.ID) != on {
			t.Errorf("fullscreen is %t, want %t", !on, on)
		}
	}
}
