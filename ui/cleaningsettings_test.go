package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

func TestHowOurVoiceIsCleanedIsRemembered(t *testing.T) {
	if !engine.CanClean() {
		t.Skip("this build does not clean")
	}
	s := newStage(t)
	s.program.settings.EchoCancellation, s.program.settings.NoiseSuppression = true, true
	s.enter(world())
	c := s.ui.pages.settings.clean
	if !c.echo.Checked || !c.noise.Checked || c.gain.Checked {
		t.Errorf("at first echo %t, noise %t, gain %t", c.echo.Checked, c.noise.Checked, c.gain.Checked)
	}
	for _, box := range []*check{c.echo, c.noise, c.gain} {
		test.Tap(box)
	}
	if v := s.program.settings; v.EchoCancellation || v.NoiseSuppression || !v.AutomaticGain {
		t.Errorf("remembered are echo %t, noise %t, gain %t", v.EchoCancellation, v.NoiseSuppression, v.AutomaticGain)
	}
}

func TestWithoutCleaningTheSettingsSaySo(t *testing.T) {
	newStage(t)
	c := newCleaningSettings(profile.Defaults(), false, func(func(*profile.Settings)) { t.Error("something was remembered") })
	if c.echo != nil || len(c.rows) != 1 || len(test.LaidOutObjects(c.rows[0])) == 0 {
		t.Errorf("%d rows", len(c.rows))
	}
	said := false
	for _, o := range test.LaidOutObjects(c.rows[0]) {
		if l, ok := o.(*widget.Label); ok && l.Text == word("settings.clean.none") {
			said = true
		}
	}
	if !said {
		t.Error("nothing says that voices cannot be cleaned")
	}
}
