package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
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

// A sheet over a call is dark as the call in all its parts, also those that come later, where the rest of the app is light.
func TestSheetsOverACallAreDark(t *testing.T) {
	for name, open := range map[string]func(t *testing.T, s *stage){
		"people": func(_ *testing.T, s *stage) {
			s.enter(world(inCall(func(c *engine.CallState) { c.CanAdd = true })))
			s.ui.addPeople("call")
			s.ui.picking.toggle(cyd)
			s.settle()
		},
		"screens": func(t *testing.T, s *stage) {
			s.engine.surfaces = onDisplay()
			picking(t, s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			fyne.CurrentApp().Settings().SetTheme(look{choice: profile.LightTheme})
			open(t, s)
			seen := map[string]int{}
			for _, o := range test.LaidOutObjects(s.ui.sheet.middle) {
				switch o := o.(type) {
				case *pickRow, *shareCard, *segment, *panel, *widget.Label:
					seen[fmt.Sprintf("%T", o)]++
					if got := theme.ColorForWidget(theme.ColorNameForeground, o.(fyne.Widget)); got != darkPalette.text {
						t.Errorf("%T is written in %v", o, got)
					}
				}
			}
			if seen["*ui.pickRow"]+seen["*ui.shareCard"] == 0 || seen["*ui.panel"] == 0 {
				t.Errorf("seen are %v", seen)
			}
		})
	}
}
