package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// state is everything the client knows, as one value. Only [next] makes a new one; the old one stays as it was.
type state struct {
	me         User
	device     DeviceID
	autoAccept bool
	prefs      Preferences
	conn       Connection
	people     map[UserID]Person
	calls      map[CallID]call
	pending    map[CallID]pending // calls that we asked for but whose record has not come yet
	ended      []Ended
	history    HistoryPage // the newest of it
	early      early
	speaker    error // why nothing is heard
}

// mayOpen reports whether a call rings here or was asked for.
func (s *state) mayOpen(id CallID) bool {
	_, rings := s.calls[id]
	_, asked := s.pending[id]
	return rings || asked
}

// intent is what the person wants on in a call.
type intent struct{ microphone, camera bool }

// pending is a call that we asked for. When both call each other the switchboard answers with the other's call, so whom we
// called counts as well.
type pending struct {
	want intent
	to   []UserID
}

// call is one call that concerns us: it rings here, or we are in it.
type call struct {
	record   signal.Call
	want     intent
	inside   bool // we are in it on this device: its room is open
	silenced bool
	refused  bool // the ring was refused as busy: it is not shown
	waiting  bool // the ring waits for our own call to be merged with it: it is not shown
	members  map[UserID]member
	expires  time.Time // on our clock: when it has rung for long enough, even if the switchboard says nothing; zero: never
	failures failures
}

// failures are why a device of ours is not open although it is wanted.
type failures struct{ microphone, camera error }

// switches are what is really on of ours.
func (c *call) switches() switches {
	return switches{Microphone: c.want.microphone && c.failures.microphone == nil, Camera: c.want.camera && c.failures.camera == nil}
}

// broken reports whether the path to some member is gone.
func (c *call) broken() bool {
	for _, m := range c.members {
		if m.path == link.Reconnecting || m.path == link.Failed {
			return true
		}
	}
	return false
}

// member is what we know about another person in the call besides the record.
type member struct {
	device   DeviceID
	path     link.State
	reached  bool // was connected once
	switches switches
	picture  bool
	quality  Quality
}

// switches is what members tell each other about what is on. It travels as JSON on the data channel.
type switches struct {
	Microphone bool `json:"microphone"`
	Camera     bool `json:"camera"`
	Sharing    bool `json:"sharing"`
}

// input is something that happened; action is something to do about it.
type (
	input  interface{ input() }
	action interface{ action() }
)

// The inputs.
type (
	connected struct{ Connection }
	synced    struct {
		signal.SyncReply
		asked []CallID // the calls that were known when it was asked for
	}
	changed  struct{ signal.Call } // a record, from a delivery or an answer
	presence struct{ signal.Person }
	intended struct { // we ask for a call
		call CallID
		pending
	}
	forgotten struct{ call CallID } // what was asked for did not come about, or as another call
	silence   struct{ invitation InvitationID }
	pathMoved struct {
		call   CallID
		user   UserID
		device DeviceID
		path   link.State
	}
	told struct { // a member's switches
		call   CallID
		user   UserID
		device DeviceID
		switches
	}
	pictured struct {
		call   CallID
		user   UserID
		device DeviceID
	}
	judged struct {
		call    CallID
		quality map[UserID]Quality
	}
	switched struct { // we switched something
		call       CallID
		microphone bool // which of the two
		on         bool
	}
	deviceState struct { // a device of ours opened, or is not wanted any more (err nil), or failed
		call CallID
		kind deviceUse
		err  error
	}
	speakerState struct{ err error } // the same of the speaker, which all calls share
	chosen       struct{}            // other devices are to be used
	done         struct {            // we end it here, whatever the switchboard says
		call   CallID
		reason EndReason
	}
	plugged struct{}
	passed  struct{} // time: see [state.due]
	held    struct { // we hold a call, or go on with it
		call CallID
		on   bool
	}
	preferred      struct{ Preferences }
	missedOpened   struct{ HistoryEntry }
	dialBackFailed struct {
		HistoryEntry
		err error
	}
)

// deviceUse is what a device is used for in a call.
type deviceUse uint8

const (
	forMicrophone deviceUse = iota
	forCamera
)

// The actions.
type (
	emit    struct{ Event }
	confirm struct{ call CallID } // tell the authority that it rings here
	refuse  struct {
		call   CallID
		reason signal.PartyState
	}
	take  struct{ call CallID } // accept without asking
	leave struct{ call CallID }
	open  struct { // the room
		call CallID
		want intent
	}
	shut    struct{ call CallID }
	connect struct {
		call     CallID
		user     UserID
		device   DeviceID
		offering bool
	}
	disconnect struct {
		call CallID
		user UserID
	}
	set struct { // switch a device of the room
		call CallID
		want intent
	}
	announce struct { // what is on here, to one member or (empty) all
		call CallID
		to   UserID
		switches
	}
	beep struct{ reason EndReason } // a tone for the end of a call
	aim  struct{}                   // point the outlets at the chosen speakers
)

func (connected) input()      {}
func (synced) input()         {}
func (changed) input()        {}
func (presence) input()       {}
func (intended) input()       {}
func (forgotten) input()      {}
func (silence) input()        {}
func (pathMoved) input()      {}
func (told) input()           {}
func (pictured) input()       {}
func (judged) input()         {}
func (switched) input()       {}
func (deviceState) input()    {}
func (speakerState) input()   {}
func (chosen) input()         {}
func (done) input()           {}
func (plugged) input()        {}
func (passed) input()         {}
func (held) input()           {}
func (preferred) input()      {}
func (missedOpened) input()   {}
func (dialBackFailed) input() {}

func (emit) action()       {}
func (confirm) action()    {}
func (refuse) action()     {}
func (take) action()       {}
func (leave) action()      {}
func (open) action()       {}
func (shut) action()       {}
func (connect) action()    {}
func (disconnect) action() {}
func (set) action()        {}
func (announce) action()   {}
func (beep) action()       {}
func (aim) action()        {}
