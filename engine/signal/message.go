// Package signal says what travels between an app and its switchboard, and carries it over NATS.
//
// A client may publish requests to the authority on svc.<me>.<verb> and peer messages on rt.<to>.<me>.<kind>; it may
// subscribe to user.<me>.>, rt.<me>.> and its own _INBOX.<me>.>. The switchboard enforces that, so a sender is proven by the
// subject and never by a field of the message. <me> is [UserID.Token].
package signal

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Version is the protocol version that [Hello] announces. The authority refuses a client it cannot serve.
const Version = 1

// UserID names a person on a switchboard. It may hold any UTF-8 text of 1 to 64 bytes.
type UserID string

// DeviceID names one running app of a user; it is made anew by each installation and kept in its profile.
type DeviceID string

// CallID names a call: the room that its members share. An app may choose it.
type CallID string

// LineID names one TCP connection of an app to a switchboard, for as long as it stands. It is made by [LineOf].
type LineID string

// LineOf is the line that a NATS server, named by its public key, counts by a number.
func LineOf(server string, number uint64) LineID {
	return LineID(server + "." + strconv.FormatUint(number, 36))
}

// InvitationID names one ringing of one person. Every ring has a new one.
type InvitationID string

// ErrBadUserID says that a user ID is empty, too long or not UTF-8.
var ErrBadUserID = errors.New("signal: user ID must be 1 to 64 bytes of UTF-8")

var tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Check reports whether the ID may be used.
func (u UserID) Check() error {
	if len(u) == 0 || len(u) > 64 || !utf8.ValidString(string(u)) {
		return ErrBadUserID
	}
	return nil
}

// Token encodes the ID as one NATS subject token (lower-case base32), so that dots, wildcards and spaces in it are harmless.
func (u UserID) Token() string { return strings.ToLower(tokenEncoding.EncodeToString([]byte(u))) }

// ParseUserToken is the inverse of [UserID.Token]. It accepts only the canonical form.
func ParseUserToken(token string) (UserID, error) {
	b, err := tokenEncoding.DecodeString(strings.ToUpper(token))
	if err != nil {
		return "", fmt.Errorf("signal: user token %q: %w", token, err)
	}
	u := UserID(b)
	if err := u.Check(); err != nil {
		return "", err
	}
	if u.Token() != token {
		return "", fmt.Errorf("signal: user token %q is not canonical", token)
	}
	return u, nil
}

// User is a person and the name to show.
type User struct {
	ID   UserID `json:"id"`
	Name string `json:"name"`
}

// Presence says whether a person can be called.
type Presence string

// The presences of a person.
const (
	Online  Presence = "online"
	Busy    Presence = "busy"    // in a call
	Offline Presence = "offline" // no device has a lease
)

// Person is a user of the switchboard with the presence of the moment.
type Person struct {
	User
	Presence Presence `json:"presence"`
}

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
	Kicked    PartyState = "kicked"    // was in the call and was removed
)

// Waiting reports whether the party may still answer.
func (s PartyState) Waiting() bool { return s == Calling || s == Ringing || s == Unreached }

// In reports whether the party holds a place in the call.
func (s PartyState) In() bool { return s == Joined || s == Lost }

// Party is one person's part in a call.
type Party struct {
	User
	State      PartyState   `json:"state"`
	Device     DeviceID     `json:"device,omitempty"`     // where the party is in the call; empty before
	Invitation InvitationID `json:"invitation,omitempty"` // of the latest ring; empty for the initiator
	By         UserID       `json:"by,omitempty"`         // who invited
	Deadline   time.Time    `json:"deadline,omitzero"`    // of the ring, or of the grace time when Lost
	Since      time.Time    `json:"since"`                // start of State
	Data       string       `json:"data,omitempty"`       // custom text of accept or reject
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
)

