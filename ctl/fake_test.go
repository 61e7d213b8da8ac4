package ctl

import (
	"context"
	"fmt"
	"image"
	"strings"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// fake is an app that writes down what it is asked to do.
type fake struct {
	snapshot *engine.Snapshot
	stats    engine.CallStats
	page     engine.HistoryPage
	err      error // of every action

	mu   sync.Mutex
	did  []string
	subs map[int]func(engine.Event)
	next int
}

var _ Control = (*fake)(nil)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// newFake is Ana in a call with Bob, whom Cyd does not join, while Dee rings.
func newFake() *fake {
	return &fake{
		subs: make(map[int]func(engine.Event)),
		stats: engine.CallStats{ID: "c1", RoundTripMS: 12.5, Path: "host", Tracks: []engine.TrackStats{{User: "bob", Kind: "camera",
			Direction: "in", Codec: "VP8", Width: 1280, Height: 720, FPSCoded: 30, FPSShown: 29.8, Kbps: 1450, Lost: 2, JitterMS: 1.2,
			BufferMS: 20, KeyFrames: 1, Freezes: 3, FreezeMS: 400, ConcealMS: 5, CodecMS: 1.4, Dropped: 6}}},
		snapshot: &engine.Snapshot{
			Output:     engine.Output{Route: media.RouteHeadphone, Label: "Head & Phone"},
			Me:         engine.User{ID: "ana", Name: "Ana"},
			Connection: engine.Connection{State: engine.Online, Server: "192.0.2.1:4455"},
			People: []engine.Person{
				{User: engine.User{ID: "echo", Name: "Echo"}, Presence: signal.Online},
				{User: engine.User{ID: "bob", Name: "Bob"}, Presence: signal.Busy},
			},
			Incoming: []engine.Incoming{{ID: "i1", Call: "c2", From: engine.User{ID: "dee", Name: "Dee"}, Others: []engine.User{{ID: "eve", Name: "Eve"}},
				Video: true, Data: "<3", Expires: noon.Add(time.Minute), Waiting: true, Notification: signal.Notification{Title: "Door"}}},
			Calls: []engine.CallState{{ID: "c1", Phase: engine.Live, Video: true, Outgoing: true, Since: noon, Link: "direct", Data: "hi",
				Initiator: engine.User{ID: "ana", Name: "Ana"}, CanAdd: true,
				Moderator: true, Asked: engine.Asked{By: engine.User{ID: "bob", Name: "Bob"}, Camera: true}, Speaker: "bob",
				Chat:       []engine.Message{{ID: "m1", From: engine.User{ID: "ana", Name: "Ana"}, Text: "hi", At: noon, Mine: true, Delivery: engine.Delivered}},
				Members:    []engine.Member{{User: engine.User{ID: "bob", Name: "Bob"}, Microphone: true, Camera: true, HasPicture: true, Quality: engine.Good, Held: true, Moderator: true, Volume: 1.5, Sharing: engine.Sharing{On: true, Label: "Bob's", Sound: true}}},
				Waiting:    []engine.Waiting{{User: engine.User{ID: "cyd", Name: "Cyd"}, State: signal.Ringing, By: "ana", Deadline: noon.Add(time.Minute), Mine: true}},
				Microphone: true,
				Share:      engine.ShareState{Share: engine.Share{Surface: media.Surface{ID: "s1", Label: "Left"}, Profile: engine.MotionShare}, On: true, Paused: true},
				CameraErr:  &engine.Error{Op: "open camera", Hint: "Close the program that uses it.", Err: &media.DeviceError{Kind: media.CameraDevice, Label: "C1", Reason: media.ErrDeviceBusy}},
			}},
			Joinable: []engine.Joinable{{Call: "c4", With: []engine.User{{ID: "bob", Name: "Bob"}}, Video: true, Since: noon, Crashed: true, Until: noon.Add(time.Minute)}},
			Ended:    []engine.Ended{{Call: "c0", Reason: engine.Unanswered, With: []engine.User{{ID: "eve", Name: "Eve"}}, At: noon.Add(-time.Hour)}},
			History:  []engine.HistoryEntry{missed},
			Missed:   1, Preferences: engine.Preferences{CallWaiting: true, RingVolume: 0.5},
		},
		page: engine.HistoryPage{Entries: []engine.HistoryEntry{missed}, Missed: 1, More: true},
	}
}

// missed is a call of Eve's that nobody answered.
var missed = engine.HistoryEntry{ID: "h1", Call: "c0", Incoming: true, By: engine.User{ID: "eve", Name: "Eve"}, With: []engine.User{{ID: "eve", Name: "Eve"}},
	At: noon.Add(-time.Hour), Over: noon.Add(-59 * time.Minute), State: signal.TimedOut, Reason: signal.EndTimeout, Data: "hi"}

// written is an optional switch as the fake writes it down.
func written(b *bool) string {
	if b == nil {
		return "-"
	}
	return fmt.Sprint(*b)
}

func (f *fake) do(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fake) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.did, "; ")
}

