package engine

import "time"

// EventType names an event. The names are stable: scripts see them in `parley ctl watch`.
type EventType string

// The events. In brackets the fields of Event that are set besides At.
const (
	ConnectionChanged EventType = "connection-changed" // Err
	PeopleChanged     EventType = "people-changed"
	IncomingReceived  EventType = "incoming-received"  // Call, Invitation, User (caller), Video, Data
	IncomingCancelled EventType = "incoming-cancelled" // Call, Invitation, User, Reason (cancelled, caller lost, elsewhere), Data
	IncomingTimeout   EventType = "incoming-timeout"   // Call, Invitation, User
	IncomingBusy      EventType = "incoming-busy"      // Call, Invitation, User: refused for us because we are in a call
	OutgoingSent      EventType = "outgoing-sent"      // Call, Video, Data
	OutgoingRinging   EventType = "outgoing-ringing"   // Call, User
	OutgoingAccepted  EventType = "outgoing-accepted"  // Call, User, Data
	OutgoingDeclined  EventType = "outgoing-declined"  // Call, User, Data
	OutgoingBusy      EventType = "outgoing-busy"      // Call, User, Data
	OutgoingTimeout   EventType = "outgoing-timeout"   // Call, User
	CallStarted       EventType = "call-started"       // Call: we joined it
	CallConnected     EventType = "call-connected"     // Call, User: media flow
	CallRejoining     EventType = "call-rejoining"     // Call, User, Err
	CallEnded         EventType = "call-ended"         // Call, User (who ended it), Reason, Lasted; exactly once per call or ring
	UserEntered       EventType = "user-entered"       // Call, User
	UserLeft          EventType = "user-left"          // Call, User, Reason
	MediaChanged      EventType = "media-changed"      // Call, User, Microphone, Camera: a member or we switched something
	FirstPicture      EventType = "first-picture"      // Call, User
	DevicesChanged    EventType = "devices-changed"    // plugged or unplugged
	DeviceFailed      EventType = "device-failed"      // Call, Err (a media.DeviceError)
)

// Event is something that happened. Every subscriber gets every event, in the same order, from one goroutine.
type Event struct {
	Type       EventType
	At         time.Time
	Call       CallID
	Invitation InvitationID
	User       User
	Reason     EndReason
	Video      bool
	Microphone bool
	Camera     bool
	Data       string
	Lasted     time.Duration
	Err        error
}
