package ui

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/upkeep"
)

// inSettings taps a button of the settings.
func (s *stage) inSettings(label string) {
	s.t.Helper()
	for _, o := range test.LaidOutObjects(s.ui.pages.settings.root) {
		if b, ok := o.(*pushButton); ok && b.Text == label {
			test.Tap(b)
			s.settle()
			return
		}
	}
	s.t.Fatalf("the settings have no %q", label)
}

func TestBuildIsCopied(t *testing.T) {
	s := newStageAfter(t, &fakeCare{})
	s.enter(world())
	s.ui.openSettings()
	for _, o := range test.LaidOutObjects(s.ui.pages.settings.root) {
		if b, ok := o.(*pushButton); ok && b.Text == word("about.copy") {
			test.Tap(b)
		}
	}
	s.settle()
	if got := s.ui.params.App.Clipboard().Content(); !strings.Contains(got, "Parley 1.2.3 (built here)") {
		t.Errorf("copied %q", got)
	}
}

func TestDiagnosticsAreLookedAtBeforeTheyAreSaved(t *testing.T) {
	care := &fakeCare{papers: []upkeep.Paper{{Name: "about.txt", Text: "Parley"}, {Name: "parley.log", Text: "a line\n\tanother"}}}
	s := newStageAfter(t, care)
	s.enter(world())
	s.ui.openSettings()
	s.inSettings(word("about.diagnostics"))
	if s.ui.sheet == nil {
		t.Fatal("nothing is shown")
	}
	var shown []string
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		switch o := o.(type) {
		case *widget.TextGrid:
			shown = append(shown, o.Text())
		case *widget.Label:
			shown = append(shown, o.Text)
		}
	}
	all := strings.Join(shown, "|")
	for _, want := range []string{"about.txt", "parley.log", "1 KB", "Parley", word("about.look")} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not show %q: %q", want, all)
		}
	}
	s.ui.main.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if g, ok := o.(*widget.TextGrid); ok && g.Text() != "a line\n    another" {
			t.Errorf("the second one shows %q", g.Text())
		}
	}
	s.press(word("about.save"))
	if s.ui.sheet != nil || len(s.ui.main.Canvas().Overlays().List()) != 1 {
		t.Error("it does not ask where to")
	}
	s.window(s.ui.main, fyne.KeyEscape)
	if len(s.ui.main.Canvas().Overlays().List()) != 0 || s.ui.shown.main != viewSettings {
		t.Errorf("Escape leaves %d overlays in view %d", len(s.ui.main.Canvas().Overlays().List()), s.ui.shown.main)
	}
	s.window(s.ui.main, fyne.KeyEscape)
	if s.ui.shown.main != viewHome {
		t.Errorf("Escape leads from the settings to view %d", s.ui.shown.main)
	}
}

func TestDiagnosticsAreWritten(t *testing.T) {
	s := newStageAfter(t, &fakeCare{})
	s.enter(world())
	path := filepath.Join(t.TempDir(), "parley.zip")
	f, err := storage.Writer(storage.NewFileURI(path))
	if err != nil {
		t.Fatal(err)
	}
	s.ui.writeDiagnostics(f, []upkeep.Paper{{Name: "about.txt", Text: "Parley"}})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 1 {
		t.Fatal(err)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); string(text) != "Parley" || err != nil {
		t.Errorf("it holds %q, %v", text, err)
	}
	if s.ui.notice.title.Text != word("about.saved") {
		t.Errorf("it says %q", s.ui.notice.title.Text)
	}
	s.ui.writeDiagnostics(fullDisk{f}, []upkeep.Paper{{Name: "about.txt", Text: "Parley"}})
	if s.ui.notice.title.Text != word("about.save.failed") {
		t.Errorf("of a full disk it says %q", s.ui.notice.title.Text)
	}
}

// fullDisk is a file on a disk that is full.
type fullDisk struct{ fyne.URIWriteCloser }

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
func (fullDisk) Close() error              { return nil }

func TestLicencesAreShown(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.openSettings()
	s.inSettings(word("about.licences"))
	if s.ui.sheet == nil {
		t.Fatal("nothing is shown")
	}
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if g, ok := o.(*widget.TextGrid); ok && len(g.Text()) < 200 {
			t.Errorf("the licence of Go is %q", g.Text())
		}
	}
	s.ui.main.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.ui.sheet != nil {
		t.Error("Escape does not put it away")
	}
}
