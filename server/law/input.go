package law

import (
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// Input is something that happens to a call: one of the types below.
type Input interface{ apply(t *turn) error }

// The inputs. Those of members name the device they come from. The law trusts them: who they are, and that texts and IDs are
// within the bounds of package signal, is for the authority to check.
type (
	// Invite makes the call if there is none, with its rules, or adds people to it.
	Invite struct {
		By      signal.User
		Device  signal.DeviceID
		To      []Invitee
		Video   bool
		Request signal.Request
		Rules   signal.Rules // of a new call; otherwise ignored
		Limit   int          // of a new call: how many may be in it at once; 0: all who are called
		Timeout time.Duration
	}
	// Received says that a device of the user rings.
	Received struct{ User signal.UserID }
	// Accept answers a ring. The first device that does it is in the call.
	Accept struct {
		User   signal.UserID
		Device signal.DeviceID
		Data   string
	}
	// Reject answers a ring for all devices of the user.
	Reject struct {
		User signal.UserID
		As   signal.PartyState // Declined or Refused
		Data string
	}
	// Cancel takes invitations back: one's own, or as the initiator anybody's.
	Cancel struct {
		By   signal.UserID
		To   []signal.UserID // empty: all who wait
		Data string
	}
	// Join enters a running call without a ring, comes back to it after the device was lost, or, with Take, brings it from another
	// device of the user to this one.
	Join struct {
		User   signal.UserID
		Device signal.DeviceID
		Take   bool
	}
	// Open joins a call. It makes an open one if there is none, or the last open one of that ID has ended; into an open one it lets in
	// whoever comes.
	Open struct {
		By     signal.User
		Device signal.DeviceID
		Take   bool
		Video  bool         // of a new call; otherwise ignored
		Rules  signal.Rules // likewise
		Limit  int          // likewise
	}
	// Leave hangs up. A member whose device was lost can do it from any other.
	Leave struct {
		User   signal.UserID
		Device signal.DeviceID
	}
	// Kick takes members out of the call, and back the invitations of those named who wait. Only who moderates the call may.
	Kick struct {
		By     signal.UserID
		Device signal.DeviceID
		To     []signal.UserID
	}
	// Order switches microphones or cameras of members. Only who moderates the call may.
	Order struct {
		By                 signal.UserID
		Device             signal.DeviceID
		To                 []signal.UserID // empty: all who are in it but By
		Microphone, Camera *bool           // nil: stays
	}
	// Lost says that the lease of a device has ended.
	Lost struct {
		User   signal.UserID
		Device signal.DeviceID
		Online bool // another device of the user still has a lease
		Grace  Grace
	}
	// Back says that a device has a lease (again).
	Back struct {
		User   signal.UserID
		Device signal.DeviceID
	}
	// Merge ends the call because both called each other and the other call goes on.
	Merge struct{ Into signal.CallID }
	// Tick enforces the deadlines. It is due at [Due].
	Tick struct{}
)

// Invitee is somebody to ring.
type Invitee struct {
	signal.User
	Invitation signal.InvitationID // a new one for each ring
	Online     bool                // some device has a lease
}

// Grace is how long a vanished device may take to come back.
type Grace struct {
	Member time.Duration // of a call with others in it
	Ringer time.Duration // who is alone in the call and rings
}
