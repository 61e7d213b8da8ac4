package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A call that rings lies over a sheet, and its buttons and keys work there.
func TestACallRingsOverASheet(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(open)))
	s.ui.invite(cyd, false) // asks how
	s.show(world(inCall(open), rung(true), waits))
	s.pass(typingGuard)
	s.settle()
	top := s.ui.main.Canvas().Overlays().Top()
	over := s.ui.pages.ring.over
	if top != s.ui.sheet.root || !slices.Contains(test.LaidOutObjects(top), fyne.CanvasObject(over.decline)) {
		t.Fatal("the call lies under the sheet")
	}
	if slices.Contains(test.LaidOutObjects(s.ui.ground), fyne.CanvasObject(over.decline)) {
		t.Error("it is there twice")
	}
	s.engine.take()
	s.key(fyne.KeyEscape) // declines, and does not close the sheet
	s.want("reject ring")
	if s.ui.sheet == nil {
		t.Error("the sheet went with the call")
	}
	s.show(world(inCall(open)))
	s.key(fyne.KeyEscape)
	if s.ui.sheet != nil {
		t.Error("Escape does not close the sheet any more")
	}
	s.show(world(inCall(open), rung(true), waits))
	if !slices.Contains(test.LaidOutObjects(s.ui.ground), fyne.CanvasObject(over.decline)) {
		t.Error("without a sheet the call is nowhere")
	}
}
