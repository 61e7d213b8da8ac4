package engine

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

var itsDesk = Share{Surface: media.Surface{ID: "s1", Label: "Desk"}, Profile: TextShare, Sound: true}

func TestOwnShare(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.take(unshared{call: "c1"}) // there is none
	y.did()
	y.take(paused{"c1", true})
	y.did()

	y.take(shared{"c1", itsDesk, 1})
	y.did(ShareStarted)
	if e := y.events()[0]; e.User != ana || e.Label != "Desk" || e.Call != "c1" {
		t.Fatalf("%+v", e)
	}
	if s := must[set](y); s.want.share != (showing{n: 1, on: true, sound: true}) || !s.want.share.sounds() {
		t.Fatalf("%+v", s)
	}
	if a := must[announce](y); a.Sharing != (sharing{On: true, Label: "Desk", Sound: true}) || a.to != "" {
		t.Fatalf("%+v", a)
	}
	if s := show(y.s).Calls[0].Share; !s.On || s.Paused || s.Share != itsDesk || s.Err != nil || s.SoundErr != nil {
		t.Fatalf("%+v", s)
	}

	noSound := fail("share sound", &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrNoSoundServer})
	y.take(deviceState{"c1", forSystemSound, noSound}) // costs only the sound
	y.did(DeviceFailed)
	if a := must[announce](y); !a.Sharing.On || a.Sharing.Sound {
		t.Fatalf("%+v", a)
	}
	if s := show(y.s).Calls[0].Share; !s.On || !errors.Is(s.SoundErr, noSound) {
		t.Fatalf("%+v", s)
	}
	y.take(deviceState{"c1", forSystemSound, nil})

	y.take(paused{"c1", true})
	y.did(ShareChanged)
	if s := must[set](y); !s.want.share.paused || s.want.share.sounds() {
		t.Fatalf("%+v: what is captured goes on", s)
	}
	if a := must[announce](y); !a.Sharing.Paused {
		t.Fatalf("%+v", a)
	}
	y.take(paused{"c1", true})
	y.did()

	other := itsDesk
	other.Surface.Label, other.Sound = "Mail", false
	y.take(shared{"c1", other, 2})
	y.did(ShareStarted)
	if s := show(y.s).Calls[0].Share; s.Paused || s.Share != other {
		t.Fatalf("%+v", s)
	}
	gone := fail("share", &media.DeviceError{Kind: media.ScreenDevice, Label: "Mail", Reason: media.ErrDeviceLost})
	y.take(unshared{"c1", 1, gone}) // of the one before
	y.did()
	y.take(unshared{"c1", 2, gone})
	y.did(ShareStopped)
	if e := y.events()[0]; e.User != ana || !errors.Is(e.Err, gone) {
		t.Fatalf("%+v", e)
	}
	if s := show(y.s).Calls[0].Share; s.On || !errors.Is(s.Err, gone) {
		t.Fatalf("%+v", s)
	}
	if a := must[announce](y); a.Sharing != (sharing{}) {
		t.Fatalf("%+v", a)
	}
	y.take(shared{"c1", other, 3})
	if s := show(y.s).Calls[0].Share; !s.On || s.Err != nil {
		t.Fatalf("%+v: the old failure is still there", s)
	}
	y.take(done{call: "c1", reason: LocalHangUp})
	y.did(ShareStopped, CallEnded)
}

// A held call shares nothing, and goes on with it afterwards.
func TestHoldStopsTheShare(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(shared{"c1", itsDesk, 1})
	y.take(held{"c1", true})
	if a := must[announce](y); a.Sharing.On {
		t.Fatalf("%+v", a)
	}
	if s := show(y.s).Calls[0].Share; s.On {
		t.Fatalf("%+v", s)
	}
	y.take(held{"c1", false})
	if a := must[announce](y); !a.Sharing.On || a.Sharing.Label != "Desk" {
		t.Fatalf("%+v", a)
	}
	if s := show(y.s).Calls[0].Share; !s.On {
		t.Fatalf("%+v", s)
	}
}

