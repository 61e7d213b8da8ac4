package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// markWords puts every text of the catalogue between marks, for the length of a test.
func markWords(t *testing.T) {
	t.Helper()
	speakEnglish(t)
	marked := map[string]string{}
	for key, text := range english(t) {
		marked[key] = "⟦" + text + "⟧"
	}
	if err := SetTexts(marked); err != nil {
		t.Fatal(err)
	}
}

var marked = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

// data are the letters that the tests themselves put on the screen, and names that are the same in every language.
func data() []string {
	out := []string{
		"Ana", "Bob Meier", "Cyd", "Echo", "Hello", "Webcam", "Headset", "Headphones", "1.2.3", "127.0.0.1:4455",
		"parley:server/h?device=ABCD-EFGH", "parley:server/host?code=abc", "ABCD-EFGH",
	}
	for _, l := range assets.Languages {
		out = append(out, l.Name)
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// foreign returns what a person reads in a text that neither the catalogue nor a person has written.
func foreign(text string) string {
	if slices.ContainsFunc([]string{"Ana", "Bob Meier", "Cyd", "Echo"}, func(name string) bool { return text == initials(name) }) {
		return ""
	}
	for marked.MatchString(text) { // sentences may hold others
		text = marked.ReplaceAllString(text, "")
	}
	for _, d := range data() {
		text = strings.ReplaceAll(text, d, "")
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return text
	}
	return ""
}

func TestForeignWordsAreNoticed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"⟦Missed call from Bob Meier⟧": "", "⟦⟦Voice call⟧ with 2 more⟧, 12:34": "", "Bob Meier": "", "0:07": "", "A": "",
		"⟦Missed call⟧ from Bob Meier": " from ", "cancel": "cancel", "⟦Ringing…⟧ A": " A",
	} {
		if got := foreign(text); got != want {
			t.Errorf("in %q it is %q, want %q", text, got, want)
		}
	}
}

// texts collects what can be read on an object: whole, not as it is cut off or broken into lines.
func texts(o fyne.CanvasObject, add func(string)) {
	if o == nil || !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *canvas.Text:
		add(o.Text)
	case *widget.Label:
		add(o.Text)
	case *widget.Entry:
		add(o.PlaceHolder)
		add(o.Text)
	case *choice:
		for _, s := range o.Options {
			add(s)
		}
		add(o.Selected)
	case *roundButton:
		add(o.label)
	case *deviceSelect:
		texts(&o.Select, add)
	case *fyne.Container:
		for _, c := range o.Objects {
			texts(c, add)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			texts(c, add)
		}
	}
}

// read collects what can be read in every window.
func (s *stage) read() map[string]bool {
	all := map[string]bool{}
	for _, w := range s.ui.params.App.Driver().AllWindows() {
		objects := append([]fyne.CanvasObject{w.Content()}, w.Canvas().Overlays().List()...)
		for _, o := range objects {
			texts(o, func(text string) { all[text] = true })
		}
		all[w.Title()] = true
	}
	return all
}

