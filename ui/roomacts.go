package ui

import (
	"context"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// What the page of a call asks for beside our own part in it.

// talk is the microphone as push-to-talk wants it. What it wants last comes last.
func (u *UI) talk(id engine.CallID, on bool) {
	if b := u.engine; b != nil {
		u.commands.follow("microphone", func(ctx context.Context) error { return b.Call(id).SetMicrophone(ctx, on) }, u.fail)
	}
}

// grant answers what a moderator asked of us.
func (u *UI) grant(id engine.CallID, yes bool) {
	u.act("grant", func(ctx context.Context, b backend) error { return b.Call(id).Grant(ctx, yes) })
}

func (u *UI) sendMessage(id engine.CallID, text string) {
	b := u.engine
	if b == nil {
		return
	}
	u.messages++
	u.commands.start(attemptKey("message", u.messages), func(ctx context.Context) error { // also while another one is on its way
		_, err := b.Call(id).SendMessage(ctx, text)
		return err
	}, u.fail)
}

func (u *UI) resendMessage(id engine.CallID, m engine.MessageID) {
	u.act("resend"+string(m), func(ctx context.Context, b backend) error { return b.Call(id).ResendMessage(ctx, m) })
}

// figures reads the figures of a call.
func (u *UI) figures(id engine.CallID, got func(engine.CallStats)) {
	b := u.engine
	if b == nil {
		return
	}
	var s engine.CallStats
	u.commands.start("figures", func(context.Context) error {
		s = b.Call(id).Stats()
		return nil
	}, func(error) { got(s) })
}

func (u *UI) nextCamera() {
	u.act("next-camera", func(ctx context.Context, b backend) error { return b.NextCamera(ctx) })
}

// cameras counts those of the machine.
func (u *UI) cameras() int {
	n := 0
	if u.engine != nil {
		for _, d := range u.engine.Devices() {
			if d.Kind == media.CameraDevice {
				n++
			}
		}
	}
	return n
}

// layout is how a person wants the people of calls to be arranged.
func (u *UI) layout() profile.CallLayout { return u.store.Settings().Layout }

func (u *UI) setLayout(l profile.CallLayout) {
	s := u.store.Settings()
	s.Layout = l
	if err := u.store.SaveSettings(s); err != nil {
		u.fail(err)
	}
	u.applyNow()
}

// ordered tells of a device of ours that a moderator switched off. What is asked of us the page of the call asks.
func (u *UI) ordered(e engine.Event) {
	if e.On {
		return
	}
	mark := assets.MicrophoneOff
	if !e.Microphone {
		mark = assets.CameraOff
	}
	u.notice.tell(mark, orderedWords(e), "", u.now().Add(tellTime), "", nil)
	u.apply.ask()
}

// orderedWords says who switched what off.
func orderedWords(e engine.Event) string {
	by := fill{"Name": shown(e.User)}
	switch {
	case e.Microphone && e.Camera:
		return word("call.ordered.both", by)
	case e.Camera:
		return word("call.ordered.camera", by)
	}
	return word("call.ordered.microphone", by)
}

// askedWords says what a moderator would like us to switch on; empty if nothing.
func askedWords(a engine.Asked) string {
	by := fill{"Name": shown(a.By)}
	switch {
	case a.Microphone && a.Camera:
		return word("call.asked.both", by)
	case a.Camera:
		return word("call.asked.camera", by)
	case a.Microphone:
		return word("call.asked.microphone", by)
	}
	return ""
}
