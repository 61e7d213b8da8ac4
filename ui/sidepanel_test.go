package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// written adds a chat to a call: "bob: Hello" is of Bob, "me: Hello" is ours, a minute later each line that begins with a +.
func written(lines ...string) func(*engine.CallState) {
	return func(c *engine.CallState) {
		at := time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC)
		for i, l := range lines {
			if strings.HasPrefix(l, "+") {
				at = at.Add(time.Minute)
			}
			who, text, _ := strings.Cut(strings.TrimPrefix(l, "+"), ": ")
			m := engine.Message{ID: engine.MessageID(fmt.Sprint("m", i)), Text: text, At: at, From: map[string]engine.User{"bob": bob, "cyd": cyd, "me": ana}[who], Mine: who == "me"}
			if m.Mine {
				m.Delivery = engine.Delivered
			}
			c.Chat = append(c.Chat, m)
		}
	}
}

func TestMessagesAreGroupedByWhoAndWhen(t *testing.T) {
	var c engine.CallState
	written("bob: a", "bob: b", "cyd: c", "me: d", "+me: e", "me: f")(&c)
	c.Chat[4].Delivery, c.Chat[5].Delivery = engine.Undelivered, engine.Sending
	var got []string
	for _, i := range chatItems(c.Chat, func(m engine.Message) string { return m.At.Format("15:04") }) {
		got = append(got, i.head+"|"+i.Text+"|"+i.foot)
	}
	want := []string{"Bob Meier · 11:59|a|", "|b|", "Cyd · 11:59|c|", "11:59|d|", "12:00|e|Not sent. Click to try again.", "|f|Sending…"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestChatIsWritten(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	in := c.side.chat.input
	if !c.side.shows(tabChat) || s.ui.main.Canvas().Focused() != fyne.Focusable(in) {
		t.Fatal("C does not open the chat to write in")
	}
	test.Type(in, "mvh?")
	s.settle()
	s.want() // letters are no shortcuts there
	in.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	in.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Type(in, "two")
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.want(`message call "mvh?\ntwo"`)
	if in.Text != "" || !c.side.chat.send.disabled {
		t.Errorf("%q stays, or nothing can be sent", in.Text)
	}
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	in.SetText(" \n ")
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	in.SetText(strings.Repeat("ä", engine.MaxMessage/2) + "!")
	if !c.side.chat.counter.Visible() || c.side.chat.counter.Text != "-1 left" {
		t.Errorf("the counter (%t) says %q", c.side.chat.counter.Visible(), c.side.chat.counter.Text)
	}
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	s.want() // empty, and too long
	in.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyH, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift})
	s.settle()
	s.want("hangup call")
	in.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.ui.main.Canvas().Focused() != nil {
		t.Error("Escape does not give the keyboard back")
	}
	s.key(fyne.KeyM)
	s.want("microphone call false")
}

// The chat must not move the pictures, however much is written.
func TestPicturesStandStillWhileSomebodyWrites(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	test.Tap(c.bars.bottom.button(ButtonChat))
	s.settle()
	tile := c.scene.tileOf(bob.ID)
	at, size, field := tile.Position(), tile.Size(), c.side.chat.input.Size().Height
	c.side.chat.input.SetText("one\ntwo\nthree\nfour\nfive\nsix")
	s.show(world(inCall(written("bob: Hello", "me: Hello"))))
	if tile.Position() != at || tile.Size() != size {
		t.Errorf("the picture went from %v, %v to %v, %v", at, size, tile.Position(), tile.Size())
	}
	if grown := c.side.chat.input.Size().Height; grown <= field || grown > field*4 {
		t.Errorf("the field has grown from %.0f to %.0f", field, grown)
	}
}

