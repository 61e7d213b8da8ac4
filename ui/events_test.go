package ui

import (
	"maps"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// newEventStage is a stage whose program hears of ends.
func newEventStage(t *testing.T, change ...func(*Params)) (*stage, *[]End) {
	t.Helper()
	ends := new([]End)
	s := newStageOn(t, nil, append(change, func(p *Params) {
		p.Events.CallEnd = func(e End) { *ends = append(*ends, e) }
	})...)
	return s, ends
}

// ended is how the engine tells of the end of the call with Bob.
func (s *stage) ended(r engine.EndReason) engine.Ended {
	s.now = s.now.Add(time.Second)
	return engine.Ended{
		Call: "call", Reason: r, By: bob, With: []engine.User{bob}, Answered: true, At: s.now, Lasted: time.Minute,
		Info: engine.CallInfo{Call: "call", Video: true, Inviter: bob, Invitees: []engine.User{ana}, Data: "about lunch"},
	}
}

// Pain 59: whoever hangs up and wherever, the program is told, once, with what the call was.
func TestEveryWayToHangUpIsTold(t *testing.T) {
	for name, press := range map[string]func(s *stage){
		"button of the call": func(s *stage) { test.Tap(s.ui.pages.call.bars.bottom.button(ButtonHangUp)) },
		"shortcut":           func(s *stage) { s.ui.hangUpCurrent() },
		"tray":               func(s *stage) { s.ui.trayActs().HangUp() },
		"controller": func(s *stage) {
			if err := s.ui.Controller().HangUp(s.t.Context(), true); err != nil {
				s.t.Error(err)
			}
		},
		"mini window": func(s *stage) {
			s.ui.Minimize()
			s.settle()
			test.Tap(s.ui.pages.mini.leave)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, ends := newEventStage(t)
			s.ui.tray = &tray{}
			s.enter(world(inCall()))
			press(s)
			s.settle()
			s.want("hangup call")
			minimized := s.ui.shown.mini
			if minimized != (name == "mini window") {
				t.Fatalf("minimized is %t", minimized)
			}
			e := s.ended(engine.LocalHangUp)
			s.show(world(over(e)))
			s.show(world(over(e)))
			s.pass(time.Minute)
			if len(*ends) != 1 {
				t.Fatalf("told %d times", len(*ends))
			}
			got := (*ends)[0]
			if got.Minimized != minimized || got.Reason != e.Reason || got.By != bob || got.Lasted != time.Minute || got.Call != "call" || got.Info.Data != "about lunch" {
				t.Errorf("told %+v", got)
			}
			s.ui.tray = nil
		})
	}
}

func TestEveryReasonIsTold(t *testing.T) {
	s, ends := newEventStage(t)
	s.enter(world())
	for _, minimized := range []bool{false, true} {
		for _, r := range endReasons(t) {
			*ends = nil
			s.show(world(inCall()))
			if minimized {
				s.ui.Minimize()
				s.settle()
			}
			e := s.ended(r)
			s.show(world(over(e)))
			s.pass(messageTime)
			s.show(world(over(e)))
			if len(*ends) != 1 || (*ends)[0].Reason != r || (*ends)[0].Minimized != minimized {
				t.Errorf("%s, minimized %t: told %+v", r, minimized, *ends)
			}
			if s.ui.pages.small || s.ui.shown.call != "" {
				t.Errorf("%s: the windows are still in the call", r)
			}
		}
	}
}

func TestRingsAreNoCalls(t *testing.T) {
	s, ends := newEventStage(t)
	old := s.ended(engine.RemoteHangUp)
	s.enter(world(over(old), rung(false))) // it was over before there were windows
	missed := s.ended(engine.Unanswered)
	missed.Answered = false
	s.show(world(over(old), over(missed)))
	if len(*ends) != 0 {
		t.Errorf("told %+v", *ends)
	}
	s.show(world(over(old), over(missed), inCall(outgoingTo(bob, signal.Ringing))))
	refused := s.ended(engine.DeclinedCall)
	refused.Answered, refused.Outgoing = false, true
	s.show(world(over(old), over(missed), over(refused)))
	if len(*ends) != 1 || (*ends)[0].Reason != engine.DeclinedCall {
		t.Errorf("told %+v, want the refusal", *ends)
	}
}

// The program ends, or goes to another switchboard, in a call: that is told when the engine has left it.
func TestEndsThatTheWindowsDoNotLiveToSee(t *testing.T) {
	for name, leave := range map[string]func(s *stage){
		"quit": func(s *stage) { s.ui.Close() },
		"another switchboard": func(s *stage) {
			s.do(func() { s.ui.use(nil) })
			s.settle()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, ends := newEventStage(t)
			s.enter(world(inCall(), heldCall))
			s.ui.Minimize()
			s.settle()
			leave(s)
			if len(*ends) != 0 {
				t.Fatalf("told too early: %+v", *ends)
			}
			e := s.ended(engine.AppQuit)
			s.engine.set(world(heldCall, over(e)))
			other := s.ended(engine.AppQuit)
			other.Call = "held"
			s.engine.set(world(over(e), over(other)))
			s.engine.set(world(over(e), over(other)))
			if len(*ends) != 2 || (*ends)[0].Call != "call" || (*ends)[1].Call != "held" || !(*ends)[0].Minimized {
				t.Errorf("told %+v", *ends)
			}
			if n := s.engine.watchers(); n != 0 {
				t.Errorf("%d subscriptions are left", n)
			}
		})
	}
}

