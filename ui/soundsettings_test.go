package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/profile"
)

// ringtone is a file that can be played.
const ringtone = "../internal/soundfile/testdata/two.ogg"

func TestRingVolumeIsRememberedWhenItIsLetGo(t *testing.T) {
	s, page := opened(t)
	r := page.rings
	r.volume.OnChanged(0.5) // while it is dragged
	if got := r.percent.Text; got != "50 %" {
		t.Errorf("it says %q", got)
	}
	if s.program.settings.RingVolume != 1 {
		t.Errorf("remembered while it was dragged: %v", s.program.settings.RingVolume)
	}
	r.volume.Value = 0.5
	r.volume.OnChangeEnded(0.5)
	if s.program.settings.RingVolume != 0.5 {
		t.Errorf("remembered: %v", s.program.settings.RingVolume)
	}
	s.engine.choice.Speaker, s.engine.choice.Ring = "s0", "s1"
	s.engine.take()
	test.Tap(r.test)
	s.settle()
	s.want(fmt.Sprintf(`play %d samples on "s1" at 0.50`, len(assets.Incoming())))
	test.Tap(r.ringBack.play)
	s.settle()
	s.want(fmt.Sprintf(`play %d samples on "s0" at 1.00`, len(assets.RingBack())))
}

func TestOwnSoundTakesThePlaceOfATone(t *testing.T) {
	s, page := opened(t)
	in := page.rings.incoming
	if in.name.Text != word("settings.tone.own") || in.reset.Visible() {
		t.Errorf("at first it is %q", in.name.Text)
	}
	picks := 0
	page.rings.Pick = func(near string, picked func(string)) {
		if picks++; near != "" {
			t.Errorf("the first search begins near %q", near)
		}
		picked(ringtone)
	}
	test.Tap(in.choose)
	s.settle()
	if got := s.program.settings.Tones; got != (profile.ToneFiles{Incoming: ringtone}) {
		t.Errorf("remembered: %+v", got)
	}
	if in.name.Text != "two.ogg" || !in.reset.Visible() || in.choose.Disabled() {
		t.Errorf("the page shows %q", in.name.Text)
	}
	test.Tap(in.reset)
	s.settle()
	if got := s.program.settings.Tones; got != (profile.ToneFiles{}) || in.name.Text != word("settings.tone.own") {
		t.Errorf("given back, it is %+v and shows %q", got, in.name.Text)
	}
	if picks != 1 {
		t.Errorf("asked for a file %d times", picks)
	}
}

func TestFileThatIsNoSoundChangesNothing(t *testing.T) {
	s, page := opened(t)
	words := filepath.Join(t.TempDir(), "words.mp3")
	if err := os.WriteFile(words, []byte("just words"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, title := range map[string]string{
		words: "error.title.sound-unplayable", filepath.Join(t.TempDir(), "gone.wav"): "error.title.file-unreadable",
	} {
		page.rings.Pick = func(_ string, picked func(string)) { picked(path) }
		test.Tap(page.rings.ringBack.choose)
		s.settle()
		if n := s.ui.notice; !n.box.Visible() || n.title.Text != word(title) {
			t.Errorf("%s: it says %q", path, n.title.Text)
		}
	}
	if got := s.program.settings.Tones; got != (profile.ToneFiles{}) || page.rings.ringBack.choose.Disabled() {
		t.Errorf("remembered: %+v", got)
	}
}

func TestOneToneIsPlayedAtATime(t *testing.T) {
	s, page := opened(t)
	r := page.rings
	s.engine.hold = make(chan struct{})
	playing := func(want int) {
		t.Helper()
		s.until(t, func() string {
			if n := s.engine.sounding(); n != want {
				return fmt.Sprintf("%d tones are played, want %d", n, want)
			}
			return ""
		})
	}
	test.Tap(r.incoming.play)
	playing(1)
	if r.incoming.play.Icon.Name() != symbol(assets.Stop).Name() {
		t.Error("its button does not offer to stop it")
	}
	test.Tap(r.ringBack.play)
	playing(1)
	if r.incoming.play.Icon.Name() != symbol(assets.Play).Name() || r.ringBack.play.Icon.Name() != symbol(assets.Stop).Name() {
		t.Error("the buttons do not show which one is played")
	}
	test.Tap(r.ringBack.play)
	playing(0)
	test.Tap(r.test)
	playing(1)
	s.ui.closeSettings()
	playing(0)
	if s.ui.notice.box.Visible() {
		t.Errorf("what was stopped is complained about: %q", s.ui.notice.title.Text)
	}
}

func TestLanguageIsSpokenAtOnce(t *testing.T) {
	t.Cleanup(func() {
		if err := speak("en"); err != nil {
			t.Error(err)
		}
	})
	s, page := opened(t)
	page.speech.SetSelected("Deutsch")
	s.settle()
	if s.program.settings.Language != "de" {
		t.Errorf("remembered: %q", s.program.settings.Language)
	}
	if s.ui.pages.settings == page || s.ui.shown.main != viewSettings {
		t.Fatal("the page is not made anew, or gone")
	}
	if got := s.ui.pages.settings.speech.Selected; got != "Deutsch" {
		t.Errorf("%q is chosen", got)
	}
	if got := s.ui.pages.settings.rings.incoming.choose.Text; got != "Auswählen…" {
		t.Errorf("a button says %q", got)
	}
	if s.engine.watchers() != 4 { // snapshots, events, the microphone's level and the camera's picture
		t.Errorf("%d subscriptions, want those of one set of pages", s.engine.watchers())
	}
	s.ui.closeSettings()
	s.ui.chooseSwitchboard()
	if got := s.ui.welcome.start.Text; got != "Hier starten" {
		t.Errorf("the welcome page says %q", got)
	}
}
