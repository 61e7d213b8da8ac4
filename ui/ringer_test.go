package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// ringsNow is a stage on which it has rung for a while.
func ringsNow(t *testing.T, with ...func(*engine.Snapshot)) (*stage, *ringer) {
	t.Helper()
	s := newStage(t)
	s.enter(world(with...))
	s.pass(typingGuard)
	s.settle()
	s.engine.take()
	return s, s.ui.pages.ring
}

// nothingRings fails if anything of a ring is left.
func nothingRings(t *testing.T, s *stage) {
	t.Helper()
	r := s.ui.pages.ring
	if n := len(s.ui.overlay.Objects); n != 0 {
		t.Error("the call stays over the main window")
	}
	if r.up {
		t.Error("the window of the call stays")
	}
	if r.bar.root.Visible() {
		t.Error("the call stays over the mini window")
	}
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyS)
	for _, asked := range s.engine.take() {
		if !strings.HasPrefix(asked, "invite") { // Enter belongs to the list again
			t.Errorf("its keys still %s", asked)
		}
	}
	cameraCloses(t, s)
}

// cameraCloses waits until no camera is open: it is closed beside the windows.
func cameraCloses(t *testing.T, s *stage) {
	t.Helper()
	s.until(t, func() string {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if s.engine.testing != 0 {
			return "the camera stays open"
		}
		return ""
	})
}

func TestIncomingCallInBothPlaces(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(true)))
	r := s.ui.pages.ring
	if len(s.ui.overlay.Objects) != 1 || !r.up {
		t.Fatal("an incoming call is not shown over the window and in one of its own")
	}
	s.want(`preview ""`)
	for _, in := range []*incoming{r.over, r.own} {
		if in.name.Text != "Bob Meier" || in.kind.Text != "Video call" || in.data.Text != "Hello" {
			t.Errorf("it says %q, %q, %q", in.name.Text, in.kind.Text, in.data.Text)
		}
	}
	if r.own.Picture == nil || !r.own.stage.Visible() || r.over.Picture != nil {
		t.Error("our own picture is not in the window of the call alone")
	}
}

func TestRingGoesOnEveryResolution(t *testing.T) {
	ended := func(reason engine.EndReason) func(*stage) {
		return func(s *stage) {
			s.show(world(over(engine.Ended{Call: "call", Reason: reason, With: []engine.User{bob}, Video: true, At: s.now})))
		}
	}
	answered := func(s *stage) {
		s.show(world(inCall(func(c *engine.CallState) { c.Phase = engine.Joining })))
		s.show(world())
	}
	for name, resolve := range map[string]func(*stage){
		"accepted here": func(s *stage) {
			test.Tap(s.ui.pages.ring.own.accept)
			s.settle()
			s.want("accept ring camera=true")
			nothingRings(s.t, s) // the switchboard has confirmed, even if the snapshot is late
			answered(s)
		},
		"accepted by other means": answered,
		"declined here": func(s *stage) {
			test.Tap(s.ui.pages.ring.over.decline)
			s.settle()
			s.want("reject ring")
			ended(engine.DeclinedHere)(s)
		},
		"accepted or declined elsewhere": ended(engine.Elsewhere),
		"cancelled":                      ended(engine.CancelledCall),
		"not answered in time":           ended(engine.Unanswered),
		"caller lost":                    ended(engine.CallerLost),
		"network lost":                   ended(engine.NetworkLost),
		"both called each other":         ended(engine.MergedCall),
		"removed from the call":          ended(engine.KickedOut),
		"without a reason":               func(s *stage) { s.show(world()) },
		"too late": func(s *stage) {
			s.engine.fail = &engine.Error{Op: "accept", Err: engine.ErrExpired}
			test.Tap(s.ui.pages.ring.own.accept)
			s.settle()
			s.engine.fail = nil
			s.engine.take()
			s.pass(refusalTime)
			s.settle()
		},
		"another engine": func(s *stage) {
			s.do(func() {
				s.engine.set(world())
				s.ui.use(s.engine)
			})
			s.settle()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := ringsNow(t, rung(true))
			if !r.up || !r.camera.wanted {
				t.Fatal("it does not ring")
			}
			resolve(s)
			nothingRings(t, s)
			s.show(world(alsoRung("next", cyd)))
			if r := s.ui.pages.ring; !r.up || r.own.name.Text != "Cyd" {
				t.Error("the next call is not shown")
			}
		})
	}
	for name, resolve := range map[string]func(*stage){
		"no engine":    func(s *stage) { s.do(func() { s.ui.use(nil) }); s.settle() },
		"the app ends": func(s *stage) { s.ui.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s, r := ringsNow(t, rung(true))
			resolve(s)
			if r.up || len(s.ui.overlay.Objects) != 0 {
				t.Error("the ring stays")
			}
		}) // the stage fails if the camera stays open
	}
}