func TestPanelMakesRoomOrLiesOver(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	test.Tap(c.bars.bottom.button(ButtonMembers))
	for _, w := range []struct {
		size   fyne.Size
		beside bool
	}{{fyne.NewSize(1920, 1080), true}, {fyne.NewSize(960, 640), true}, {fyne.NewSize(640, 360), true}, {fyne.NewSize(560, 360), false}, {fyne.NewSize(320, 400), false}} {
		s.ui.main.Resize(w.size)
		s.settle()
		panel, whole := c.side.root, c.sides.Size()
		if right := panel.Position().X + panel.Size().Width; right != whole.Width || panel.Size().Height != whole.Height {
			t.Errorf("%v: the panel is at %v, %v", w.size, panel.Position(), panel.Size())
		}
		if room := c.scene.root.Size().Width; (room == panel.Position().X) != w.beside || (room == whole.Width) == w.beside {
			t.Errorf("%v: the pictures have %.0f of %.0f, with the panel at %.0f", w.size, room, whole.Width, panel.Position().X)
		}
	}
	s.ui.main.Resize(fyne.NewSize(960, 640))
	test.Tap(c.bars.bottom.button(ButtonMembers))
	if c.side.root.Visible() || c.scene.root.Size() != c.sides.Size() {
		t.Error("it leaves a gap when it closes")
	}
}

func TestTheOpenTabStaysWithinTheRun(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	s.show(world())
	s.show(world(inCall(func(c *engine.CallState) { c.ID = "next" })))
	if !c.side.shows(tabChat) {
		t.Error("the next call has forgotten the tab")
	}
}

func TestUnreadMessages(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	badge := func() string { return c.bars.bottom.button(ButtonChat).badge }
	s.show(world(inCall(written("bob: Hello"))))
	if badge() != "1" || !c.toast.root.Visible() || c.toast.words.Text != "Bob Meier: Hello" {
		t.Errorf("the badge says %q and the toast (%t) %q", badge(), c.toast.root.Visible(), c.toast.words.Text)
	}
	s.pass(toastTime)
	if c.toast.root.Visible() {
		t.Error("the toast stays")
	}
	s.show(world(inCall(written("bob: Hello", "me: Hi", "bob: Well"))))
	if badge() != "2" || !c.toast.root.Visible() {
		t.Errorf("the badge says %q; a second message is told: %t", badge(), c.toast.root.Visible())
	}
	s.key(fyne.KeyC)
	s.pass(0)
	if badge() != "" || c.toast.root.Visible() {
		t.Errorf("what was looked at still counts: %q", badge())
	}
	s.show(world(inCall(written("bob: Hello", "me: Hi", "bob: Well", "cyd: Yes"))))
	if badge() != "" || c.toast.root.Visible() {
		t.Error("what is seen at once counts, or is told twice")
	}
}

// long is a chat of so many messages.
func long(n int) func(*engine.CallState) {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("bob: message %d %s", i, strings.Repeat("word ", i%40)))
	}
	return written(lines...)
}

func TestALongChatMakesFewRowsAndStaysWhereOneReads(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(long(400))))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	chat := c.side.chat
	if !chat.atEnd() {
		t.Error("it does not begin at the end")
	}
	made := 0
	create := chat.list.CreateItem
	chat.list.CreateItem = func() fyne.CanvasObject {
		made++
		return create()
	}
	for offset := float32(0); offset < 4000; offset += 100 {
		chat.list.ScrollToOffset(offset)
	}
	if made > 60 {
		t.Errorf("%d rows for a window's height of messages", made)
	}
	reading := chat.list.GetScrollOffset()
	s.show(world(inCall(long(401))))
	s.pass(0)
	if chat.list.GetScrollOffset() != reading || !chat.news.Visible() || chat.unread() != 1 {
		t.Errorf("a new message moves what is read to %.0f, or is not told (%t, %d)", chat.list.GetScrollOffset(), chat.news.Visible(), chat.unread())
	}
	test.Tap(chat.news)
	if !chat.atEnd() || chat.news.Visible() || chat.unread() != 0 {
		t.Error("the button does not lead to what is new")
	}
	s.show(world(inCall(long(402))))
	if !chat.atEnd() {
		t.Error("at the end it does not follow")
	}
}

// choose presses an entry of the open menu of the call.
func (s *stage) choose(label string) {
	s.t.Helper()
	for _, r := range s.ui.pages.call.menu.rows {
		if r.entry.face.label == label && s.ui.pages.call.menu.root.Visible() {
			test.Tap(r)
			s.settle()
			return
		}
	}
	s.t.Fatalf("the menu does not offer %q", label)
}

