package ui

import (
	"context"
	"image"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func (c fakeCall) WatchScreen(user engine.UserID, v *media.View) func() {
	return c.Watch("screen of "+user, v)
}
func (c fakeCall) SpokenMuted() float32    { return c.engine.spoken }
func (c fakeCall) Stats() engine.CallStats { return c.engine.stats }

func (c fakeCall) LastHeard(u engine.UserID) time.Time {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	return c.engine.heard[u]
}

func (c fakeCall) Remove(_ context.Context, users ...engine.UserID) error {
	return c.engine.ask("remove %s %v", c.id, users)
}

func (c fakeCall) SwitchMicrophone(_ context.Context, on bool, users ...engine.UserID) error {
	return c.engine.ask("switch microphone %s %t %v", c.id, on, users)
}

func (c fakeCall) SwitchCamera(_ context.Context, on bool, users ...engine.UserID) error {
	return c.engine.ask("switch camera %s %t %v", c.id, on, users)
}

func (c fakeCall) Grant(_ context.Context, yes bool) error {
	return c.engine.ask("grant %s %t", c.id, yes)
}

func (c fakeCall) Share(_ context.Context, s engine.Share) error {
	return c.engine.ask("share %s %s %v %s %t", c.id, s.Surface.ID, s.Region, s.Profile, s.Sound)
}
func (c fakeCall) StopShare(context.Context) error { return c.engine.ask("stop share %s", c.id) }

func (c fakeCall) PauseShare(_ context.Context, on bool) error {
	return c.engine.ask("pause share %s %t", c.id, on)
}

func (c fakeCall) Point(sharer engine.UserID, x, y float32) {
	_ = c.engine.ask("point %s %s %.2f %.2f", c.id, sharer, x, y)
}
func (c fakeCall) Pointers(sharer engine.UserID) []engine.Pointer { return c.engine.points[sharer] }

func (c fakeCall) SendMessage(_ context.Context, text string) (engine.MessageID, error) {
	return "sent", c.engine.ask("message %s %q", c.id, text)
}

func (c fakeCall) ResendMessage(_ context.Context, id engine.MessageID) error {
	return c.engine.ask("resend %s %s", c.id, id)
}

func (f *fakeEngine) Surfaces(context.Context) ([]media.Surface, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.surfaces, f.blind
}

func (f *fakeEngine) Thumbnail(_ context.Context, surface string, w, h int) (*image.RGBA, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.thumbnails == nil {
		f.thumbnails = map[string]int{}
	}
	f.thumbnails[surface]++
	return image.NewRGBA(image.Rect(0, 0, w, h)), f.blind
}
func (f *fakeEngine) NextCamera(context.Context) error { return f.ask("next camera") }

func (f *fakeEngine) SwitchToSpeaker(_ context.Context, on bool) error {
	f.choice.Speaker = map[bool]string{true: "loud", false: "worn"}[on]
	return f.ask("switch to speaker %t", on)
}

func (f *fakeEngine) RecordAndListen(_ context.Context, microphone, speaker string, _ time.Duration, tell func(bool, float64)) error {
	tell(false, 1)
	tell(true, 1)
	return f.ask("record %s %s", microphone, speaker)
}
