package ui

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// sending is a send button in a window, with a fake engine and a clock that stands still.
type sending struct {
	*loop
	t      *testing.T
	engine *fakeEngine
	now    time.Time
	button *SendButton
	window fyne.Window
	got    []SendResult
}

func newSending(t *testing.T, snap engine.Snapshot, o SendButtonOptions) *sending {
	t.Helper()
	newApp(t)
	s := &sending{loop: &loop{}, t: t, engine: newFakeEngine(), now: noon}
	s.engine.set(snap)
	o.Client = s.engine
	s.button = newSendButton(o, s.do, func() time.Time { return s.now })
	s.window = test.NewTempWindow(t, s.button)
	t.Cleanup(func() {
		s.button.Close()
		if n := s.engine.watchers(); n != 0 {
			t.Errorf("%d subscriptions are left after Close", n)
		}
	})
	return s
}

// collecting makes the options keep the results.
func collecting(s **sending, o SendButtonOptions) SendButtonOptions {
	o.OnPressed = func(r SendResult) { (*s).got = append((*s).got, r) }
	return o
}

func (s *sending) show(snap engine.Snapshot) {
	s.engine.set(snap)
	for s.drain() {
		continue
	}
}

// results waits until so many are there, and returns the last one.
func (s *sending) results(n int) SendResult {
	s.t.Helper()
	s.until(s.t, func() string {
		if len(s.got) < n {
			return "too few results"
		}
		return ""
	})
	return s.got[n-1]
}

func TestSendButtonCalls(t *testing.T) {
	var s *sending
	s = newSending(t, world(), collecting(&s, SendButtonOptions{To: []engine.UserID{"bob", "cyd"}, Video: true}))
	if got := s.button.words(); got != "Video call" {
		t.Errorf("it says %q", got)
	}
	test.Tap(s.button)
	if r := s.results(1); r.Err != nil || r.Call != "call" {
		t.Errorf("result %+v", r)
	}
	if got := s.engine.take(); len(got) != 1 || got[0] != "invite bob+cyd video=true" {
		t.Errorf("asked for %q", got)
	}
	s.button.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if r := s.results(2); !errors.Is(r.Err, ErrPressedTwice) {
		t.Errorf("a second press at once: %v", r.Err)
	}
	s.now = s.now.Add(sendPause)
	s.button.Press()
	if r := s.results(3); r.Err != nil {
		t.Errorf("a press half a second later: %v", r.Err)
	}
}

// slowSender answers when it is told to.
type slowSender struct {
	*fakeEngine
	answer chan struct{}
}

func (s slowSender) Invite(ctx context.Context, _ engine.Invite) (engine.CallID, []signal.InviteResult, error) {
	select {
	case <-s.answer:
		return "call", []signal.InviteResult{{ID: "bob", Result: "offline"}}, nil
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
}

func TestSendButtonSendsOnceAtATime(t *testing.T) {
	newApp(t)
	d, now := &loop{}, noon
	client := slowSender{newFakeEngine(), make(chan struct{})}
	client.set(world())
	var got []SendResult
	b := newSendButton(SendButtonOptions{Client: client, To: []engine.UserID{"bob"}, OnPressed: func(r SendResult) { got = append(got, r) }}, d.do, func() time.Time { return now })
	b.Press()
	now = now.Add(time.Hour)
	b.Press()
	if len(got) != 1 || !errors.Is(got[0].Err, ErrPressedTwice) {
		t.Fatalf("a press while the first one is under way: %v", got)
	}
	client.answer <- struct{}{}
	d.until(t, func() string {
		if len(got) < 2 {
			return "no answer"
		}
		return ""
	})
	if r := got[1]; r.Err != nil || len(r.Invitees) != 1 || r.Invitees[0].Result != "offline" {
		t.Errorf("result %+v", r)
	}
	now = now.Add(time.Hour)
	b.Press()
	b.Close() // ends what is under way
	b.Close()
	d.drain()
	if b.Press(); len(got) != 2 {
		t.Errorf("after Close it told %v", got[2:])
	}
}

func TestSendButtonRefusesWithAReason(t *testing.T) {
	t.Parallel()
	offline := func(s *engine.Snapshot) { s.Connection.State = engine.Offline }
	held := func(c *engine.CallState) { c.Held = true }
	open := func(c *engine.CallState) { c.CanAdd = true }
	over := func(c *engine.CallState) { c.Phase = engine.Over }
	for _, c := range []struct {
		name string
		snap *engine.Snapshot
		call engine.CallID
		want error
	}{
		{"all is well", snap(), "", nil},
		{"offline", snap(offline), "", engine.ErrOffline},
		{"in another call", snap(inCall()), "", engine.ErrBusy},
		{"the other call is held", snap(inCall(held)), "", nil},
		{"the other call is over", snap(inCall(over)), "", nil},
		{"in that call", snap(inCall(open)), "call", nil},
		{"in that call, not allowed to add", snap(inCall()), "call", engine.ErrForbidden},
		{"in another than that call", snap(inCall(open)), "own", engine.ErrBusy},
	} {
		if got := sendable(c.snap, c.call); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSendButtonAsksBefore(t *testing.T) {
	var s *sending
	willing := false
	o := collecting(&s, SendButtonOptions{To: []engine.UserID{"bob"}})
	o.OnWillPress = func() bool { return willing }
	s = newSending(t, world(), o)
	s.button.Press()
	s.drain()
	if asked := s.engine.take(); len(s.got) != 0 || len(asked) != 0 {
		t.Errorf("a press that was not wanted asks for %q and tells %v", asked, s.got)
	}
	willing = true
	s.button.Press()
	if r := s.results(1); r.Err != nil {
		t.Error(r.Err)
	}
}

func TestSendButtonShowsTheStateOfTheLine(t *testing.T) {
	s := newSending(t, world(), SendButtonOptions{To: []engine.UserID{"bob"}, Call: "call"})
	s.show(world(func(w *engine.Snapshot) { w.Connection.State = engine.Offline }))
	if s.button.symbol() != "warning" {
		t.Errorf("offline it shows %q", s.button.symbol())
	}
	test.Tap(s.button) // nobody listens: the button itself says why not
	if n := len(s.window.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d pop-ups say why", n)
	}
	s.show(world(inCall(func(c *engine.CallState) { c.CanAdd = true })))
	if s.button.symbol() != "invite" || s.button.words() != "Add to the call" {
		t.Errorf("in its call it shows %q, %q", s.button.symbol(), s.button.words())
	}
}

func TestSendButtonNeedsSomebodyToCall(t *testing.T) {
	var s *sending
	s = newSending(t, world(), collecting(&s, SendButtonOptions{}))
	s.button.Press()
	if r := s.results(1); !errors.Is(r.Err, engine.ErrBadRequest) {
		t.Errorf("calling nobody: %v", r.Err)
	}
}
