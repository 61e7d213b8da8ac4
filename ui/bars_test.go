package ui

import (
	"image/color"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// barred is a stage with other bars.
func barred(t *testing.T, change func(*Config)) *stage {
	t.Helper()
	s := configured(t, change)
	s.show(world(inCall(func(c *engine.CallState) { c.CanAdd = true })))
	return s
}

// openMore presses More on the lower bar.
func (s *stage) openMore() {
	s.t.Helper()
	test.Tap(s.ui.pages.call.bars.bottom.button(ButtonMore))
	s.settle()
	if !s.ui.pages.call.menu.root.Visible() {
		s.t.Fatal("More does not open")
	}
}

// offered are the labels of the open menu.
func (s *stage) offered() []string {
	var out []string
	for _, r := range s.ui.pages.call.menu.rows {
		out = append(out, r.entry.face.label)
	}
	return out
}

func TestWhatFindsNoPlaceIsInMore(t *testing.T) {
	s := barred(t, func(c *Config) {
		c.BottomBar = BarConfig{Max: 3, Buttons: []Button{ButtonMicrophone, ButtonCamera, ButtonChat, ButtonHold, ButtonHangUp}}
		c.TopBar.BarConfig = BarConfig{Max: 2, Buttons: []Button{ButtonMembers, ButtonChat, ButtonMinimize}}
	})
	c := s.ui.pages.call
	if got, want := c.bars.bottom.on, []Button{ButtonMicrophone, ButtonMore, ButtonHangUp}; !slices.Equal(got, want) {
		t.Errorf("the lower bar has %q, want %q", got, want)
	}
	if got, want := c.bars.corner.on, []Button{ButtonMembers, ButtonMore}; !slices.Equal(got, want) {
		t.Errorf("the upper bar has %q, want %q", got, want)
	}
	s.openMore()
	if got, want := s.offered(), []string{"Stop video", "Chat", "Hold"}; !slices.Equal(got, want) {
		t.Errorf("More offers %q, want %q", got, want)
	}
	s.choose("Hold")
	s.want("hold call true")
	test.Tap(c.bars.corner.button(ButtonMore))
	if got, want := s.offered(), []string{"Chat", "Minimize"}; !slices.Equal(got, want) {
		t.Errorf("More at the top offers %q, want %q", got, want)
	}
}

func TestButtonsInMoreKeepTheirState(t *testing.T) {
	s := barred(t, func(c *Config) {
		c.BottomBar = BarConfig{Max: 2, Buttons: []Button{ButtonMicrophone, ButtonCamera, ButtonHangUp}}
	})
	muted := func(c *engine.CallState) { c.Microphone = false }
	s.openMore()
	s.choose("Mute")
	s.want("microphone call false")
	s.show(world(inCall(muted)))
	for range 2 {
		s.openMore()
		if got := s.ui.pages.call.menu.rows[0]; got.entry.face.label != "Unmute" || got.entry.face.symbol != assets.MicrophoneOff {
			t.Errorf("reopened it says %q", got.entry.face.label)
		}
		s.ui.pages.call.menu.close()
	}
	s.openMore()
	s.show(world(inCall()))
	if got := s.offered(); got[0] != "Mute" {
		t.Errorf("open it does not follow: %q", got)
	}
}

func TestMoreByKeyboard(t *testing.T) {
	s := barred(t, func(*Config) {})
	s.openMore()
	c := s.ui.pages.call
	key := func(k fyne.KeyName) {
		s.ui.main.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k})
		s.settle()
	}
	first := c.menu.rows[0]
	if s.ui.main.Canvas().Focused() != fyne.Focusable(first) {
		t.Fatal("the first entry has not the keyboard")
	}
	key(fyne.KeyUp)
	if s.ui.main.Canvas().Focused() != fyne.Focusable(c.menu.rows[len(c.menu.rows)-1]) {
		t.Error("up from the first is not the last")
	}
	key(fyne.KeyHome)
	key(fyne.KeyReturn)
	s.want("hold call true")
	if c.menu.root.Visible() || s.ui.main.Canvas().Focused() != nil {
		t.Error("it stays open, or keeps the keyboard")
	}
	s.openMore()
	key(fyne.KeyEscape)
	if c.menu.root.Visible() || s.ui.main.FullScreen() {
		t.Error("Escape does not close it")
	}
	if n := len(c.bars.bottom.names); n < len(bottomButtons) || keysOf(ButtonHold) != "H" {
		t.Errorf("%d buttons; hold is %q", n, keysOf(ButtonHold))
	}
}