// Call is the one record of a call. The authority changes it only by compare-and-set and delivers the whole record to
// every party on each change, so the newest revision is the truth and a lost delivery costs nothing.
type Call struct {
	ID         CallID    `json:"id"`
	Revision   uint64    `json:"revision"` // grows with each change
	Initiator  UserID    `json:"initiator"`
	Video      bool      `json:"video"`
	Data       string    `json:"data,omitempty"` // custom text of the invitation
	Created    time.Time `json:"created"`
	Live       time.Time `json:"live,omitzero"`  // when a second party joined; zero while it only rings
	Ended      time.Time `json:"ended,omitzero"` // zero while it lasts
	Reason     EndReason `json:"reason,omitempty"`
	EndedBy    UserID    `json:"ended_by,omitempty"`
	MergedInto CallID    `json:"merged_into,omitempty"`
	Parties    []Party   `json:"parties"` // the initiator first, then in the order of invitation
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

// Verb names a request to the authority: the last token of svc.<me>.<verb>.
type Verb string

// The verbs and their messages.
const (
	VerbHello    Verb = "hello"    // Hello → HelloReply: takes or renews the presence lease of a device
	VerbSync     Verb = "sync"     // Sync → SyncReply: the truth after a (re)connect
	VerbPeople   Verb = "people"   // Empty → PeopleReply
	VerbInvite   Verb = "invite"   // Invite → InviteReply
	VerbReceived Verb = "received" // CallRequest → CallReply: this device rings
	VerbAccept   Verb = "accept"   // CallRequest → CallReply
	VerbReject   Verb = "reject"   // CallRequest (Reason: "declined" or "busy") → CallReply
	VerbCancel   Verb = "cancel"   // CallRequest (To; empty means all who wait) → CallReply
	VerbJoin     Verb = "join"     // CallRequest → CallReply: enter a running call by ID, or come back
	VerbLeave    Verb = "leave"    // CallRequest → CallReply
	VerbTURN     Verb = "turn"     // CallRequest → TURNReply: relay credentials, for members of the call only
	VerbRenew    Verb = "renew"    // Empty → RenewReply: a new token before the old one expires
	VerbBye      Verb = "bye"      // Bye → Empty: gives the lease back; the user leaves calls and rings of this device
)

// Empty is the body of requests and answers that say nothing more.
type Empty struct{}

// Hello takes the lease of a device, or renews it. A client sends it every third of HelloReply.Lease.
type Hello struct {
	Device  DeviceID `json:"device"`
	Name    string   `json:"name"` // to show
	Version int      `json:"version"`
	// Line is the connection that says hello: the lease ends soon after it has closed, unless the device is back on another.
	// Without it the lease only runs out.
	Line LineID `json:"line,omitempty"`
}

// HelloReply tells how long the lease lasts.
type HelloReply struct {
	Lease time.Duration `json:"lease"` // in nanoseconds
	Grace time.Duration `json:"grace"` // how long a vanished member's place is kept
	Now   time.Time     `json:"now"`   // the authority's clock, for deadlines
}

// Sync asks for everything that concerns this user.
type Sync struct {
	Device DeviceID `json:"device"`
}

// SyncReply holds every person and every call that has not ended and in which the user waits or is in.
type SyncReply struct {
	People []Person `json:"people"`
	Calls  []Call   `json:"calls"`
}

// PeopleReply lists the users of the switchboard, by name. The asking user is among them.
type PeopleReply struct {
	People []Person `json:"people"`
}

// Invite starts a call, or adds people to one that the sender is in.
type Invite struct {
	Device  DeviceID      `json:"device"`
	Call    CallID        `json:"call,omitempty"` // empty: the authority makes one
	To      []UserID      `json:"to"`             // 1 to 15
	Video   bool          `json:"video"`
	Data    string        `json:"data,omitempty"`    // at most 4 KiB
	Timeout time.Duration `json:"timeout,omitempty"` // 1 s to 10 min; 0 means 60 s
}

// InviteResult is what became of one invitee at once.
type InviteResult struct {
	ID     UserID `json:"id"`
	Result string `json:"result"` // "ringing" (on its way), "offline", "busy", "unknown" or "failed"
}

// InviteReply is the call as it is now. When both called each other it is the other's call, already joined.
type InviteReply struct {
	Call    Call           `json:"call"`
	Results []InviteResult `json:"results"`
}

// CallRequest is the body of all other verbs about one call.
type CallRequest struct {
	Device DeviceID `json:"device"`
	Call   CallID   `json:"call"`
	To     []UserID `json:"to,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Data   string   `json:"data,omitempty"` // at most 4 KiB
}

// CallReply is the call after the request.
type CallReply struct {
	Call Call `json:"call"`
}

// ICEServer is a STUN or TURN server with its credentials (RFC 8656, draft-uberti-behave-turn-rest).
type ICEServer struct {
	URLs       []string  `json:"urls"`
	Username   string    `json:"username,omitempty"`
	Credential string    `json:"credential,omitempty"`
	Expires    time.Time `json:"expires,omitzero"`
}

// TURNReply lists the relays that a member of the call may use.
type TURNReply struct {
	Servers []ICEServer `json:"servers"`
}

// RenewReply is a fresh token for the key with which the client is connected.
type RenewReply struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// Bye gives the lease of a device back.
type Bye struct {
	Device DeviceID `json:"device"`
}

// EnrolRequest asks for a token without an account: it is published on [EnrolSubject] by a client that has none yet.
type EnrolRequest struct {
	Key      string `json:"key"` // the public nkey of the device
	User     User   `json:"user"`
	JoinCode string `json:"join_code,omitempty"` // not needed on a loopback-only listener
	Box      string `json:"box"`                 // the public X25519 key (xkey) to which the answer is sealed: strangers share an inbox
}

// EnrolReply is the token for the key, and the ID that the switchboard knows the user by.
type EnrolReply struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	AppID   string    `json:"app_id"`
}

// Delivery kinds: the last token of user.<me>.<kind>.
const (
	DeliverCall   = "call"   // Call: it changed and concerns you
	DeliverPerson = "person" // Person: a presence or name changed, or somebody new enrolled
)

// Code is a machine-readable error of the authority.
type Code string

// The codes.
const (
	CodeBadRequest Code = "bad-request" // a field is missing or wrong; Message names it
	CodeNotFound   Code = "not-found"   // no such call, or it is not yours
	CodeExpired    Code = "expired"     // the invitation is no longer open
	CodeElsewhere  Code = "elsewhere"   // another device of yours answered
	CodeBusy       Code = "busy"        // you are in another call on this device
	CodeForbidden  Code = "forbidden"   // not allowed, for example not a member
	CodeJoinCode   Code = "join-code"   // enrolment: the join code is wrong, or missing
	CodeNameTaken  Code = "name-taken"  // enrolment: the user ID belongs to another key
	CodeTooMany    Code = "too-many"    // a rate or size limit
	CodeVersion    Code = "version"     // the client is too old or too new
	CodeInternal   Code = "internal"    // the switchboard failed; trying again may help
)

// Error is the answer to a request that was refused. It travels as {"error":{…}}.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return "switchboard: " + string(e.Code) + ": " + e.Message }

// Is makes errors.Is match on the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// PeerMessage travels directly between two devices on rt.<to>.<me>.link. Body belongs to the media link.
type PeerMessage struct {
	Call CallID   `json:"call"`
	From DeviceID `json:"from"`
	To   DeviceID `json:"to"`
	Body []byte   `json:"body"`
}
