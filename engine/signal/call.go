package signal

import (
	"cmp"
	"slices"
	"time"
)

// PartyState is where one person stands in one call.
type PartyState string

// The states of a party. Calling, Unreached and Ringing wait for an answer; Joined is in the call; Lost is in the call but its
// device has vanished and may come back within the grace time; the others are final for this ring.
const (
	Calling   PartyState = "calling"   // invited, no device has confirmed the ring yet
	Ringing   PartyState = "ringing"   // a device rings
	Unreached PartyState = "offline"   // invited while no device is online; rings if one appears before the deadline
	Joined    PartyState = "joined"    // in the call, on Party.Device
	Lost      PartyState = "lost"      // joined, but the lease of its device ran out
	Declined  PartyState = "declined"  // said no
	Refused   PartyState = "busy"      // was in another call
	TimedOut  PartyState = "timeout"   // did not answer by the deadline
	Cancelled PartyState = "cancelled" // the caller took the invitation back, or vanished
	Left      PartyState = "left"      // was in the call and hung up
	Kicked    PartyState = "kicked"    // was in the call and was removed, by Party.Kicker
)

// Waiting reports whether the party may still answer.
func (s PartyState) Waiting() bool { return s == Calling || s == Ringing || s == Unreached }

// In reports whether the party holds a place in the call.
func (s PartyState) In() bool { return s == Joined || s == Lost }

// Party is one person's part in a call.
type Party struct {
	User
	State      PartyState   `json:"state"`                // see [PartyState]
	Device     DeviceID     `json:"device,omitempty"`     // where the party is in the call; empty before
	Invitation InvitationID `json:"invitation,omitempty"` // of the latest ring; empty for the initiator
	By         UserID       `json:"by,omitempty"`         // who invited
	Asked      time.Time    `json:"asked,omitzero"`       // when the latest ring began; zero for who came into the call without one
	Entered    time.Time    `json:"entered,omitzero"`     // when the party came into the call, on whichever device; zero before
	Deadline   time.Time    `json:"deadline,omitzero"`    // of the ring, or of the grace time when Lost
	Since      time.Time    `json:"since"`                // start of State
	Data       string       `json:"data,omitempty"`       // custom text of the accept, the reject or the cancel that made State
	Request    *Request     `json:"request,omitempty"`    // what came with the latest ring, if it is not the call's
	Kicker     UserID       `json:"kicker,omitempty"`     // who removed the party that is Kicked
	Microphone Order        `json:"microphone,omitzero"`  // the newest since the party came into the call on Device
	Camera     Order        `json:"camera,omitzero"`      // likewise
}

// Order is what a moderator of a call wants of a member's microphone or camera. Off is obeyed at once and said to the person; on is
// asked of the person. The member can switch it again at any time.
type Order struct {
	On bool      `json:"on,omitempty"` // missing: off
	By UserID    `json:"by"`           // the moderator
	At time.Time `json:"at"`           // grows with each order to the same party; zero: there is none
}

// Request is what an inviter says with an invitation.
type Request struct {
	Data         string       `json:"data,omitempty"`        // custom text, at most 4 KiB
	Notification Notification `json:"notification,omitzero"` // for the desktop of who is called
}

// Notification is what the desktop of who is called shows in place of our own words. Empty fields mean our own.
type Notification struct {
	Title    string `json:"title,omitempty"`    // at most 256 bytes
	Message  string `json:"message,omitempty"`  // at most 1 KiB
	Resource string `json:"resource,omitempty"` // key of a sound or look that the callee's app knows; at most 256 bytes
}

// Adding says who may add people to a running call.
type Adding string

// Who may add people. They are the kit's canInvitingInCalling and onlyInitiatorCanInvite.
const (
	NobodyAdds    Adding = ""          // the kit's default
	InitiatorAdds Adding = "initiator" // only who started the call
	MembersAdd    Adding = "members"   // everybody who is in it
)