func TestAnswerWithKeys(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(true)))
	s.engine.take()
	for range 20 { // somebody goes on typing
		s.pass(typingGuard - time.Millisecond)
		s.key(fyne.KeyReturn)
	}
	s.want()
	s.pass(typingGuard)
	for _, c := range []struct {
		key  fyne.KeyName
		want []string
	}{
		{fyne.KeyS, []string{"silence ring"}},
		{fyne.KeyM, nil},
		{fyne.KeyReturn, []string{"accept ring camera=true muted"}},
	} {
		s.key(c.key)
		s.want(c.want...)
	}
	s.show(world())
	s.show(world(rung(true), func(s *engine.Snapshot) { s.Incoming[0].ID = "again" }))
	s.pass(typingGuard)
	s.engine.take()
	s.key(fyne.KeyV)
	cameraCloses(t, s)
	s.key(fyne.KeyReturn)
	s.want("accept again camera=false")
	s.show(world())
	s.show(world(rung(false)))
	s.pass(typingGuard)
	s.key(fyne.KeyEscape)
	s.want("reject ring")
}

func TestKeysReachTheCallButForWhoTypes(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	c := s.ui.main.Canvas()
	if c.Focused() != s.ui.pages.home.people.list {
		t.Fatal("the list has not the keyboard")
	}
	s.show(world(rung(false)))
	if c.Focused() != nil {
		t.Error("the list keeps the keyboard")
	}
	s.show(world())
	if c.Focused() != s.ui.pages.home.people.list {
		t.Error("the list does not get the keyboard back")
	}
	c.Focus(s.ui.pages.home.people.search)
	s.show(world(rung(false)))
	s.show(world())
	if c.Focused() != s.ui.pages.home.people.search {
		t.Error("who types loses the keyboard")
	}
}

func TestCameraIsOpenOnlyForAPictureOfOurselves(t *testing.T) {
	for name, c := range map[string]struct {
		settings profile.Settings
		with     []func(*engine.Snapshot)
		want     []string
	}{
		"voice":               {with: []func(*engine.Snapshot){rung(false)}},
		"video":               {with: []func(*engine.Snapshot){rung(true)}, want: []string{`preview "c1"`}},
		"video, not wanted":   {settings: profile.Settings{JoinWithoutVideo: true}, with: []func(*engine.Snapshot){rung(true)}},
		"while in a call":     {with: []func(*engine.Snapshot){inCall(), rung(true), waits}},
		"video after a voice": {with: []func(*engine.Snapshot){rung(true), alsoRung("front", cyd)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.program.settings = c.settings
			s.engine.choice.Camera = "c1"
			s.enter(world(c.with...))
			s.want(c.want...)
		})
	}
	t.Run("not over that of the settings", func(t *testing.T) {
		s, _ := opened(t)
		s.engine.take()
		s.show(world(rung(true)))
		s.want()
		s.ui.closeSettings()
		s.settle()
		s.want(`preview ""`)
	})
	t.Run("switched off and on", func(t *testing.T) {
		s, r := ringsNow(t, rung(true))
		test.Tap(r.over.camera)
		s.settle()
		if r.own.stage.Visible() || r.own.other.Visible() {
			t.Error("our picture is still there")
		}
		cameraCloses(t, s)
		test.Tap(r.own.camera)
		s.settle()
		s.want(`preview ""`)
		if !r.own.stage.Visible() || !r.own.other.Visible() {
			t.Error("our picture does not come back")
		}
	})
	t.Run("it fails", func(t *testing.T) {
		s := newStage(t)
		s.engine.fail = engine.ErrClosed
		s.enter(world(rung(true)))
		r := s.ui.pages.ring
		title, _ := explain(engine.ErrClosed)
		if got := r.own.status.Text; len(got) < len(title) || got[:len(title)] != title {
			t.Errorf("it says %q", got)
		}
		if r.own.stage.Visible() {
			t.Error("an empty picture is shown")
		}
		s.engine.take()
		s.show(world(rung(true)))
		s.want() // it is not tried again with every snapshot
	})
}

