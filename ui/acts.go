package ui

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-calls/parley/engine"
)

// What buttons do. Each runs beside the UI goroutine, once at a time, and fails with words.

var (
	_ callCommands = (*UI)(nil)
	_ ringCommands = (*UI)(nil)
	_ hostCommands = (*UI)(nil)
	_ roomCommands = (*UI)(nil)
)

func (u *UI) act(key string, f func(ctx context.Context, b backend) error) {
	b := u.engine
	if b == nil {
		return
	}
	u.commands.start(key, func(ctx context.Context) error { return f(ctx, b) }, u.fail)
}

func (u *UI) invite(to engine.User, video bool) { u.inviteAll([]engine.UserID{to.ID}, video) }

func (u *UI) inviteAll(to []engine.UserID, video bool) {
	u.place(to, func(ctx context.Context, b backend, now engine.Current) error {
		_, _, err := b.Invite(ctx, engine.Invite{To: to, Video: video, Current: now})
		return err
	})
}

// pickGroup asks whom to call together.
func (u *UI) pickGroup(first ...engine.UserID) {
	u.pick(pickerParams{Chosen: first, Done: u.inviteAll})
}

// addPeople asks whom to call into a call that we are in.
func (u *UI) addPeople(id engine.CallID) {
	u.pick(pickerParams{Call: id, Done: func(to []engine.UserID, _ bool) { u.inviteInto(id, to...) }})
}

// inviteInto calls people into a call that we are in; also those who were called into it before.
func (u *UI) inviteInto(id engine.CallID, to ...engine.UserID) {
	u.act("add", func(ctx context.Context, b backend) error {
		_, _, err := b.Invite(ctx, engine.Invite{Call: id, To: to})
		return err
	})
}

// takeBack ends the ring of somebody who was called into a call.
func (u *UI) takeBack(id engine.CallID, from engine.UserID) {
	u.act("uninvite", func(ctx context.Context, b backend) error {
		err := b.Call(id).Cancel(ctx, "", from)
		if errors.Is(err, engine.ErrNotInCall) || errors.Is(err, engine.ErrExpired) { // answered meanwhile
			return nil
		}
		return err
	})
}

func (u *UI) accept(id engine.InvitationID, a engine.Answer) {
	u.answer(id, accepting, func(ctx context.Context, b backend) error {
		_, err := b.Accept(ctx, id, a)
		return err
	})
}

// acceptAs accepts a call as it is offered and the settings want; the call that we are in is held.
func (u *UI) acceptAs(in engine.Incoming) {
	u.accept(in.ID, startOf(in, u.store.Settings()).answer(heldFor(in)))
}

func (u *UI) reject(id engine.InvitationID, data string) {
	u.answer(id, declining, func(ctx context.Context, b backend) error { return b.Reject(ctx, id, data) })
}

// answer sends an answer to a call that rings. Until it is known what becomes of it no other is sent to that call.
func (u *UI) answer(id engine.InvitationID, v verdict, f func(ctx context.Context, b backend) error) {
	b, s := u.engine, newest(u.engine)
	if b == nil || s == nil || u.desk.ring.verdict != undecided {
		return
	}
	live := u.desk.ring.live(s)
	i := slices.IndexFunc(live, func(in engine.Incoming) bool { return in.ID == id })
	if i < 0 {
		return
	}
	in := live[i]
	free := u.pages.ring.camera.release() // the call takes that camera over, if it needs it
	started := u.commands.start("answer:"+string(id), func(ctx context.Context) error {
		err := f(ctx, b)
		if free != nil {
			free()
		}
		return err
	}, func(err error) {
		if u.engine == b {
			u.answered(in, v, err)
		}
	})
	if started {
		u.desk.ring = u.desk.ring.bring(id).answer(v)
		u.applyNow()
	} else if free != nil {
		u.commands.background(free)
	}
}

// answered shows what became of an answer.
func (u *UI) answered(in engine.Incoming, v verdict, err error) {
	if err != nil {
		u.params.Logger.Warn("answer failed", "code", engine.Code(err), "error", err)
	}
	if v == declining && tooLate(err) { // it rings no longer, as was wanted
		err = nil
	}
	u.desk.ring = u.desk.ring.settle(in, err, u.now())
	u.applyNow()
	if err != nil && u.shown.incoming != in.ID { // nothing on the screen says so
		u.fail(err)
	}
}

func (u *UI) silence(id engine.InvitationID) {
	u.act("silence", func(_ context.Context, b backend) error {
		b.Silence(id)
		return nil
	})
}

// bringRing shows another one of several calls that ring.
func (u *UI) bringRing(id engine.InvitationID) {
	u.desk.ring = u.desk.ring.bring(id)
	u.applyNow()
}

