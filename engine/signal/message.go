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

// DeviceID names one running app of a user. Each run makes a new one, so an app that was started again is another device: what it
// was in before the authority finds lost, and it comes back as any other device would.
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

// HistoryID names one entry of a user's history.
type HistoryID string

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
	ID   UserID `json:"id"`   // 1 to 64 bytes of UTF-8
	Name string `json:"name"` // at most 64 characters, of which none is a control character
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
	VerbJoin     Verb = "join"     // CallRequest → CallReply: enter a running call by ID, come back, or (Take) bring it here
	VerbOpen     Verb = "open"     // OpenRequest → CallReply: enter an open call by its ID, which makes it if there is none
	VerbLeave    Verb = "leave"    // CallRequest → CallReply
	VerbKick     Verb = "kick"     // CallRequest (To) → CallReply: moderators take members out of the call
	VerbOrder    Verb = "order"    // OrderRequest → CallReply: moderators switch devices of members, see [Order]
	VerbTURN     Verb = "turn"     // CallRequest → TURNReply: relay credentials, for who is in the call or called
	VerbRenew    Verb = "renew"    // RenewRequest → RenewReply: a new token before the old one expires
	VerbHistory  Verb = "history"  // HistoryRequest → HistoryReply
	VerbSeen     Verb = "seen"     // SeenRequest → Empty: missed calls up to then are not news any more
	VerbForget   Verb = "forget"   // ForgetRequest → Empty: deletes entries of the history
	VerbDevice   Verb = "device"   // Empty → DeviceReply: a code with which another device of the same user enrols
	VerbBye      Verb = "bye"      // Bye → Empty: gives the lease back; the user leaves calls and rings of this device
)

// Empty is the body of requests and answers that say nothing more.
type Empty struct{}

// Hello takes the lease of a device, or renews it. A client sends it every third of HelloReply.Lease.
type Hello struct {
	Device  DeviceID `json:"device"`  // 1 to 64 bytes, new in each run of the app
	Name    string   `json:"name"`    // to show; cut to 64 characters; empty keeps the known one
	Version int      `json:"version"` // 1
	// Line is the connection, at most 96 bytes. It is the connection that says hello: the lease ends soon after it has closed, unless the device is back on another.
	// Without it the lease only runs out.
	Line LineID `json:"line,omitempty"`
}

// HelloReply tells how long the lease lasts.
type HelloReply struct {
	Lease time.Duration `json:"lease"` // how long the device counts as there without another hello
	Grace time.Duration `json:"grace"` // how long a vanished member's place is kept
	Now   time.Time     `json:"now"`   // the authority's clock, for deadlines
}

// Sync asks for everything that concerns this user.
type Sync struct {
	Device DeviceID `json:"device"` // who asks
}

// SyncReply holds every person and every call that has not ended and in which the user waits or is in.
type SyncReply struct {
	People []Person  `json:"people"`       // everybody, also the asking user
	Calls  []Call    `json:"calls"`        // the user's, that have not ended
	Now    time.Time `json:"now,omitzero"` // the authority's clock, for deadlines
}

// PeopleReply lists the users of the switchboard, by name. The asking user is among them.
type PeopleReply struct {
	People []Person `json:"people"` // as many as fit into 1 MiB, those who are there first
}

// Invite starts a call, or adds people to one that the sender is in.
type Invite struct {
	Device  DeviceID      `json:"device"`            // that calls
	Call    CallID        `json:"call,omitempty"`    // 1 to 64 bytes; empty: the authority makes one
	To      []UserID      `json:"to"`                // 1 to 15
	Video   bool          `json:"video"`             // of a call that this makes; otherwise ignored
	Timeout time.Duration `json:"timeout,omitempty"` // 1 s to 10 min; 0 means 60 s
	Rules   Rules         `json:"rules,omitzero"`    // for a call that this makes; otherwise ignored
	Request
}

// InviteResult is what became of one invitee at once.
type InviteResult struct {
	ID UserID `json:"id"` // of the invitee
	// Result is "ringing" (on its way), "offline" (rings if a device comes in time), "busy" (in a call at this moment; the ring is on
	// its way all the same, and it is up to that app to refuse it or to let it wait), "unknown" or "failed".
	Result string `json:"result"`
}

// InviteReply is the call as it is now. When both called each other it is the other's call, already joined.
type InviteReply struct {
	Call    Call           `json:"call"`
	Results []InviteResult `json:"results"` // one for each of Invite.To, without doubles
}

// CallRequest is the body of all other verbs about one call.
type CallRequest struct {
	Device DeviceID `json:"device"`           // that asks
	Call   CallID   `json:"call"`             // 1 to 64 bytes
	To     []UserID `json:"to,omitempty"`     // cancel, kick: at most 15
	Reason string   `json:"reason,omitempty"` // reject: "declined" or "busy"
	Data   string   `json:"data,omitempty"`   // accept, reject, cancel: custom text, at most 4 KiB
	Take   bool     `json:"take,omitempty"`   // join: also if another device of ours is in the call, which it leaves then
}

// OpenRequest enters the call of an ID, by invitation or because it is open, and makes an open one if there is none. Who makes it sets
// its rules and moderates it; the ID is all that others need to enter, so one that can be guessed is a door without a lock.
type OpenRequest struct {
	Device DeviceID `json:"device"`          // that asks
	Call   CallID   `json:"call"`            // 1 to 64 bytes
	Take   bool     `json:"take,omitempty"`  // also if another device of ours is in the call, which it leaves then
	Video  bool     `json:"video,omitempty"` // of a call that this makes; otherwise ignored
	Rules  Rules    `json:"rules,omitzero"`  // likewise
}

