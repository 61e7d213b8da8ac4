package ui

import (
	"context"
	"image"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/upkeep"
)

// Program is what the windows need of the program around them. Its methods may be called from any goroutine.
type Program interface {
	// StartHere hosts a switchboard in this app and enters it under the name. The program then calls [UI.SetEngine].
	StartHere(ctx context.Context, name string) error
	// Join enters another switchboard.
	Join(ctx context.Context, j Joining) error
	// Discover reports switchboards of the local network until ctx ends. found may be called from any goroutine, and again for
	// one that is known.
	Discover(ctx context.Context, found func(name, address string))
	// InviteLink lets others in. It is empty if this app hosts no switchboard.
	InviteLink() string
	// DeviceLink lets another device of the same person in, with a code from the engine. It is empty without an engine.
	DeviceLink(code string) string
	SettingsStore
	// Quit ends the program. It may return before it has.
	Quit()
	Version() string
}

// Care is what the program knows about itself when something went wrong. Its methods may be called from any goroutine.
type Care interface {
	// Crash is the report of the last crash, and where its file is, until PutCrashAway. The text is empty if there is none.
	Crash() (text, path string)
	PutCrashAway()
	// Aside are the paths of files that could not be read at the start and were put aside.
	Aside() []string
	// Build says how the program was made and what it runs on, in a few lines.
	Build() string
	// Diagnostics are what helps whoever is asked for help, without secrets. It may take a while.
	Diagnostics() []upkeep.Paper
}

// SettingsStore keeps what a person chose. Its methods may be called from any goroutine.
type SettingsStore interface {
	Settings() profile.Settings
	SaveSettings(s profile.Settings) error
}

// Joining says how to enter another switchboard.
type Joining struct {
	Name       string
	Address    string // HOST:PORT or a link
	JoinCode   string // may be empty, also if the link has one
	DeviceCode string // from another device of the same person, to become one more of his; may be empty
}

// source is where pages learn what happens.
type source interface {
	Snapshot() *engine.Snapshot
	Updates(f func(*engine.Snapshot)) (stop func())
	Subscribe(f func(engine.Event)) (stop func())
}

// caller starts and answers calls.
type caller interface {
	Invite(ctx context.Context, i engine.Invite) (engine.CallID, []signal.InviteResult, error)
	Accept(ctx context.Context, id engine.InvitationID, a engine.Answer) (engine.CallID, error)
	Reject(ctx context.Context, id engine.InvitationID, data string) error
	Silence(id engine.InvitationID)
	Join(ctx context.Context, id engine.CallID, o engine.JoinOptions) error
	Dismiss(ctx context.Context, id engine.CallID) error
	DialBack(ctx context.Context, e engine.HistoryEntry, now engine.Current) (engine.CallID, []signal.InviteResult, error)
	Call(id engine.CallID) handle
}

// memory is what the switchboard remembers, and what it lets a person change.
type memory interface {
	History(ctx context.Context, before time.Time, limit int) (engine.HistoryPage, error)
	SeeHistory(ctx context.Context) error
	ForgetHistory(ctx context.Context, ids ...engine.HistoryID) error
	DeviceCode(ctx context.Context) (code string, expires time.Time, err error)
	SetPreferences(p engine.Preferences)
}

// handle is one call.
type handle interface {
	stay
	watching
	moderation
	sharing
	chatting
}

// stay is our own part in a call.
type stay interface {
	HangUp(ctx context.Context) error
	Cancel(ctx context.Context, data string, to ...engine.UserID) error
	SetHeld(ctx context.Context, on bool) error
	Retry(ctx context.Context) error
	SetMicrophone(ctx context.Context, on bool) error
	SetCamera(ctx context.Context, on bool) error
}

// watching is what is seen and heard of the others.
type watching interface {
	Watch(user engine.UserID, v *media.View) (stop func())
	WatchScreen(user engine.UserID, v *media.View) (stop func())
	Level(user engine.UserID) float32
	SpokenMuted() float32
	LastHeard(user engine.UserID) time.Time
	Stats() engine.CallStats
}

// moderation is what may be done to others, and what others ask of us.
type moderation interface {
	Remove(ctx context.Context, users ...engine.UserID) error
	SwitchMicrophone(ctx context.Context, on bool, users ...engine.UserID) error
	SwitchCamera(ctx context.Context, on bool, users ...engine.UserID) error
	Grant(ctx context.Context, yes bool) error
}

// sharing shows others what is on our display, and where we point on theirs.
type sharing interface {
	Share(ctx context.Context, s engine.Share) error
	StopShare(ctx context.Context) error
	PauseShare(ctx context.Context, on bool) error
	Point(sharer engine.UserID, x, y float32)
	Pointers(sharer engine.UserID) []engine.Pointer
}

// chatting is the chat of a call.
type chatting interface {
	SendMessage(ctx context.Context, text string) (engine.MessageID, error)
	ResendMessage(ctx context.Context, id engine.MessageID) error
}

// hardware is what a person chooses and tries out.
type hardware interface {
	Surfaces(ctx context.Context) ([]media.Surface, error)
	Thumbnail(ctx context.Context, surface string, width, height int) (*image.RGBA, error)
	NextCamera(ctx context.Context) error
	SwitchToSpeaker(ctx context.Context, on bool) error
	RecordAndListen(ctx context.Context, microphone, speaker string, length time.Duration, tell func(playing bool, done float64)) error
	Devices() []media.Device
	Choice() engine.DeviceChoice
	SetChoice(c engine.DeviceChoice)
	PreviewCamera(ctx context.Context, id string, v *media.View) (stop func(), err error)
	TestMicrophone(ctx context.Context, id string) (level func() float32, stop func(), err error)
	PlayTestTone(ctx context.Context, id string) error
	Play(ctx context.Context, id string, pcm []float32, gain float32) error
}

// backend is all of it: what *engine.Client is, but for the type of a call.
type backend interface {
	source
	caller
	memory
	hardware
}

// client makes an *engine.Client a [backend].
type client struct{ *engine.Client }

func (c client) Call(id engine.CallID) handle { return c.Client.Call(id) }

var _ backend = client{}
