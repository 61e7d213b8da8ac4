package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func offline(s *engine.Snapshot) {
	s.Connection = engine.Connection{State: engine.Offline, Err: engine.ErrOffline}
}

func TestRequestOfALink(t *testing.T) {
	speakEnglish(t)
	joinable := func(crashed bool) func(*engine.Snapshot) {
		return func(s *engine.Snapshot) {
			s.Joinable = []engine.Joinable{{Call: "c", With: []engine.User{bob}, Crashed: crashed}}
		}
	}
	for _, c := range []struct {
		name         string
		link         signal.Link
		world        engine.Snapshot
		title, about string
		text         string // a part of it
		ready, shown bool
	}{
		{name: "somebody there", link: signal.CallLink{User: "bob"}, world: world(), title: "Call Bob Meier?", about: "bob", text: word("presence.online"), ready: true},
		{name: "somebody away", link: signal.CallLink{User: "cyd"}, world: world(), title: "Call Cyd?", about: "cyd", text: "as soon as they come online", ready: true},
		{name: "Echo", link: signal.CallLink{User: echoID}, world: world(), title: "Call Echo?", about: "echo", text: "Try your sound", ready: true},
		{name: "a stranger", link: signal.CallLink{User: "dan"}, world: world(), title: "Call dan?", text: "Nobody on this switchboard"},
		{name: "oneself", link: signal.CallLink{User: "ana"}, world: world(), title: "Call Ana?", about: "ana", text: "That is you"},
		{name: "without a switchboard", link: signal.CallLink{User: "dan"}, world: world(offline), title: "Call dan?", text: "Waiting"},
		{name: "a call", link: signal.JoinLink{Call: "c"}, world: world(), title: "Join a call?", about: "c", text: "Whoever has this link", ready: true},
		{name: "the call of another device", link: signal.JoinLink{Call: "c"}, world: world(joinable(false)), title: "Join the call with Bob Meier?", about: "c", text: "another device", ready: true},
		{name: "the call before a crash", link: signal.JoinLink{Call: "c"}, world: world(joinable(true)), title: "Join the call with Bob Meier?", about: "c", text: "before Parley stopped", ready: true},
		{name: "our call", link: signal.JoinLink{Call: "call"}, world: world(inCall()), title: "Join a call?", about: "call", ready: true, shown: true},
		{name: "a call that rings", link: signal.JoinLink{Call: "call"}, world: world(rung(true)), title: "Join a call?", about: "call", ready: true, shown: true},
	} {
		got := requestOf(c.link, &c.world)
		if got.title != c.title || got.about != c.about || !strings.Contains(got.text, c.text) || got.ready != c.ready || got.shown != c.shown {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestLinksAskFirst(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	for _, c := range []struct{ link, button, want string }{
		{"parley:call/bob", "Voice call", "invite bob video=false"},
		{"parley:call/bob", "Video call", "invite bob video=true"},
		{"parley:call/bob?video=1", "Cancel", ""},
		{"parley:join/standup", "Join with voice", "join standup video=false take=true current=1, open"},
		{"parley:join/standup", "Join with video", "join standup video=true take=true current=1, open"},
	} {
		s.ui.Open(c.link)
		s.settle()
		s.want()
		s.press(c.button)
		if c.want == "" {
			s.want()
		} else {
			s.want(c.want)
		}
		if s.ui.sheet != nil || s.ui.linked != nil {
			t.Errorf("%s is still asked about after %q", c.link, c.button)
		}
	}
}

func TestLinkByKeyboard(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	for _, c := range []struct {
		link string
		key  fyne.KeyName
		want string
	}{
		{"parley:call/bob", fyne.KeyReturn, "invite bob video=false"},
		{"parley:call/bob?video=1", fyne.KeyReturn, "invite bob video=true"},
		{"parley:call/bob", fyne.KeyV, "invite bob video=true"},
		{"parley:call/bob", fyne.KeyEscape, ""},
	} {
		s.ui.Open(c.link)
		s.settle()
		s.pass(500 * time.Millisecond)
		s.key(c.key) // somebody was typing when it came up
		s.pass(900 * time.Millisecond)
		s.key(c.key) // and goes on
		s.want()
		if s.ui.sheet == nil {
			t.Fatalf("%s: what was being typed answered the question", c.link)
		}
		s.pass(2 * time.Second)
		s.key(c.key)
		if c.want == "" {
			s.want()
		} else {
			s.want(c.want)
		}
		if s.ui.sheet != nil {
			t.Errorf("%s: %s does not answer", c.link, c.key)
		}
	}
}

func TestLinkDuringACallAsksWhatBecomesOfIt(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(open)))
	s.ui.putAway()
	s.ui.Open("parley:call/cyd")
	s.settle()
	if s.ui.shown.mini || s.ui.sheet == nil {
		t.Fatal("nothing is asked in the main window")
	}
	s.press("Video call")
	s.want()
	s.press("Add to the call")
	s.want("add cyd to call")

	s.ui.Open("parley:join/other")
	s.settle()
	s.press("Join with voice")
	s.want()
	s.press("Hang up, then call")
	s.want("join other video=false take=true current=2, open")

	s.ui.Open("parley:join/call") // the one we are in
	s.settle()
	if s.ui.sheet != nil || s.ui.linked != nil {
		t.Error("it asks whether to join the call that is shown")
	}
	s.want()
}

func TestLinkWaitsForASwitchboard(t *testing.T) {
	s := newStage(t)
	s.ui.Open("parley:call/bob")
	s.settle()
	if s.ui.sheet != nil || s.ui.notice.title.Text != word("link.later") {
		t.Errorf("without a switchboard it says %q", s.ui.notice.title.Text)
	}
	s.enter(world(offline))
	if s.ui.sheet == nil {
		t.Fatal("it is forgotten")
	}
	s.pass(3 * time.Second)
	s.key(fyne.KeyReturn)
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if b, ok := o.(*pushButton); ok && b.Text == word("call.voice") && !b.Disabled() {
			t.Error("calls are offered without a switchboard")
		}
	}
	s.show(world())
	s.want()
	s.press("Voice call")
	s.want("invite bob video=false")
}

