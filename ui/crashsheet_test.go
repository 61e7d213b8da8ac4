package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/upkeep"
)

// fakeCare is a program that knows what it is told to.
type fakeCare struct {
	crash  string
	away   int
	aside  []string
	papers []upkeep.Paper
}

func (c *fakeCare) Crash() (text, path string) { return c.crash, "/state/parley/crash-report.txt" }

func (c *fakeCare) PutCrashAway() { c.crash, c.away = "", c.away+1 }

func (c *fakeCare) Aside() []string { return c.aside }

func (c *fakeCare) Build() string { return "Parley 1.2.3 (built here)" }

func (c *fakeCare) Diagnostics() []upkeep.Paper { return c.papers }

func newStageAfter(t *testing.T, c *fakeCare) *stage {
	return newStageOn(t, nil, func(p *Params) { p.Care = c })
}

func crashed(s *engine.Snapshot) {
	s.Joinable = []engine.Joinable{{Call: "lost", With: []engine.User{bob}, Video: true, Crashed: true, Until: time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)}}
}

// labels are what the buttons of the sheet that can be seen say.
func (s *stage) labels() string {
	var all []string
	if s.ui.sheet != nil {
		for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
			if b, ok := o.(*pushButton); ok && b.Visible() {
				all = append(all, b.Text)
			}
		}
	}
	return strings.Join(all, ", ")
}

func TestCrashIsToldOnce(t *testing.T) {
	care := &fakeCare{crash: "Parley 1.2.3\n\npanic: out of order"}
	s := newStageAfter(t, care)
	s.enter(world())
	if got := s.labels(); got != "Copy, Open folder, Dismiss" {
		t.Fatalf("the card offers %q", got)
	}
	s.press(word("crash.copy"))
	if got := s.ui.params.App.Clipboard().Content(); got != "Parley 1.2.3\n\npanic: out of order" {
		t.Errorf("copied %q", got)
	}
	if care.away != 0 || s.ui.sheet == nil {
		t.Error("copying puts it away")
	}
	s.key(fyne.KeyEscape)
	s.show(world())
	if s.ui.sheet != nil || care.away != 1 {
		t.Errorf("it was put away %d times, and lies there: %v", care.away, s.ui.sheet != nil)
	}
	s.want()
}

func TestCrashedCallIsRejoinedFromTheReport(t *testing.T) {
	care := &fakeCare{crash: "panic"}
	s := newStageAfter(t, care)
	s.enter(world())
	s.show(world(crashed)) // the switchboard tells of it a little later
	if got := s.labels(); got != "Rejoin the call with Bob Meier, Copy, Open folder, Dismiss" {
		t.Fatalf("the card offers %q", got)
	}
	s.press("Rejoin the call with Bob Meier")
	s.want("join lost video=true take=false current=0")
	if care.away != 1 || s.ui.sheet != nil {
		t.Error("the card stays")
	}
}

func TestCallThatIsGoneIsNotRejoined(t *testing.T) {
	s := newStageAfter(t, &fakeCare{crash: "panic"})
	s.enter(world(crashed))
	s.show(world())
	if got := s.labels(); strings.Contains(got, "Rejoin") {
		t.Errorf("the card offers %q", got)
	}
}

func TestCrashWaitsForItsTurn(t *testing.T) {
	s := newStageAfter(t, &fakeCare{crash: "panic"})
	s.enter(world(inCall()))
	if s.ui.sheet != nil {
		t.Error("it lies over a call")
	}
	s.show(world())
	s.pass(3 * time.Second)
	if s.ui.sheet == nil {
		t.Fatal("it is forgotten")
	}
	s.ui.Open("parley:call/bob")
	s.settle()
	s.press(word("call.cancel"))
	if got := s.labels(); got != "Copy, Open folder, Dismiss" {
		t.Errorf("after a link the card is gone: %q", got)
	}
}

func TestLongReportIsCut(t *testing.T) {
	s := newStageAfter(t, &fakeCare{crash: strings.Repeat("goroutine 1\n\tmain.go:7 \xff\n", 9000)})
	s.enter(world())
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if l, ok := o.(*widget.Label); ok && strings.Count(l.Text, "\n") > maxLines {
			t.Errorf("%d lines are shown", strings.Count(l.Text, "\n"))
		}
	}
}

func TestBrokenSettingsAreTold(t *testing.T) {
	s := newStageAfter(t, &fakeCare{aside: []string{"/config/parley/settings.json.bad"}})
	s.ui.tellAside()
	s.pass(time.Hour)
	n := s.ui.notice
	if !n.box.Visible() || n.title.Text != word("aside.title") || !strings.Contains(n.text.Text, "/config/parley/settings.json.bad") || n.button.Text != word("crash.folder") {
		t.Errorf("it says %q, %q", n.title.Text, n.text.Text)
	}
}
