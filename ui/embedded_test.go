package ui

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
)

// mounted is a call as a part of another program's window.
type mounted struct {
	*stage
	call     *Call
	window   fyne.Window // that it is in; nil: none
	disposed int
}

func newMounted(t *testing.T, engine *fakeEngine, change ...func(*CallOptions)) *mounted {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.DefaultTheme())
	s := world()
	engine.snap = &s
	m := &mounted{stage: &stage{loop: &loop{}, t: t, engine: engine, now: noon}}
	o := CallOptions{CallID: "call", OnDispose: func() { m.disposed++ }}
	for _, f := range change {
		f(&o)
	}
	m.call = newCall(engine, o, m.do, func() time.Time { return m.now }, func(fyne.CanvasObject) fyne.Window { return m.window })
	t.Cleanup(func() {
		m.call.Close()
		if m.disposed != 1 {
			t.Errorf("OnDispose was told %d times", m.disposed)
		}
		m.until(t, func() string { return unless(m.engine.watchers() == 0, "subscriptions are left") })
	})
	return m
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// in puts the call into a window, or, with nil, takes it out of all.
func (m *mounted) in(w fyne.Window) {
	m.t.Helper()
	m.window = w
	if w != nil {
		w.SetContent(newBorder(nil, nil, nil, nil, m.call))
		w.Resize(fyne.NewSize(400, 300))
		w.Show()
	}
	m.call.look()
	if m.call.ui != nil {
		m.ui = m.call.ui
		m.settle()
	}
}

func (m *mounted) sees(o fyne.CanvasObject) bool { return sees(m.window.Content(), o) }

func TestCallIsJoinedAndLeftWithItsPlace(t *testing.T) {
	m := newMounted(t, newFakeEngine(), func(o *CallOptions) { o.Config.Joining.MicrophoneOff = true })
	w := fyne.CurrentApp().NewWindow("Shop")
	m.in(w)
	m.want("join call video=true take=false current=1, open, muted")
	if !m.sees(m.call.page.root) || m.call.page.title.Text != "Joining the call…" && m.call.page.title.Text != "The call is over" {
		t.Errorf("meanwhile it says %q", m.call.page.title.Text)
	}
	m.show(world(inCall(), rung(false)))
	if !m.sees(m.ui.pages.call.root) || m.ui.pages.ring.up {
		t.Error("the call is not to be seen, or another one rings in it")
	}
	m.window = nil
	m.call.look()
	m.now = m.now.Add(unmountedTime / 2)
	m.call.look()
	if m.in(w); m.disposed != 0 {
		t.Fatal("it was left although it came back")
	}
	m.window = nil
	m.call.look()
	m.now = m.now.Add(unmountedTime)
	m.call.look()
	m.until(t, func() string { return unless(slices.Contains(m.engine.take(), "hangup call"), "it is not left") })
	if m.disposed != 1 {
		t.Error("it is not disposed of")
	}
}

func TestCallThatCannotBeJoined(t *testing.T) {
	e := newFakeEngine()
	e.fail = engine.ErrForbidden
	m := newMounted(t, e)
	m.in(fyne.CurrentApp().NewWindow("Shop"))
	p := m.call.page
	m.until(t, func() string { // the refusal may be on its way
		if p.title.Text == "Joining the call…" {
			return "it still joins"
		}
		return ""
	})
	if !m.sees(p.act) || p.act.Text != "Try again" || !m.sees(p.leave) || p.title.Text == "Joining the call…" {
		t.Fatalf("it says %q with %q", p.title.Text, p.act.Text)
	}
	e.take()
	e.fail = nil
	test.Tap(p.act)
	m.settle()
	m.want("join call video=true take=false current=1, open")
	m.show(world(inCall()))
	if !m.sees(m.ui.pages.call.root) {
		t.Error("the second try shows no call")
	}
}

func TestCallStaysWhileMinimized(t *testing.T) {
	var told []string
	m := newMounted(t, newFakeEngine(), func(o *CallOptions) {
		o.OnMinimize = func() { told = append(told, "away") }
		o.OnRestore = func() { told = append(told, "back") }
	})
	w := fyne.CurrentApp().NewWindow("Shop")
	m.in(w)
	m.show(world(inCall()))
	m.ui.putAway()
	m.settle()
	if !m.sees(m.call.page.act) || m.call.page.title.Text != "The call is in the small window" || !m.ui.pages.small {
		t.Errorf("it says %q", m.call.page.title.Text)
	}
	m.window = nil
	for range 5 {
		m.now = m.now.Add(unmountedTime)
		m.call.look()
	}
	if m.disposed != 0 {
		t.Fatal("it was left")
	}
	other := fyne.CurrentApp().NewWindow("Another")
	m.in(other)
	m.in(other)
	if m.call.ui.main != other || !m.sees(m.ui.pages.call.root) {
		t.Error("it does not come up in another window")
	}
	if !slices.Equal(told, []string{"away", "back"}) {
		t.Errorf("told of %v", told)
	}
	m.show(world(inCall(func(c *engine.CallState) { c.Held = true })))
	if m.call.page.act.Text != "Resume" {
		t.Errorf("on hold it offers %q", m.call.page.act.Text)
	}
}

// A call that is on the screen before the client has connected waits for the line, and is not joined in vain.
func TestCallWaitsForTheLine(t *testing.T) {
	f := newFakeEngine()
	m := newMounted(t, f)
	before := world()
	before.Connection = engine.Connection{State: engine.Connecting}
	f.set(before)
	f.take()
	m.window = fyne.CurrentApp().NewWindow("Practice")
	m.window.SetContent(container.NewStack(m.call))
	m.call.look()
	m.ui = m.call.ui
	for range 3 { // had it not waited, it would have asked by now
		m.drain()
		runtime.Gosched()
	}
	if asked := f.take(); len(asked) != 0 || m.call.failed != nil {
		t.Fatalf("asked for %q without a line: %v", asked, m.call.failed)
	}
	m.show(world())
	if asked := f.take(); len(asked) != 1 || !strings.HasPrefix(asked[0], "join") {
		t.Errorf("asked for %q", asked)
	}
}
