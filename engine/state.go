package engine

import (
	"image"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// state is everything the client knows, as one value. Only [next] makes a new one; the old one stays as it was.
type state struct {
	me         User
	home       DeviceID // this installation
	device     DeviceID // this run of it: an app that crashed and starts again is another device
	autoAccept bool
	marks      bool // the program marks on the display where others point
	prefs      Preferences
	conn       Connection
	people     map[UserID]Person
	calls      map[CallID]call
	pending    map[CallID]pending     // calls that we asked for but whose record has not come yet
	afar       map[CallID]signal.Call // calls that we are in on another device
	past       []edition              // the newest records of the latest calls, but of those afar
	ended      []Ended
	history    HistoryPage // the newest of it
	early      early
	ahead      time.Duration // of the switchboard's clock before ours
	speaker    error         // why nothing is heard
	output     Output        // where calls are heard, or would be
}

// edition is one revision of the record of a call.
type edition struct {
	call     CallID
	revision uint64
}

// mayOpen reports whether a call rings here or was asked for.
func (s *state) mayOpen(id CallID) bool {
	_, rings := s.calls[id]
	_, asked := s.pending[id]
	return rings || asked
}

// tracked lists what the switchboard knows too, as far as we know: calls by their newest record, and those that we ask for.
func (s *state) tracked() []edition {
	var all []edition
	for id, c := range s.calls {
		all = append(all, edition{id, c.record.Revision})
	}
	for id, r := range s.afar {
		all = append(all, edition{id, r.Revision})
	}
	for id := range s.pending {
		all = append(all, edition{call: id})
	}
	return all
}

// intent is what the person wants on in a call.
type intent struct {
	microphone, camera bool
	share              showing
}

// devices is the intent without what belongs to the room of one call.
func (i intent) devices() intent { return intent{microphone: i.microphone, camera: i.camera} }

// showing is what the person wants of the display in a call: of a share that the room has begun.
type showing struct {
	n                 uint64 // which one; 0: none yet
	on, paused, sound bool
}

// sounds reports whether what the machine plays should be heard.
func (s showing) sounds() bool { return s.on && s.sound && !s.paused }

// pending is a call that we asked for. When both call each other the switchboard answers with the other's call, so whom we
// called counts as well.
type pending struct {
	want    intent
	to      []UserID
	current Current // what becomes of the call that we are in
	speaker string  // device ID to hear it on; empty: as chosen
	opens   bool    // it is an open call, which can begin anew after its end

	wish uint64 // which wish of ours it is, for the same call may be asked for again before the first answer is there
	from CallID // which of our calls was merged with this one: nobody waits for the answer; empty: none
}

// call is one call that concerns us: it rings here, or we are in it.
type call struct {
	record   signal.Call
	want     intent
	inside   bool   // we are in it on this device: its room is open
	wish     uint64 // by which we came to be
	near     bool   // it rings, and a silent room is open
	held     bool   // by us: its room is open, and silent both ways
	silenced bool
	refused  bool // the ring was refused as busy: it is not shown
	waiting  bool // the ring waits for our own call to be merged with it: it is not shown
	asked    Asked
	chat     chat
	floor    UserID // who of the others speaks, or spoke last
	obeyed   orders
	members  map[UserID]member
	failures failures
	shared   Share  // the last one; want.share says whether it is on
	speaker  string // device ID to hear it on; empty: as chosen

	// Times on our clock.
	expires time.Time            // when it has rung for long enough, even if the switchboard says nothing; zero: never
	begun   time.Time            // when it became a conversation; zero before
	told    time.Duration        // the newest [DurationChanged]
	fading  map[UserID]time.Time // until when a tile says that somebody did not come
}

// rings reports whether the call is shown as an invitation.
func (c *call) rings() bool { return !c.inside && !c.waiting && !c.refused }

// crowd is from how many people in a call on cameras are sent smaller: everybody sends to everybody else.
const crowd = 5

// cameraSize is the largest size to send the camera in, in pixels; zero: as large as usual.
func (c *call) cameraSize() image.Point {
	if c.inside && len(c.members)+1 >= crowd {
		return image.Pt(640, 360)
	}
	return image.Point{}
}

// failures are why a device of ours is not open although it is wanted, and why the last share stopped by itself.
type failures struct{ microphone, camera, systemSound, share error }

// switches are what is really on of ours, and what members are told about what is not.
func (c *call) switches() switches {
	if c.held {
		return switches{Held: true}
	}
	var s switches
	if c.want.microphone {
		s.Microphone, s.MicrophoneTrouble = c.failures.microphone == nil, Code(c.failures.microphone)
	}
	if c.want.camera {
		s.Camera, s.CameraTrouble = c.failures.camera == nil, Code(c.failures.camera)
	}
	if w := c.want.share; w.on {
		s.Sharing = sharing{On: true, Paused: w.paused, Label: c.shared.Surface.Label, Sound: w.sound && c.failures.systemSound == nil}
	}
	return s
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

// reached reports whether media have flowed.
func (c *call) reached() bool {
	for _, m := range c.members {
		if m.reached {
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
	thin     bool // the path to him is too weak for our camera
	quality  Quality
}

// switches is what members tell each other about what is on. It travels as JSON on the data channel.
type switches struct {
	Microphone bool    `json:"microphone"`       // it is sent
	Camera     bool    `json:"camera"`           // likewise
	Sharing    sharing `json:"sharing,omitzero"` // what of the display is
	Held       bool    `json:"held,omitempty"`   // the call: neither sends nor hears

	Output media.Route `json:"output,omitempty"` // how the call is heard over there; empty: as said before

	// Why it is off although it should be on, as [Code] says it.
	MicrophoneTrouble string `json:"microphone_trouble,omitempty"`
	CameraTrouble     string `json:"camera_trouble,omitempty"`
}

// sharing is what somebody shares of his display.
type sharing struct {
	On     bool   `json:"on,omitempty"`     // otherwise the rest means nothing
	Paused bool   `json:"paused,omitempty"` // the picture stands still
	Label  string `json:"label,omitempty"`  // of what is shared; cut to 256 bytes
	Sound  bool   `json:"sound,omitempty"`  // what the machine plays is sent too
	Marked bool   `json:"marked,omitempty"` // the picture itself shows where people point
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
		asked []edition     // what was tracked when it was asked for
		ahead time.Duration // of the switchboard's clock before ours
	}
	changed  struct{ signal.Call } // a record, from a delivery or an answer
	presence struct{ signal.Person }
	intended struct { // we ask for a call
		call CallID
		pending
	}
	forgotten struct { // what was asked for did not come about, or as another call
		call CallID
		wish uint64
	}
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
	shared struct { // we share something, in place of what we did
		call CallID
		Share
		n uint64 // counts the shares of the room
	}
	unshared struct { // our share is over
		call CallID
		n    uint64 // 0: whichever it is
		err  error  // why it stopped by itself
	}
	paused struct { // we pause our share, or go on with it
		call CallID
		on   bool
	}
	speakerState struct{ err error } // the same of the speaker, which all calls share
	heardOn      struct{ Output }    // the speaker that is used, or would be
	replaced     struct {            // another device is used than before, although nobody asked for it
		call     CallID // empty: all, as it is the speaker
		kind     media.DeviceKind
		to, from string // labels
		returned bool   // the better one is there, or there again; otherwise the one before was lost
	}
	chosen struct{ speaker bool } // other devices are to be used, another speaker too
	done   struct {               // we end it here, whatever the switchboard says
		call   CallID
		reason EndReason
		data   string // what was said with it
	}
	cancelling struct { // we ask to take invitations back; no names means all of ours
		call CallID
		to   []UserID
	}
	failed struct { // something that nobody waits for
		call CallID
		err  error
	}
	expiring struct{ left time.Duration } // the token
	plugged  struct{}
	passed   struct{} // time: see [state.due]
	held     struct { // we hold a call, or go on with it
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
	forSystemSound
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
		call    CallID
		want    intent
		volumes volumes
	}
	adjust  struct{ volumes } // how loud people are heard
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
	scale struct { // send the camera no larger than this
		call CallID
		most image.Point // zero: as large as usual
	}
	set struct { // switch the devices of the room
		call CallID
		want intent
		held bool
	}
	announce struct { // what is on here, to one member or (empty) all
		call CallID
		to   UserID
		switches
	}
	beep struct{ reason EndReason } // a tone for the end of a call
	aim  struct{ speaker string }   // point the outlets at the chosen speakers, and that of calls at this one if it is named
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
func (shared) input()         {}
func (unshared) input()       {}
func (paused) input()         {}
func (speakerState) input()   {}
func (heardOn) input()        {}
func (replaced) input()       {}
func (chosen) input()         {}
func (done) input()           {}
func (cancelling) input()     {}
func (failed) input()         {}
func (expiring) input()       {}
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
func (scale) action()      {}
func (adjust) action()     {}
func (set) action()        {}
func (announce) action()   {}
func (beep) action()       {}
func (aim) action()        {}