func TestEscapeClosesTheDevicesFirst(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.key(fyne.KeyF)
	c.Menu.toggle()
	s.key(fyne.KeyEscape)
	if c.Menu.root.Visible() || !s.ui.main.FullScreen() {
		t.Errorf("menu %t, full screen %t", c.Menu.root.Visible(), s.ui.main.FullScreen())
	}
	s.key(fyne.KeyEscape)
	if s.ui.main.FullScreen() {
		t.Error("the next one does not leave the full screen")
	}
}

// What stays at the top of a call is in line, and covers nobody of a group.
func TestTheTopOfACallIsInOrder(t *testing.T) {
	s := newStage(t)
	group := func(c *engine.CallState) { c.Members = append(c.Members, engine.Member{User: cyd}) }
	s.enter(world(inCall(group)))
	c := s.ui.pages.call
	s.ui.main.Resize(fyne.NewSize(960, 640))
	s.settle()
	middle := func(p *panel) float32 { return p.Position().Y + p.Size().Height/2 }
	if head, corner := middle(c.bars.title.head), middle(c.bars.corner.panel); head < corner-1 || head > corner+1 {
		t.Errorf("the title is at %.0f and the buttons beside it are at %.0f", head, corner)
	}
	before := c.scene.places.tiles[0].y
	s.show(world(inCall(group, func(c *engine.CallState) { c.Share.On = true })))
	low := wordsTop + c.shares.root.MinSize().Height
	if low < wordsTop+20 {
		t.Fatal("there is no strip")
	}
	for _, tile := range c.scene.places.tiles {
		if tile.y < low {
			t.Errorf("a tile begins at %.0f, under the words that end at %.0f", tile.y, low)
		}
	}
	s.show(world(inCall(group)))
	if y := c.scene.places.tiles[0].y; y != before {
		t.Errorf("the place of the words stays: %.0f and not %.0f", y, before)
	}
}

// In a small window with the panel open what is said over the call can be read: nothing is cut, nor broken into letters.
func TestWordsBesideThePanelCanBeRead(t *testing.T) {
	s := newStage(t)
	long := engine.User{ID: "bart", Name: "Bartholomäus von Hohenzollern-Sigmaringen"}
	s.enter(world(inCall(func(c *engine.CallState) {
		c.Members = []engine.Member{{User: long, Microphone: true, Camera: true}, {User: cyd}}
		c.Microphone, c.Asked = false, engine.Asked{By: long, Microphone: true}
	})))
	c := s.ui.pages.call
	s.ui.main.Resize(fyne.NewSize(640, 360))
	s.key(fyne.KeyC)
	s.engine.spoken = 0.3
	s.pass(0)
	s.pass(spokenFor)
	for range 2 { // also when it comes again where the panel is open
		s.pass(hintTime)
		s.pass(hintAgain)
	}
	if have, need := c.hint.Size().Height, c.hint.MinSize().Height; have < need {
		t.Errorf("the hint has %.0f of %.0f for its lines", have, need)
	}
	width := c.scene.root.Size().Width
	if width > 400 || !c.hint.Visible() || !c.asked.box.Visible() {
		t.Fatalf("the call has %.0f beside the panel; the hint is there: %t, the question: %t", width, c.hint.Visible(), c.asked.box.Visible())
	}
	driver := fyne.CurrentApp().Driver()
	for name, o := range map[string]fyne.CanvasObject{"the title": c.bars.title.head, "the hint": c.hint, "the question": c.asked.box, "no": c.asked.other} {
		if at := driver.AbsolutePositionForObject(o); at.X < 0 || at.X+o.Size().Width > width {
			t.Errorf("%s goes from %.0f to %.0f of %.0f", name, at.X, at.X+o.Size().Width, width)
		}
	}
	if head, corner := boxOf(c.bars.title.head), boxOf(c.bars.corner.panel); head.x+head.w > corner.x {
		t.Errorf("the title ends at %.0f, over the buttons from %.0f on", head.x+head.w, corner.x)
	}
	if w := c.asked.title.Size().Width; w < noticeWords {
		t.Errorf("the question has %.0f for its words", w)
	}
	words := fyne.MeasureText(word("call.muted.spoken"), theme.TextSize(), fyne.TextStyle{Bold: true})
	if lines := c.hint.MinSize().Height / words.Height; lines < words.Width/width {
		t.Errorf("the hint has %.1f lines for %.0f of words", lines, words.Width)
	}
}

