package ui

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
)

// TestAddADevice checks that a code is shown as long as it works, with a link to send, and not longer.
func TestAddADevice(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.openSettings()
	d := s.ui.pages.settings.device
	if d.shown.Visible() {
		t.Error("a code is shown that nobody asked for")
	}
	s.engine.expires = s.now.Add(90 * time.Second)
	test.Tap(d.get)
	s.settle()
	if !d.shown.Visible() || d.code.Text != "ABCD-EFGH" || d.rest.Text != word("device.rest", fill{"Time": "1:30"}) {
		t.Errorf("it shows %q, %q", d.code.Text, d.rest.Text)
	}
	test.Tap(d.copied)
	if got := s.ui.params.App.Clipboard().Content(); got != "parley:server/h?device=ABCD-EFGH" {
		t.Errorf("copied %q", got)
	}
	s.pass(time.Minute)
	if d.rest.Text != word("device.rest", fill{"Time": "0:30"}) || d.tick() != time.Second {
		t.Errorf("a minute later it says %q", d.rest.Text)
	}
	s.pass(30 * time.Second)
	if d.shown.Visible() || d.code.Text != "" || d.tick() != 0 {
		t.Error("a code is shown that does not work any more")
	}

	s.engine.fail = errors.New("no")
	test.Tap(d.get)
	s.settle()
	if d.shown.Visible() || d.get.Disabled() || !s.ui.notice.box.Visible() {
		t.Error("a failure is not told, or blocks the button")
	}
}