// leave ends our part in a call.
func (u *UI) leave(id engine.CallID) {
	u.act("hangup", func(ctx context.Context, b backend) error {
		err := b.Call(id).HangUp(ctx)
		if errors.Is(err, engine.ErrNotInCall) { // the other side was faster
			return nil
		}
		return err
	})
}

func (u *UI) hangUpCurrent() {
	if u.shown.call != "" {
		u.hangUp(u.shown.call)
	}
}

func (u *UI) retry(id engine.CallID) {
	u.act("retry", func(ctx context.Context, b backend) error { return b.Call(id).Retry(ctx) })
}

func (u *UI) setMicrophone(id engine.CallID, on bool) {
	u.switchDevice("microphone", func(ctx context.Context, b backend) error { return b.Call(id).SetMicrophone(ctx, on) })
}

func (u *UI) setCamera(id engine.CallID, on bool) {
	u.switchDevice("camera", func(ctx context.Context, b backend) error { return b.Call(id).SetCamera(ctx, on) })
}

// switchDevice is act for what is shown before it is known what becomes of it.
func (u *UI) switchDevice(key string, f func(ctx context.Context, b backend) error) {
	b := u.engine
	if b == nil {
		return
	}
	u.commands.start(key, func(ctx context.Context) error { return f(ctx, b) }, func(err error) {
		u.fail(err)
		if u.engine == b {
			u.applyNow()
		}
	})
}

// setOthersMicrophone switches the microphones of others off, or asks them to switch them on. Without names it is all of them.
func (u *UI) setOthersMicrophone(id engine.CallID, on bool, of ...engine.UserID) {
	u.act("others-microphone", func(ctx context.Context, b backend) error { return b.Call(id).SwitchMicrophone(ctx, on, of...) })
}

// setOthersCamera is setOthersMicrophone for cameras.
func (u *UI) setOthersCamera(id engine.CallID, on bool, of ...engine.UserID) {
	u.act("others-camera", func(ctx context.Context, b backend) error { return b.Call(id).SwitchCamera(ctx, on, of...) })
}

// remove takes somebody out of a call. It asks first, unless they go before it is answered.
func (u *UI) remove(id engine.CallID, who engine.User) {
	text := word("call.remove.text", fill{"Name": shown(who)})
	u.confirm(question{
		Title: word("call.remove.title", fill{"Name": shown(who)}), Text: text, Yes: word("call.remove"), No: word("call.cancel"),
		Act: func() {
			u.act("remove", func(ctx context.Context, b backend) error { return b.Call(id).Remove(ctx, who.ID) })
		},
		Now: func(s *engine.Snapshot) string {
			c, _ := s.Call(id)
			if !slices.ContainsFunc(c.Members, func(m engine.Member) bool { return m.ID == who.ID }) {
				return ""
			}
			return text
		},
	})
}

// setHeld holds a call, or goes on with it, which holds the other.
func (u *UI) setHeld(id engine.CallID, on bool) {
	u.act("hold", func(ctx context.Context, b backend) error { return b.Call(id).SetHeld(ctx, on) })
}

// goOn makes a call that is shown at the side the one that goes on.
func (u *UI) goOn(id engine.CallID) { u.setHeld(id, false) }

// putAway shows what goes on in the mini window; without a call or a ring it does nothing. In the tray it stays after the call if
// the main window was closed into it.
func (u *UI) putAway() {
	if d, ok := u.desk.minimize(newest(u.engine)); ok {
		u.desk = d
		u.applyNow()
	}
}

// restore brings back what was put away, and otherwise does nothing.
func (u *UI) restore() {
	if d, ok := u.desk.restore(); ok {
		u.desk = d
		u.show()
	}
}

// hideMini ends the last words about a call in the mini window.
func (u *UI) hideMini() {
	if u.shown.mini {
		u.desk.parting, u.desk.until = engine.Ended{}, u.now()
		u.applyNow()
	}
}

// fullShare fills the screen with what a user shares, or leaves it.
func (u *UI) fullShare(user engine.UserID, on bool) {
	if on {
		u.desk.wide = user
	} else if user == u.desk.wide {
		u.desk.wide = ""
	}
	u.applyNow()
}

func (u *UI) openSettings() {
	u.notice.hide()
	u.base.openSettings()
}

func (u *UI) closeSettings() {
	u.desk.settings = false
	u.applyNow()
}

// chooseSwitchboard opens the welcome page.
func (u *UI) chooseSwitchboard() {
	u.desk.settings, u.desk.choosing = false, true
	u.applyNow()
}

func (u *UI) toggleFullscreen() {
	if u.shown.main == viewCall || u.main.FullScreen() {
		u.setFullscreen(!u.main.FullScreen())
		u.applyNow()
	}
}

func (u *UI) setFullscreen(on bool) {
	u.main.SetFullScreen(on)
	u.full.Store(on)
}

func (u *UI) copyText(s string) { u.params.App.Clipboard().SetContent(s) }
