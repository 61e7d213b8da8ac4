package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// The types that the engine shares with the switchboard.
type (
	// UserID names a person on a switchboard.
	UserID = signal.UserID
	// DeviceID names one running app of a user.
	DeviceID = signal.DeviceID
	// CallID names a call: the room that its members share.
	CallID = signal.CallID
	// InvitationID names one ringing of one person.
	InvitationID = signal.InvitationID
	// User is a person and the name to show.
	User = signal.User
	// Person is a user with the presence of the moment.
	Person = signal.Person
	// Presence says whether a person can be called.
	Presence = signal.Presence
	// HistoryID names one entry of a user's history.
	HistoryID = signal.HistoryID
	// HistoryEntry is one call, or one ring, that is over for its user.
	HistoryEntry = signal.HistoryEntry
	// Rules are what the initiator wants of a call.
	Rules = signal.Rules
)

// Snapshot is the whole state of a client at one moment. It is immutable: share it freely, change nothing in it.
type Snapshot struct {
	Me         User
	Connection Connection
	People     []Person   // everybody else, Echo first, then by name
	Incoming   []Incoming // invitations that ring here, oldest first
	Calls      []CallState
	Joinable   []Joinable // calls of ours that go on without this app, newest first
	Ended      []Ended    // the last calls that ended since the start, newest first, at most 8

	History     []HistoryEntry // the newest of what the switchboard remembers, newest first, at most 100
	HistorySeen time.Time      // missed calls that were over after it are news
	Missed      int            // how many are news

	Preferences Preferences
	Output      Output // where calls are heard, or would be
}

// Joinable is a call of ours that goes on while this app is not in it: [Client.Join] enters it.
type Joinable struct {
	Call    CallID
	With    []User
	Video   bool
	Since   time.Time // when the second person joined; zero while it only rings
	Crashed bool      // this very app was in it and ended without a word; otherwise it runs on another device
	Until   time.Time // how long our place is kept; zero: as long as the other device is in it
}

// ConnectionState is the state of the line to the switchboard.
type ConnectionState string

// The states of the line.
const (
	Connecting ConnectionState = "connecting"
	Online     ConnectionState = "online"
	Offline    ConnectionState = "offline" // will be tried again at Connection.RetryAt, unless Err says that it is of no use
)

// Connection is the line to the switchboard.
type Connection struct {
	State   ConnectionState
	Server  string    // as the person knows it
	Err     error     // why it is not online; nil at first
	RetryAt time.Time // when it is tried next; zero if a person has to act first
}

// Incoming is an invitation that rings.
type Incoming struct {
	ID      InvitationID
	Call    CallID
	From    User
	Others  []User // further invitees
	Video   bool
	Data    string
	Expires time.Time

	Waiting      bool // we are in another call: answering means to hold or to end that one, see [Answer.Current]
	Silenced     bool // its sound was stopped here
	Notification signal.Notification
}

// Info is what is known of the call that rings at us.
func (in Incoming) Info(me User) CallInfo {
	return CallInfo{
		Call: in.Call, Invitation: in.ID, Video: in.Video, Inviter: in.From, Invitees: append([]User{me}, in.Others...), Data: in.Data,
	}
}

// Phase is where a call stands for us.
type Phase string

// The phases of a call.
const (
	Inviting  Phase = "inviting"  // sent, nobody's device has confirmed yet
	RingingUp Phase = "ringing"   // rings at an invitee
	Alone     Phase = "alone"     // in an open call to which nobody else has come yet
	Joining   Phase = "joining"   // accepted, media are being connected
	Live      Phase = "live"      // media flow
	Rejoining Phase = "rejoining" // media or the switchboard were lost, coming back
	Over      Phase = "ended"
)

// CallState is a call that we are in, or that we ring others with.
type CallState struct {
	ID       CallID
	Phase    Phase
	Video    bool
	Outgoing bool // we started it
	Data     string
	Since    time.Time // when the second person joined, on our clock, so that time.Since is how long it lasts; zero before
	Link     string    // "direct", "mesh" or "sfu"
	Members  []Member  // the others in the call
	Waiting  []Waiting // the invitees who have not joined

	Initiator    User
	Rules        Rules
	CanAdd       bool // we may add people: Rules.Adding lets us
	Moderator    bool // we may remove members and switch their devices
	Held         bool // by us: nothing is sent and nothing is heard
	Notification signal.Notification

	Microphone, Camera       bool  // ours: on and sending
	MicrophoneErr, CameraErr error // why ours is off although it should be on
	SpeakerErr               error // why nothing is heard
	Share                    ShareState
	Asked                    Asked     // what a moderator would like us to switch on
	Speaker                  UserID    // who of the others speaks, or spoke last; empty before anybody did
	Chat                     []Message // oldest first
	Err                      error     // why Phase is Rejoining or media did not connect (ErrJoinFailed: offer Retry / Leave)
}