// TestEveryVisibleWordIsInTheCatalogue shows everything there is, with marked words, and reads it.
func TestEveryVisibleWordIsInTheCatalogue(t *testing.T) {
	markWords(t)
	for _, scene := range []struct {
		name string
		play func(s *stage)
	}{
		{"welcome", func(s *stage) {}},
		{"join", func(s *stage) {
			s.program.found = [][2]string{{"Bob Meier", "127.0.0.1:4455"}}
			s.ui.welcome.openJoin()
			s.ui.welcome.enterOther()
		}},
		{"home", func(s *stage) {
			s.program.link = "parley:server/host?code=abc"
			s.enter(world())
			s.ui.pages.home.people.list.Select(2)
		}},
		{"offline", func(s *stage) {
			s.enter(world(func(w *engine.Snapshot) {
				w.Connection = engine.Connection{State: engine.Connecting, Err: engine.ErrOffline, RetryAt: s.now.Add(5 * time.Second)}
			}))
		}},
		{"recents", func(s *stage) {
			s.enter(world(past(1, 2, 30, 200, 9000), missedOnes(2)))
			test.Tap(s.ui.pages.home.before)
		}},
		{"no recents", func(s *stage) {
			s.enter(world())
			test.Tap(s.ui.pages.home.before)
		}},
		{"settings", func(s *stage) {
			s.enter(world())
			s.ui.openSettings()
			s.settle()
			test.Tap(s.ui.pages.settings.device.get)
		}},
		{"incoming", func(s *stage) {
			s.enter(world(rung(true), func(w *engine.Snapshot) { w.Incoming[0].Others = []engine.User{cyd} }))
		}},
		{"outgoing", func(s *stage) { s.enter(world(inCall(outgoingTo(bob, signal.Calling)))) }},
		{"unreached", func(s *stage) { s.enter(world(inCall(outgoingTo(bob, signal.Unreached)))) }},
		{"call", func(s *stage) { s.enter(world(inCall())) }},
		{"muted call", func(s *stage) {
			s.enter(world(inCall(func(c *engine.CallState) {
				c.Microphone, c.Camera, c.CanAdd = false, false, true
				c.Members[0].Microphone, c.Members[0].Quality = false, engine.Poor
			})))
		}},
		{"people of a call", func(s *stage) {
			s.ui.main.Resize(fyne.NewSize(1600, 900)) // names are cut where there is no room
			s.enter(world(inCall(func(c *engine.CallState) {
				c.CanAdd, c.Moderator, c.Members[0].Moderator, c.Members[0].Held, c.Members[0].Quality = true, true, true, true, engine.LostNow
				c.Members[0].Sharing.On = true
				c.Waiting = []engine.Waiting{{User: cyd, State: signal.Unreached, Mine: true}}
			})))
			c := s.ui.pages.call
			c.side.toggle(tabMembers)
			c.side.members.openMenu(bob.ID, c.side.members.rows[bob.ID].act)
		}},
		{"chat of a call", func(s *stage) {
			s.enter(world(inCall(written("bob: Hello", "me: Hello"), func(c *engine.CallState) { c.Chat[1].Delivery = engine.Undelivered })))
			s.key(fyne.KeyC)
			s.ui.pages.call.side.chat.openMenu(s.ui.last.Calls[0].Chat[1], fyne.Position{})
		}},
		{"details of a call", func(s *stage) {
			s.enter(world(inCall(func(c *engine.CallState) { c.ID = "1.2.3" })))
			s.ui.pages.call.side.toggle(tabDetails)
			s.pass(0)
		}},
		{"more of a call", func(s *stage) {
			s.enter(world(inCall()))
			s.openMore()
		}},
		{"shortcuts", func(s *stage) {
			s.enter(world(inCall()))
			s.ui.typed('?')
		}},
		{"asked by a moderator", func(s *stage) {
			s.enter(world(inCall(func(c *engine.CallState) { c.Asked = engine.Asked{By: bob, Microphone: true} })))
			s.engine.emit(engine.Event{Type: engine.DeviceOrdered, User: bob, Camera: true})
		}},
		{"reconnecting", func(s *stage) {
			s.enter(world(inCall(func(c *engine.CallState) { c.Phase = engine.Rejoining })))
		}},
		{"mini", func(s *stage) {
			s.enter(world(inCall()))
			s.ui.putAway()
		}},
		{"a second call", func(s *stage) { s.enter(world(inCall(), heldCall, rung(false))) }},
		{"picker", func(s *stage) {
			s.enter(world())
			s.ui.pickGroup(bob.ID)
		}},
		{"ended", func(s *stage) {
			s.enter(world(inCall()))
			s.show(world(over(engine.Ended{Reason: engine.RemoteHangUp, With: []engine.User{bob}})))
		}},
		{"missed", func(s *stage) {
			s.enter(world())
			s.show(world(over(engine.Ended{Reason: engine.Unanswered, With: []engine.User{bob, cyd}})))
		}},
		{"failure", func(s *stage) {
			s.enter(world())
			s.ui.fail(&media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
		}},
		{"leaving", func(s *stage) {
			s.enter(world(inCall()))
			s.ui.quit()
		}},
	} {
		t.Run(scene.name, func(t *testing.T) {
			s := newStage(t)
			s.engine.devices = []media.Device{
				{ID: "c", Label: "Webcam", Kind: media.CameraDevice}, {ID: "m", Label: "Headset", Kind: media.MicrophoneDevice},
				{ID: "s", Label: "Headphones", Kind: media.SpeakerDevice},
			}
			scene.play(s)
			s.settle()
			seen, words := s.read(), 0
			for _, text := range slices.Sorted(maps.Keys(seen)) {
				if f := foreign(text); f != "" {
					t.Errorf("%q is on the screen, but %q is not in the catalogue", text, f)
				}
				if strings.Contains(text, "⟦") {
					words++
				}
			}
			if words < 2 {
				t.Errorf("only %d texts were found: %q", words, slices.Sorted(maps.Keys(seen)))
			}
		})
	}
}

// shows are functions and methods whose texts a person sees.
var shows = []string{
	"NewLabel", "NewLabelWithStyle", "NewRichTextWithText", "NewText", "NewButton", "NewButtonWithIcon", "NewCheck",
	"NewSelect", "NewHyperlink", "NewMenu", "NewMenuItem", "NewWindow", "SetText", "SetPlaceHolder", "SetTitle", "SetTitleText", "SetConfirmText", "SetDismissText", "SetOptions",
	"text", "note", "caption", "say", "section", "row", "newRoundButton", "newBareWindow", "warn", "tell",
}

// TestNoTextIsWrittenWhereItIsShown finds words that are handed to a widget without the catalogue, also where no test looks at it.
func TestNoTextIsWrittenWhereItIsShown(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.Contains(shows, callee(call)) {
				return true
			}
			calls++
			for _, arg := range call.Args {
				lit, ok := arg.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				if text, err := strconv.Unquote(lit.Value); err != nil || strings.ContainsFunc(text, unicode.IsLetter) {
					t.Errorf("%s: %s belongs into the catalogue", set.Position(lit.Pos()), lit.Value)
				}
			}
			return true
		})
	}
	if calls < 50 {
		t.Errorf("only %d calls were looked at", calls)
	}
}

// callee is the name of what is called, without its package or receiver.
func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
