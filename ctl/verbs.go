package ctl

import (
	"context"

	"github.com/parley-calls/parley/engine"
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
	// serve answers. It is nil for the one that streams.
	serve   func(ctx context.Context, s *Server, r request) (any, error)
	streams bool
}

// verbs is the contract, version 1.
func verbs() []verb {
	return []verb{
		{name: "status", arguments: none, serve: serveStatus},
		{name: "watch", usage: "[--all]", fields: []string{"all"}, flags: []string{"all"}, arguments: none, streams: true},
		{name: "stats", arguments: none, serve: serveStats},

		{name: "invite", usage: "USER[,USER…] [--video] [--data TEXT] [--timeout 60s] [--call ID]\n" +
			"         [--title TEXT] [--message TEXT] [--resource KEY] [--camera|--no-camera] [--muted] [--hold|--end]",
			fields:    []string{"to", "video", "data", "timeout", "call", "title", "message", "resource", "camera", "muted", "current"},
			required:  []string{"to"},
			flags:     []string{"video", "data", "timeout", "call", "title", "message", "resource", "camera", "muted", "current"},
			arguments: people(1), serve: serveInvite},
		{name: "accept", usage: "[INVITATION] [--data TEXT] [--hold|--end] [--camera|--no-camera] [--muted]",
			fields: []string{"invitation", "data", "current", "camera", "muted"}, flags: []string{"data", "current", "camera", "muted"},
			arguments: optionalInvitation, serve: serveAccept},
		{name: "reject", usage: "[INVITATION] [--data TEXT]", fields: []string{"invitation", "data"}, flags: []string{"data"},
			arguments: optionalInvitation, serve: serveReject},
		{name: "silence", usage: "[INVITATION]", fields: []string{"invitation"}, arguments: optionalInvitation, serve: serveSilence},
		{name: "cancel", usage: "[USER[,USER…]] [--data TEXT] [--call ID]", fields: []string{"to", "data", "call"},
			flags: []string{"data", "call"}, arguments: people(0), serve: serveCancel},
		{name: "join", usage: "CALL [--video] [--take] [--hold|--end] [--muted]", fields: []string{"call", "video", "take", "current", "muted"},
			required: []string{"call"}, flags: []string{"video", "take", "current", "muted"}, arguments: theCall, serve: serveJoin},
		{name: "dismiss", usage: "CALL", fields: []string{"call"}, required: []string{"call"}, arguments: theCall, serve: serveDismiss},
		{name: "hangup", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveHangUp},
		{name: "hold", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveHold},
		{name: "resume", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveResume},
		{name: "swap", arguments: none, serve: serveResume},
		{name: "mic", usage: "on|off|toggle [USER] [--call ID]", fields: []string{"set", "user", "call"}, required: []string{"set"},
			flags: []string{"call"}, arguments: setting, serve: serveMicrophone},
		{name: "camera", usage: "on|off|toggle [USER] [--call ID]", fields: []string{"set", "user", "call"}, required: []string{"set"},
			flags: []string{"call"}, arguments: setting, serve: serveCamera},
		{name: "grant", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveGrant},
		{name: "refuse", usage: "[CALL]", fields: []string{"call"}, arguments: optionalCall, serve: serveRefuse},

		{name: "kick", usage: "USER[,USER…] [--call ID]", fields: []string{"to", "call"}, required: []string{"to"}, flags: []string{"call"},
			arguments: members, serve: serveKick},
		{name: "chat", usage: "TEXT [--call ID]", fields: []string{"text", "call"}, required: []string{"text"}, flags: []string{"call"},
			arguments: words, serve: serveChat},

		{name: "share", usage: "screen [NAME]|window NAME|region X,Y,W,H [SCREEN] [--text|--motion] [--sound] [--call ID]\n" +
			"        stop|pause|resume [--call ID] | list",
			fields: []string{"what", "surface", "region", "style", "sound", "call"}, required: []string{"what"},
			flags: []string{"style", "sound", "call"}, arguments: shareArguments, serve: serveShare},

		{name: "history", usage: "[--before TIME] [--limit N]", fields: []string{"before", "limit"}, flags: []string{"before", "limit"},
			arguments: none, serve: serveHistory},
		{name: "seen", arguments: none, serve: serveSeen},
		{name: "forget", usage: "ID… | --all", fields: []string{"entries", "all"}, flags: []string{"all"}, arguments: entriesOrAll,
			serve: serveForget},
		{name: "dialback", usage: "ID [--hold|--end]", fields: []string{"entries", "current"}, required: []string{"entries"}, flags: []string{"current"}, arguments: theEntry, serve: serveDialBack},
		{name: "devicecode", arguments: none, serve: serveDeviceCode},

		{name: "prefer", usage: "call-waiting|do-not-disturb on|off|toggle", fields: []string{"preference", "set"},
			required: []string{"preference", "set"}, arguments: preference, serve: servePrefer},
		{name: "show", usage: "[LINK] [--accept CALL]", fields: []string{"link", "accept"}, flags: []string{"accept"},
			arguments: optionalLink, serve: serveShow},
		{name: "minimize", arguments: none, serve: serveMinimize},
		{name: "restore", arguments: none, serve: serveRestore},
		{name: "hide", arguments: none, serve: serveHide},
		{name: "quit", arguments: none, serve: serveQuit},
		{name: "devices", arguments: none, serve: serveDevices},
		{name: "output", usage: "[LABEL|speaker|headphones|default]", fields: []string{"output"}, arguments: optionalOutput, serve: serveOutput},
		{name: "fullscreen", usage: "USER on|off", fields: []string{"user", "set"}, required: []string{"user", "set"}, arguments: theShare,
			serve: serveFullscreen},
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

func serveShow(_ context.Context, s *Server, r request) (any, error) {
	err := s.control.Show(r.Link)
	if err == nil && r.Accept != "" {
		s.control.AcceptEarly(r.Accept)
	}
	return fine, err
}

func serveMinimize(_ context.Context, s *Server, _ request) (any, error) {
	return fine, s.control.Minimize()
}

func serveRestore(_ context.Context, s *Server, _ request) (any, error) {
	return fine, s.control.Restore()
}

func serveHide(_ context.Context, s *Server, _ request) (any, error) { return fine, s.control.Hide() }

func serveFullscreen(_ context.Context, s *Server, r request) (any, error) {
	on := r.Set == "on" || r.Set == "toggle" && s.control.Fullscreen() != r.User
	return switched{fine, on}, s.control.SetFullscreen(r.User, on)
}

func servePrefer(_ context.Context, s *Server, r request) (any, error) {
	now := s.control.Preferred(r.Preference)
	on := r.Set == "on" || r.Set == "toggle" && !now
	return switched{fine, on}, s.control.Prefer(r.Preference, on)
}

// serveQuit only answers: the server tells the app to quit when the answer is on its way.
func serveQuit(context.Context, *Server, request) (any, error) { return fine, nil }
