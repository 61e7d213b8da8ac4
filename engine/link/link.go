// Package link carries encoded media among the members of one call and reports how well.
//
// It is pure Go: it moves samples and RTP packets and knows no codec, so the switchboard's echo contact uses it too.
//
// A [Mesh] has one peer connection per member. Who runs, who paces, who owns:
//
//   - One loop per member owns its connection and the whole negotiation; all that happens to a member is a call into that
//     loop. It paces itself by deadlines: resend, restart, key frame request, give up.
//   - One sender per member takes messages from a bounded outbox to [Options].Send, so that a slow or synchronous Send
//     cannot stop a loop.
//   - One pacer per connection takes packets from a bounded queue to the network, so that Publish never waits for a path.
//   - One reader per incoming track calls OnPacket; the readers of RTCP only note what they read. They end with their connection.
//   - One goroutine of the mesh looks at all paths five times a second and reports bit rate and loss.
//   - One dispatcher of the mesh calls every other handler, in order. Pion's own callbacks only wake one of the above.
//
// Close ends all of them and waits.
package link

import (
	"errors"
	"log/slog"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
)

// Kind names one of the four media of a member. Their transceivers stand in the first offer, so nothing is renegotiated in a call.
type Kind uint8

// The kinds, in the order of their m-lines.
const (
	Voice  Kind = iota // Opus, 48 kHz
	Camera             // VP8, 90 kHz
	Screen             // VP9, 90 kHz
	System             // as Voice: sound of a shared screen
)

// Kinds is the number of kinds.
const Kinds = 4

func (k Kind) String() string {
	if !k.valid() {
		return "unknown"
	}
	return [...]string{"voice", "camera", "screen", "system"}[k]
}

func (k Kind) valid() bool { return k < Kinds }

// sound says whether the kind is Opus; the others are pictures.
func (k Kind) sound() bool { return k == Voice || k == System }

// MemberID names a member's device within a call.
type MemberID string

// Sample is one encoded frame or one Opus packet.
type Sample struct {
	Data      []byte // not kept after Publish returns
	Timestamp uint32 // RTP time: 90 kHz for pictures, 48 kHz for sound
	Layer     uint8  // of pictures that are coded in several sizes, see [Session].SetLayer
	Key       bool   // a key frame: a member can change to its layer here
	Spare     bool   // no later picture is made of it
}

// Layers of a member besides those that are numbered.
const (
	NoLayer = 255  // nothing is sent
	Halved  = 0x40 // together with a number: that layer without its spare pictures
)

// number is a layer, halved or not.
func number(layer uint8) uint8 {
	if layer == NoLayer {
		return NoLayer
	}
	return layer &^ Halved
}

// Message is what two links of a call say to each other through the switchboard. Encode it as JSON.
type Message struct {
	Session   string     `json:"session"` // of the offerer's peer connection; a new one replaces the connection
	Offer     string     `json:"offer,omitempty"`
	Answer    string     `json:"answer,omitempty"`
	Candidate *Candidate `json:"candidate,omitempty"`
	Need      bool       `json:"need,omitempty"`    // the answering side asks for an offer
	Restart   bool       `json:"restart,omitempty"` // ... that restarts ICE
}

// Candidate is an ICE candidate in W3C form.
type Candidate struct {
	Candidate     string  `json:"candidate"`
	SDPMid        *string `json:"sdpMid,omitempty"`
	SDPMLineIndex *uint16 `json:"sdpMLineIndex,omitempty"`
}

// ICEServer is a STUN or TURN server.
type ICEServer struct {
	URLs       []string
	Username   string
	Credential string
}

// State is how one member can be reached.
type State uint8

// The states of a member's path. It starts as Connecting; only changes are reported.
const (
	Connecting State = iota
	Connected
	Reconnecting // nothing passes at the moment; ICE restarts are under way
	Failed       // given up
)

func (s State) String() string {
	return [...]string{"connecting", "connected", "reconnecting", "failed"}[s]
}

