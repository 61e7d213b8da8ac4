package ctl

import (
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// backlog is how many events a watcher may be behind before it loses some: a busy call makes a few a second.
const backlog = 256

// event is one line of "watch".
type event struct {
	Event        engine.EventType    `json:"event"`
	At           time.Time           `json:"at"`
	Call         engine.CallID       `json:"call,omitempty"`
	Invitation   engine.InvitationID `json:"invitation,omitempty"`
	User         *engine.User        `json:"user,omitempty"`
	Users        []engine.User       `json:"users,omitempty"`
	State        string              `json:"state,omitempty"` // of an invitee
	Phase        engine.Phase        `json:"phase,omitempty"`
	Reason       engine.EndReason    `json:"reason,omitempty"`
	Video        *bool               `json:"video,omitempty"`
	Microphone   *bool               `json:"microphone,omitempty"`
	Camera       *bool               `json:"camera,omitempty"`
	On           *bool               `json:"on,omitempty"`
	Data         string              `json:"data,omitempty"`
	Label        string              `json:"label,omitempty"`
	Kind         string              `json:"kind,omitempty"`  // of a device
	Route        string              `json:"route,omitempty"` // of a speaker
	Message      *message            `json:"message,omitempty"`
	Notification signal.Notification `json:"notification,omitzero"`
	History      *entry              `json:"history,omitempty"`
	LastedMS     *int64              `json:"lasted_ms,omitempty"`
	Error        *failure            `json:"error,omitempty"`
	Count        uint64              `json:"count,omitempty"`  // of eventsDropped
	Status       *status             `json:"status,omitempty"` // of watchStarted
}

// Events of the socket itself.
const (
	watchStarted  engine.EventType = "watching" // the first line: Status is the state from which the events go on
	eventsDropped engine.EventType = "dropped"  // the watcher was too slow: Count events are missing here
)

// newEvent writes down those fields that the type of the event sets, even where they are false.
func newEvent(e engine.Event) event {
	out := event{Event: e.Type, At: e.At, Call: e.Call, Invitation: e.Invitation, Users: e.Users, State: string(e.State), Phase: e.Phase,
		Reason: e.Reason, Data: e.Data, Label: e.Label, Kind: string(e.Kind), Route: string(e.Route), Notification: e.Notification, Error: explain(e.Err)}
	if e.User.ID != "" {
		out.User = &e.User
	}
	if e.History != nil {
		h := newEntry(*e.History)
		out.History = &h
	}
	if e.Message != nil {
		m := message(*e.Message)
		out.Message = &m
	}
	lasted := e.Lasted.Milliseconds()
	switch e.Type {
	case engine.IncomingReceived, engine.IncomingAccepted, engine.IncomingBusy, engine.OutgoingSent, engine.OutgoingTimeout, engine.CallStarted:
		out.Video = &e.Video
	case engine.CallEnded:
		out.Video, out.LastedMS = &e.Video, &lasted
	case engine.MediaChanged:
		out.Microphone, out.Camera = &e.Microphone, &e.Camera
	case engine.DeviceOrdered:
		out.Microphone, out.Camera, out.On = &e.Microphone, &e.Camera, &e.On
	case engine.DeviceMoved, engine.CallHeld, engine.ShareChanged:
		out.On = &e.On
	case engine.DurationChanged, engine.TokenExpiring:
		out.LastedMS = &lasted
	}
	return out
}

// queue passes events from the engine's dispatcher to one watcher. The dispatcher never waits.
type queue struct {
	all     bool // also what comes each second
	events  chan engine.Event
	dropped atomic.Uint64
}

func newQueue(all bool) *queue { return &queue{all: all, events: make(chan engine.Event, backlog)} }

func (q *queue) put(e engine.Event) {
	if e.Type == engine.DurationChanged && !q.all {
		return
	}
	select {
	case q.events <- e:
	default:
		q.dropped.Add(1)
	}
}
