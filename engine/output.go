package engine

import (
	"context"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// Output is where calls are heard.
type Output struct {
	Route media.Route
	Label string
}

// SwitchToSpeaker hears calls on the loudspeaker, or (false) on headphones: the kit's switchToSpeaker. It fails with a
// [media.DeviceError] if there is none of the kind. What a person chose counts until it is unplugged.
func (c *Client) SwitchToSpeaker(ctx context.Context, on bool) error {
	return fail("switch the speaker", ErrBadRequest)
}

// NextCamera takes the next camera into use: the kit's first and second camera.
func (c *Client) NextCamera(ctx context.Context) error {
	return fail("switch the camera", ErrBadRequest)
}

// LastHeard is when something of a member last arrived, on our clock; zero before. It is cheap: poll it as often as it is drawn.
func (k *Call) LastHeard(user UserID) time.Time { return time.Time{} }

// RecordAndListen records what a microphone hears, for a few seconds, and plays it on a speaker afterwards: a person hears how he sounds.
// tell is called, on any goroutine, with how far it is, from 0 to 1, first while recording and then while playing.
func (c *Client) RecordAndListen(ctx context.Context, microphone, speaker string, length time.Duration, tell func(playing bool, done float64)) error {
	return fail("record", ErrBadRequest)
}