// Info is what is known of the call. Who has declined is not among the invitees any more.
func (c CallState) Info() CallInfo {
	i := CallInfo{Call: c.ID, Outgoing: c.Outgoing, Video: c.Video, Inviter: c.Initiator, Data: c.Data}
	for _, w := range c.Waiting {
		i.Invitees = append(i.Invitees, w.User)
	}
	for _, m := range c.Members {
		if m.ID != c.Initiator.ID {
			i.Invitees = append(i.Invitees, m.User)
		}
	}
	return i
}

// Member is another person in the call.
type Member struct {
	User
	Microphone, Camera bool
	Sharing            Sharing
	Moderator          bool    // may remove members and switch their devices
	Output             Output  // its Label is empty: that is nobody else's business
	Volume             float32 // how loud we hear the member: 1 is as sent, see Preferences.Volumes
	Quality            Quality
	Thin               bool   // the path to the member is too weak for our camera, which is not sent there until it is better
	HasPicture         bool   // a picture of the camera has arrived since it was last switched on
	Held               bool   // holds us: is in another call meanwhile
	MicrophoneTrouble  string // why it is off although it should be on, as [Code] says it; empty if all is well
	CameraTrouble      string
}

// Quality is how well a member is heard and seen.
type Quality string

// The qualities.
const (
	Good    Quality = "good"
	Fair    Quality = "fair"
	Poor    Quality = "poor"
	LostNow Quality = "lost" // nothing arrives
)

// Waiting is an invitee who is not in the call.
type Waiting struct {
	User
	State    signal.PartyState
	Data     string    // what he said with a no; may be empty
	By       UserID    // who invited
	Deadline time.Time // of the ring; zero when it is over
	Mine     bool      // we may take the invitation back: [Call.Cancel]
}

// EndReason says why a call ended, as seen from here.
type EndReason string

// The reasons.
const (
	LocalHangUp   EndReason = "local hangup"   // we hung up
	RemoteHangUp  EndReason = "remote hangup"  // the other side did, or nobody else stayed
	KickedOut     EndReason = "kicked"         // we were taken out of it
	Elsewhere     EndReason = "elsewhere"      // answered, declined or moved on another device of ours
	DeclinedCall  EndReason = "declined"       // the other side said no
	DeclinedHere  EndReason = "declined here"  // we said no
	BusyCall      EndReason = "busy"           // the one who was called is in another call
	CancelledCall EndReason = "cancelled"      // the caller took it back before we answered
	CancelledHere EndReason = "cancelled here" // we took it back before anybody answered
	CallerLost    EndReason = "caller lost"    // the caller's app vanished while it rang
	NoAnswer      EndReason = "timeout"        // nobody answered in time
	Unanswered    EndReason = "missed"         // we did not answer in time
	Unreachable   EndReason = "unreachable"    // nobody who was called had an app running in time
	NetworkLost   EndReason = "network lost"   // the switchboard, or the other side, did not come back in time
	JoinFailed    EndReason = "join failed"    // we left because nobody could be reached
	DeviceTrouble EndReason = "device failed"  // given by the program: the call is of no use without a device
	Abandoned     EndReason = "abandoned"      // a required person was missing; By says who
	MergedCall    EndReason = "merged"         // both called each other; the other call goes on
	AppQuit       EndReason = "quit"           // the program ended
)

// Ended is a call, or a ring, that is over.
type Ended struct {
	Call     CallID
	Info     CallInfo // everybody who was called is among the invitees
	Reason   EndReason
	By       User // who ended it; may be empty
	With     []User
	Data     string // what By said with declining; empty for other reasons
	Video    bool
	Outgoing bool
	Answered bool // media had been opened
	At       time.Time
	Lasted   time.Duration // from the second person's joining; 0 if nobody joined

	invitation InvitationID // of the ring, so that an echo of it does not ring again
	revision   uint64       // of the record, so that an older one does not bring the call back
	obeyed     orders
}

// Call returns the state of a call of ours.
func (s *Snapshot) Call(id CallID) (CallState, bool) {
	for _, c := range s.Calls {
		if c.ID == id {
			return c, true
		}
	}
	return CallState{}, false
}

// MiniState is what the small window shows; the names are the call kit's.
type MiniState string

// The states of the small window.
const (
	MiniIdle       MiniState = "idle"       // no call, or the view was restored
	MiniCalling    MiniState = "calling"    // the call view is being shown
	MiniMinimizing MiniState = "minimizing" // a call or ring goes on while its view is hidden
)

// Mini derives the state of the small window from the snapshot and from whether the call view is hidden.
func (s *Snapshot) Mini(hidden bool) MiniState {
	switch {
	case len(s.Calls) == 0 && len(s.Incoming) == 0:
		return MiniIdle
	case hidden:
		return MiniMinimizing
	}
	return MiniCalling
}