func TestButtonsOfTheProgram(t *testing.T) {
	var got []engine.CallInfo
	s := barred(t, func(c *Config) {
		c.BottomBar.Extensions = []Extension{{Icon: symbol(assets.Bell), Label: "Ring a bell", Do: func(i engine.CallInfo) { got = append(got, i) }}}
		c.BottomBar.Buttons = []Button{ButtonMicrophone, ButtonHangUp}
	})
	bottom := s.ui.pages.call.bars.bottom
	if want := []Button{ButtonMicrophone, "extension-a", ButtonHangUp}; !slices.Equal(bottom.on, want) {
		t.Fatalf("the bar has %q, want %q", bottom.on, want)
	}
	b := bottom.button("extension-a")
	if b.label != "Ring a bell" || !b.caption {
		t.Errorf("it says %q", b.label)
	}
	test.Tap(b)
	if len(got) != 1 || got[0].Call != "call" {
		t.Errorf("it is told of %v", got)
	}
}

func TestBarsThatStayAndBarsThatAreNotThere(t *testing.T) {
	s := barred(t, func(c *Config) {
		c.TopBar.Hide = true
		c.BottomBar.NoAutoHide = true
	})
	c := s.ui.pages.call
	s.pass(time.Minute)
	c.clicked()
	if c.bars.title.root.Visible() || c.bars.corner.root.Visible() || !c.bars.bottom.root.Visible() {
		t.Error("what should not be there is, or what should stay has gone")
	}
	s = barred(t, func(c *Config) { c.BottomBar.NoClickHide, c.TopBar.Title, c.TopBar.HideDuration = true, "Choir", true })
	c = s.ui.pages.call
	c.clicked()
	if !c.bars.bottom.root.Visible() || c.bars.title.root.Visible() || c.bars.title.name.Text != "Choir" || c.bars.title.clock.Visible() {
		t.Errorf("a click hides the wrong bar, or the title is %q", c.bars.title.name.Text)
	}
	s.pass(idleTime)
	if c.bars.bottom.root.Visible() {
		t.Error("it stays although nothing moves")
	}
}

// A bar that went is wholly gone, and one that comes back is where it was.
func TestABarIsNeverHalfThere(t *testing.T) {
	s := barred(t, func(*Config) {})
	b := s.ui.pages.call.bars.bottom
	at := b.panel.Position()
	b.show(false)
	if b.root.Visible() || b.slide != 1 {
		t.Errorf("after hiding it is visible: %t, and %.2f gone", b.root.Visible(), b.slide)
	}
	b.show(true)
	if !b.root.Visible() || b.panel.Position() != at {
		t.Errorf("it comes back at %v instead of %v", b.panel.Position(), at)
	}
	var m motion
	var seen []float32
	m.step = func(at float32) { seen = append(seen, at) }
	m.to(1, nil)
	first := m.anim
	m.to(0, func() { seen = append(seen, -1) })
	if first != nil || !slices.Equal(seen, []float32{1, 0, -1}) {
		t.Errorf("turned round it goes %v", seen)
	}
}

func TestASecondClickDoesNotUndoTheFirst(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	mic := s.ui.pages.call.bars.bottom.button(ButtonMicrophone)
	test.Tap(mic)
	s.settle()
	s.show(world(inCall(func(c *engine.CallState) { c.Microphone = false })))
	test.Tap(mic)
	s.key(fyne.KeyM)
	s.want("microphone call false")
	s.pass(settling)
	test.Tap(mic)
	s.settle()
	s.want("microphone call true")
}

func TestWhatAModeratorWants(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.engine.emit(engine.Event{Type: engine.DeviceOrdered, User: bob, Microphone: true})
	s.settle()
	if got := s.ui.notice.title.Text; got != "Bob Meier switched your microphone off" || !s.ui.notice.box.Visible() {
		t.Errorf("it says %q", got)
	}
	asked := inCall(func(c *engine.CallState) { c.Asked = engine.Asked{By: bob, Camera: true} })
	s.show(world(asked))
	n := s.ui.pages.call.asked
	if n.title.Text != "Bob Meier asks you to switch your camera on" || !n.box.Visible() {
		t.Errorf("it asks (%t) %q", n.box.Visible(), n.title.Text)
	}
	test.Tap(n.button)
	s.settle()
	test.Tap(n.other)
	s.settle()
	s.want("grant call true", "grant call false")
	s.show(world(inCall()))
	if n.box.Visible() {
		t.Error("it goes on asking")
	}
	for want, a := range map[string]engine.Asked{
		"": {}, "Cyd asks you to switch your microphone on": {By: cyd, Microphone: true},
		"Cyd asks you to switch your microphone and your camera on": {By: cyd, Microphone: true, Camera: true},
	} {
		if got := askedWords(a); got != want {
			t.Errorf("%+v: %q", a, got)
		}
	}
}