// OrderRequest says which devices of which members are to be switched.
type OrderRequest struct {
	Device     DeviceID `json:"device"`               // that asks
	Call       CallID   `json:"call"`                 // 1 to 64 bytes
	To         []UserID `json:"to,omitempty"`         // at most 15; empty: all who are in the call but the sender
	Microphone *bool    `json:"microphone,omitempty"` // missing: it stays; one of the two must be there
	Camera     *bool    `json:"camera,omitempty"`     // likewise
}

// CallReply is the call after the request.
type CallReply struct {
	Call Call `json:"call"`
}

// ICEServer is a STUN or TURN server with its credentials (RFC 8656, draft-uberti-behave-turn-rest).
type ICEServer struct {
	URLs       []string  `json:"urls"`                 // RFC 7064, RFC 7065
	Username   string    `json:"username,omitempty"`   // of TURN
	Credential string    `json:"credential,omitempty"` // likewise
	Expires    time.Time `json:"expires,omitzero"`     // of the credential, 12 hours from now
}

// TURNReply lists the relays that a member of the call may use.
type TURNReply struct {
	Servers []ICEServer `json:"servers"`
}

// RenewRequest asks for a fresh token for a key of the user; one user may have a key on each device.
type RenewRequest struct {
	Key string `json:"key,omitempty"` // the public nkey with which the client is connected; empty: that of the first device
}

// RenewReply is a fresh token for the key.
type RenewReply struct {
	Token   string    `json:"token"`   // user JWT
	Expires time.Time `json:"expires"` // of the token
}

// HistoryEntry is one call, or one ring, of a user that is over for that user.
type HistoryEntry struct {
	ID       HistoryID     `json:"id"`
	Call     CallID        `json:"call"`
	Incoming bool          `json:"incoming"` // somebody else invited
	By       User          `json:"by"`       // who invited; the user himself if not Incoming
	With     []User        `json:"with"`     // the other parties, in the order of the call
	Video    bool          `json:"video"`
	At       time.Time     `json:"at"`                 // when it rang, or was called
	Over     time.Time     `json:"over"`               // when it was over for the user; entries are sorted by it
	Answered bool          `json:"answered"`           // the user was in the call together with somebody
	Lasted   time.Duration `json:"lasted,omitempty"`   // how long he was, in nanoseconds
	State    PartyState    `json:"state"`              // of the user at the end: Joined if he was in the call until it ended
	Reason   EndReason     `json:"reason,omitempty"`   // why the call ended; empty if it went on without the user
	EndedBy  UserID        `json:"ended_by,omitempty"` // who ended it, or removed the user from it
	Data     string        `json:"data,omitempty"`     // custom text of the invitation
}

// Missed reports whether somebody called and the user could not answer: too late, taken back, or busy.
func (e *HistoryEntry) Missed() bool {
	return e.Incoming && !e.Answered && (e.State == TimedOut || e.State == Cancelled || e.State == Refused)
}

// HistoryRequest asks for the newest entries, or for those before a time.
type HistoryRequest struct {
	Before time.Time `json:"before,omitzero"` // entries that were over before it; missing: the newest
	Limit  int       `json:"limit,omitempty"` // 1 to 200; 0 means 100
}

// HistoryReply holds entries, newest first.
type HistoryReply struct {
	Entries []HistoryEntry `json:"entries"`
	More    bool           `json:"more"`          // there are older ones
	Seen    time.Time      `json:"seen,omitzero"` // missed calls that were over after it are news
	Missed  int            `json:"missed"`        // how many are news
}

// SeenRequest says that the user has seen his missed calls.
type SeenRequest struct {
	Until time.Time `json:"until"` // HistoryEntry.Over of the newest that was seen
}

// ForgetRequest deletes entries of the user's history; without IDs all of them.
type ForgetRequest struct {
	IDs []HistoryID `json:"ids,omitempty"` // at most 200
}

// DeviceReply is a code that lets one more device of the user enrol, once.
type DeviceReply struct {
	Code    string    `json:"code"`    // two groups of five letters and digits
	Expires time.Time `json:"expires"` // five minutes from now
}

// Bye gives the lease of a device back.
type Bye struct {
	Device DeviceID `json:"device"` // that goes
}

// EnrolRequest asks for a token without an account: it is published on [EnrolSubject] by a client that has none yet.
type EnrolRequest struct {
	Key      string `json:"key"`                 // the public nkey of the device
	User     User   `json:"user"`                // nothing in the ID and the name but characters that can be seen
	JoinCode string `json:"join_code,omitempty"` // not needed on a loopback-only listener
	// DeviceCode makes Key one more key of User, who got the code from VerbDevice on another device. It stands for the join code too.
	DeviceCode string `json:"device_code,omitempty"`
	Box        string `json:"box"` // the public X25519 key (xkey) to which the answer is sealed: strangers share an inbox
}

// EnrolReply is the token for the key, and the ID that the switchboard knows the user by.
type EnrolReply struct {
	Token   string    `json:"token"`   // user JWT
	Expires time.Time `json:"expires"` // of the token
	AppID   string    `json:"app_id"`  // the public key of the app's account
}

// Delivery kinds: the last token of user.<me>.<kind>.
const (
	DeliverCall    = "call"    // Call: it changed and concerns you
	DeliverPerson  = "person"  // Person: a presence or name changed, or somebody new enrolled
	DeliverHistory = "history" // Empty: the history changed; ask for it
)

// PeerMessage travels directly between two devices on rt.<to>.<me>.link. Body belongs to the media link.
type PeerMessage struct {
	Call CallID   `json:"call"`
	From DeviceID `json:"from"` // of the sender
	To   DeviceID `json:"to"`   // other devices of the user ignore it; empty: all take it
	Body []byte   `json:"body"` // a message of the media link, as JSON
}
