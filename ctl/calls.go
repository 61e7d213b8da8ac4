package ctl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// called is the answer of verbs that lead into a call.
type called struct {
	ok
	Call     engine.CallID         `json:"call"`
	Invitees []signal.InviteResult `json:"invitees,omitempty"`
}

func serveInvite(ctx context.Context, s *Server, r request) (any, error) {
	if len(r.To) == 0 {
		return nil, &fieldError{"to", "name at least one person"}
	}
	id, invitees, err := s.control.Invite(ctx, engine.Invite{
		To: r.To, Video: r.Video, Call: r.Call, Data: r.Data, Timeout: time.Duration(r.Timeout), Camera: r.Camera, Microphone: r.microphone(),
		Notification: signal.Notification{Title: r.Title, Message: r.Message, Resource: r.Resource}, Current: r.Current.choice(),
	})
	return called{fine, id, invitees}, err
}

func serveAccept(ctx context.Context, s *Server, r request) (any, error) {
	invitation, err := theRinging(s.control.Snapshot(), r.Invitation)
	if err != nil {
		return nil, err
	}
	id, err := s.control.Accept(ctx, invitation, engine.Answer{Data: r.Data, Camera: r.Camera, Microphone: r.microphone(), Current: r.Current.choice()})
	return called{ok: fine, Call: id}, err
}

func serveReject(ctx context.Context, s *Server, r request) (any, error) {
	invitation, err := theRinging(s.control.Snapshot(), r.Invitation)
	if err != nil {
		return nil, err
	}
	return fine, s.control.Reject(ctx, invitation, r.Data)
}

func serveSilence(_ context.Context, s *Server, r request) (any, error) {
	invitation, err := theRinging(s.control.Snapshot(), r.Invitation)
	if err == nil {
		s.control.Silence(invitation)
	}
	return fine, err
}

func serveCancel(ctx context.Context, s *Server, r request) (any, error) {
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	return fine, s.control.Cancel(ctx, c.ID, r.Data, r.To...)
}

func serveJoin(ctx context.Context, s *Server, r request) (any, error) {
	if r.Call == "" {
		return nil, &fieldError{"call", "name the call to join"}
	}
	o := engine.JoinOptions{Video: r.Video, Microphone: r.microphone(), Take: r.Take, Current: r.Current.choice()}
	return called{ok: fine, Call: r.Call}, s.control.Join(ctx, r.Call, o)
}

func serveDismiss(ctx context.Context, s *Server, r request) (any, error) {
	return fine, s.control.Dismiss(ctx, r.Call)
}

func serveHangUp(ctx context.Context, s *Server, r request) (any, error) {
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	return called{ok: fine, Call: c.ID}, s.control.HangUp(ctx, c.ID)
}

func serveHold(ctx context.Context, s *Server, r request) (any, error) {
	return s.hold(ctx, r.Call, true)
}

// serveResume goes on with a held call. With two calls that is to swap them: the engine holds the other one.
func serveResume(ctx context.Context, s *Server, r request) (any, error) {
	return s.hold(ctx, r.Call, false)
}

// hold holds the named call, or the only one that is not held, or goes on with it.
func (s *Server) hold(ctx context.Context, id engine.CallID, on bool) (any, error) {
	now := *s.control.Snapshot()
	if id == "" {
		now.Calls = slices.DeleteFunc(slices.Clone(now.Calls), func(c engine.CallState) bool { return c.Held == on })
		if len(now.Calls) == 0 && on {
			return nil, &failure{engine.Code(engine.ErrNotInCall), "no call to hold", "Start or accept a call first."}
		} else if len(now.Calls) == 0 {
			return nil, &failure{engine.Code(engine.ErrNotInCall), "no call is held", "Hold one first."}
		}
	}
	c, err := theRunning(&now, id)
	if err != nil {
		return nil, err
	}
	return called{ok: fine, Call: c.ID}, s.control.SetHeld(ctx, c.ID, on)
}

// switched is the answer of verbs that switch something.
type switched struct {
	ok
	On bool `json:"on"`
}

func serveMicrophone(ctx context.Context, s *Server, r request) (any, error) {
	return flip(ctx, s, r, flipping{
		ours: func(c engine.CallState) bool { return c.Microphone }, theirs: func(m engine.Member) bool { return m.Microphone },
		set: s.control.SetMicrophone, order: s.control.SwitchMicrophone,
	})
}