func TestSeveralCallsRing(t *testing.T) {
	s, r := ringsNow(t, rung(false))
	s.show(world(rung(false), alsoRung("second", cyd), alsoRung("third", echo)))
	seen := func() string { return r.own.name.Text + ", " + r.over.more.words.Text }
	want := []string{
		"Echo, 2 more calls: Cyd and Bob Meier", "Cyd, 2 more calls: Bob Meier and Echo", "Bob Meier, 2 more calls: Echo and Cyd", "Echo, 2 more calls: Cyd and Bob Meier",
	}
	for _, w := range want {
		if got := seen(); got != w {
			t.Errorf("it says %q, want %q", got, w)
		}
		r.own.Commands.bringRing(r.own.more.next)
	}
	s.show(world(rung(false), alsoRung("second", cyd)))
	if got := seen(); got != "Cyd, 1 more call: Bob Meier" {
		t.Errorf("after one is over it says %q", got)
	}
	test.Tap(r.own.accept) // the card has just become that of another call
	s.settle()
	s.want()
	s.show(world(rung(false)))
	if got := r.own.more.root.Visible(); got {
		t.Error("there is more where there is only one")
	}
}

func TestCallWaiting(t *testing.T) {
	s, r := ringsNow(t, inCall(), rung(false), waits)
	s.ui.putAway()
	s.settle()
	if !r.bar.root.Visible() || !r.up {
		t.Fatal("a waiting call is not shown over the mini window and in its own")
	}
	mini := func(k fyne.KeyName) func() { return func() { s.window(s.ui.pages.miniWindow, k) } }
	accepted := func(press func(), want string) {
		t.Helper()
		s.ui.desk.ring = ring{}
		s.ui.applyNow()
		s.pass(typingGuard)
		press()
		s.settle()
		s.want(want)
	}
	for _, in := range []*incoming{r.over, r.own, r.bar} {
		accepted(func() { test.Tap(in.accept) }, "accept ring camera=false, holding")
		accepted(func() { test.Tap(in.other) }, "accept ring camera=false, ending")
		accepted(func() { test.Tap(in.decline) }, "reject ring")
	}
	accepted(mini(fyne.KeyReturn), "accept ring camera=false, holding")
	accepted(mini(fyne.KeyE), "accept ring camera=false, ending")
	accepted(func() { s.key(fyne.KeyEscape) }, "reject ring")
	accepted(func() { s.key(fyne.KeyM) }, "microphone call false") // M belongs to the call we are in

	s.ui.desk.ring = ring{}
	s.show(world(rung(false), over(engine.Ended{Call: "first", Reason: engine.RemoteHangUp, With: []engine.User{cyd}, At: s.now})))
	if r.bar.root.Visible() || r.own.other.Visible() || r.own.accept.label != word("incoming.accept") {
		t.Error("without the other call it is not an ordinary ring")
	}
	test.Tap(r.own.accept) // was the other button a moment ago
	s.settle()
	s.want()
	s.pass(clickGuard)
	test.Tap(r.own.accept)
	s.settle()
	s.want("accept ring camera=false")
}

