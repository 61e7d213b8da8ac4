package ctl

import (
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine"
)

// backlog is how many events a watcher may be behind before it loses some: a busy call makes a few a second.
const backlog = 256

// event is one line of "watch".
type event struct {
	Event      engine.EventType    `json:"event"`
	At         time.Time           `json:"at"`
	Call       engine.CallID       `json:"call,omitempty"`
	Invitation engine.InvitationID `json:"invitation,omitempty"`
	User       *engine.User        `json:"user,omitempty"`
	Reason     engine.EndReason    `json:"reason,omitempty"`
	Video      *bool               `json:"video,omitempty"`
	Microphone *bool               `json:"microphone,omitempty"`
	Camera     *bool               `json:"camera,omitempty"`
	Data       string              `json:"data,omitempty"`
	LastedMS   *int64              `json:"lasted_ms,omitempty"`
	Error      *failure            `json:"error,omitempty"`
	Count      uint64              `json:"count,omitempty"`  // of eventsDropped
	Status     *status             `json:"status,omitempty"` // of watchStarted
}

// Events of the socket itself.
const (
	watchStarted  engine.EventType = "watching" // the first line: Status is the state from which the events go on
	eventsDropped engine.EventType = "dropped"  // the watcher was too slow: Count events are missing here
)

// newEvent writes down those fields that the type of the event sets, even where they are false.
func newEvent(e engine.Event) event {
	out := event{Event: e.Type, At: e.At, Call: e.Call, Invitation: e.Invitation, Reason: e.Reason, Data: e.Data, Error: explain(e.Err)}
	if e.User.ID != "" {
		out.User = &e.User
	}
	switch e.Type {
	case engine.IncomingReceived, engine.OutgoingSent:
		out.Video = &e.Video
	case engine.MediaChanged:
		out.Microphone, out.Camera = &e.Microphone, &e.Camera
	case engine.CallEnded:
		ms := e.Lasted.Milliseconds()
		out.LastedMS = &ms
	}
	return out
}

// queue passes events from the engine's dispatcher to one watcher. The dispatcher never waits.
type queue struct {
	events  chan engine.Event
	dropped atomic.Uint64
}

func newQueue() *queue { return &queue{events: make(chan engine.Event, backlog)} }

func (q *queue) put(e engine.Event) {
	select {
	case q.events <- e:
	default:
		q.dropped.Add(1)
	}
}