// Rules are what the initiator wants of a call; they stand when it is made. The zero value is the kit's default.
type Rules struct {
	Adding           Adding        `json:"adding,omitempty"`             // who may add people
	EndWithInitiator bool          `json:"end_with_initiator,omitempty"` // the call ends for all when its initiator leaves
	Hosts            []UserID      `json:"hosts,omitempty"`              // may moderate besides the initiator, see [Call.Moderates]; at most 15
	Required         []UserID      `json:"required,omitempty"`           // without them the call is abandoned; at most 15
	RequiredWithin   time.Duration `json:"required_within,omitempty"`    // ... after so long, while others are in it; 0 means 5 s; at most 10 min
	Open             bool          `json:"open,omitempty"`               // made by [VerbOpen]: whoever knows its ID may enter it. Invitations make no such call
}

// EndReason says why a call ended, in the authority's view.
type EndReason string

// The reasons in a call record.
const (
	EndHangUp     EndReason = "hangup"      // a member left and too few stayed; Call.EndedBy says who
	EndDeclined   EndReason = "declined"    // the only invitee said no
	EndBusy       EndReason = "busy"        // the only invitee was in another call
	EndTimeout    EndReason = "timeout"     // nobody answered
	EndCancelled  EndReason = "cancelled"   // the caller took it back
	EndCallerLost EndReason = "caller lost" // the caller's app vanished while it rang
	EndLost       EndReason = "lost"        // a member's app vanished and did not come back
	EndMerged     EndReason = "merged"      // both called each other: Call.MergedInto goes on
	EndAbandoned  EndReason = "abandoned"   // a required person was missing for too long; Call.EndedBy says who
)

// Call is the one record of a call. The authority changes it only by compare-and-set and delivers the whole record to
// every party on each change, so the newest revision is the truth and a lost delivery costs nothing.
type Call struct {
	ID         CallID    `json:"id"`
	Revision   uint64    `json:"revision"`  // grows with each change
	Initiator  UserID    `json:"initiator"` // who made it
	Video      bool      `json:"video"`     // with picture
	Request              // of the first invitation
	Rules      Rules     `json:"rules,omitzero"`
	Limit      int       `json:"limit,omitempty"`       // how many may be in it at once; 0: as many as are called
	Created    time.Time `json:"created"`               // on the clock of the switchboard, as all times of the record
	Live       time.Time `json:"live,omitzero"`         // when a second party joined; zero while it only rings
	Ended      time.Time `json:"ended,omitzero"`        // zero while it lasts
	Reason     EndReason `json:"reason,omitempty"`      // of an ended call
	EndedBy    UserID    `json:"ended_by,omitempty"`    // likewise, if somebody did
	MergedInto CallID    `json:"merged_into,omitempty"` // likewise, of one that was merged
	Parties    []Party   `json:"parties"`               // the initiator first, then in the order of invitation
}

// Party returns the part of a user, and false if the user has none.
func (c *Call) Party(u UserID) (Party, bool) {
	for _, p := range c.Parties {
		if p.ID == u {
			return p, true
		}
	}
	return Party{}, false
}

// Moderates reports whether a user may remove members and switch off their devices: the initiator and the hosts that the rules name,
// while they are in the call; and if none of them is, whoever of those in it comes first.
func (c *Call) Moderates(u UserID) bool {
	first := UserID("")
	for _, named := range []bool{true, false} {
		for _, p := range c.Parties {
			if !p.State.In() || named != (p.ID == c.Initiator || slices.Contains(c.Rules.Hosts, p.ID)) {
				continue
			}
			if p.ID == u && (named || first == "") {
				return true
			}
			first = cmp.Or(first, p.ID)
		}
	}
	return false
}

// Full reports whether as many are in the call as may be.
func (c *Call) Full() bool {
	in := 0
	for _, p := range c.Parties {
		if p.State.In() {
			in++
		}
	}
	return c.Limit > 0 && in >= c.Limit
}

// Offers reports whether a is the one that makes the WebRTC offers between the two parties: the one that comes first in Parties.
func (c *Call) Offers(a, b UserID) bool {
	for _, p := range c.Parties {
		switch p.ID {
		case a:
			return true
		case b:
			return false
		}
	}
	return false
}

// Asking is what came with the latest ring of a user.
func (c *Call) Asking(u UserID) Request {
	if p, ok := c.Party(u); ok && p.Request != nil {
		return *p.Request
	}
	return c.Request
}
