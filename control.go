package main

import (
	"context"
	"time"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// remote is the program as the control socket sees it. It speaks to whatever session there is; without one there are no calls and
// nothing can be done.
type remote struct{ program *program }

var _ ctl.Control = remote{}

// nowhere is the error of every command while there is no session.
func nowhere(op string) error {
	return &engine.Error{Op: op, Hint: "Choose a name and a switchboard in the window first.", Err: engine.ErrOffline}
}

// client does something with the engine of the moment.
func (r remote) client(op string, do func(*engine.Client) error) error {
	if s := r.program.current(); s != nil {
		return do(s.client)
	}
	return nowhere(op)
}

func (r remote) Snapshot() *engine.Snapshot {
	if s := r.program.current(); s != nil {
		return s.client.Snapshot()
	}
	return &engine.Snapshot{Connection: engine.Connection{State: engine.Offline}, Output: r.Choice().Output(r.Devices())}
}

func (r remote) Subscribe(f func(engine.Event)) (stop func()) { return r.program.events.subscribe(f) }

func (r remote) Invite(ctx context.Context, i engine.Invite) (id engine.CallID, invitees []signal.InviteResult, err error) {
	err = r.client("invite", func(c *engine.Client) (err error) { id, invitees, err = c.Invite(ctx, i); return err })
	return id, invitees, err
}

func (r remote) Accept(ctx context.Context, id engine.InvitationID, a engine.Answer) (call engine.CallID, err error) {
	err = r.client("accept", func(c *engine.Client) (err error) { call, err = c.Accept(ctx, id, a); return err })
	return call, err
}

func (r remote) AcceptEarly(id engine.CallID) { r.program.acceptEarly(id) }

func (r remote) Silence(id engine.InvitationID) {
	if s := r.program.current(); s != nil {
		s.client.Silence(id)
	}
}

func (r remote) Reject(ctx context.Context, id engine.InvitationID, data string) error {
	return r.client("reject", func(c *engine.Client) error { return c.Reject(ctx, id, data) })
}

func (r remote) Join(ctx context.Context, id engine.CallID, o engine.JoinOptions) error {
	return r.client("join", func(c *engine.Client) error { return c.Join(ctx, id, o) })
}

func (r remote) Dismiss(ctx context.Context, id engine.CallID) error {
	return r.client("leave the call", func(c *engine.Client) error { return c.Dismiss(ctx, id) })
}

func (r remote) SetHeld(ctx context.Context, id engine.CallID, on bool) error {
	return r.client("hold", func(c *engine.Client) error { return c.Call(id).SetHeld(ctx, on) })
}

func (r remote) HangUp(ctx context.Context, id engine.CallID) error {
	return r.client("hang up", func(c *engine.Client) error { return c.Call(id).HangUp(ctx) })
}

func (r remote) Cancel(ctx context.Context, id engine.CallID, data string, to ...engine.UserID) error {
	return r.client("cancel", func(c *engine.Client) error { return c.Call(id).Cancel(ctx, data, to...) })
}

func (r remote) SetMicrophone(ctx context.Context, id engine.CallID, on bool) error {
	return r.client("switch the microphone", func(c *engine.Client) error { return c.Call(id).SetMicrophone(ctx, on) })
}

func (r remote) SetCamera(ctx context.Context, id engine.CallID, on bool) error {
	return r.client("switch the camera", func(c *engine.Client) error { return c.Call(id).SetCamera(ctx, on) })
}

func (r remote) Grant(ctx context.Context, id engine.CallID, yes bool) error {
	return r.client("answer", func(c *engine.Client) error { return c.Call(id).Grant(ctx, yes) })
}

func (r remote) Remove(ctx context.Context, id engine.CallID, users ...engine.UserID) error {
	return r.client("remove", func(c *engine.Client) error { return c.Call(id).Remove(ctx, users...) })
}

func (r remote) SwitchMicrophone(ctx context.Context, id engine.CallID, on bool, users ...engine.UserID) error {
	return r.client("switch the microphone", func(c *engine.Client) error { return c.Call(id).SwitchMicrophone(ctx, on, users...) })
}

func (r remote) SwitchCamera(ctx context.Context, id engine.CallID, on bool, users ...engine.UserID) error {
	return r.client("switch the camera", func(c *engine.Client) error { return c.Call(id).SwitchCamera(ctx, on, users...) })
}

func (r remote) SendMessage(ctx context.Context, id engine.CallID, text string) (m engine.MessageID, err error) {
	err = r.client("send a message", func(c *engine.Client) (err error) { m, err = c.Call(id).SendMessage(ctx, text); return err })
	return m, err
}

func (r remote) Surfaces(ctx context.Context) (list []media.Surface, err error) {
	err = r.client("look for screens", func(c *engine.Client) (err error) { list, err = c.Surfaces(ctx); return err })
	return list, err
}

func (r remote) Share(ctx context.Context, id engine.CallID, s engine.Share) error {
	return r.client("share", func(c *engine.Client) error { return c.Call(id).Share(ctx, s) })
}

func (r remote) StopShare(ctx context.Context, id engine.CallID) error {
	return r.client("stop sharing", func(c *engine.Client) error { return c.Call(id).StopShare(ctx) })
}

func (r remote) PauseShare(ctx context.Context, id engine.CallID, on bool) error {
	return r.client("pause sharing", func(c *engine.Client) error { return c.Call(id).PauseShare(ctx, on) })
}

func (r remote) Level(id engine.CallID, user engine.UserID) float32 {
	if s := r.program.current(); s != nil {
		return s.client.Call(id).Level(user)
	}
	return 0
}

func (r remote) Stats(id engine.CallID) engine.CallStats {
	if s := r.program.current(); s != nil {
		return s.client.Call(id).Stats()
	}
	return engine.CallStats{ID: id}
}

func (r remote) History(ctx context.Context, before time.Time, limit int) (page engine.HistoryPage, err error) {
	err = r.client("read the history", func(c *engine.Client) (err error) { page, err = c.History(ctx, before, limit); return err })
	return page, err
}

func (r remote) SeeHistory(ctx context.Context) error {
	return r.client("mark the history as seen", func(c *engine.Client) error { return c.SeeHistory(ctx) })
}

func (r remote) ForgetHistory(ctx context.Context, ids ...engine.HistoryID) error {
	return r.client("delete from the history", func(c *engine.Client) error { return c.ForgetHistory(ctx, ids...) })
}

func (r remote) DialBack(ctx context.Context, e engine.HistoryEntry, now engine.Current) (id engine.CallID, invitees []signal.InviteResult, err error) {
	err = r.client("call back", func(c *engine.Client) (err error) { id, invitees, err = c.DialBack(ctx, e, now); return err })
	return id, invitees, err
}

func (r remote) DeviceCode(ctx context.Context) (code string, expires time.Time, err error) {
	err = r.client("add a device", func(c *engine.Client) (err error) { code, expires, err = c.DeviceCode(ctx); return err })
	return code, expires, err
}

func (r remote) DeviceLink(code string) string { return r.program.DeviceLink(code) }

func (r remote) Preferred(p ctl.Preference) bool {
	s := r.program.Settings()
	return *preferred(&s, p)
}

func (r remote) Prefer(p ctl.Preference, on bool) error {
	s := r.program.Settings()
	*preferred(&s, p) = on
	return r.program.SaveSettings(s)
}

// preferred is where the settings keep a preference.
func preferred(s *profile.Settings, p ctl.Preference) *bool {
	if p == ctl.CallWaiting {
		return &s.CallWaiting
	}
	return &s.DoNotDisturb
}

func (r remote) Show(link string) error {
	if r.program.ended.Load() {
		return &engine.Error{Op: "show", Hint: "Start Parley again.", Err: engine.ErrClosed}
	}
	r.program.shown().Show(link)
	return nil
}

func (r remote) Minimize() error        { return r.program.shown().Minimize() }
func (r remote) Restore() error         { return r.program.shown().Restore() }
func (r remote) Hide() error            { return r.program.shown().Hide() }
func (r remote) Quit()                  { r.program.Quit() }
func (r remote) Mini() engine.MiniState { return r.program.shown().Mini() }

func (r remote) Fullscreen() engine.UserID { return r.program.shown().FullScreenOf() }

func (r remote) SetFullscreen(user engine.UserID, on bool) error {
	return r.program.shown().FullScreen(user, on)
}

func (r remote) Devices() []engine.MediaDevice { return r.program.devices.Devices() }

func (r remote) Choice() engine.DeviceChoice {
	if s := r.program.current(); s != nil {
		return s.client.Choice()
	}
	return choice(r.program.options, r.program.Settings())
}

func (r remote) ChooseSpeaker(id string) error {
	s := r.program.Settings()
	s.Speaker = id
	return r.program.SaveSettings(s)
}

func (r remote) SwitchToSpeaker(ctx context.Context, on bool) error {
	return r.client("switch the speaker", func(c *engine.Client) error {
		was := c.Choice().Speaker
		if err := c.SwitchToSpeaker(ctx, on); err != nil || c.Choice().Speaker == was {
			return err
		}
		return r.ChooseSpeaker(c.Choice().Speaker)
	})
}