func TestSilencedCallCanStillBeAnswered(t *testing.T) {
	s, r := ringsNow(t, rung(false))
	test.Tap(r.own.bell)
	s.settle()
	s.want("silence ring")
	s.show(world(rung(false), func(s *engine.Snapshot) { s.Incoming[0].Silenced = true }))
	if r.own.status.Text != word("incoming.silenced") {
		t.Errorf("it says %q", r.own.status.Text)
	}
	test.Tap(r.own.bell)
	test.Tap(r.own.accept)
	s.settle()
	s.want("accept ring camera=false")
}

func TestQuietRingSaysSo(t *testing.T) {
	_, r := ringsNow(t, rung(false), func(s *engine.Snapshot) { s.Preferences.DoNotDisturb = true })
	if !r.up || r.own.status.Text != word("incoming.quiet") {
		t.Errorf("it is there: %t, and says %q", r.up, r.own.status.Text)
	}
}

func TestCardIsAsHighAsWhatItSays(t *testing.T) {
	s, r := ringsNow(t, rung(false))
	fits := func() bool {
		return r.window.Canvas().Size() == fitting(r.own.root) && r.over.root.Size().Height == r.over.root.MinSize().Height
	}
	before := r.size
	s.show(world(rung(false), func(s *engine.Snapshot) { s.Incoming[0].Data = strings.Repeat("many words ", 12) }))
	if r.size.Height <= before.Height || !fits() {
		t.Errorf("with many words it is as high as %v, before %v", r.size, before)
	}
	test.Tap(r.own.message)
	if !fits() {
		t.Error("the texts to decline with do not fit")
	}
	s.show(world(rung(false)))
	s.window(r.window, fyne.KeyEscape)
	if r.size != before || !fits() {
		t.Errorf("in the end it is as high as %v, at first %v", r.size, before)
	}
}

func TestRingInside(t *testing.T) {
	s := newStageOn(t, nil, func(p *Params) { p.Config.Incoming.NoPopUp = true })
	s.enter(world())
	s.ui.desk.hidden = true
	s.ui.applyNow()
	s.show(world(rung(true)))
	r := s.ui.pages.ring
	if r.up || r.window != nil {
		t.Error("it has a window of its own")
	}
	if !s.ui.shown.visible || s.ui.holder.Objects[0] != r.own.root || len(s.ui.overlay.Objects) != 0 || !r.own.stage.Visible() || !r.own.Picture.looking {
		t.Error("it does not fill the main window, with our picture")
	}
	s.want(`preview ""`)
	s.show(world())
	nothingRings(t, s)
}

func TestDeclineWithAMessage(t *testing.T) {
	s, r := ringsNow(t, rung(false))
	s.program.settings.Replies[1] = "Busy baking"
	own := r.own
	test.Tap(own.message)
	if !own.reply.root.Visible() || own.answering.Visible() || r.over.reply.root.Visible() {
		t.Fatal("the texts are not in the place of the buttons")
	}
	if r.window.Canvas().Focused() != own.reply.rows[0] {
		t.Error("the texts cannot be reached by keyboard at once")
	}
	if got := own.reply.rows[1].Text; got != "Busy baking" {
		t.Errorf("it offers %q", got)
	}
	s.window(r.window, fyne.KeyEscape)
	if own.reply.root.Visible() || !own.answering.Visible() {
		t.Error("Escape does not go back")
	}
	s.pass(clickGuard)
	test.Tap(own.message)
	s.pass(clickGuard)
	test.Tap(own.reply.rows[1])
	s.settle()
	s.want(`reject ring "Busy baking"`)

	s.show(world())
	s.show(world(alsoRung("next", cyd)))
	s.pass(clickGuard)
	if own.reply.root.Visible() {
		t.Error("the texts of the last call are still there")
	}
	test.Tap(own.message)
	s.pass(clickGuard)
	own.reply.own.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.want() // nothing was written
	test.Type(own.reply.own, "Back at five")
	own.reply.own.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.want(`reject next "Back at five"`)
}