func serveCamera(ctx context.Context, s *Server, r request) (any, error) {
	return flip(ctx, s, r, flipping{
		ours: func(c engine.CallState) bool { return c.Camera }, theirs: func(m engine.Member) bool { return m.Camera },
		set: s.control.SetCamera, order: s.control.SwitchCamera,
	})
}

// flipping is a kind of device in a call: whether it is on, and how it is switched.
type flipping struct {
	ours   func(engine.CallState) bool
	theirs func(engine.Member) bool
	set    func(context.Context, engine.CallID, bool) error
	order  func(context.Context, engine.CallID, bool, ...engine.UserID) error
}

// flip switches a device of ours or of a member: of a member off is obeyed, and on is asked of the person.
func flip(ctx context.Context, s *Server, r request, d flipping) (any, error) {
	snapshot := s.control.Snapshot()
	c, err := theRunning(snapshot, r.Call)
	if err != nil {
		return nil, err
	}
	if r.User == "" || r.User == snapshot.Me.ID {
		on := r.Set == "on" || r.Set == "toggle" && !d.ours(c)
		return switched{fine, on}, d.set(ctx, c.ID, on)
	}
	at := slices.IndexFunc(c.Members, func(m engine.Member) bool { return m.ID == r.User })
	if at < 0 {
		return nil, &failure{engine.Code(engine.ErrUnknownUser), fmt.Sprintf("%q is not in the call", r.User), "`parley ctl status` lists the members."}
	}
	on := r.Set == "on" || r.Set == "toggle" && !d.theirs(c.Members[at])
	return switched{fine, on}, d.order(ctx, c.ID, on, r.User)
}

// serveGrant switches on what a moderator asks us to.
func serveGrant(ctx context.Context, s *Server, r request) (any, error) {
	return s.answer(ctx, r.Call, true)
}

// serveRefuse leaves it off.
func serveRefuse(ctx context.Context, s *Server, r request) (any, error) {
	return s.answer(ctx, r.Call, false)
}

func (s *Server) answer(ctx context.Context, id engine.CallID, yes bool) (any, error) {
	c, err := theRunning(s.control.Snapshot(), id)
	if err != nil {
		return nil, err
	}
	if !c.Asked.Microphone && !c.Asked.Camera {
		return nil, &failure{"not-asked", "nobody asks to switch anything on", "`parley ctl status` says what is asked."}
	}
	return called{ok: fine, Call: c.ID}, s.control.Grant(ctx, c.ID, yes)
}

func serveKick(ctx context.Context, s *Server, r request) (any, error) {
	if len(r.To) == 0 {
		return nil, &fieldError{"to", "name at least one person"}
	}
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	return called{ok: fine, Call: c.ID}, s.control.Remove(ctx, c.ID, r.To...)
}

// sent is the answer to "chat". Whether the message came is told by the events, and in the status.
type sent struct {
	ok
	Message engine.MessageID `json:"message"`
}

func serveChat(ctx context.Context, s *Server, r request) (any, error) {
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	id, err := s.control.SendMessage(ctx, c.ID, r.Text)
	return sent{fine, id}, err
}

// theRinging is the named invitation, or the only one.
func theRinging(s *engine.Snapshot, id engine.InvitationID) (engine.InvitationID, error) {
	switch {
	case id != "":
		return id, nil
	case len(s.Incoming) == 0:
		return "", &failure{codeNoRing, "nobody is calling", "Wait for a call; `parley ctl watch` tells when one comes."}
	case len(s.Incoming) > 1:
		return "", &failure{codeWhich, fmt.Sprintf("%d people are calling", len(s.Incoming)), "Name the invitation, as `parley ctl status` lists it."}
	}
	return s.Incoming[0].ID, nil
}

// theRunning is the named call, or the only one.
func theRunning(s *engine.Snapshot, id engine.CallID) (engine.CallState, error) {
	c, found := s.Call(id)
	switch {
	case found:
		return c, nil
	case id != "":
		return c, &failure{engine.Code(engine.ErrNotInCall), fmt.Sprintf("not in call %q", id), "`parley ctl status` lists the calls."}
	case len(s.Calls) == 0:
		return c, &failure{engine.Code(engine.ErrNotInCall), "not in a call", "Start or accept a call first."}
	case len(s.Calls) > 1:
		return c, &failure{codeWhich, fmt.Sprintf("there are %d calls", len(s.Calls)), "Name the call, as `parley ctl status` lists it."}
	}
	return s.Calls[0], nil
}