func TestShareButton(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) { c.Share.On = true })))
	b := s.ui.pages.call.bars.bottom.button(ButtonShare)
	if b.symbol != assets.StopShare {
		t.Error("it does not show that it stops")
	}
	test.Tap(b)
	s.settle()
	s.want("stop share call")
	s.show(world(inCall()))
	test.Tap(b)
	s.settle()
	if s.ui.sharing == nil {
		t.Error("it does not ask what to share")
	}
}

func TestLayoutIsChosen(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.openMore()
	s.choose("Layout: grid")
	if got := s.program.settings.Layout; got != profile.GridLayout {
		t.Errorf("the layout is %q", got)
	}
	s.key(fyne.KeyG)
	if got := s.program.settings.Layout; got != profile.SpeakerLayout {
		t.Errorf("the next layout is %q", got)
	}
	s.key(fyne.KeyG)
	if got := s.program.settings.Layout; got != profile.AutoLayout {
		t.Errorf("the last layout leads to %q", got)
	}
}

func TestLooksOfTheBars(t *testing.T) {
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	add := func(c *engine.CallState) { c.CanAdd = true }
	muted := func(c *engine.CallState) { c.Microphone, c.Members[0].Microphone = false, false }
	for _, c := range []struct {
		name   string
		size   fyne.Size
		config func(*Config)
		change []func(*engine.CallState)
		play   func(*stage)
	}{
		{"bars-full", fyne.NewSize(960, 640), nil, []func(*engine.CallState){add, written("bob: Hello")}, func(*stage) {}},
		{"bars-small", fyne.NewSize(640, 360), nil, []func(*engine.CallState){add}, func(*stage) {}},
		{"bars-overflow", fyne.NewSize(480, 640), nil, []func(*engine.CallState){add}, func(s *stage) { s.openMore() }},
		{"bars-muted", fyne.NewSize(960, 640), nil, []func(*engine.CallState){muted}, func(s *stage) {
			s.engine.spoken = 0.5
			s.pass(0)
			s.pass(spokenFor)
		}},
		{"bars-light", fyne.NewSize(960, 640), func(c *Config) {
			c.TopBar.Light, c.BottomBar.Light = true, true
			c.BottomBar.Background = color.NRGBA{R: 0xEE, G: 0xF0, B: 0xFF, A: 0xFF}
		}, []func(*engine.CallState){muted}, func(*stage) {}},
		{"panel-people", fyne.NewSize(960, 640), nil, []func(*engine.CallState){add, func(c *engine.CallState) {
			c.Moderator = true
			c.Members = append(c.Members, engine.Member{User: engine.User{ID: "max", Name: "Maximiliane Alexandra von und zu Hohenstein"}, Moderator: true, Quality: engine.Poor})
			c.Waiting = []engine.Waiting{{User: cyd, State: signal.Ringing, Mine: true}}
		}}, func(s *stage) { s.ui.pages.call.side.toggle(tabMembers) }},
		{"panel-chat", fyne.NewSize(960, 640), nil, []func(*engine.CallState){
			written("bob: Hello Ana", "bob: the notes are at https://example.org/notes?of=today", "+me: Thank you, I am reading them now and tell you when I am through.", "me: One moment"),
			func(c *engine.CallState) { c.Chat[3].Delivery = engine.Undelivered },
		}, func(s *stage) {
			s.key(fyne.KeyC)
			s.ui.pages.call.side.chat.input.SetText("Two lines\nof text")
			s.ui.main.Canvas().Unfocus() // a cursor blinks
		}},
		{"panel-chat-empty", fyne.NewSize(640, 360), nil, nil, func(s *stage) {
			s.key(fyne.KeyC)
			s.ui.main.Canvas().Unfocus()
		}},
		{"panel-details", fyne.NewSize(960, 640), nil, nil, func(s *stage) {
			s.engine.stats = engine.CallStats{ID: "call", RoundTripMS: 12.6, Path: "host", Tracks: []engine.TrackStats{
				{User: bob.ID, Kind: "voice", Direction: "in", Codec: "opus", Kbps: 32, Packets: 500, BufferMS: 40},
				{User: bob.ID, Kind: "camera", Direction: "in", Codec: "vp8", Width: 1280, Height: 720, FPSShown: 29.6, Kbps: 1450, Packets: 500},
			}}
			s.ui.pages.call.side.toggle(tabDetails)
			s.pass(0)
			s.settle()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := framed(t, c.size, c.config, c.change...)
			c.play(s)
			s.pass(0)
			s.settle()
			s.ui.pages.call.scene.root.Hide() // tiles have pictures of their own
			s.ui.pages.call.black.cover(nil)  // they hid it
			test.AssertImageMatches(t, c.name+".png", s.ui.main.Canvas().Capture())
		})
	}
}
