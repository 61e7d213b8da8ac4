package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func TestCallButtonsAndKeys(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	if s.ui.shown.main != viewCall || c.bars.title.name.Text != "Bob Meier" || c.bars.title.clock.Text != "1:00" {
		t.Fatalf("view %d says %q, %q", s.ui.shown.main, c.bars.title.name.Text, c.bars.title.clock.Text)
	}
	for _, b := range []*roundButton{c.bars.bottom.button(ButtonMicrophone), c.bars.bottom.button(ButtonCamera), c.bars.bottom.button(ButtonHangUp)} {
		test.Tap(b)
		s.settle()
	}
	s.want("microphone call false", "camera call false", "hangup call")
	s.pass(settling)
	s.key(fyne.KeyM)
	s.key(fyne.KeyV)
	s.want("microphone call false", "camera call false")
	s.ui.hangUpCurrent() // Ctrl+Shift+H
	s.settle()
	s.want("hangup call")

	s.key(fyne.KeyF)
	if !s.ui.main.FullScreen() || !s.ui.full.Load() || c.bars.corner.button(ButtonFullscreen).symbol != assets.Windowed {
		t.Error("F does not fill the screen")
	}
	s.key(fyne.KeyEscape)
	if s.ui.main.FullScreen() || s.ui.full.Load() {
		t.Error("Escape does not leave the full screen")
	}
	s.pass(6 * time.Second)
	if c.bars.title.clock.Text != "1:06" {
		t.Errorf("the clock says %q", c.bars.title.clock.Text)
	}
}

func TestBarsGoAwayAndComeBack(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	s.pass(idleTime - time.Millisecond)
	if !c.bars.bottom.root.Visible() {
		t.Error("the bars went too early")
	}
	s.pass(time.Millisecond)
	if c.bars.bottom.root.Visible() || c.bars.title.root.Visible() {
		t.Error("the bars stay while nothing moves")
	}
	c.ground.MouseMoved(nil)
	if !c.bars.bottom.root.Visible() || !c.bars.title.root.Visible() {
		t.Error("the bars do not come back with the pointer")
	}
	c.bars.bottom.button(ButtonMicrophone).MouseIn(nil)
	s.pass(time.Minute)
	if !c.bars.bottom.root.Visible() {
		t.Error("the bars went from under the pointer")
	}
	c.bars.bottom.button(ButtonMicrophone).MouseOut()
	s.pass(idleTime)
	if c.bars.bottom.root.Visible() {
		t.Error("the bars stay after the pointer left them")
	}
	s.key(fyne.KeyM)
	if !c.bars.bottom.root.Visible() {
		t.Error("the bars do not come back with a key")
	}
	c.ground.Tapped(nil)
	if c.bars.bottom.root.Visible() {
		t.Error("a click on the picture does not put the bars away")
	}
	s.ui.keyDown(fyne.KeyTab)
	s.ui.main.Canvas().FocusNext()
	if b, ok := s.ui.main.Canvas().Focused().(*roundButton); !ok || !c.bars.bottom.root.Visible() {
		t.Errorf("Tab goes to %v while the bars are away", b)
	}
	s.ui.main.Canvas().Unfocus()
	s.show(world(inCall(func(c *engine.CallState) { c.Phase = engine.Rejoining })))
	s.pass(time.Minute)
	if !c.bars.bottom.root.Visible() || !c.banner.box.Visible() {
		t.Error("the bars went while the connection is lost")
	}
}

func TestOwnMuteIsAlwaysShown(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) { c.Microphone = false })))
	c := s.ui.pages.call
	s.pass(idleTime)
	if c.bars.bottom.root.Visible() || !c.muted.Visible() || c.scene.tileOf(ana.ID).mark != assets.MicrophoneOff {
		t.Error("with the bars away nothing says that we are muted")
	}
	s.show(world(inCall()))
	if c.muted.Visible() || c.scene.tileOf(ana.ID).mark != assets.Microphone {
		t.Error("it still says that we are muted")
	}
}

