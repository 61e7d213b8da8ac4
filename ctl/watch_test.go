package ctl

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

func TestWatchBeginsWithTheState(t *testing.T) {
	t.Parallel()
	f := newFake()
	dir, _ := served(t, f)
	c, r := connect(t, dir)
	var first event
	if err := json.Unmarshal([]byte(ask(t, c, r, `{"v":1,"do":"watch"}`)), &first); err != nil {
		t.Fatal(err)
	}
	if first.Event != watchStarted || first.Status == nil || first.Status.User.ID != "ana" {
		t.Fatalf("first line: %+v", first)
	}
	bob := engine.User{ID: "bob", Name: "Bob"}
	for _, tt := range []struct {
		event engine.Event
		want  string
	}{
		{engine.Event{Type: engine.IncomingReceived, At: noon, Call: "c", Invitation: "i", User: bob, Data: "x"},
			`{"event":"incoming-received","at":"2026-05-04T12:00:00Z","call":"c","invitation":"i","user":{"id":"bob","name":"Bob"},"video":false,"data":"x"}`},
		{engine.Event{Type: engine.MediaChanged, At: noon, Call: "c", User: bob, Camera: true},
			`{"event":"media-changed","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"microphone":false,"camera":true}`},
		{engine.Event{Type: engine.CallEnded, At: noon, Call: "c", Reason: engine.RemoteHangUp, Lasted: 1500 * time.Millisecond},
			`{"event":"call-ended","at":"2026-05-04T12:00:00Z","call":"c","reason":"remote hangup","video":false,"lasted_ms":1500}`},
		{engine.Event{Type: engine.IncomingReceived, At: noon, Call: "c", User: bob, Users: []engine.User{bob}, Video: true, Notification: signal.Notification{Title: "T"}},
			`{"event":"incoming-received","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"users":[{"id":"bob","name":"Bob"}],"video":true,"notification":{"title":"T"}}`},
		{engine.Event{Type: engine.InviteeChanged, At: noon, Call: "c", User: bob, State: signal.Declined, Data: "no"},
			`{"event":"invitee-changed","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"state":"declined","data":"no"}`},
		{engine.Event{Type: engine.PhaseChanged, At: noon, Call: "c", Phase: engine.Live},
			`{"event":"phase-changed","at":"2026-05-04T12:00:00Z","call":"c","phase":"live"}`},
		{engine.Event{Type: engine.ShareStarted, At: noon, Call: "c", User: bob, Label: "Desk"},
			`{"event":"share-started","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"label":"Desk"}`},
		{engine.Event{Type: engine.ShareChanged, At: noon, Call: "c", User: bob},
			`{"event":"share-changed","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"on":false}`},
		{engine.Event{Type: engine.CallHeld, At: noon, Call: "c", User: bob},
			`{"event":"call-held","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"on":false}`},
		{engine.Event{Type: engine.DeviceOrdered, At: noon, Call: "c", User: bob, Camera: true},
			`{"event":"device-ordered","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"microphone":false,"camera":true,"on":false}`},
		{engine.Event{Type: engine.MessageReceived, At: noon, Call: "c", User: bob, Message: &engine.Message{ID: "m", From: bob, Text: "hi", At: noon}},
			`{"event":"message-received","at":"2026-05-04T12:00:00Z","call":"c","user":{"id":"bob","name":"Bob"},"message":{"id":"m","from":{"id":"bob","name":"Bob"},"text":"hi","at":"2026-05-04T12:00:00Z","mine":false}}`},
		{engine.Event{Type: engine.OutputChanged, At: noon, Label: "Box", Route: media.RouteUSB}, `{"event":"output-changed","at":"2026-05-04T12:00:00Z","label":"Box","route":"usb"}`},
		{engine.Event{Type: engine.DeviceMoved, At: noon, Call: "c1", Kind: media.MicrophoneDevice, Label: "Desk", Data: "Headset"},
			`{"event":"device-moved","at":"2026-05-04T12:00:00Z","call":"c1","on":false,"data":"Headset","label":"Desk","kind":"microphone"}`},
		{engine.Event{Type: engine.MissedCall, At: noon, History: &missed},
			`{"event":"missed-call","at":"2026-05-04T12:00:00Z","history":{"id":"h1","call":"c0","incoming":true,"by":{"id":"eve","name":"Eve"},"with":[{"id":"eve","name":"Eve"}],` +
				`"video":false,"at":"2026-05-04T11:00:00Z","over":"2026-05-04T11:01:00Z","answered":false,"missed":true,"lasted_ms":0,"state":"timeout","reason":"timeout","data":"hi"}}`},
		{engine.Event{Type: engine.TokenExpiring, At: noon, Lasted: 30 * time.Second}, `{"event":"token-expiring","at":"2026-05-04T12:00:00Z","lasted_ms":30000}`},
		{engine.Event{Type: engine.DeviceFailed, At: noon, Err: &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceLost}},
			`{"event":"device-failed","at":"2026-05-04T12:00:00Z","error":{"code":"camera-lost","message":"camera: the device was unplugged or stopped"}}`},
	} {
		f.emit(tt.event)
		if line, err := r.ReadString('\n'); err != nil || strings.TrimSpace(line) != tt.want {
			t.Errorf("got  %s (%v)\nwant %s", line, err, tt.want)
		}
	}
}

