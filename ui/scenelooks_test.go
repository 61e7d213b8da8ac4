package ui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// guests are people with short and long names.
var guests = []string{
	"Bob Meier", "Maximiliane Alexandra von und zu Hohenstein", "Mohammed Abdullah", "Wang Xiaoming", "Chloé Dubois", "Jean-Luc de la Tour", "Ötzi", "Priya Raman",
	"Tom", "Ines Ferreira", "Kenji Satō", "Olga", "Sam O’Neill", "Lucía Gómez Hernández", "Ute",
}

// party is a call with so many others, every third of them without a picture.
func party(n int) engine.CallState {
	c := engine.CallState{ID: "call", Phase: engine.Live, Video: true, Microphone: true, Camera: true, Moderator: true}
	for i, name := range guests[:n] {
		m := engine.Member{User: engine.User{ID: engine.UserID(fmt.Sprint("g", i)), Name: name}, Microphone: i%4 != 1, Camera: i%3 != 1, Quality: engine.Good}
		switch i % 7 {
		case 3:
			m.Quality = engine.Fair
		case 4:
			m.Quality = engine.Poor
		case 6:
			m.Quality = engine.LostNow
		}
		c.Members = append(c.Members, m)
	}
	return c
}

// sceneOf makes a scene in a window, with pictures that do not depend on the converter of the machine.
func sceneOf(t *testing.T, size fyne.Size, v profile.Settings, call engine.CallState) (*scene, fyne.Window) {
	t.Helper()
	newApp(t)
	speakEnglish(t)
	pump := newPump(func(func()) {}, fullRate)
	t.Cleanup(pump.close)
	none := func(fyne.Size) float32 { return 0 }
	c := newScene(sceneParams{
		Calls: newFakeEngine().Call, Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }, Pump: pump,
		Settings: func() profile.Settings { return v }, Save: func(func(*profile.Settings)) {}, Bar: func() fyne.Size { return fyne.Size{} },
		Head: none, Foot: none, Covered: func([]box) {}, Moved: func() {}, Clicked: func() {}, Doubled: func() {},
	})
	t.Cleanup(c.rest)
	w := test.NewTempWindow(t, container.NewThemeOverride(container.NewStack(canvas.NewRectangle(callBlack), c.root), look{choice: profile.DarkTheme}))
	w.SetPadded(false)
	w.Resize(size)
	c.seen = true
	c.update(call, ana, true)
	for id, tile := range c.tiles {
		if s := c.cast[id]; s.camera && s.inside {
			picture := stripes(int(max(32, tile.Size().Width)), int(max(18, tile.Size().Height)))
			if v := tile.shared; v != nil {
				v.img.Image, v.w, v.h = picture, picture.Rect.Dx(), picture.Rect.Dy()
				v.img.Show()
				v.settle()
				v.changed()
				continue
			}
			tile.set(picture)
		}
	}
	c.update(call, ana, false)
	return c, w
}

func TestCallsLook(t *testing.T) {
	for _, x := range []struct {
		name   string
		size   fyne.Size
		others int
		change func(*profile.Settings, *engine.CallState)
	}{
		{"two", fyne.NewSize(720, 480), 1, nil},
		{"two-tiny", fyne.NewSize(320, 240), 1, func(v *profile.Settings, _ *engine.CallState) { v.OwnCorner = profile.TopLeft }},
		{"five", fyne.NewSize(720, 480), 4, func(_ *profile.Settings, c *engine.CallState) {
			c.Members[1].MicrophoneTrouble = "microphone-lost"
			c.Members = c.Members[:3]
			c.Waiting = []engine.Waiting{{User: cyd, State: signal.Ringing, Mine: true}}
		}},
		{"sixteen", fyne.NewSize(760, 480), 15, nil},
		{"pages", fyne.NewSize(640, 360), 15, nil},
		{"speaker", fyne.NewSize(720, 480), 5, func(v *profile.Settings, c *engine.CallState) {
			v.Layout, c.Speaker = profile.SpeakerLayout, "g2"
			c.Members[0].Held = true
		}},
		{"speaker-upright", fyne.NewSize(360, 560), 9, func(v *profile.Settings, c *engine.CallState) {
			v.Layout, c.Speaker = profile.SpeakerLayout, "g0"
		}},
		{"share", fyne.NewSize(720, 480), 6, func(_ *profile.Settings, c *engine.CallState) {
			c.Members[4].Sharing = engine.Sharing{On: true, Label: "Quarterly figures, final (3).ods — LibreOffice Calc"}
		}},
		{"sharing", fyne.NewSize(720, 480), 2, func(_ *profile.Settings, c *engine.CallState) {
			c.Share = engine.ShareState{On: true, Share: engine.Share{Surface: media.Surface{Label: "Screen 2", Kind: media.ScreenSurface}}}
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			v, call := profile.Defaults(), party(x.others)
			if x.change != nil {
				x.change(&v, &call)
			}
			_, w := sceneOf(t, x.size, v, call)
			test.AssertImageMatches(t, "call-"+x.name+".png", w.Canvas().Capture())
		})
	}
}

// A tick of the clock, ten times a second, must cost next to nothing while nothing changes.
func BenchmarkTick(b *testing.B) {
	var t testing.T
	c, _ := sceneOf(&t, fyne.NewSize(1280, 800), profile.Defaults(), party(15))
	call := party(15)
	b.ReportAllocs()
	for b.Loop() {
		c.update(call, ana, false)
		c.tick()
	}
}