func TestFailedMessageIsSentAgain(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(written("me: Hello"), func(c *engine.CallState) { c.Chat[0].Delivery = engine.Undelivered })))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	row := newChatRow(func(m engine.MessageID) { s.ui.resendMessage("call", m) }, c.side.chat.openMenu)
	row.show(c.side.chat.items[0], nil)
	test.Tap(row)
	s.settle()
	s.want("resend call m0")
	row.TappedSecondary(&fyne.PointEvent{})
	s.choose(word("chat.copy"))
	if s.ui.params.App.Clipboard().Content() != "Hello" {
		t.Error("it is not copied")
	}
}

func TestLinksOfMessagesArePressed(t *testing.T) {
	newApp(t)
	row := newChatRow(nil, nil)
	row.show(chatItem{Message: engine.Message{Text: "see https://example.org/ and javascript:alert(1)"}}, nil)
	if len(row.links) != 1 || row.links[0].URL.String() != "https://example.org/" || !row.text.Visible() {
		t.Errorf("it has %d links", len(row.links))
	}
	row.show(chatItem{Message: engine.Message{Text: "https://example.org/" + strings.Repeat("x", 400)}}, nil)
	if row.text.Visible() || len(row.links) != 1 || row.bubble(320).Width > 320 {
		t.Errorf("a link alone has %d links in %v", len(row.links), row.bubble(320))
	}
	row.show(chatItem{Message: engine.Message{Text: "hello"}}, nil)
	if len(row.links) != 0 || !row.text.Visible() {
		t.Error("the links of another message stay")
	}
}

// What is made while a call is seen is dark as the call, also where the rest of the app is light.
func TestWhatComesLaterHasTheColoursOfTheCall(t *testing.T) {
	s := newStage(t)
	fyne.CurrentApp().Settings().SetTheme(look{choice: profile.LightTheme})
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	s.show(world(inCall(written("bob: see https://example.org"), func(c *engine.CallState) {
		c.CanAdd = true
		c.Members = append(c.Members, engine.Member{User: cyd})
	})))
	s.settle()
	row := newChatRow(func(engine.MessageID) {}, nil)
	row.show(chatItem{Message: engine.Message{Text: "see https://example.org"}}, nil)
	for name, o := range map[string]fyne.Widget{
		"a message": row, "its words": row.text, "its link": row.links[0], "a button of the bar": c.bars.bottom.button(ButtonAdd),
		"a member": c.side.members.rows[cyd.ID].name,
	} {
		if got := theme.ColorForWidget(theme.ColorNameForeground, o); got != darkPalette.text {
			t.Errorf("%s is written in %v", name, got)
		}
	}
}

