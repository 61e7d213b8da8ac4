package ctl

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// verb is one thing that can be asked for: what its request holds, how the command line says it and what the app does.
type verb struct {
	name     string
	usage    string   // of the command line, after the name
	fields   []string // of the request, besides v and do
	required []string
	flags    []string // of the command line; each fills the field of its name
	// arguments puts the positional arguments of the command line into the request.
	arguments func(r *request, args []string) error
	// serve answers. It is nil for a verb that is not there yet, and for the one that streams.
	serve   func(ctx context.Context, s *Server, r request) (any, error)
	streams bool
}

// verbs is the contract, version 1.
func verbs() []verb {
	return []verb{
		{name: "status", arguments: none, serve: serveStatus},
		{name: "watch", arguments: none, streams: true},
		{name: "stats", arguments: none, serve: serveStats},
		{name: "invite", usage: "USER[,USER…] [--video] [--data TEXT] [--timeout 60s] [--call ID]",
			fields: []string{"to", "video", "data", "timeout", "call"}, required: []string{"to"},
			flags: []string{"video", "data", "timeout", "call"}, arguments: people(1), serve: serveInvite},
		{name: "accept", usage: "[INVITATION] [--data TEXT]", fields: []string{"invitation", "data"}, flags: []string{"data"},
			arguments: optionalInvitation, serve: serveAccept},
		{name: "reject", usage: "[INVITATION] [--data TEXT]", fields: []string{"invitation", "data"}, flags: []string{"data"},
			arguments: optionalInvitation, serve: serveReject},
		{name: "cancel", usage: "[USER[,USER…]] [--call ID]", fields: []string{"to", "call"}, flags: []string{"call"},
			arguments: people(0), serve: serveCancel},
		{name: "join", usage: "CALL [--video]", fields: []string{"call", "video"}, required: []string{"call"},
			flags: []string{"video"}, arguments: theCall, serve: serveJoin},
		{name: "hangup", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveHangUp},
		{name: "mic", usage: "on|off|toggle [USER] [--call ID]", fields: []string{"set", "user", "call"}, required: []string{"set"},
			flags: []string{"call"}, arguments: setting, serve: serveMicrophone},
		{name: "camera", usage: "on|off|toggle [USER] [--call ID]", fields: []string{"set", "user", "call"}, required: []string{"set"},
			flags: []string{"call"}, arguments: setting, serve: serveCamera},
		{name: "show", usage: "[LINK]", fields: []string{"link"}, arguments: optionalLink, serve: serveShow},
		{name: "quit", arguments: none, serve: serveQuit},
		{name: "output"}, {name: "share"}, {name: "fullscreen"}, {name: "minimize"}, {name: "restore"}, {name: "hide"},
		{name: "kick"}, {name: "chat"}, {name: "history"},
	}
}

func lookup(name string) (verb, bool) {
	for _, v := range verbs() {
		if v.name == name {
			return v, true
		}
	}
	return verb{}, false
}

func serveStatus(_ context.Context, s *Server, _ request) (any, error) {
	return newStatus(s.control), nil
}

func serveStats(_ context.Context, s *Server, _ request) (any, error) {
	running := s.control.Snapshot().Calls
	answer := stats{ok: fine, Calls: make([]engine.CallStats, 0, len(running)), Process: s.process()}
	for _, c := range running {
		figures := s.control.Stats(c.ID)
		if figures.Tracks == nil {
			figures.Tracks = []engine.TrackStats{}
		}
		answer.Calls = append(answer.Calls, figures)
	}
	return answer, nil
}

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
	id, invitees, err := s.control.Invite(ctx, engine.Invite{To: r.To, Video: r.Video, Call: r.Call, Data: r.Data, Timeout: time.Duration(r.Timeout)})
	return called{fine, id, invitees}, err
}

func serveAccept(ctx context.Context, s *Server, r request) (any, error) {
	invitation, err := theRinging(s.control.Snapshot(), r.Invitation)
	if err != nil {
		return nil, err
	}
	id, err := s.control.Accept(ctx, invitation, engine.Answer{Data: r.Data})
	return called{ok: fine, Call: id}, err
}

func serveReject(ctx context.Context, s *Server, r request) (any, error) {
	invitation, err := theRinging(s.control.Snapshot(), r.Invitation)
	if err != nil {
		return nil, err
	}
	return fine, s.control.Reject(ctx, invitation, r.Data)
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
	return called{ok: fine, Call: r.Call}, s.control.Join(ctx, r.Call, engine.JoinOptions{Video: r.Video})
}

func serveHangUp(ctx context.Context, s *Server, r request) (any, error) {
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	return called{ok: fine, Call: c.ID}, s.control.HangUp(ctx, c.ID)
}

// switched is the answer of verbs that switch something.
type switched struct {
	ok
	On bool `json:"on"`
}

func serveMicrophone(ctx context.Context, s *Server, r request) (any, error) {
	return flip(ctx, s, r, func(c engine.CallState) bool { return c.Microphone }, s.control.SetMicrophone)
}

func serveCamera(ctx context.Context, s *Server, r request) (any, error) {
	return flip(ctx, s, r, func(c engine.CallState) bool { return c.Camera }, s.control.SetCamera)
}

func flip(ctx context.Context, s *Server, r request, now func(engine.CallState) bool, set func(context.Context, engine.CallID, bool) error) (any, error) {
	snapshot := s.control.Snapshot()
	if r.User != "" && r.User != snapshot.Me.ID {
		return nil, notYet(r.Do + " of somebody else")
	}
	c, err := theRunning(snapshot, r.Call)
	if err != nil {
		return nil, err
	}
	on := r.Set == "on" || r.Set == "toggle" && !now(c)
	return switched{fine, on}, set(ctx, c.ID, on)
}

func serveShow(_ context.Context, s *Server, r request) (any, error) {
	return fine, s.control.Show(r.Link)
}

// serveQuit only answers: the server tells the app to quit when the answer is on its way.
func serveQuit(context.Context, *Server, request) (any, error) { return fine, nil }

func notYet(what string) error {
	return &failure{codeNotYet, what + ": this version cannot do it yet", "Use the window."}
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
