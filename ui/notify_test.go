package ui

import (
	"context"
	"errors"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// fakeDesktop shows what it is told.
type fakeDesktop struct {
	mu      sync.Mutex
	open    []desktop.Notification
	quiet   bool
	hosted  bool
	login   bool
	links   bool
	fail    error
	changed func()
	lacks   []desktop.Ability
	kept    []desktop.Standing // oldest first

	around image.Rectangle // the frame
	colour color.NRGBA
}

var _ Desktop = (*fakeDesktop)(nil)

func (f *fakeDesktop) Notify(n desktop.Notification) {
	f.Withdraw(n.Key)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = append(f.open, n)
}

func (f *fakeDesktop) Withdraw(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = slices.DeleteFunc(f.open, func(n desktop.Notification) bool { return n.Key == key })
}

func (f *fakeDesktop) DoNotDisturb() bool { return f.quiet }

// Can do all but what lacks names.
func (f *fakeDesktop) Can(a desktop.Ability) error {
	if slices.Contains(f.lacks, a) {
		return desktop.ErrUnsupported
	}
	return nil
}

func (f *fakeDesktop) Keep(s desktop.Standing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = append(f.kept, s)
}

func (f *fakeDesktop) TrayHosted() bool { return f.hosted }
func (f *fakeDesktop) Autostart() bool  { return f.login }

func (f *fakeDesktop) Watch(changed func()) (stop func()) {
	f.changed = changed
	return func() {}
}

func (f *fakeDesktop) Frame(now desktop.Framing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.around, f.colour = now.Around, now.Colour
}

// framed is the frame that is seen, and its colour.
func (f *fakeDesktop) framed() (image.Rectangle, color.NRGBA) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.around, f.colour
}

func (f *fakeDesktop) SetAutostart(on bool) error {
	if f.fail == nil {
		f.login = on
	}
	return f.fail
}

func (f *fakeDesktop) OpensLinks(context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.links, nil
}

func (f *fakeDesktop) OpenLinks(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links = f.fail == nil
	return f.fail
}

// titles are those of what is shown, oldest first.
func (f *fakeDesktop) titles() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, n := range f.open {
		out = append(out, n.Title)
	}
	return out
}

// press presses a button of the newest notification.
func (f *fakeDesktop) press(t *testing.T, label string) {
	t.Helper()
	f.mu.Lock()
	n := f.open[len(f.open)-1]
	f.mu.Unlock()
	for _, a := range n.Actions {
		if a.Label == label {
			a.Do()
			return
		}
	}
	t.Fatalf("there is no button %q on %+v", label, n)
}

// newDesktopStage is a stage on a desktop with a tray, whose main window is not in front.
func newDesktopStage(t *testing.T) (*stage, *fakeDesktop) {
	t.Helper()
	d := &fakeDesktop{hosted: true}
	s := newStageOn(t, d)
	s.program.settings.Notifications = true
	return s, d
}

func (s *stage) wantTitles(d *fakeDesktop, want ...string) {
	s.t.Helper()
	if got := d.titles(); !slices.Equal(got, want) {
		s.t.Errorf("notifications are %q, want %q", got, want)
	}
}