// TestWatchLeavesSecondsOut checks that what comes each second is only told to who asks for all.
func TestWatchLeavesSecondsOut(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]engine.EventType{
		`{"v":1,"do":"watch"}`:            {engine.CallStarted},
		`{"v":1,"do":"watch","all":true}`: {engine.DurationChanged, engine.CallStarted},
	} {
		f := newFake()
		dir, _ := served(t, f)
		c, r := connect(t, dir)
		ask(t, c, r, line)
		f.emit(engine.Event{Type: engine.DurationChanged, Call: "c", Lasted: time.Second})
		f.emit(engine.Event{Type: engine.CallStarted, Call: "c"})
		for _, w := range want {
			var e event
			got, err := r.ReadBytes('\n')
			if err != nil || json.Unmarshal(got, &e) != nil || e.Event != w {
				t.Errorf("%s: got %s (%v), want %s", line, got, err, w)
			}
		}
	}
}

// TestWatchEndsWithItsClient checks that a closed connection gives its subscription back.
func TestWatchEndsWithItsClient(t *testing.T) {
	t.Parallel()
	f := newFake()
	dir, _ := served(t, f)
	c, r := connect(t, dir)
	ask(t, c, r, `{"v":1,"do":"watch"}`)
	if f.subscribers() != 1 {
		t.Fatalf("%d subscriptions", f.subscribers())
	}
	c.Close()
	until(t, func() string {
		if f.subscribers() != 0 {
			return "still subscribed"
		}
		return ""
	})
}

// TestSlowWatcher checks that the dispatcher never waits for a watcher, and that the watcher learns what it missed.
func TestSlowWatcher(t *testing.T) {
	t.Parallel()
	const sent = 3 * backlog
	q := newQueue(false)
	for range sent {
		q.put(engine.Event{Type: engine.PeopleChanged})
	}
	if got := len(q.events) + int(q.dropped.Load()); len(q.events) != backlog || got != sent {
		t.Fatalf("kept %d, dropped %d of %d", len(q.events), q.dropped.Load(), sent)
	}

	f := newFake()
	dir, _ := served(t, f)
	c, r := connect(t, dir)
	ask(t, c, r, `{"v":1,"do":"watch"}`)
	// More than the socket's buffers and the backlog hold, while nobody reads.
	fat := strings.Repeat("x", maxData)
	const events = 2000
	for range events {
		f.emit(engine.Event{Type: engine.PeopleChanged, Data: fat})
	}
	read, dropped := 0, uint64(0)
	for read+int(dropped) < events {
		line, err := r.ReadBytes('\n')
		if err != nil {
			t.Fatalf("after %d events and %d dropped: %v", read, dropped, err)
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.Event == eventsDropped {
			dropped += e.Count
		} else {
			read++
		}
	}
	if dropped == 0 {
		t.Error("nothing was dropped")
	}
}

// until waits for ask to return "" and fails with its last answer.
func until(t *testing.T, ask func() string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		why := ask()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(why)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
