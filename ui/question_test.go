package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

func TestSomebodyIsRemovedOnlyAfterAYes(t *testing.T) {
	s := newStage(t)
	three := world(inCall(func(c *engine.CallState) { c.Members = append(c.Members, engine.Member{User: cyd}) }))
	s.enter(three)
	s.ui.remove("call", cyd)
	if s.ui.sheet == nil {
		t.Fatal("nothing is asked")
	}
	s.key(fyne.KeyEscape)
	s.want()
	s.ui.remove("call", cyd)
	s.press(word("call.remove"))
	s.want("remove call [cyd]")

	s.ui.remove("call", cyd)
	s.show(world(inCall()))
	if s.ui.sheet != nil {
		t.Error("it still asks about somebody who has gone")
	}
}

func TestOthersDevicesAreSwitched(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.ui.setOthersMicrophone("call", false, bob.ID)
	s.settle()
	s.ui.setOthersMicrophone("call", true)
	s.settle()
	s.ui.setOthersCamera("call", false, bob.ID)
	s.settle()
	s.ui.stopShare("call")
	s.settle()
	s.want("switch microphone call false [bob]", "switch microphone call true []", "switch camera call false [bob]", "stop share call")
}
