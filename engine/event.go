package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// EventType names an event. The names are stable: scripts see them in `parley ctl watch`.
type EventType string

// The events. In brackets the fields of Event that are set besides At. The names in brackets at the end are the call kit's.
const (
	ConnectionChanged EventType = "connection-changed" // Err
	PeopleChanged     EventType = "people-changed"
	ErrorOccurred     EventType = "error"          // Call, Err: something that nobody waits for failed [onError]
	TokenExpiring     EventType = "token-expiring" // Lasted: how long it still holds; RenewToken is asked [onTokenExpired]

	IncomingReceived  EventType = "incoming-received"  // Call, Invitation, User (caller), Users (all who are called), Video, Data, Notification [onIncomingCallReceived]
	IncomingAccepting EventType = "incoming-accepting" // Call, Invitation, User: a button or Accept; the switchboard has not confirmed yet [onIncomingCallAcceptButtonPressed]
	IncomingAccepted  EventType = "incoming-accepted"  // Call, Invitation, User, Video, Data (what was said with it): confirmed
	IncomingDeclined  EventType = "incoming-declined"  // Call, Invitation, User, Data: a button or Reject [onIncomingCallDeclineButtonPressed]
	IncomingCancelled EventType = "incoming-cancelled" // Call, Invitation, User, Reason (cancelled, caller lost, elsewhere, network lost), Data [onIncomingCallCanceled]
	IncomingTimeout   EventType = "incoming-timeout"   // Call, Invitation, User [onIncomingCallTimeout]
	IncomingBusy      EventType = "incoming-busy"      // Call, Invitation, User, Video, Data: refused for us because we are in a call

	OutgoingSent       EventType = "outgoing-sent"       // Call, Users (callees), Video, Data [onOutgoingCallSent]
	OutgoingRinging    EventType = "outgoing-ringing"    // Call, User
	OutgoingAccepted   EventType = "outgoing-accepted"   // Call, User, Data [onOutgoingCallAccepted]
	OutgoingDeclined   EventType = "outgoing-declined"   // Call, User, Data [onOutgoingCallDeclined]
	OutgoingBusy       EventType = "outgoing-busy"       // Call, User, Data [onOutgoingCallRejectedCauseBusy]
	OutgoingTimeout    EventType = "outgoing-timeout"    // Call, Users (who did not answer in this round), User (the first of them), Video [onOutgoingCallTimeout]
	OutgoingCancelling EventType = "outgoing-cancelling" // Call, Users: a button or Cancel or HangUp while it rings [onOutgoingCallCancelButtonPressed]
	InviteeChanged     EventType = "invitee-changed"     // Call, User, State, Data: of anybody who was invited [onInvitationUserStateChanged]

	MissedCall     EventType = "missed-call"      // History: a call that we could not answer, also before the start; once in a run, until it is seen
	MissedOpened   EventType = "missed-opened"    // History: a person asked to call back a missed call [onIncomingMissedCallClicked]
	DialBackFailed EventType = "dial-back-failed" // History, Err [onIncomingMissedCallDialBackFailed]

	CallStarted     EventType = "call-started"     // Call, Video: we joined it
	PhaseChanged    EventType = "phase-changed"    // Call, Phase, Err [room.onStateChanged]
	CallConnected   EventType = "call-connected"   // Call, User: media flow
	CallRejoining   EventType = "call-rejoining"   // Call, User, Err
	CallEnded       EventType = "call-ended"       // Call, User (who ended it), Reason, Lasted, Video, Data (the invitation's); exactly once per call or ring [onCallEnd]
	CallHeld        EventType = "call-held"        // Call, User (who holds it; us too), On
	UserEntered     EventType = "user-entered"     // Call, User [user.onEnter]
	UserLeft        EventType = "user-left"        // Call, User, Reason [user.onLeave]
	MediaChanged    EventType = "media-changed"    // Call, User, Microphone, Camera: a member or we switched something [onCameraStateChanged, onMicrophoneStateChanged]
	FirstPicture    EventType = "first-picture"    // Call, User
	ShareStarted    EventType = "share-started"    // Call, User, Label: a member or we share something, or something else
	ShareStopped    EventType = "share-stopped"    // Call, User, Err: why ours stopped by itself
	ShareChanged    EventType = "share-changed"    // Call, User, On: it is paused
	MessageReceived EventType = "message-received" // Call, User, Message
	MessageChanged  EventType = "message-changed"  // Call, Message: how far one of ours has come
	SpeakerChanged  EventType = "speaker-changed"  // Call, User: who of the others speaks now
	DeviceOrdered   EventType = "device-ordered"   // Call, User (the moderator), Microphone, Camera (which of them), On: off was obeyed, on is asked of us
	DurationChanged EventType = "duration-changed" // Call, Lasted: each second of a call, also while it is minimized [onDurationUpdate]

	DevicesChanged EventType = "devices-changed" // plugged or unplugged
	DeviceMoved    EventType = "device-moved"    // Call, Kind, Label: another device took the place of one that was lost; On: the better one is there (again); Data: label of the one before
	OutputChanged  EventType = "output-changed"  // Label, Route: where calls are heard now; User: a member, over there [onAudioOutputChanged]
	DeviceFailed   EventType = "device-failed"   // Call, User (us or a member), Err (a media.DeviceError, or ErrThinPath) [on…ExceptionOccurred]
)

// Event is something that happened. Every subscriber gets every event, in the same order, from one goroutine.
type Event struct {
	Type         EventType
	At           time.Time
	Call         CallID
	Invitation   InvitationID
	User         User
	Users        []User
	State        signal.PartyState
	Phase        Phase
	Reason       EndReason
	Video        bool
	Microphone   bool
	Camera       bool
	On           bool
	Data         string
	Label        string
	Kind         media.DeviceKind
	Route        media.Route
	Message      *Message
	Notification signal.Notification
	History      *HistoryEntry
	Lasted       time.Duration
	Err          error
}
