//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/soundtest"
)

// newScreen is a display of its own with a window manager: the desk of somebody who shares it.
func newScreen(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir()}
	t.Cleanup(d.close)
	if err := d.startDisplay(); err != nil {
		t.Fatal(err)
	}
	return d
}

// launchOn is launch with the windows on another display.
func launchOn(t *testing.T, d *desk, name, switchboard string, env []string, flags ...string) *app {
	t.Helper()
	a := startOn(t, name, append([]string{"DISPLAY=" + d.display}, env...), append([]string{"--server", switchboard}, flags...)...)
	a.await("online", func(s status) string { return unless(s.Connection == "online", "connection is "+s.Connection) })
	return a
}

// pattern is a window that shows blocks of colours: three above three.
type pattern struct {
	t      *testing.T
	d      *desk
	id     xproto.Window
	pixmap xproto.Pixmap
	gc     xproto.Gcontext
}

var (
	blocksOne = [6]color.RGBA{{200, 40, 40, 255}, {40, 160, 60, 255}, {40, 60, 200, 255}, {220, 200, 40, 255}, {180, 50, 180, 255}, {40, 180, 190, 255}}
	blocksTwo = [6]color.RGBA{{40, 180, 190, 255}, {180, 50, 180, 255}, {220, 200, 40, 255}, {40, 60, 200, 255}, {40, 160, 60, 255}, {200, 40, 40, 255}}
)

const patternW, patternH = 600, 400

// newPattern opens the window, under a title.
func newPattern(t *testing.T, d *desk, title string) *pattern {
	t.Helper()
	p := &pattern{t: t, d: d}
	p.id, _ = xproto.NewWindowId(d.x)
	p.pixmap, _ = xproto.NewPixmapId(d.x)
	p.gc, _ = xproto.NewGcontextId(d.x)
	s := d.screen
	p.must(xproto.CreatePixmapChecked(d.x, s.RootDepth, p.pixmap, xproto.Drawable(s.Root), patternW, patternH))
	p.must(xproto.CreateGCChecked(d.x, p.gc, xproto.Drawable(p.pixmap), 0, nil))
	p.must(xproto.CreateWindowChecked(d.x, s.RootDepth, p.id, s.Root, 100, 100, patternW, patternH, 0, xproto.WindowClassInputOutput, s.RootVisual, 0, nil))
	p.must(xproto.ChangePropertyChecked(d.x, xproto.PropModeReplace, p.id, d.atom("_NET_WM_NAME"), d.atom("UTF8_STRING"), 8, uint32(len(title)), []byte(title)))
	p.show(blocksOne)
	p.must(xproto.MapWindowChecked(d.x, p.id))
	for deadline := time.Now().Add(patience); !bytes.Contains(d.property(d.screen.Root, "_NET_CLIENT_LIST"), p.bytes()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the window manager does not take the window")
		}
	}
	return p
}

func (p *pattern) must(c interface{ Check() error }) {
	p.t.Helper()
	if err := c.Check(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pattern) bytes() []byte {
	b := make([]byte, 4)
	xgb.Put32(b, uint32(p.id))
	return b
}

// show paints the blocks. The server keeps them: nothing has to be painted again.
func (p *pattern) show(blocks [6]color.RGBA) {
	p.t.Helper()
	for i, c := range blocks {
		xproto.ChangeGC(p.d.x, p.gc, xproto.GcForeground, []uint32{uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)})
		xproto.PolyFillRectangle(p.d.x, xproto.Drawable(p.pixmap), p.gc, []xproto.Rectangle{{
			X: int16(i % 3 * patternW / 3), Y: int16(i / 3 * patternH / 2), Width: patternW / 3, Height: patternH / 2}})
	}
	p.must(xproto.ChangeWindowAttributesChecked(p.d.x, p.id, xproto.CwBackPixmap, []uint32{uint32(p.pixmap)}))
	p.must(xproto.ClearAreaChecked(p.d.x, false, p.id, 0, 0, 0, 0))
}

// putAway minimizes the window, or brings it back.
func (p *pattern) putAway(on bool) {
	p.t.Helper()
	if on {
		const iconic = 3 // ICCCM section 4.1.4
		e := xproto.ClientMessageEvent{Format: 32, Window: p.id, Type: p.d.atom("WM_CHANGE_STATE"), Data: xproto.ClientMessageDataUnionData32New([]uint32{iconic, 0, 0, 0, 0})}
		p.must(xproto.SendEventChecked(p.d.x, false, p.d.screen.Root, xproto.EventMaskSubstructureRedirect|xproto.EventMaskSubstructureNotify, string(e.Bytes())))
	} else {
		p.must(xproto.MapWindowChecked(p.d.x, p.id))
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		a, err := xproto.GetWindowAttributes(p.d.x, p.id).Reply()
		if err == nil && (a.MapState == xproto.MapStateViewable) != on {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("put away: %v is not so: %v", on, err)
		}
	}
}

