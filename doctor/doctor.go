// Package doctor finds out how calls on this machine and through its switchboard would be: it tries the devices, and then calls the
// switchboard's Echo the way every call goes, with pictures and sounds that say when they were made.
//
// [Examine] measures, and [Report.Findings] says in plain words what the figures mean. Nothing that the microphone or the camera takes
// leaves the machine: the call carries a test picture and ticks.
package doctor

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// How long things may take. Together they are about half a minute.
const (
	openTime    = 5 * time.Second // to open a device
	watchTime   = 2 * time.Second // to look at the camera
	listenTime  = time.Second     // to hear the room without a sound of ours
	onlineTime  = 8 * time.Second // to get through to the switchboard
	answerTime  = 8 * time.Second // until Echo is live
	relayTime   = 4 * time.Second
	callTime    = 12 * time.Second
	settleTime  = 2 * time.Second // at the beginning of the call, which does not count
	goodbyeTime = 3 * time.Second
)

// Options say what to examine.
type Options struct {
	// Devices are those of the machine, and Choice is which of them calls would use.
	Devices engine.Devices
	Choice  engine.DeviceChoice
	// Card is the graphics card that calls would use; nil: they would use none.
	Card *media.Card
	// Connect starts an engine with other devices than those of the machine. The doctor closes it.
	Connect func(ctx context.Context, d engine.Devices) (*engine.Client, error)
	// Tell is called with a few words at each step; it may be nil.
	Tell func(step string)
}

// Report is what was measured. Times are in milliseconds. It is meant for programs as JSON; fields may be added, never renamed.
type Report struct {
	Camera      Camera      `json:"camera"`
	Card        Card        `json:"graphics_card"`
	Microphone  Microphone  `json:"microphone"`
	Speaker     Speaker     `json:"speaker"`
	Room        Room        `json:"room"`
	Switchboard Switchboard `json:"switchboard"`
	Relays      []Relay     `json:"relays"`
	Call        Call        `json:"call"`
}

// Trial is how the attempt to use something ended.
type Trial struct {
	Error  string `json:"error,omitempty"`  // why it cannot be used: a code for programs, see [engine.Code]
	Reason string `json:"reason,omitempty"` // the same in words
	Hint   string `json:"hint,omitempty"`   // what a person can do about it
}

func failed(err error) Trial {
	if err == nil {
		return Trial{}
	}
	t := Trial{Error: engine.Code(err)}
	why := err
	if e, ok := errors.AsType[*engine.Error](engine.Fail("examine", err)); ok {
		why, t.Hint = e.Err, e.Hint
	}
	if d, ok := errors.AsType[*media.DeviceError](err); ok {
		why = d.Reason // the device is named beside it
	}
	t.Reason, _, _ = strings.Cut(strings.TrimPrefix(why.Error(), "engine: "), "\n")
	return t
}

// Camera is what the camera gave.
type Camera struct {
	Trial
	Label  string  `json:"label"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	FPS    float64 `json:"fps"`
	Light  float64 `json:"light"` // mean brightness, from 0 to 255
}

// Card is what the graphics card can do for the pictures of the camera.
type Card = media.CardReport

// Microphone is what the microphone heard while nothing of ours sounded.
type Microphone struct {
	Trial
	Label   string  `json:"label"`
	Noise   float64 `json:"noise_db"` // level in dB below full scale; [silence] for no sound at all
	Longest float64 `json:"longest_gap_ms"`
}

// Speaker is how evenly the speaker took what was played.
type Speaker struct {
	Trial
	Label   string  `json:"label"`
	Longest float64 `json:"longest_gap_ms"` // between two blocks
}

// Room is what the microphone heard of the speaker.
type Room struct {
	Heard bool    `json:"heard"`    // the speaker's sound was found in the microphone's
	Delay float64 `json:"delay_ms"` // from the speaker's buffer to the microphone's
	Gain  float64 `json:"gain_db"`  // of the sound on its way
	Left  float64 `json:"left_db"`  // of the gain after the echo canceller
}

// Switchboard is how it was reached.
type Switchboard struct {
	Trial
	Address string  `json:"address"`
	Online  float64 `json:"online_ms"` // to connect and to be let in
}

// Relay is a STUN or TURN server of the switchboard.
type Relay struct {
	URL     string  `json:"url"`
	Took    float64 `json:"took_ms"`
	Reached bool    `json:"reached"`
}

// Call is what became of the call with Echo: everything goes to the switchboard and back.
type Call struct {
	Trial
	Path         string  `json:"path"` // as in [engine.CallStats]
	Answered     float64 `json:"answered_ms"`
	RoundTrip    float64 `json:"round_trip_ms"`
	MouthToEar   float64 `json:"mouth_to_ear_ms"`   // median, without the time of microphone and speaker; 0 if nothing came
	GlassToGlass float64 `json:"glass_to_glass_ms"` // median and 95th percentile, without the time of camera and display
	GlassWorst   float64 `json:"glass_to_glass_p95_ms"`
	FPS          float64 `json:"fps"`
	VoiceLost    float64 `json:"voice_lost_percent"` // of the packets that came back
	PictureLost  float64 `json:"picture_lost_percent"`
	Concealed    float64 `json:"concealed_ms"` // of sound
	Freezes      uint64  `json:"freezes"`
	Ticks        int     `json:"ticks"`
	Pictures     int     `json:"pictures"`
}

// Examine tries everything, one thing after the other. What fails is in the report; it returns early only when ctx ends, with its error.
func Examine(ctx context.Context, o Options) (*Report, error) {
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	r := &Report{Relays: []Relay{}}
	for _, step := range []struct {
		words string
		run   func(context.Context, Options, *Report)
	}{
		{"Looking through the camera", lookThrough},
		{"Trying the graphics card", tryCard},
		{"Listening to the room, with a few quiet sounds", listen},
		{"Calling Echo on the switchboard", callEcho},
	} {
		o.Tell(step.words)
		step.run(ctx, o, r)
		if err := ctx.Err(); err != nil {
			return r, err
		}
	}
	return r, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
