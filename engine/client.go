package engine

import (
	"log/slog"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// Options say who calls, where and with what.
type Options struct {
	Server     string // HOST:PORT or an invite link
	JoinCode   string // if the link has none; not needed on a loopback switchboard
	AppID      string // with AppSign: a trusted set-up that mints its own tokens
	AppSign    string
	User       User
	Device     DeviceID        // empty: a new one
	Store      CredentialStore // nil: credentials are kept in memory only
	Devices    Devices
	Choice     DeviceChoice
	Tones      Tones
	Timeout    time.Duration // how long an invitation rings; 0 means 60 s
	AutoAccept bool          // accept every invitation at once (kiosks, tests)
	Logger     *slog.Logger  // nil discards
}

// CredentialStore keeps what enrolment gave, between runs. Save must write it readable for the user only.
type CredentialStore interface {
	Load(server string) (signal.Credentials, error) // the zero value if there are none
	Save(server string, c signal.Credentials) error
}

// Tones are sounds to play, as 48 kHz mono samples. Empty ones are silent. Incoming and RingBack loop.
type Tones struct {
	Incoming, RingBack, Busy, Ended []float32
}

// Invite says whom to call and how.
type Invite struct {
	To         []UserID
	Video      bool
	Call       CallID // empty: a new one
	Data       string
	Timeout    time.Duration // 0: Options.Timeout
	Microphone *bool         // nil means on
}

// Answer says how to accept.
type Answer struct {
	Data       string
	Camera     *bool // nil: as the invitation's kind
	Microphone *bool // nil means on
}
