package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// history is what was opened so far, of one kind.
func (d *deck) history(k media.DeviceKind) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for _, id := range d.ids {
		if len(id) >= len(k) && id[:len(k)] == string(k) {
			all = append(all, id)
		}
	}
	return all
}

func (p *person) awaitOpened(k media.DeviceKind, want ...string) {
	p.t.Helper()
	p.await(fmt.Sprint(want), func(*engine.Snapshot) string {
		got := p.deck.history(k)
		return unless(slices.Equal(got, want), fmt.Sprint(got))
	})
}

// Another choice opens that device and no other, and the speaker opens once for ring-back, voices and all.
func TestChoiceInACall(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	id := ana.invite("bob", true)
	ana.await("ring-back", func(s *engine.Snapshot) string {
		return unless(s.Calls[0].Phase == engine.RingingUp && ana.deck.everOpened(media.SpeakerDevice) > 0, string(s.Calls[0].Phase))
	})
	if _, err := bob.Accept(t.Context(), bob.awaitRing().ID, engine.Answer{}); err != nil {
		t.Fatal(err)
	}
	ana.awaitLive()
	ana.awaitOpened(media.CameraDevice, "camera")
	ana.awaitOpened(media.MicrophoneDevice, "microphone")
	ana.awaitOpened(media.SpeakerDevice, "speaker")

	ana.SetChoice(engine.DeviceChoice{Microphone: "desk"})
	ana.awaitOpened(media.MicrophoneDevice, "microphone", "microphone desk")
	if err := ana.Call(id).SetCamera(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	ana.SetChoice(engine.DeviceChoice{Microphone: "desk", Camera: "back", Speaker: "headset"})
	ana.awaitOpened(media.SpeakerDevice, "speaker", "speaker headset")
	ana.await("a closed camera", func(*engine.Snapshot) string {
		ana.deck.mu.Lock()
		defer ana.deck.mu.Unlock()
		return unless(ana.deck.open[media.CameraDevice] == 0, "open")
	})
	if err := ana.Call(id).SetCamera(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	ana.awaitOpened(media.CameraDevice, "camera", "camera back")
	ana.awaitOpened(media.MicrophoneDevice, "microphone", "microphone desk")

	view := media.NewView(media.Contain)
	view.SetSize(160, 90)
	stop, err := ana.PreviewCamera(t.Context(), "back", view)
	if err != nil {
		t.Fatal(err)
	}
	ana.await("a shared picture", func(*engine.Snapshot) string { return unless(view.Stats().Pushed > 0, "none") })
	ana.awaitOpened(media.CameraDevice, "camera", "camera back")
	stop()
	_ = ana.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.RemoteHangUp)
	ana.awaitEnd(engine.LocalHangUp)
}

func TestSilentSpeakerIsSaid(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.mute.Store(true)
	ana.invite("echo", false)
	ana.awaitLive()
	ana.await("words about the speaker", func(s *engine.Snapshot) string {
		return unless(engine.Code(s.Calls[0].SpeakerErr) == "speaker-no-sound-server", engine.Code(s.Calls[0].SpeakerErr))
	})
	ana.deck.mute.Store(false)
	ana.deck.plug()
	ana.await("a speaker", func(s *engine.Snapshot) string { return unless(s.Calls[0].SpeakerErr == nil, "failing") })
}

func TestDevicesWithoutACall(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	view := media.NewView(media.Contain)
	view.SetSize(160, 90)
	stop, err := ana.PreviewCamera(t.Context(), "front", view)
	if err != nil {
		t.Fatal(err)
	}
	ana.await("a preview", func(*engine.Snapshot) string { return unless(view.Stats().Pushed > 2, "no pictures") })
	level, quiet, err := ana.TestMicrophone(t.Context(), "desk")
	if err != nil {
		t.Fatal(err)
	}
	ana.await("a level", func(*engine.Snapshot) string { return unless(level() > 0.05, fmt.Sprint(level())) })
	if err := ana.PlayTestTone(t.Context(), "headset"); err != nil {
		t.Error(err)
	}
	stop()
	stop()
	quiet()
	if why := ana.deck.allClosed(); why != "" || level() != 0 {
		t.Error(why, level())
	}
	ana.awaitOpened(media.CameraDevice, "camera front")
	ana.awaitOpened(media.MicrophoneDevice, "microphone desk")
	ana.awaitOpened(media.SpeakerDevice, "speaker headset")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ana.PlayTestTone(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a tone that was stopped: %v", err)
	}
	ana.deck.busy.Store(true)
	if _, err := ana.PreviewCamera(t.Context(), "", view); engine.Code(err) != "camera-busy" {
		t.Error(err)
	}
	ana.deck.busy.Store(false)

	// What nobody stopped, Close does: join looks at the deck after it.
	if _, err := ana.PreviewCamera(t.Context(), "", view); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ana.TestMicrophone(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
}

// Three in a call: one leaves, and comes back by the call's ID.
func TestLeaveAndJoin(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob, cyd := join(t, at, "ana"), join(t, at, "bob"), join(t, at, "cyd")
	id, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob", "cyd"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{bob, cyd} {
		if _, err := p.Accept(t.Context(), p.awaitRing().ID, engine.Answer{}); err != nil {
			t.Fatal(err)
		}
		p.awaitLive()
	}
	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.LocalHangUp)
	ana.await("two", func(s *engine.Snapshot) string { return unless(len(s.Calls[0].Members) == 1, "three") })
	if err := bob.Join(t.Context(), id, engine.JoinOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{ana, bob, cyd} {
		p.await("three", func(s *engine.Snapshot) string {
			if len(s.Calls) != 1 || len(s.Calls[0].Members) != 2 {
				return fmt.Sprintf("%+v", s.Calls)
			}
			for _, m := range s.Calls[0].Members {
				if m.Quality == engine.LostNow {
					return fmt.Sprintf("%+v", m)
				}
			}
			return ""
		})
	}
	if c := bob.Snapshot().Calls[0]; c.Link != "mesh" {
		t.Errorf("link %q", c.Link)
	}
	bob.Call(id).Watch("cyd", media.NewView(media.Contain))()
	if s := bob.Call(id).Stats(); len(s.Tracks) != 6 {
		t.Errorf("%d tracks", len(s.Tracks))
	}
	if err := bob.Call(id).Retry(t.Context()); err != nil {
		t.Error(err)
	}
	none := bob.Call("none")
	if err := none.Retry(t.Context()); !errors.Is(err, engine.ErrNotInCall) || none.Level("ana") != 0 || len(none.Stats().Tracks) != 0 {
		t.Error(err)
	}
	none.Watch("ana", media.NewView(media.Contain))()
}
