package ui

import (
	"sync"

	"github.com/parley-calls/parley/engine"
)

// Events are what an embedding program hears of the calls that the windows show, and what it may decide. All else that happens it hears
// from [engine.Client.Subscribe].
type Events struct {
	// HangUpConfirmation is asked before a person leaves a call that was answered, in place of [Config.HangUp]: by a button, a key, the
	// tray, or [Controller.HangUp] with a confirmation. It runs on Fyne's goroutine and must not wait there. proceed says whether to
	// hang up; it may be called later and from any goroutine, and only the first time counts. While it is not called nobody is asked
	// again; when the call ends by another way nothing is asked any more. Nil: nobody is asked. It is the kit's onHangUpConfirmation.
	HangUpConfirmation func(h HangUp, proceed func(yes bool))
	// CallEnd is told of each call that we were in, or that we rang others with, when it is over, by whatever way: exactly once. It runs
	// on Fyne's goroutine after the windows have left the call, which does not depend on what it does; for a call that the windows
	// outlived or were taken away from by [UI.SetEngine] on a goroutine of the engine. A ring that was not answered here is told by the
	// engine alone. Nil: nobody is told. It is the kit's onCallEnd, or onHangUp.
	CallEnd func(e End)
}

// HangUp is the wish to leave a call.
type HangUp struct {
	Call      engine.CallInfo
	Minimized bool // it is in the mini window
}

// End is a call that is over.
type End struct {
	engine.Ended      // why, who ended it, how long it lasted, and what the call was
	Minimized    bool // it was in the mini window
}

// ours reports whether what is over was a call, ours or answered, and not a ring.
func ours(e engine.Ended) bool { return e.Outgoing || e.Answered }

// tellEnds tells of the calls that are over since another snapshot.
func (e Events) tellEnds(before, after *engine.Snapshot, minimized bool) {
	if e.CallEnd == nil || before == nil || after == nil {
		return
	}
	for _, over := range fresh(before.Ended, after.Ended) {
		if ours(over) {
			e.CallEnd(End{over, minimized})
		}
	}
}

// epilogue hears how calls end that the windows do not show any more, because the program ends or goes to another switchboard. It listens
// until none is left.
type epilogue struct {
	events    Events
	minimized bool

	mu   sync.Mutex
	last *engine.Snapshot
	stop func() // nil until it is known
	over bool
}

// follow begins with what the windows showed last. Without calls there, or without anybody to tell, it does nothing.
func (e Events) follow(from source, last *engine.Snapshot, minimized bool) {
	if e.CallEnd == nil || last == nil || len(last.Calls) == 0 {
		return
	}
	p := &epilogue{events: e, minimized: minimized, last: last}
	stop := from.Updates(p.hear)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop = stop; p.over {
		stop()
	}
}

func (p *epilogue) hear(s *engine.Snapshot) {
	p.mu.Lock()
	before, over := p.last, p.over
	p.last, p.over = s, over || len(s.Calls) == 0
	if p.over && p.stop != nil {
		p.stop()
	}
	p.mu.Unlock()
	if !over {
		p.events.tellEnds(before, s, p.minimized)
	}
}