// What the handler does changes nothing: the windows have left the call when it is told.
func TestWindowsCloseBeforeTheEndIsTold(t *testing.T) {
	told := false
	var s *stage
	s = newStageOn(t, nil, func(p *Params) {
		p.Events.CallEnd = func(End) {
			told = true
			if s.ui.pages.small || s.ui.shown.call != "" || s.ui.shown.main == viewCall {
				t.Error("the windows are still in the call")
			}
			if err := s.ui.Controller().Minimize().Minimize(); err == nil { // it may ask for anything
				t.Error("a call that is over is minimized")
			}
		}
	})
	s.enter(world(inCall()))
	s.ui.Minimize()
	s.settle()
	s.show(world(over(s.ended(engine.LocalHangUp))))
	if !told {
		t.Error("nothing is told")
	}
}

func TestHangingUpIsConfirmedByTheProgram(t *testing.T) {
	var asked []HangUp
	var proceed func(bool)
	s := newStageOn(t, nil, func(p *Params) {
		p.Config.HangUp.Confirm = &HangUpDialog{} // the program's own question takes its place
		p.Events.HangUpConfirmation = func(h HangUp, f func(bool)) { asked, proceed = append(asked, h), f }
	})
	s.enter(world(inCall()))
	leave := s.ui.pages.call.bars.bottom.button(ButtonHangUp)
	test.Tap(leave)
	test.Tap(leave)
	if err := s.ui.Controller().HangUp(t.Context(), true); err == nil {
		t.Error("it can be asked for while it is under way")
	}
	s.settle()
	s.want()
	if len(asked) != 1 || asked[0].Call.Call != "call" || asked[0].Minimized || s.ui.sheet != nil {
		t.Fatalf("asked %+v", asked)
	}
	proceed(false)
	proceed(true) // the first answer counts
	s.settle()
	s.want()
	s.ui.Minimize()
	s.settle()
	if err := s.ui.Controller().HangUp(t.Context(), true); err != nil {
		t.Error(err)
	}
	s.settle()
	if len(asked) != 2 || !asked[1].Minimized || s.ui.up {
		t.Fatalf("asked %+v, main window %t", asked, s.ui.up)
	}
	proceed(true)
	s.settle()
	s.want("hangup call")

	if err := s.ui.Controller().HangUp(t.Context(), false); err != nil || len(asked) != 2 {
		t.Errorf("without confirmation: %v, asked %d times", err, len(asked))
	}
	s.want("hangup call")
	test.Tap(s.ui.pages.mini.leave)
	s.settle()
	old := proceed
	s.show(world()) // it ended meanwhile
	s.show(world(inCall()))
	old(true)
	s.settle()
	s.want()
}

func TestHangingUpIsConfirmedByTheDialog(t *testing.T) {
	s := newStageOn(t, nil, func(p *Params) {
		p.Config.HangUp.Confirm = &HangUpDialog{Title: "Really?", OK: "Go"}
	})
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	test.Tap(s.ui.pages.outgoing.cancel)
	s.settle()
	s.want("hangup call") // nothing is lost by taking back a ring

	s.show(world(inCall()))
	s.ui.Minimize()
	s.settle()
	test.Tap(s.ui.pages.mini.leave)
	if s.ui.sheet == nil || !s.ui.up || s.ui.pages.small {
		t.Fatal("nothing is asked where it can be seen")
	}
	if words := s.read(); !words["Really?"] || !words[word("hangup.text")] {
		t.Errorf("it does not ask %q", slices.Sorted(maps.Keys(words)))
	}
	test.TapCanvas(s.ui.main.Canvas(), fyne.NewPos(5, 5)) // beside it
	if s.ui.sheet == nil {
		t.Error("a click beside it answers it")
	}
	s.key(fyne.KeyEscape)
	s.want()
	if s.ui.sheet != nil {
		t.Error("Escape does not mean to stay")
	}
	s.key(fyne.KeyH) // no shortcut of hanging up
	s.engine.take()
	s.ui.hangUpCurrent()
	s.press("Go")
	s.want("hangup call")

	s.ui.hangUpCurrent()
	s.show(world(over(s.ended(engine.RemoteHangUp))))
	if s.ui.sheet != nil {
		t.Error("it still asks about a call that is over")
	}
	s.pass(partingTime)
	s.show(world(inCall()))
	s.ui.hangUpCurrent()
	if s.ui.sheet == nil {
		t.Error("the next call is not asked about")
	}
}
