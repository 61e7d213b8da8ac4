package ctl

import (
	"context"
	"fmt"
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
	output   Output
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
		subs:   make(map[int]func(engine.Event)),
		output: Output{Route: "headphone", Label: "Head & Phone"},
		stats: engine.CallStats{ID: "c1", RoundTripMS: 12.5, Path: "host", Tracks: []engine.TrackStats{{User: "bob", Kind: "camera",
			Direction: "in", Codec: "VP8", Width: 1280, Height: 720, FPSCoded: 30, FPSShown: 29.8, Kbps: 1450, Lost: 2, JitterMS: 1.2,
			BufferMS: 20, KeyFrames: 1, Freezes: 3, FreezeMS: 400, ConcealMS: 5, CodecMS: 1.4, Dropped: 6}}},
		snapshot: &engine.Snapshot{
			Me:         engine.User{ID: "ana", Name: "Ana"},
			Connection: engine.Connection{State: engine.Online, Server: "192.0.2.1:4455"},
			People: []engine.Person{
				{User: engine.User{ID: "echo", Name: "Echo"}, Presence: signal.Online},
				{User: engine.User{ID: "bob", Name: "Bob"}, Presence: signal.Busy},
			},
			Incoming: []engine.Incoming{{ID: "i1", Call: "c2", From: engine.User{ID: "dee", Name: "Dee"}, Video: true, Data: "<3", Expires: noon.Add(time.Minute)}},
			Calls: []engine.CallState{{ID: "c1", Phase: engine.Live, Video: true, Outgoing: true, Since: noon, Link: "direct",
				Members:    []engine.Member{{User: engine.User{ID: "bob", Name: "Bob"}, Microphone: true, Camera: true, HasPicture: true, Quality: engine.Good}},
				Waiting:    []engine.Waiting{{User: engine.User{ID: "cyd", Name: "Cyd"}, State: signal.Ringing}},
				Microphone: true,
				CameraErr:  &engine.Error{Op: "open camera", Hint: "Close the program that uses it.", Err: &media.DeviceError{Kind: media.CameraDevice, Label: "C1", Reason: media.ErrDeviceBusy}},
			}},
			Ended: []engine.Ended{{Call: "c0", Reason: engine.Unanswered, With: []engine.User{{ID: "eve", Name: "Eve"}}, At: noon.Add(-time.Hour)}},
		},
	}
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
	return "room", []signal.InviteResult{{ID: "bob", Result: "ringing"}, {ID: "cyd", Result: "offline"}},
		f.do("invite %v video=%v call=%q data=%q timeout=%v", i.To, i.Video, i.Call, i.Data, i.Timeout)
}

func (f *fake) Accept(_ context.Context, id engine.InvitationID, a engine.Answer) (engine.CallID, error) {
	return "c2", f.do("accept %s %q", id, a.Data)
}

func (f *fake) Reject(_ context.Context, id engine.InvitationID, data string) error {
	return f.do("reject %s %q", id, data)
}

func (f *fake) Join(_ context.Context, id engine.CallID, o engine.JoinOptions) error {
	return f.do("join %s video=%v", id, o.Video)
}

func (f *fake) HangUp(_ context.Context, id engine.CallID) error { return f.do("hang up %s", id) }

func (f *fake) Cancel(_ context.Context, id engine.CallID, data string, to ...engine.UserID) error {
	return f.do("cancel %s %v", id, to)
}

func (f *fake) SetMicrophone(_ context.Context, id engine.CallID, on bool) error {
	return f.do("microphone %s %v", id, on)
}

func (f *fake) SetCamera(_ context.Context, id engine.CallID, on bool) error {
	return f.do("camera %s %v", id, on)
}

func (f *fake) Level(engine.CallID, engine.UserID) float32 { return 0.5 }
func (f *fake) Stats(engine.CallID) engine.CallStats       { return f.stats }
func (f *fake) Show(link string) error                     { return f.do("show %q", link) }
func (f *fake) Quit()                                      { f.do("quit") }
func (f *fake) Mini() engine.MiniState                     { return engine.MiniCalling }
func (f *fake) Fullscreen() engine.UserID                  { return "" }
func (f *fake) Output() Output                             { return f.output }