func TestPeopleOfACallAreListed(t *testing.T) {
	s := newStage(t)
	with := func(c *engine.CallState) {
		c.Members = []engine.Member{
			{User: cyd, Camera: true, Held: true, Quality: engine.Good},
			{User: bob, Microphone: true, Moderator: true, Quality: engine.Poor, Sharing: engine.Sharing{On: true}},
		}
		c.Waiting = []engine.Waiting{{User: echo, State: signal.Ringing, Mine: true}, {User: engine.User{ID: "dan"}, State: signal.Left}}
		c.CanAdd = true
	}
	s.enter(world(inCall(with)))
	l := s.ui.pages.call.side.members
	var got []string
	for _, o := range l.list.Objects {
		for _, r := range l.rows {
			if o == fyne.CanvasObject(r.root) {
				got = append(got, r.name.Text+"|"+r.about.Text)
			}
		}
	}
	want := []string{"Ana (You)|", "Bob Meier|Host · Shares the screen · Weak connection", "Cyd|On hold", "Echo|Ringing…"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	test.Tap(l.rows[echo.ID].act)
	s.settle()
	s.want(`cancel call [echo] ""`)
	test.Tap(l.add)
	if s.ui.picking == nil {
		t.Error("nobody can be added")
	}
	if l.muteAll.Visible() {
		t.Error("all can be muted by somebody who does not moderate")
	}
}

func TestModeratorsMenu(t *testing.T) {
	s := newStage(t)
	with := func(c *engine.CallState) { c.Moderator = true }
	s.enter(world(inCall(with)))
	c := s.ui.pages.call
	c.side.toggle(tabMembers)
	l := c.side.members
	pick := func(key string) {
		t.Helper()
		l.openMenu(bob.ID, l.rows[bob.ID].act)
		s.choose(word(key))
	}
	pick("tile.mute")
	pick("tile.camera.stop")
	s.want("switch microphone call false [bob]", "switch camera call false [bob]")
	test.Tap(l.muteAll)
	s.settle()
	s.want("switch microphone call false []")

	l.openMenu(bob.ID, l.rows[bob.ID].act)
	s.show(world(inCall(with, func(c *engine.CallState) { c.Members[0].Microphone, c.Members[0].Camera = false, false })))
	s.choose(word("tile.unmute")) // the open menu shows what has changed
	pick("tile.camera.start")
	s.want("switch microphone call true [bob]", "switch camera call true [bob]")
	pick("call.remove")
	s.press(word("call.remove"))
	s.want("remove call [bob]")

	l.openMenu(bob.ID, l.rows[bob.ID].act)
	s.show(world(inCall(with, func(c *engine.CallState) { c.Members[0].User = cyd })))
	if c.menu.root.Visible() {
		t.Error("the menu of somebody who left stays")
	}
}

func TestDetailsAreReadOnlyWhileSeen(t *testing.T) {
	s := newStage(t)
	s.engine.stats = engine.CallStats{ID: "call", RoundTripMS: 12.6, Path: "relay", Tracks: []engine.TrackStats{
		{User: bob.ID, Kind: "camera", Direction: "in", Codec: "vp8", Width: 1280, Height: 720, FPSShown: 29.6, Kbps: 1450, Packets: 500},
		{User: ana.ID, Kind: "camera", Direction: "out"},
	}}
	s.enter(world(inCall()))
	d := s.ui.pages.call.side.details
	s.pass(time.Minute)
	s.settle()
	if d.known {
		t.Error("figures are read although nobody looks")
	}
	s.ui.pages.call.side.toggle(tabDetails)
	s.pass(0)
	s.settle()
	if got := d.lines["details.path"].Text + "|" + d.lines["details.trip"].Text + "|" + d.means.Text; got != "Through the switchboard's relay|13 ms|Sound and picture are good." {
		t.Errorf("it says %q", got)
	}
	if len(d.tracks) != 1 || d.tracks[0].figures.Text != "VP8 · 1450 kbit/s · 0 % lost · 1280 × 720 · 30 pictures/s" || d.tracks[0].title.Text != "Bob Meier: picture" {
		t.Errorf("of %d tracks the first is %q: %q", len(d.tracks), d.tracks[0].title.Text, d.tracks[0].figures.Text)
	}
}

func TestDetailsSayWhenTheGraphicsCardCodes(t *testing.T) {
	newStage(t) // for the words
	l := newTrackLine()
	l.show("Ana", engine.TrackStats{Kind: "camera", Direction: "out", Codec: "vp8", Width: 1280, Height: 720, FPSCoded: 30, Kbps: 900, Card: true}, 0)
	if got := l.figures.Text; got != "VP8 · 900 kbit/s · 0 % lost · 1280 × 720 · 30 pictures/s · graphics card" {
		t.Errorf("it says %q", got)
	}
}

func TestRowsOfThePanelCanBeReplaced(t *testing.T) {
	var members, messages int
	s := newStageOn(t, nil, func(p *Params) {
		p.Config.Members = MembersConfig{Row: func(m engine.Member, own bool) fyne.CanvasObject {
			members++
			return widget.NewLabel(fmt.Sprint(m.ID, own))
		}}
		p.Config.Chat = ChatConfig{Row: func(m engine.Message) fyne.CanvasObject {
			messages++
			return widget.NewLabel("<" + m.Text + ">")
		}}
	})
	s.enter(world(inCall(written("bob: Hello"))))
	c := s.ui.pages.call
	s.key(fyne.KeyC)
	for range 5 {
		s.show(world(inCall(written("bob: Hello"))))
	}
	if members != 2 || messages != 1 {
		t.Errorf("%d rows of members and %d of messages were made, want 2 and 1", members, messages)
	}
	if seen := s.read(); !seen["<Hello>"] || seen["Hello"] {
		t.Error("Parley's bubble is shown")
	}
	c.side.toggle(tabMembers)
	if seen := s.read(); !seen["anatrue"] || !seen["bobfalse"] {
		t.Error("Parley's rows are shown")
	}
}