func TestLinkSurvivesAnotherSwitchboard(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.Open("parley:call/bob")
	s.settle()
	s.engine = newFakeEngine()
	s.enter(world())
	if s.ui.sheet == nil || s.ui.sheet.link != (signal.CallLink{User: "bob"}) {
		t.Fatal("it is forgotten")
	}
	s.key(fyne.KeyEscape)
	s.pass(3 * time.Second)
	s.key(fyne.KeyEscape)
	if s.ui.sheet != nil {
		t.Error("it comes back after a no")
	}
}

func TestNewestLinkIsAskedAbout(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	for range 50 {
		s.ui.Open("parley:call/bob")
		s.ui.Open("parley:call/cyd?video=1")
	}
	s.settle()
	if n := len(s.ui.main.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d sheets lie over each other", n)
	}
	s.press("Video call")
	s.want("invite cyd video=true")
	if s.ui.sheet != nil {
		t.Error("the older link is asked about, too")
	}
}

func TestWrongLinksAreExplained(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	for link, text := range map[string]string{
		"parley:call/":                           "link.wrong.text",
		"parley:call/" + strings.Repeat("x", 65): "link.wrong.text",
		"parley:hangup/call":                     "link.unknown.text",
	} {
		s.ui.Open(link)
		s.settle()
		if n := s.ui.notice; !n.box.Visible() || n.text.Text != word(text) {
			t.Errorf("%s: it says %q", link, n.text.Text)
		}
		if s.ui.sheet != nil {
			t.Errorf("%s is asked about", link)
		}
	}
	s.want()
	s.ui.Open("parley:server/127.0.0.1:9?code=abc")
	s.settle()
	if s.ui.welcome.address.Text != "parley:server/127.0.0.1:9?code=abc" || !s.ui.welcome.join.Visible() {
		t.Error("an invite link does not open the way to join")
	}
	if asked := s.program.take(); len(asked) != 0 {
		t.Errorf("it is joined without a question: %q", asked)
	}
}

func TestLinkOfAPersonIsCopied(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	h := s.ui.pages.home
	h.people.choose(1)
	test.Tap(h.person.link)
	if got := s.ui.params.App.Clipboard().Content(); got != "parley:call/bob" {
		t.Errorf("copied %q", got)
	}
	if h.person.link.Text != word("invite.copied") {
		t.Error("it does not say so")
	}
	h.people.choose(2)
	if h.person.link.Text != word("link.copy") {
		t.Error("it says so of somebody else")
	}
	acts := h.acts(engine.Person{User: cyd})
	acts[len(acts)-1].Action()
	if got := s.ui.params.App.Clipboard().Content(); got != "parley:call/cyd" {
		t.Errorf("the menu copied %q", got)
	}
}

func TestLinkToAnOpenCallIsCopied(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	d := s.ui.pages.call.side.details
	if d.invite.Visible() {
		t.Error("a call by invitation offers a link with which nobody may enter")
	}
	s.show(world(inCall(func(c *engine.CallState) { c.Rules.Open = true })))
	if !d.invite.Visible() {
		t.Fatal("an open call offers no link")
	}
	test.Tap(d.invite)
	if got := s.ui.params.App.Clipboard().Content(); got != "parley:join/call?video=1" {
		t.Errorf("copied %q", got)
	}
}