func (p *pattern) close() { p.must(xproto.DestroyWindowChecked(p.d.x, p.id)) }

// finds looks for the blocks in a picture: each of them as one even area, all in their order, and large enough to be looked at.
func finds(img *image.RGBA, blocks [6]color.RGBA) string {
	var centre [6]image.Point
	for i, want := range blocks {
		n, sum := 0, image.Point{}
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if c := img.RGBAAt(x, y); near(c.R, want.R) && near(c.G, want.G) && near(c.B, want.B) {
					n, sum = n+1, sum.Add(image.Pt(x, y))
				}
			}
		}
		if n < 1500 {
			return fmt.Sprintf("block %d has %d pixels", i, n)
		}
		centre[i] = sum.Div(n)
	}
	for i := range 3 {
		if i < 2 && (centre[i].X >= centre[i+1].X || centre[i+3].X >= centre[i+4].X) || centre[i].Y >= centre[i+3].Y {
			return fmt.Sprintf("the blocks are at %v", centre)
		}
	}
	return ""
}

func near(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) <= 14 }

// sees waits until the main window of an app shows the blocks.
func sees(a *app, blocks [6]color.RGBA) {
	a.t.Helper()
	a.await("the pattern", func(status) string {
		why := "there is no window"
		for _, w := range here.windows(a.pid()) {
			img, err := here.look(w)
			if err != nil {
				why = err.Error()
			} else if why = finds(img, blocks); why == "" {
				return ""
			}
		}
		return why
	})
}

// fills says why no window of an app fills the screen with the blocks.
func fills(a *app, blocks [6]color.RGBA) string {
	why := "no window is as large as the screen"
	for _, w := range here.windows(a.pid()) {
		if w.rect.Dx() != int(here.screen.WidthInPixels) || w.rect.Dy() != int(here.screen.HeightInPixels) {
			continue
		}
		img, err := here.look(w)
		if err != nil {
			return err.Error()
		}
		if why = finds(img, blocks); why == "" {
			return ""
		}
	}
	return why
}

// shares is what an app says that a member shares, and nil if nothing.
func (s status) shares(user string) *shared {
	for _, c := range s.Calls {
		for _, m := range c.Members {
			if m.ID == user && c.State != "ended" {
				return m.Share
			}
		}
	}
	return nil
}

func (a *app) awaitShare(of string, want *shared) {
	a.t.Helper()
	a.await("what "+of+" shares", func(s status) string {
		got := s.shares(of)
		return unless(got == nil && want == nil || got != nil && want != nil && *got == *want, fmt.Sprintf("%+v", got))
	})
}

// A window is shared, paused, shown to who comes later, minimized and closed; others share at the same time.
func TestShare(t *testing.T) {
	at := switchboard(t)
	screen := newScreen(t)
	window := newPattern(t, screen, "Pattern of six")
	ana := launchOn(t, screen, "ana", at, nil)
	bob, cyd := launch(t, "bob", at), launch(t, "cyd", at)
	id := ana.invite("bob")
	bob.awaitRing()
	bob.ctl("accept")
	ana.awaitLive(1)

	var list struct {
		Surfaces []struct{ Label, Kind string }
	}
	if err := json.Unmarshal(ana.ctl("share", "list"), &list); err != nil || len(list.Surfaces) < 2 || list.Surfaces[0].Kind != "screen" {
		t.Errorf("surfaces %+v, %v", list, err)
	}
	began := time.Now()
	ana.ctl("share", "window", "pattern of")
	bob.awaitShare("ana", &shared{On: true, Label: "Pattern of six"})
	sees(bob, blocksOne)
	t.Logf("seen after %v", time.Since(began))
	keepPicture(t, bob, "share")

	ana.ctl("share", "pause")
	bob.awaitShare("ana", &shared{On: true, Paused: true, Label: "Pattern of six"})
	window.show(blocksTwo)
	shown := framesOf(bob.stats(), "ana", "screen")
	bob.await("more of the paused picture", func(status) string {
		return unless(framesOf(bob.stats(), "ana", "screen") > shown+1, "none")
	})
	sees(bob, blocksOne)
	ana.ctl("share", "resume")
	sees(bob, blocksTwo)

	bob.ctl("fullscreen", "ana", "on")
	bob.await("the share on all of the screen", func(status) string { return fills(bob, blocksTwo) })
	bob.ctl("fullscreen", "ana", "off")
	bob.await("the screen without it", func(status) string { return unless(fills(bob, blocksTwo) != "", "it is still there") })

	bob.ctl("share", "region", "0,0,320,200", "--motion")
	ana.await("bob's screen", func(s status) string {
		return unless(s.shares("bob") != nil && framesOf(ana.stats(), "bob", "screen") > 10, fmt.Sprintf("%+v", s.Calls))
	})
	bob.ctl("share", "stop")
	ana.awaitShare("bob", nil)

	ana.invite("cyd", "--call", id)
	cyd.awaitRing()
	began = time.Now()
	cyd.ctl("accept")
	sees(cyd, blocksTwo)
	t.Logf("who came later saw it %v after he accepted", time.Since(began))

	window.putAway(true) // is no reason to end: the others see the last picture
	hidden := time.Now()
	shown = framesOf(bob.stats(), "ana", "screen")
	bob.await("pictures for longer than a share may give none", func(status) string {
		return unless(time.Since(hidden) > 4*time.Second && framesOf(bob.stats(), "ana", "screen") > shown+2, "not yet")
	})
	bob.awaitShare("ana", &shared{On: true, Label: "Pattern of six"})
	sees(bob, blocksTwo)
	window.putAway(false)

	window.close()
	bob.awaitShare("ana", nil)
	ana.await("words about the window", func(s status) string {
		c := s.Calls[0]
		return unless(!c.Share.On && len(c.Problems) == 1 && c.Problems[0].Of == "share" && c.Problems[0].Code == "screen-lost", fmt.Sprintf("%+v", c))
	})
	ana.awaitLive(2)
	ana.ctl("share", "screen") // another one, and the call ends with it
	bob.await("ana's screen", func(s status) string { return unless(s.shares("ana") != nil, "not shared") })
	ana.ctl("hangup")
	bob.await("ana's leaving", func(s status) string { return unless(s.shares("ana") == nil, "still shared") })
}

