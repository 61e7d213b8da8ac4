package ui

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/engine"
)

// Config is how an embedding program wants the windows to be. The zero value is Parley's own way, so each switch is named for what is
// different when it is set. Words are replaced with [SetTexts], and how a call begins is said by [engine.Options.RequireConfig].
// docs/configuration.md says which option stands for which field of the call kit.
type Config struct {
	Incoming      IncomingConfig
	Outgoing      OutgoingConfig
	Scene         SceneConfig
	TopBar        TopBarConfig
	BottomBar     BarConfig
	Members       MembersConfig
	Chat          ChatConfig
	Mini          MiniConfig
	Missed        MissedConfig
	Notifications NotificationConfig
	HangUp        HangUpConfig
	Joining       JoiningConfig // of a [Call]

	// Background and Foreground are made for the view of a call: behind the tiles, and over all. Where nothing of Foreground takes
	// clicks they reach the call.
	Background, Foreground Builder
	// Require is asked for each call that comes to be seen how its view is to be: for Background, Foreground, Scene and the bars and
	// panels. Nil: as is said here. It runs on Fyne's goroutine.
	Require func(engine.CallInfo) Config
}

// Builder makes something to show for a call. It is asked on Fyne's goroutine when the call comes to a page, once for each place
// that it may be shown in, and what it returns is let go of when the call leaves the page. It may return nil.
type Builder func(engine.CallInfo) fyne.CanvasObject

// PageConfig is what a call that has not been answered looks like, whichever side we are on.
type PageConfig struct {
	HideAvatar   bool    // no picture or initials of who is there
	HideName     bool    // nor the name
	HideText     bool    // nor what goes on: "Video call", "Ringing…"
	HideCaptions bool    // no words below the buttons
	FillPicture  bool    // our own picture fills its place, however much of it is cut off
	Background   Builder // behind the words and the buttons, over our own picture
	Foreground   Builder // over all of it; where nothing of it takes clicks they reach the buttons
	Page         Builder // in place of all of it, the buttons too; the keys still work
}

// IncomingConfig is what a call to us looks like.
type IncomingConfig struct {
	PageConfig
	// NoPopUp makes it fill the main window, which comes up for it, instead of ringing in a window of its own and over the main one.
	// While we are in a call, another one rings over it all the same.
	NoPopUp        bool
	NoPreview      bool // our own camera stays off until a video call is answered
	HideMicrophone bool // no button to enter the call muted
	HideCamera     bool // no button to enter a video call without our picture, beside the way to answer it as a voice call
	HideVoice      bool // no button to answer a video call without our picture
	HideMessage    bool // no button to decline with a message
	HideSilence    bool // no button to make the ring silent
}

// OutgoingConfig is what a call of ours looks like until it is answered. It can always be cancelled.
type OutgoingConfig struct {
	PageConfig
	HideMicrophone bool
	HideCamera     bool
	HideDevices    bool // no button to choose camera, microphone and speaker
	HideMinimize   bool
}

// MiniConfig is what the mini window shows. It always has the way back, and says that we are muted.
type MiniConfig struct {
	Size fyne.Size // in Fyne's units, until a person changes it, who keeps its shape; zero: 304×192

	// While it rings, there or here:
	HideText    bool // not what goes on: "Video call", "Ringing…"
	HideCancel  bool
	HideDecline bool
	HideAccept  bool

	// In a call:
	HideDevices bool // neither says which devices are off, nor has buttons for ours
	HideName    bool // not whom it shows, also while it rings
	HideLeave   bool // no button to hang up
	HideSelf    bool // not our own picture

	Avatar func(u engine.User, size float32) fyne.CanvasObject // in place of picture or initials; it may return nil

	Background Builder // over the picture and behind the words and the buttons
	Foreground Builder // over all of it; where nothing of it takes clicks they reach the buttons
	Tile       Builder // in place of all of it, the picture and the buttons too; it can be dragged and tapped twice where that takes no clicks
}

// MissedConfig is how missed calls are told of. They are in the list of past calls in any case.
type MissedConfig struct {
	Off        bool // they are not told of, neither by the desktop nor by a notice in the main window
	NoCallBack bool // the notification has no button to call back; see [engine.Options.DialBackTimeout]
	// Title and Message make the words of the notification; count says how many calls of the same person it is about, of which e is
	// the newest. Nil, or an empty answer: Parley's own words. They run on Fyne's goroutine whenever the windows change.
	Title, Message func(e engine.HistoryEntry, count int) string
	Resource       string // what is heard, see [NotificationConfig.Sound]; empty for nothing
}

// NotificationConfig is how the desktop's own notifications are used.
type NotificationConfig struct {
	Off bool // not at all, whatever the settings of the person say
	// Sound returns the name of a sound of the desktop's theme for the resource of a notification, which a caller chose for a ring
	// or [MissedConfig] for missed calls. Nil: the resource is that name. It runs on Fyne's goroutine whenever the windows change.
	Sound func(resource string) string
}

// words are those of the program, and ours where it has none.
func (c MissedConfig) words(e engine.HistoryEntry, count int) (title, body string) {
	title, body = missedWords(e, count)
	if c.Title != nil {
		title = cmp.Or(c.Title(e, count), title)
	}
	if c.Message != nil {
		body = cmp.Or(c.Message(e, count), body)
	}
	return title, body
}

// sound is what is heard for a resource.
func (c NotificationConfig) sound(resource string) string {
	if c.Sound == nil {
		return resource
	}
	return c.Sound(resource)
}

// omit leaves out what a program does not want.
func omit(what map[fyne.CanvasObject]bool) {
	for o, off := range what {
		if off {
			o.Hide()
		}
	}
}

// frame holds a page and what an embedding program puts behind it, over it, or in its place.
type frame struct {
	config PageConfig
	root   *fyne.Container
	page   fyne.CanvasObject // ours
	call   engine.CallInfo   // that the rest is for
}

// newFrame makes a frame around a page of ours.
func newFrame(config PageConfig, page fyne.CanvasObject) *frame {
	return &frame{config: config, page: page, root: container.NewStack(page)}
}

// show asks for what belongs to a call, unless it is there.
func (f *frame) show(call engine.CallInfo) {
	if f.call.Call == call.Call && f.call.Invitation == call.Invitation {
		return
	}
	f.call = call
	made := func(b Builder) []fyne.CanvasObject {
		if b != nil {
			if o := b(call); o != nil {
				return []fyne.CanvasObject{o}
			}
		}
		return nil
	}
	all := made(f.config.Page)
	if all == nil {
		all = append(made(f.config.Background), f.page)
		all = append(all, made(f.config.Foreground)...)
	}
	f.fill(all...)
}

// ours reports whether the page of ours is there.
func (f *frame) ours() bool { return slices.Contains(f.root.Objects, f.page) }

// clear leaves only the page of ours.
func (f *frame) clear() {
	if f.call.Call != "" {
		f.call = engine.CallInfo{}
		f.fill(f.page)
	}
}

func (f *frame) fill(all ...fyne.CanvasObject) {
	if slices.Equal(f.root.Objects, all) {
		return
	}
	f.root.Objects = all
	f.root.Refresh()
}