func (f *fake) Snapshot() *engine.Snapshot { return f.snapshot }

func (f *fake) Subscribe(g func(engine.Event)) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.next
	f.next++
	f.subs[id] = g
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, id)
	}
}

func (f *fake) subscribers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs)
}

func (f *fake) emit(e engine.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range f.subs {
		g(e)
	}
}

func (f *fake) Invite(_ context.Context, i engine.Invite) (engine.CallID, []signal.InviteResult, error) {
	what := fmt.Sprintf("invite %v video=%v call=%q data=%q timeout=%v", i.To, i.Video, i.Call, i.Data, i.Timeout)
	if i.Current != engine.KeepCurrent {
		what += fmt.Sprintf(" current=%d", i.Current)
	}
	if i.Camera != nil || i.Microphone != nil || i.Notification != (signal.Notification{}) {
		what += fmt.Sprintf(" camera=%s microphone=%s notification=%+v", written(i.Camera), written(i.Microphone), i.Notification)
	}
	return "room", []signal.InviteResult{{ID: "bob", Result: "ringing"}, {ID: "cyd", Result: "offline"}}, f.do("%s", what)
}

func (f *fake) Accept(_ context.Context, id engine.InvitationID, a engine.Answer) (engine.CallID, error) {
	return "c2", f.do("accept %s %q camera=%s microphone=%s current=%d", id, a.Data, written(a.Camera), written(a.Microphone), a.Current)
}

func (f *fake) AcceptEarly(id engine.CallID) { _ = f.do("accept early %s", id) }

func (f *fake) Reject(_ context.Context, id engine.InvitationID, data string) error {
	return f.do("reject %s %q", id, data)
}

func (f *fake) Silence(id engine.InvitationID) { _ = f.do("silence %s", id) }

func (f *fake) Join(_ context.Context, id engine.CallID, o engine.JoinOptions) error {
	return f.do("join %s video=%v microphone=%s take=%v current=%d", id, o.Video, written(o.Microphone), o.Take, o.Current)
}

func (f *fake) Dismiss(_ context.Context, id engine.CallID) error { return f.do("dismiss %s", id) }

func (f *fake) SetHeld(_ context.Context, id engine.CallID, on bool) error {
	return f.do("hold %s %v", id, on)
}

func (f *fake) History(_ context.Context, before time.Time, limit int) (engine.HistoryPage, error) {
	return f.page, f.do("history %v %d", before.Unix(), limit)
}

func (f *fake) SeeHistory(context.Context) error { return f.do("see history") }

func (f *fake) ForgetHistory(_ context.Context, ids ...engine.HistoryID) error {
	return f.do("forget %v", ids)
}

func (f *fake) DialBack(_ context.Context, e engine.HistoryEntry, now engine.Current) (engine.CallID, []signal.InviteResult, error) {
	return "room", []signal.InviteResult{{ID: "eve", Result: "ringing"}}, f.do("dial back %s current=%d", e.ID, now)
}

func (f *fake) DeviceCode(context.Context) (string, time.Time, error) {
	return "ABCD-EFGH", noon, f.do("device code")
}

func (f *fake) DeviceLink(code string) string      { return "parley:server/h?device=" + code }
func (f *fake) Preferred(p Preference) bool        { return p == CallWaiting }
func (f *fake) Prefer(p Preference, on bool) error { return f.do("prefer %s %v", p, on) }
func (f *fake) Minimize() error                    { return f.do("minimize") }
func (f *fake) Restore() error                     { return f.do("restore") }
func (f *fake) Hide() error                        { return f.do("hide") }

