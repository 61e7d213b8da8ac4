package engine

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// Surface is something on the display that can be shared: see [Client.Surfaces].
type Surface = media.Surface

// ShareProfile says what matters in a shared picture.
type ShareProfile string

// The profiles.
const (
	TextShare   ShareProfile = "text"   // sharp, in full size, few pictures
	MotionShare ShareProfile = "motion" // 30 pictures/s, smaller if the path is narrow
)

// Share says what to share of the display, and how.
type Share struct {
	Surface media.Surface   // see [Client.Surfaces]
	Region  image.Rectangle // of the surface, in its pixels; empty means all of it
	Profile ShareProfile    // empty means TextShare
	Sound   bool            // what the machine plays is heard too, but not the call itself; see CallState.Share.SoundErr
}

// ShareState is our own share in a call.
type ShareState struct {
	Share
	On       bool
	Paused   bool  // the others see the last picture
	Err      error // why it stopped by itself; nil if it is on or was stopped
	SoundErr error // why the sound of the machine is not shared although it was wanted
}

// Sharing is what a member shares.
type Sharing struct {
	On     bool
	Paused bool
	Label  string // of what is shared; may be empty
	Sound  bool
	Marked bool // the picture itself shows where people point, as [Options.MarksPointers] says of the member's program
}

// Pointer is where somebody points on a shared picture.
type Pointer struct {
	User User
	X, Y float32   // 0 to 1, from the left and the top of the whole picture
	At   time.Time // on our clock; it is not shown for longer than [PointerTime]
}

// PointerTime is how long a pointer stays that does not move.
const PointerTime = 2 * time.Second

// ShareAutoStop says when a share ends that gives no pictures any more although nothing was said to have gone: the kit's autoStop.
type ShareAutoStop struct {
	InvalidCount int         // seconds in a row without a picture; 0 means [DefaultInvalidCount], less than 0: it never ends
	CanEnd       func() bool // asked each second from then on, on a goroutine of the engine, and should be quick; nil means it ends
}

// DefaultInvalidCount is how many seconds a share may give no pictures.
const DefaultInvalidCount = 3

// Share begins to share, or shares something else in its place. Several people may share at once. It fails with [ErrHeld] while the
// call is held, and with a [media.DeviceError] if the display cannot be captured; what was shared before goes on then.
func (k *Call) Share(ctx context.Context, s Share) error {
	const op = "share"
	switch s.Profile {
	case "":
		s.Profile = TextShare
	case TextShare, MotionShare:
	default:
		return fail(op, fmt.Errorf("%w: no profile %q", ErrBadRequest, s.Profile))
	}
	c, ok := k.state()
	r := k.client.room(k.id)
	switch {
	case !ok || r == nil:
		return fail(op, ErrNotInCall)
	case c.held:
		return fail(op, ErrHeld)
	}
	return fail(op, r.present(ctx, s))
}

// StopShare ends our share. Without one it does nothing.
func (k *Call) StopShare(context.Context) error {
	return k.change("stop sharing", unshared{call: k.id})
}

// PauseShare makes the others see the last picture until it goes on. Without a share it does nothing.
func (k *Call) PauseShare(_ context.Context, on bool) error {
	return k.change("pause sharing", paused{k.id, on})
}

// WatchScreen is [Call.Watch] for what a user shares; our own ID shows what we share ourselves. What nobody watches is not sent.
func (k *Call) WatchScreen(user UserID, v *media.View) (stop func()) {
	r := k.client.room(k.id)
	if r == nil {
		return func() {}
	}
	return r.feed(user, link.Screen).Attach(v)
}

// Point shows the members where we point on what a user shares, for [PointerTime]; see [Pointer]. It may be called as often as the
// pointer moves: what is too much is left out.
func (k *Call) Point(sharer UserID, x, y float32) {
	at := pointer{sharer, x, y}
	if r := k.client.room(k.id); r != nil && at.inside() {
		r.pointing.point(at)
	}
}

// Pointers lists who points at what a user shares. It is cheap: poll it as often as it is drawn.
func (k *Call) Pointers(sharer UserID) []Pointer {
	r := k.client.room(k.id)
	if r == nil {
		return nil
	}
	all := r.pointing.on(sharer)
	c, _ := k.state()
	for i := range all {
		all[i].User = nameOf(c.record, all[i].User.ID)
	}
	return all
}

// Surfaces lists what can be shared, screens first. It asks the display, and fails with a [media.DeviceError] where there is none.
func (c *Client) Surfaces(ctx context.Context) ([]media.Surface, error) {
	list, err := c.options.Devices.Surfaces(ctx)
	return list, fail("look for screens", err)
}

// Thumbnail is a picture of a surface as it is now, not larger than width × height pixels. It fails with a [media.DeviceError] if the
// surface is gone.
func (c *Client) Thumbnail(ctx context.Context, surface string, width, height int) (*image.RGBA, error) {
	picture, err := c.options.Devices.Thumbnail(ctx, surface, width, height)
	return picture, fail("look at the screen", err)
}
