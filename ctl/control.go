// Package ctl lets another program on this machine see and steer a running Parley: headset scripts, push-to-talk keys, tests.
//
// The app serves a Unix socket that only its own user may open, see [Serve] and [SocketPath]. A client sends one JSON object a
// line, {"v":1,"do":VERB,…}, and gets one line back: {"ok":true,…}, or {"ok":false,"error":{"code":…,"message":…,"hint":…}}.
// Fields may be added in later versions and are never renamed. After "watch" the line stays open and carries one event a line;
// [Run] is the command line client, `parley ctl`.
//
// Goroutines: one accepts, one serves each connection (at most 16), and a watching connection has a second one that notices
// when the client goes away. [Server.Close] ends and awaits them all. Events are taken from the engine's dispatcher without ever
// blocking it: a watcher that does not keep up loses events and is told how many.
package ctl

import (
	"context"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// Control is the running app as the socket sees it. Its methods may be called from any goroutine.
type Control interface {
	Snapshot() *engine.Snapshot
	Subscribe(f func(engine.Event)) (stop func())
	Rings
	Calls
	Members
	Shares
	Memory
	Window
	Hardware
}

// Rings are the invitations of the app's engine. [engine.Client] and [engine.Call] say what each method promises.
type Rings interface {
	Invite(ctx context.Context, i engine.Invite) (engine.CallID, []signal.InviteResult, error)
	Accept(ctx context.Context, id engine.InvitationID, a engine.Answer) (engine.CallID, error)
	AcceptEarly(id engine.CallID)
	Reject(ctx context.Context, id engine.InvitationID, data string) error
	Silence(id engine.InvitationID)
	Cancel(ctx context.Context, id engine.CallID, data string, to ...engine.UserID) error
}

// Calls are the calls of the app's engine.
type Calls interface {
	Join(ctx context.Context, id engine.CallID, o engine.JoinOptions) error
	Dismiss(ctx context.Context, id engine.CallID) error
	HangUp(ctx context.Context, id engine.CallID) error
	SetHeld(ctx context.Context, id engine.CallID, on bool) error
	SetMicrophone(ctx context.Context, id engine.CallID, on bool) error
	SetCamera(ctx context.Context, id engine.CallID, on bool) error
	Level(id engine.CallID, user engine.UserID) float32
	Stats(id engine.CallID) engine.CallStats
}

// Members are the others in the calls of the app's engine.
type Members interface {
	Remove(ctx context.Context, id engine.CallID, users ...engine.UserID) error
	SwitchMicrophone(ctx context.Context, id engine.CallID, on bool, users ...engine.UserID) error
	SwitchCamera(ctx context.Context, id engine.CallID, on bool, users ...engine.UserID) error
	// Grant answers what a moderator asks of us: see [engine.Call.Grant].
	Grant(ctx context.Context, id engine.CallID, yes bool) error
	SendMessage(ctx context.Context, id engine.CallID, text string) (engine.MessageID, error)
}

// Shares are what of the display is shared in the calls of the app's engine.
type Shares interface {
	Surfaces(ctx context.Context) ([]engine.Surface, error)
	Share(ctx context.Context, id engine.CallID, s engine.Share) error
	StopShare(ctx context.Context, id engine.CallID) error
	PauseShare(ctx context.Context, id engine.CallID, on bool) error
}

// Memory is what the switchboard and the app remember.
type Memory interface {
	History(ctx context.Context, before time.Time, limit int) (engine.HistoryPage, error)
	SeeHistory(ctx context.Context) error
	ForgetHistory(ctx context.Context, ids ...engine.HistoryID) error
	DialBack(ctx context.Context, e engine.HistoryEntry, now engine.Current) (engine.CallID, []signal.InviteResult, error)
	DeviceCode(ctx context.Context) (code string, expires time.Time, err error)
	// DeviceLink is the invite link with which another device of the user enrols by a code.
	DeviceLink(code string) string
	Preferred(p Preference) bool
	// Prefer changes what a person may change at any time, and remembers it.
	Prefer(p Preference, on bool) error
}

// Preference names something that a person may switch at any time.
type Preference string

// The preferences.
const (
	CallWaiting  Preference = "call-waiting"   // a second call is shown instead of refused
	DoNotDisturb Preference = "do-not-disturb" // calls are shown but not heard
)

// Window is what is not the engine's: the windows and the program itself.
type Window interface {
	// Show raises the main window, with the call if there is one. A link that is not empty is a parley: link to open there. The error
	// is [engine.ErrClosed] if the program is ending.
	Show(link string) error
	// Minimize puts the view of the call, or of the ring, away: the small window takes its place. The error is [engine.ErrNotInCall]
	// without either, and [engine.ErrMinimized] if it is away already.
	Minimize() error
	// Restore brings back what was put away. The error is [engine.ErrNotMinimized] if nothing was.
	Restore() error
	// Hide takes the small window down that still tells why a call ended. The error is [engine.ErrInCall] while a call goes on.
	Hide() error
	// Quit asks the program to end and returns at once.
	Quit()
	// Mini is the state of the small window.
	Mini() engine.MiniState
	// Fullscreen is whose share, or whose call, fills a screen; empty for nobody's.
	Fullscreen() engine.UserID
	// SetFullscreen fills a screen with what a member shares, or leaves it. The error is [engine.ErrNotInCall] without a call, and
	// [engine.ErrNotSharing] if the member shares nothing.
	SetFullscreen(user engine.UserID, on bool) error
}

// Hardware is what calls are seen and heard with.
type Hardware interface {
	// Devices lists the machine's devices, and Choice which of them were chosen.
	Devices() []engine.MediaDevice
	Choice() engine.DeviceChoice
	// ChooseSpeaker hears calls on the speaker with an ID, from now on and in later runs; empty is the system's choice.
	ChooseSpeaker(id string) error
	// SwitchToSpeaker is [engine.Client.SwitchToSpeaker], and is remembered too.
	SwitchToSpeaker(ctx context.Context, on bool) error
}