func (f *fake) HangUp(_ context.Context, id engine.CallID) error { return f.do("hang up %s", id) }

func (f *fake) Cancel(_ context.Context, id engine.CallID, data string, to ...engine.UserID) error {
	return f.do("cancel %s %v %q", id, to, data)
}

func (f *fake) SetMicrophone(_ context.Context, id engine.CallID, on bool) error {
	return f.do("microphone %s %v", id, on)
}

func (f *fake) Remove(_ context.Context, id engine.CallID, users ...engine.UserID) error {
	return f.do("remove %s %v", id, users)
}

func (f *fake) Grant(_ context.Context, id engine.CallID, yes bool) error {
	return f.do("grant %s %t", id, yes)
}

func (f *fake) SwitchMicrophone(_ context.Context, id engine.CallID, on bool, users ...engine.UserID) error {
	return f.do("microphone %s %v of %v", id, on, users)
}

func (f *fake) SwitchCamera(_ context.Context, id engine.CallID, on bool, users ...engine.UserID) error {
	return f.do("camera %s %v of %v", id, on, users)
}

func (f *fake) SendMessage(_ context.Context, id engine.CallID, text string) (engine.MessageID, error) {
	return "m1", f.do("say %s %q", id, text)
}

func (f *fake) SetCamera(_ context.Context, id engine.CallID, on bool) error {
	return f.do("camera %s %v", id, on)
}

func (f *fake) Surfaces(context.Context) ([]media.Surface, error) {
	return []media.Surface{
		{ID: "s1", Label: "Left", Kind: media.ScreenSurface, Area: image.Rect(0, 0, 1920, 1080)},
		{ID: "s2", Label: "Right", Kind: media.ScreenSurface, Area: image.Rect(1920, 0, 3200, 1024)},
		{ID: "w1", Label: "Mail – Inbox", App: "Mail", Kind: media.WindowSurface, Area: image.Rect(10, 20, 810, 620)},
		{ID: "w2", Label: "Mail – Left", App: "Mail", Kind: media.WindowSurface, Area: image.Rect(0, 0, 640, 360)},
	}, f.err
}

func (f *fake) Share(_ context.Context, id engine.CallID, s engine.Share) error {
	return f.do("share %s %q %v %s sound=%v", id, s.Surface.ID, s.Region, s.Profile, s.Sound)
}

func (f *fake) StopShare(_ context.Context, id engine.CallID) error { return f.do("stop share %s", id) }

func (f *fake) PauseShare(_ context.Context, id engine.CallID, on bool) error {
	return f.do("pause share %s %v", id, on)
}

func (f *fake) Level(engine.CallID, engine.UserID) float32 { return 0.5 }
func (f *fake) Stats(engine.CallID) engine.CallStats       { return f.stats }
func (f *fake) Show(link string) error                     { return f.do("show %q", link) }
func (f *fake) Quit()                                      { _ = f.do("quit") }
func (f *fake) Mini() engine.MiniState                     { return engine.MiniCalling }
func (f *fake) Fullscreen() engine.UserID                  { return "" }
func (f *fake) SetFullscreen(user engine.UserID, on bool) error {
	return f.do("fullscreen %s %t", user, on)
}

func (f *fake) Devices() []engine.MediaDevice {
	return []engine.MediaDevice{
		{ID: "c", Label: "Cam", Kind: media.CameraDevice}, {ID: "s0", Label: "Box", Kind: media.SpeakerDevice, Default: true, Route: media.RouteSpeaker},
		{ID: "s1", Label: "Head & Phone", Kind: media.SpeakerDevice, Route: media.RouteUSB, Headset: true, Group: "3"},
		{ID: "s2", Label: "Monitor box", Kind: media.SpeakerDevice, Route: media.RouteOther},
	}
}
func (f *fake) Choice() engine.DeviceChoice   { return engine.DeviceChoice{Speaker: "s1"} }
func (f *fake) ChooseSpeaker(id string) error { return f.do("speaker %q", id) }
func (f *fake) SwitchToSpeaker(_ context.Context, on bool) error {
	return f.do("switch to speaker %v", on)
}