// What ana's machine plays is heard by bob, but not what ana hears of the call.
func TestShareSound(t *testing.T) {
	at := switchboard(t)
	screen := newScreen(t)
	machine := soundtest.StartFor(t)
	ana := launchOn(t, screen, "ana", at, []string{"PULSE_SERVER=" + machine.Address()}, "--microphone", "none", "--speaker", soundtest.Speaker)
	bob := launch(t, "bob", at, "--speaker", "bob") // whose microphone has a tone of 440 Hz
	ana.invite("bob")
	bob.awaitRing()
	bob.ctl("accept")
	ana.awaitLive(1)
	_, stop, err := machine.Play(soundtest.Speaker, &tone{frequency: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ana.ctl("share", "screen", "--sound")
	bob.await("the sound", func(s status) string {
		return unless(s.shares("ana") != nil && s.shares("ana").Sound && framesOf(bob.stats(), "ana", "system") > 50, fmt.Sprintf("%+v", s.shares("ana")))
	})
	mine := loudness(samplesOf(t, machine, soundtest.Speaker), 440)
	var heard, echo float64
	for range 5 { // a busy machine may stall for a moment
		pcm := record(t, "bob", 2*time.Second)
		if heard, echo = loudness(pcm, 1000), loudness(pcm, 440); heard > 0.02 && echo < heard/20 {
			break
		}
	}
	t.Logf("bob hears ana's machine with %.3f, himself with %.4f; ana hears him with %.3f", heard, echo, mine)
	if heard < 0.02 || echo > heard/20 {
		t.Errorf("bob hears ana's machine with %.3f, and himself with %.4f", heard, echo)
	}
	if mine < 0.02 {
		t.Errorf("ana hears bob with %.3f: there is nothing that could have come back", mine)
	}
	ana.ctl("share", "stop")
	bob.awaitShare("ana", nil)
	bob.await("silence", func(status) string {
		return unless(loudness(record(t, "bob", 500*time.Millisecond), 1000) < 0.002, "the tone is still heard")
	})
}

// tone is a sine without end, as 16-bit mono.
type tone struct {
	frequency float64
	n         int
}

func (s *tone) Read(b []byte) (int, error) {
	for i := 0; i+1 < len(b); i += 2 {
		v := int16(8000 * math.Sin(2*math.Pi*s.frequency*float64(s.n)/rate))
		b[i], b[i+1] = byte(v), byte(v>>8)
		s.n++
	}
	return len(b) &^ 1, nil
}

func samplesOf(t *testing.T, s *soundtest.Server, sink string) []float64 {
	t.Helper()
	raw, err := s.Record(sink, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return samples(raw)
}

// loudness is the amplitude of a frequency in a sound.
func loudness(pcm []float64, frequency float64) float64 {
	var re, im float64
	for i, v := range pcm {
		a := 2 * math.Pi * frequency * float64(i) / rate
		re, im = re+v*math.Cos(a), im+v*math.Sin(a)
	}
	return 2 * math.Hypot(re, im) / float64(max(1, len(pcm)))
}