// A press is seen with the next picture that is drawn, and not one later.
func TestAPressIsShownBeforeTheEngineHasSaidSo(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	microphone, camera := c.bars.bottom.button(ButtonMicrophone), c.bars.bottom.button(ButtonCamera)
	for _, one := range []struct {
		button  *roundButton
		on, off assets.Symbol
		asked   string
	}{{microphone, assets.Microphone, assets.MicrophoneOff, "microphone call false"}, {camera, assets.Camera, assets.CameraOff, "camera call false"}} {
		test.Tap(one.button)
		if one.button.symbol != one.off || one.button.tone != toneOff {
			t.Errorf("after a press the button is drawn as %s", one.button.symbol)
		}
		s.settle()
		s.want(one.asked)
		if one.button.symbol != one.on {
			t.Errorf("what the engine did not do stays shown as %s", one.button.symbol)
		}
	}
	s.show(world(inCall(func(c *engine.CallState) { c.Microphone, c.Camera = false, false })))
	if microphone.symbol != assets.MicrophoneOff || camera.symbol != assets.CameraOff {
		t.Error("what the engine did is not shown")
	}
}

func TestSwap(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	large := c.scene.tileOf(bob.ID)
	small := c.scene.tileOf(ana.ID)
	if large.Size() != c.scene.root.Size() || small.Size().Width > large.Size().Width/2 {
		t.Fatal("the other is not at large and we in the corner")
	}
	s.click(small)
	large, small = small, large
	if large.Size() != c.scene.root.Size() || small.Size().Width > large.Size().Width/2 || small.chip != "Bob Meier" {
		t.Error("a click on the small picture does not exchange them")
	}
	if s.engine.watching(ana.ID) != 1 || s.engine.watching(bob.ID) != 1 {
		t.Errorf("%d views watch us and %d the other, want one each", s.engine.watching(ana.ID), s.engine.watching(bob.ID))
	}
	s.click(small)
	if small.Size() != c.scene.root.Size() {
		t.Error("a second click does not bring them back")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	three := inCall(func(c *engine.CallState) { c.Members = append(c.Members, engine.Member{User: cyd, Camera: true}) })
	s.show(world(three))
	if len(c.scene.tiles) != 3 || c.scene.tileOf(cyd.ID).chip != "Cyd" || c.bars.title.name.Text != "Bob Meier and 1 more" {
		t.Errorf("%d tiles, named %q at the top", len(c.scene.tiles), c.bars.title.name.Text)
	}
	s.click(c.scene.tileOf(ana.ID))
	if c.scene.swapped || c.scene.pinned != (tileID{}) {
		t.Error("in a group there is nobody to exchange with")
	}
	s.show(world(inCall()))
	if len(c.scene.tiles) != 2 || s.engine.watching(cyd.ID) != 0 {
		t.Error("somebody who left is still watched")
	}
	s.show(world())
	if s.engine.watching(bob.ID) != 0 || s.engine.watching(ana.ID) != 0 {
		t.Error("a call that is over is still watched")
	}
}

func TestJoinFailedOffersAnotherTry(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) { c.Phase, c.Err = engine.Rejoining, engine.ErrJoinFailed })))
	c := s.ui.pages.call
	if c.banner.title.Text != word("error.title.join-failed") || !c.bars.bottom.root.Visible() {
		t.Errorf("it says %q", c.banner.title.Text)
	}
	test.Tap(c.banner.button)
	s.settle()
	s.want("retry call")
}

func TestDeviceTroubleCanBePutAway(t *testing.T) {
	s := newStage(t)
	busy := &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy}
	trouble := inCall(func(c *engine.CallState) { c.Camera, c.CameraErr = false, busy })
	s.enter(world(trouble))
	n := s.ui.pages.call.trouble
	if !n.box.Visible() || n.title.Text != word("error.title.camera-busy") {
		t.Fatalf("it says (%t) %q", n.box.Visible(), n.title.Text)
	}
	n.hide()
	n.put()
	s.show(world(trouble))
	if n.box.Visible() {
		t.Error("what was put away comes back")
	}
	s.show(world(inCall()))
	s.show(world(trouble))
	if !n.box.Visible() {
		t.Error("the same trouble later is not told")
	}
	test.Tap(n.button)
	s.settle()
	if s.ui.shown.main != viewSettings {
		t.Error("the way to the settings leads nowhere")
	}
	s.key(fyne.KeyEscape)
	if s.ui.shown.main != viewCall {
		t.Error("the settings do not lead back to the call")
	}
}

func TestNothingIsConvertedForAWindowThatIsPutAway(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	away := false
	c.Away = func() bool { return away }
	for _, on := range []bool{true, false} {
		away = on
		s.pass(100 * time.Millisecond)
		if got := c.scene.tileOf(bob.ID).looking; got == on {
			t.Errorf("put away: %t, and the picture is looked at: %t", on, got)
		}
	}
}
