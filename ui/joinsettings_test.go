package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

func TestHowCallsBeginIsRemembered(t *testing.T) {
	s := newStage(t)
	s.program.settings.JoinWithoutVideo = true
	s.enter(world())
	j := s.ui.pages.settings.join
	if j.muted.Checked || !j.blind.Checked {
		t.Errorf("at first muted %t, without picture %t", j.muted.Checked, j.blind.Checked)
	}
	test.Tap(j.muted)
	test.Tap(j.blind)
	if v := s.program.settings; !v.JoinMuted || v.JoinWithoutVideo {
		t.Errorf("remembered are muted %t, without picture %t", v.JoinMuted, v.JoinWithoutVideo)
	}
}