func TestRingsAreTold(t *testing.T) {
	others := func(s *engine.Snapshot) { s.Incoming[0].Others = []engine.User{cyd} }
	own := func(title, message string) func(*engine.Snapshot) {
		return func(s *engine.Snapshot) {
			s.Incoming[0].Notification = signal.Notification{Title: title, Message: message, Resource: "bell"}
		}
	}
	waiting := func(s *engine.Snapshot) { s.Incoming[0].Waiting = true }
	on := profile.Settings{Notifications: true}
	ring := telling{key: "ring ring", ring: "ring", title: "Bob Meier is calling"}
	with := func(f func(*telling)) []telling {
		n := ring
		f(&n)
		return []telling{n}
	}
	for _, c := range []struct {
		name string
		snap engine.Snapshot
		a    around
		want []telling
	}{
		{"voice", world(rung(false)), around{settings: on}, with(func(n *telling) { n.body = "Voice call" })},
		{"video for a group", world(rung(true), others), around{settings: on}, with(func(n *telling) { n.body = "Video call with 1 more" })},
		{"words of the caller do not hide who calls", world(rung(true), own(" Tea\n\ttime\x07 ", strings.Repeat("y", 500))), around{settings: on},
			with(func(n *telling) {
				n.title, n.body, n.sound = "Tea time", "Bob Meier\nVideo call\n"+strings.Repeat("y", maxTellingBody-1)+"…", "bell"
			})},
		{"during a call", world(inCall(), rung(false), waiting), around{settings: on}, with(func(n *telling) { n.body, n.waiting = "Voice call", true })},
		{"do not disturb", world(rung(false)), around{settings: profile.Settings{Notifications: true, DoNotDisturb: true}}, with(func(n *telling) { n.body, n.quiet = "Voice call", true })},
		{"a quiet desktop", world(rung(false)), around{settings: profile.Settings{Notifications: true, ObeyDesktop: true}, quiet: true}, with(func(n *telling) { n.body, n.quiet = "Voice call", true })},
		{"a quiet desktop that does not count", world(rung(false)), around{settings: on, quiet: true}, with(func(n *telling) { n.body = "Voice call" })},
		{"looked at", world(rung(false)), around{settings: on, watched: true}, nil},
		{"switched off", world(rung(false)), around{}, nil},
		{"nothing", world(), around{settings: on}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tellings(&c.snap, c.a); !slices.Equal(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
	if got := tellings(nil, around{settings: on}); got != nil {
		t.Errorf("without an engine: %+v", got)
	}
}

// lost is an entry of a missed call.
func lost(id engine.HistoryID, by engine.User, at time.Time, change ...func(*engine.HistoryEntry)) engine.HistoryEntry {
	e := engine.HistoryEntry{ID: id, Call: "old", Incoming: true, By: by, With: []engine.User{by}, At: at.Add(-time.Minute), Over: at, State: signal.TimedOut}
	for _, f := range change {
		f(&e)
	}
	return e
}

func TestMissedCallsAreTold(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	video := func(e *engine.HistoryEntry) { e.Video = true }
	group := func(e *engine.HistoryEntry) { e.With = []engine.User{bob, cyd} }
	answered := func(e *engine.HistoryEntry) { e.Answered, e.State = true, signal.Left }
	past := func(entries ...engine.HistoryEntry) engine.Snapshot {
		return world(func(s *engine.Snapshot) { s.History, s.HistorySeen = entries, ago(60) })
	}
	for _, c := range []struct {
		name string
		snap engine.Snapshot
		want []string // title, body and the entry that is returned
	}{
		{"one", past(lost("a", bob, ago(1))), []string{"Missed call from Bob Meier||a"}},
		{"video", past(lost("a", bob, ago(1), video)), []string{"Missed video call from Bob Meier||a"}},
		{"a group", past(lost("a", bob, ago(1), group)), []string{"Missed call from Bob Meier|Bob Meier, Cyd|a"}},
		{"of two people, of one twice", past(lost("c", bob, ago(1)), lost("b", cyd, ago(2)), lost("a", bob, ago(3))),
			[]string{"2 missed calls from Bob Meier||c", "Missed call from Cyd||b"}},
		{"seen, or answered", past(lost("c", bob, ago(1), answered), lost("b", cyd, ago(60)), lost("a", bob, ago(61))), nil},
		{"no more than a few", past(lost("1", engine.User{ID: "1"}, ago(1)), lost("2", engine.User{ID: "2"}, ago(2)), lost("3", engine.User{ID: "3"}, ago(3)),
			lost("4", engine.User{ID: "4"}, ago(4)), lost("5", engine.User{ID: "5"}, ago(5)), lost("6", engine.User{ID: "6"}, ago(6)), lost("7", engine.User{ID: "6"}, ago(7))),
			[]string{"Missed call from 1||1", "Missed call from 2||2", "Missed call from 3||3", "Missed call from 4||4", "Missed call from 5||5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, n := range tellings(&c.snap, around{settings: profile.Settings{Notifications: true}, now: now}) {
				got = append(got, n.title+"|"+n.body+"|"+string(n.missed))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	old := world(func(s *engine.Snapshot) { s.History = []engine.HistoryEntry{lost("a", bob, ago(25*60))} })
	if got := tellings(&old, around{settings: profile.Settings{Notifications: true}, now: now}); got != nil {
		t.Errorf("a call of yesterday is told: %+v", got)
	}
}

func TestAnsweringFromANotification(t *testing.T) {
	s, d := newDesktopStage(t)
	s.enter(world(rung(true)))
	s.ui.desk.hidden = true
	s.ui.applyNow()
	s.settle()
	s.wantTitles(d, "Bob Meier is calling")
	s.want(`preview ""`)
	d.press(t, "Accept")
	s.settle()
	s.want("accept ring camera=true")
	if !s.ui.up {
		t.Error("the window stays away")
	}
	s.show(world(inCall()))
	s.wantTitles(d)

	second := func() {
		s.show(world(inCall()))
		s.show(world(inCall(), rung(false), waits))
	}
	second()
	d.press(t, "Hold and accept")
	s.settle()
	s.want("accept ring camera=false, holding")
	second()
	d.press(t, "Decline")
	s.settle()
	s.want("reject ring")
	second()
	d.open[0].Closed(false)
	s.settle()
	s.want()
	d.open[0].Closed(true)
	s.settle()
	s.want("silence ring")
	pressed := d.open[0].Actions[1]
	s.show(world())
	s.wantTitles(d)
	pressed.Do() // a moment too late
	s.settle()
	s.want()
}

func TestNotificationsFollowTheWindow(t *testing.T) {
	s, d := newDesktopStage(t)
	s.enter(world())
	s.ui.setFront(true)
	s.show(world(rung(false)))
	s.wantTitles(d)
	s.ui.setFront(false)
	s.settle()
	s.wantTitles(d, "Bob Meier is calling")
	d.press(t, "Open Parley")
	s.ui.setFront(true)
	s.settle()
	s.wantTitles(d)
	s.show(world(func(w *engine.Snapshot) { w.History = []engine.HistoryEntry{lost("a", bob, s.now)} }))
	s.ui.setFront(false) // it was seen in the window
	s.settle()
	s.wantTitles(d)
	s.show(world(func(w *engine.Snapshot) {
		w.History = []engine.HistoryEntry{lost("b", bob, s.now), lost("a", bob, s.now)}
	}))
	s.wantTitles(d, "2 missed calls from Bob Meier")
	d.press(t, "Call back")
	s.settle()
	s.want("dial back b video=false current=1")
	s.ui.SetEngine(nil)
	s.settle()
	s.wantTitles(d)
}

func TestADismissedMissedCallStaysAway(t *testing.T) {
	s, d := newDesktopStage(t)
	missed := world(func(w *engine.Snapshot) { w.History = []engine.HistoryEntry{lost("a", bob, s.now)} })
	s.enter(missed)
	s.wantTitles(d, "Missed call from Bob Meier")
	d.open = nil // the person dismissed it
	s.show(missed)
	s.wantTitles(d)
}

func TestStartingHidden(t *testing.T) {
	d := &fakeDesktop{}
	s := newStageOn(t, d, func(p *Params) { p.Hidden = true })
	s.enter(world())
	if s.ui.up {
		t.Fatal("the window is up before a tray had its time")
	}
	s.pass(trayTime / 2)
	d.hosted = true
	d.changed()
	s.settle()
	s.pass(trayTime)
	if s.ui.up {
		t.Fatal("the window is up although there is a tray")
	}
	d.hosted = false // the panel crashed
	d.changed()
	s.settle()
	s.pass(trayTime - time.Second)
	if s.ui.up {
		t.Error("a tray that starts anew gets no time")
	}
	s.pass(time.Second)
	if !s.ui.up {
		t.Error("nobody finds the window again")
	}
}

func TestClosingIntoTheTrayIsExplainedOnce(t *testing.T) {
	s, d := newDesktopStage(t)
	s.ui.tray = &tray{}
	s.enter(world())
	for _, want := range []string{"Parley is still there", ""} {
		s.ui.closeMain()
		s.settle()
		if s.ui.up || s.program.quits != 0 {
			t.Fatal("closing the window does not put it into the tray")
		}
		if want != "" {
			s.wantTitles(d, want)
			d.press(t, "Open Parley")
			s.settle()
		}
		s.wantTitles(d)
	}
	s.ui.tray = nil
}

func TestFarewell(t *testing.T) {
	alone := func(s *engine.Snapshot) { s.People = s.People[:1:1] }
	second := func(c *engine.CallState) { c.ID, c.Held = "other", true }
	over := func(c *engine.CallState) { c.Phase = engine.Over }
	host := word("quit.host")
	for _, c := range []struct {
		name    string
		snap    engine.Snapshot
		hosting bool
		want    string
	}{
		{"a guest", world(), false, ""},
		{"a host alone", world(alone), true, ""},
		{"a host with company", world(), true, host},
		{"in a call", world(inCall()), false, word("quit.call")},
		{"after a call", world(inCall(over)), false, ""},
		{"a call that only rings", world(inCall(outgoingTo(cyd, signal.Ringing))), false, "You are calling Cyd. Quitting cancels the call."},
		{"one call on hold", world(inCall(), inCall(second)), false, "You are in 2 calls. Quitting ends them."},
		{"a host in a call", world(inCall()), true, host + "\n" + word("quit.call")},
		{"it rings here", world(rung(false)), false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := farewell(&c.snap, c.hosting); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := farewell(nil, true); got != "" {
		t.Errorf("without an engine: %q", got)
	}
}

func TestSettingsOfCallsHoldAtOnce(t *testing.T) {
	s, d := newDesktopStage(t)
	s.program.settings.ObeyDesktop = true
	s.enter(world())
	s.ui.openSettings()
	s.settle()
	page := s.ui.pages.settings.desktop
	if page.waiting.Checked || page.unheard.Checked || !page.obey.Checked || !page.notify.Checked || page.login.Checked {
		t.Fatal("the page does not show what is chosen")
	}
	for _, c := range []interface{ SetChecked(bool) }{page.waiting, page.unheard, page.login} {
		c.SetChecked(true)
	}
	page.obey.SetChecked(false)
	page.notify.SetChecked(false)
	if v := s.program.settings; !v.CallWaiting || !v.DoNotDisturb || v.ObeyDesktop || v.Notifications || !d.login {
		t.Errorf("chosen are %+v, login %t", v, d.login)
	}
	s.ui.toggleQuiet() // as the tray does
	if s.program.settings.DoNotDisturb || page.unheard.Checked {
		t.Error("the page does not follow the tray")
	}
	s.ui.closeSettings()
	s.settle()
	d.login = false // a tool of the desktop took it out
	s.ui.openSettings()
	s.settle()
	if page.login.Checked {
		t.Error("the page does not follow the desktop")
	}
	d.fail = errors.New("no room")
	page.login.SetChecked(true)
	s.settle()
	if page.login.Checked || !s.ui.notice.box.Visible() || s.ui.notice.text.Text != "no room" {
		t.Errorf("what the desktop refused is shown as done; the notice says %q", s.ui.notice.text.Text)
	}
}