func TestMemberShares(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	says := func(s sharing, want ...EventType) {
		t.Helper()
		y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true, Sharing: s}})
		y.did(want...)
	}
	says(sharing{})
	says(sharing{On: true, Label: "Desk\n", Sound: true}, ShareStarted) // and no MediaChanged
	if e := y.events()[0]; e.User != bob || e.Label != "Desk" {
		t.Fatalf("%+v", e)
	}
	if m := show(y.s).Calls[0].Members[0]; m.Sharing != (Sharing{On: true, Label: "Desk", Sound: true}) {
		t.Fatalf("%+v", m)
	}
	says(sharing{On: true, Label: "Desk"})
	says(sharing{On: true, Label: "Desk", Paused: true}, ShareChanged)
	if e := y.events()[0]; e.User != bob || !e.On {
		t.Fatalf("%+v", e)
	}
	says(sharing{On: true, Label: "Mail"}, ShareStarted, ShareChanged)
	says(sharing{Label: "Mail", Paused: true}, ShareStopped)
	if m := show(y.s).Calls[0].Members[0]; m.Sharing != (Sharing{}) {
		t.Fatalf("%+v", m)
	}
	says(sharing{On: true}, ShareStarted)
	y.take(held{"c1", true})
	y.take(shared{"c1", itsDesk, 1}) // several share at once
	y.did(ShareStarted)
}

// Who goes shares nothing any more: pain 72.
func TestSharerLeaves(t *testing.T) {
	t.Parallel()
	y := live(t)
	y.take(told{"c1", bob.ID, bobPhone, switches{Sharing: sharing{On: true}}})
	y.party(bob, "left", "")
	stopped := 0
	for _, e := range y.events() {
		if e.Type == ShareStopped && e.User == bob {
			stopped++
		}
	}
	if stopped != 1 {
		t.Errorf("told %d times that the share is over", stopped)
	}
}

func TestCleanLabel(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		" Mail\t– Inbox\n":             "Mail – Inbox",
		"bad \xff byte":                "bad \uFFFD byte",
		strings.Repeat("é", 200):       strings.Repeat("é", 128),
		"a" + strings.Repeat("é", 200): "a" + strings.Repeat("é", 127),
	} {
		if got := cleanLabel(from); got != want || len(got) > maxLabel || !utf8.ValidString(got) {
			t.Errorf("%q became %q", from, got)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bps            int
		on             sending
		camera, screen int
	}{
		{2_700_000, sending{camera: true}, maxCameraRate, 0},
		{856_000, sending{camera: true}, 800_000, 0},
		{121_000, sending{camera: true}, minCameraRate + 5_000, 0},
		{2_700_000, sending{camera: true, screen: true}, 661_000, 1_983_000},
		{2_700_000, sending{screen: true}, 0, maxScreenRate},
		{1_000_000, sending{camera: true, screen: true, system: true}, 216_000, 648_000},
		{150_000, sending{camera: true, screen: true}, besideScreen, minScreenRate},
		{0, sending{camera: true, screen: true}, besideScreen, minScreenRate},
	} {
		camera, screen := split(c.bps, c.on)
		if c.on.camera && camera != c.camera || c.on.screen && screen != c.screen {
			t.Errorf("%d bit/s for %+v: camera %d, screen %d", c.bps, c.on, camera, screen)
		}
	}
}

// Who looks at a screen on which pointers are marked is told so; a window is captured without what lies over it.
func TestMarkedPointersAreTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		marks bool
		kind  media.SurfaceKind
		want  bool
	}{{false, media.ScreenSurface, false}, {true, media.ScreenSurface, true}, {true, media.WindowSurface, false}} {
		y := live(t)
		y.s.marks = c.marks
		y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
		share := itsDesk
		share.Surface.Kind = c.kind
		y.take(shared{"c1", share, 1})
		if a := must[announce](y); a.Sharing.Marked != c.want {
			t.Errorf("%+v: told %t", c, a.Sharing.Marked)
		}
		y.take(unshared{call: "c1"})
		if a := must[announce](y); a.Sharing.Marked {
			t.Errorf("%+v: told of nothing", c)
		}
	}
}