// Options configure a session.
type Options struct {
	ICEServers []ICEServer
	Loopback   bool          // gather loopback candidates too (tests, two apps on a machine without a network)
	Net        transport.Net // virtual network of a test; nil means the machine's
	GiveUp     time.Duration // how long a member may be out of reach before it counts as Failed; 0 means 30 s
	Logger     *slog.Logger  // nil discards

	// Send carries a message to one member. It may be called from several goroutines and should not block for long;
	// losing a message is repaired by resending.
	Send func(to MemberID, m Message)

	// All handlers but Packet are called in order from one goroutine of the session. Packet is called by one reader per
	// track, never concurrently for the same member and kind; the packet belongs to the handler. Nil ones are ignored.
	OnState    func(from MemberID, s State)
	OnPacket   func(from MemberID, k Kind, p *rtp.Packet, at time.Time)
	OnKeyFrame func(k Kind, layer uint8)           // some member asks for a key frame of our Camera or Screen, has just connected, or changes to that layer (not yet rate limited)
	OnBitrate  func(to MemberID, bps int)          // what the path to a member takes, for all our media together; each time it has connected, then at most five times a second
	OnLoss     func(k Kind, fraction float64)      // worst loss that receivers report, 0 to 1
	OnData     func(from MemberID, message []byte) // a message on the data channel; OnState has told before that the member is connected
}

// Session is the media of one call, to one or several members. All methods may be called from any goroutine; after Close
// they do nothing and return ErrClosed.
type Session interface {
	// Add starts the connection to a member. offerer says whether this side makes the offers; exactly one side must. Adding a
	// member again in the same role does nothing.
	Add(m MemberID, offerer bool) error
	// Approach starts the connection to somebody who may become a member, in the same roles as Add does, so that nothing has to be
	// waited for then. Until Add makes him one nothing of ours is sent to him, nothing of his is handed up, and no handler but Send
	// hears of him: only messages on the data channel wait. Approaching a member does nothing.
	Approach(m MemberID, offerer bool) error
	// Remove ends the connection to a member. It does not wait; no handler is started for the member afterwards.
	Remove(m MemberID)
	// Handle takes a message that a member's link sent. A bad one costs only itself.
	Handle(from MemberID, m Message) error
	// SetLayer says which layer of our pictures a member gets; that is 0 to begin with. The change comes with the next key frame of
	// that layer, for which OnKeyFrame asks. The member sees one stream, whose numbers and times go on. With NoLayer it gets none.
	// Halved, which may come and go at any time, leaves the spare pictures out.
	SetLayer(to MemberID, k Kind, layer uint8) error
	// Publish sends one sample to every member who gets its layer. It never blocks: what a path cannot take is dropped.
	Publish(k Kind, s Sample) error
	// PublishRTP sends a packet of another stream to every member. Payload, marker and timestamp stay, and so do gaps and
	// order of the sequence numbers; the numbers themselves go on where ours ended, and header extensions are left out.
	PublishRTP(k Kind, p *rtp.Packet) error
	// RequestKeyFrame asks a member for a key frame (PLI, RFC 4585), at most one each 300 ms.
	RequestKeyFrame(from MemberID, k Kind)
	// SendData sends a message of at most 16 KiB to every member, or to one if to is not empty. Reliable and in order per member
	// once the member is connected; before that it returns ErrNotConnected. A member that has 1 MiB waiting gets nothing more
	// (ErrBacklog). The errors of several members are joined; the others have got the message.
	SendData(to MemberID, message []byte) error
	// Restart renews all paths: call it when the machine's network or the signalling connection has come back. The STUN and TURN
	// servers are replaced by these, whose credentials are fresh, unless there are none or one is not valid, which is the error.
	Restart(servers []ICEServer) error
	// Stats returns the figures of the moment.
	Stats() Stats
	// Close ends all connections and waits for every goroutine. A handler that calls Close, or does not return, is waited
	// for two seconds only. Closing again waits as well.
	Close() error
}

// Errors of a session.
var (
	ErrClosed        = errors.New("link: session is closed")
	ErrUnknownMember = errors.New("link: no such member")
	ErrRole          = errors.New("link: member is there in the other role")
	ErrNotConnected  = errors.New("link: member is not connected")
	ErrBacklog       = errors.New("link: too much waits for the member")
	ErrTooLarge      = errors.New("link: message is larger than 16 KiB")
	ErrBadMessage    = errors.New("link: bad message")
	ErrKind          = errors.New("link: no such kind of media")
)

// Stats are figures of a session.
type Stats struct {
	Members map[MemberID]MemberStats
}

// MemberStats are figures of one member's path. They count from the start of its present connection.
type MemberStats struct {
	State     State
	Path      string        // "host", "srflx", "prflx" or "relay": the worse of both ends; empty before connecting
	RoundTrip time.Duration // 0 if unknown
	In, Out   [Kinds]TrackStats
}

// TrackStats are figures of one direction of one kind.
type TrackStats struct {
	Packets, Bytes uint64
	Lost           int64         // as the receiver counts (RFC 3550)
	Jitter         time.Duration // RFC 3550
	NACKs, PLIs    uint64        // sent for In, received for Out
	Retransmitted  uint64
	Dropped        uint64 // for Out: packets that found the queue to this member full
}
