//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"image"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine/media"
)

// crowd is a call of one app with people who have no window.
type crowd struct {
	t           *testing.T
	switchboard string
	app         seat
	call        string
	guests      *guests
	people      []string
}

// gather starts the app of the call.
func gather(t *testing.T, film *testFilm) *crowd {
	t.Helper()
	c := &crowd{t: t, switchboard: switchboard(t, "--call-limit", "16"), guests: invited(t)}
	c.app = seats{c.switchboard}.start(t, "ana", "", seating{film: film}).(seat)
	awaitPainted(t, c.app)
	c.app.awaitReady()
	xdotool(t, "windowmove", "--sync", fmt.Sprint(uint32(theOnly(t, c.app).id)), "20", "40")
	return c
}

// add brings one more into the call, who sends pictures of a size, and speaks if he has a microphone, and waits until they are decoded.
func (c *crowd) add(size media.VideoFormat, microphone string) {
	t := c.t
	t.Helper()
	who := fmt.Sprintf("guest%d", len(c.people)+1)
	c.guests.bring(guest{c.switchboard, who, size, microphone})
	c.people = append(c.people, who)
	args := []string{"invite", who, "--video"}
	if c.call != "" {
		args = []string{"invite", who, "--call", c.call}
	}
	var made struct{ Call string }
	for late := time.Now().Add(patience); made.Call == ""; time.Sleep(300 * time.Millisecond) { // the switchboard bounds the rate
		out, err := c.app.ask(args...)
		if err == nil {
			err = json.Unmarshal(out, &made)
		}
		if err != nil && time.Now().After(late) {
			t.Fatal(err)
		}
	}
	c.call = made.Call
	for late := time.Now().Add(patience); framesOf(c.stats(), who, "camera") < 10; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("no picture of %s: %+v", who, c.stats())
		}
	}
}

func (c *crowd) stats() stats { return c.app.figures() }

// figures are what the app counts.
func (s seat) figures() (all stats) {
	s.t.Helper()
	out, err := s.ask("stats")
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// coded counts the encoders of the app's camera, and the pictures they have coded.
func (s seat) coded() (encoders int, pictures uint64) {
	for _, call := range s.figures().Calls {
		for _, track := range call.Tracks {
			if track.Direction == "out" && track.Kind == "camera" {
				encoders++
				pictures += track.Frames
			}
		}
	}
	return encoders, pictures
}

// growth is what a call costs one app as others come.
type growth struct {
	Members  int     `json:"members"`
	CPU      float64 `json:"cpu"`      // of a core in %, without drawing
	Encoders int     `json:"encoders"` // of the camera
	Coded    float64 `json:"coded"`    // pictures/s by all of them
}

// mesh takes what each member of a call of up to six costs.
func (b bench) mesh(t *testing.T) {
	const most = 6
	c := gather(t, b.film)
	for members := 2; members <= most; members++ {
		c.add(media.VideoFormat{Width: 640, Height: 360, FrameRate: 30}, devices.Test)
		time.Sleep(adaptTime)
		_, picturesBefore := c.app.coded()
		before, since := workOf(c.app.pid()), time.Now()
		time.Sleep(lookTime)
		passed := time.Since(since)
		all, drawing := workOf(c.app.pid()).since(before, passed)
		encoders, pictures := c.app.coded()
		g := growth{members, all - drawing, encoders, float64(pictures-picturesBefore) / passed.Seconds()}
		b.results.growth = append(b.results.growth, g)
		t.Logf("%+v", g)
	}
	b.keep(t, "mesh", c.app)
	c.app.quit()
}

// reaction is how an app with a number of pictures answers to a click.
type reaction struct {
	Tiles  int     `json:"tiles"`
	Drawn  float64 `json:"drawn"`  // pictures/s of one tile
	Median float64 `json:"median"` // ms from the click to other pixels
	Worst  float64 `json:"worst"`  // ms, of ten clicks
	CPU    float64 `json:"cpu"`    // of a core in %, with drawing
}

// tiles takes how fast an app with many pictures reacts.
func (b bench) tiles(t *testing.T) {
	c := gather(t, b.film)
	if err := xtest.Init(here.x); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{4, 9, 15} { // and the own one: no call is larger
		for len(c.people) < n {
			c.add(media.VideoFormat{Width: 160, Height: 90, FrameRate: 30}, devices.None)
		}
		time.Sleep(adaptTime)
		before, since := workOf(c.app.pid()), time.Now()
		var took []float64
		for range 10 {
			took = append(took, millis(c.app.clickMute()))
		}
		all, _ := workOf(c.app.pid()).since(before, time.Since(since))
		r := reaction{n, c.drawn(), median(took), quantile(took, 1), all}
		b.results.reactions = append(b.results.reactions, r)
		t.Logf("%+v", r)
	}
	b.keep(t, "tiles", c.app)
	c.app.quit()
}

// drawn is how many pictures a second are drawn of one person, the median.
func (c *crowd) drawn() float64 {
	var rates []float64
	for _, call := range c.stats().Calls {
		for _, track := range call.Tracks {
			if track.Direction == "in" && track.Kind == "camera" {
				rates = append(rates, track.FPSShown)
			}
		}
	}
	return median(rates)
}

// clickMute clicks the button that mutes, and takes the time until it looks different.
func (s seat) clickMute() time.Duration {
	s.t.Helper()
	w := theOnly(s.t, s)
	button := w.rect.Min.Add(image.Pt(w.rect.Dx()/2-288, w.rect.Dy()-78)) // of the bar below
	edge := image.Rect(-22, -14, -14, 14).Add(button)                     // beside the symbol
	point := func(kind byte, detail byte, at image.Point) {
		if err := xtest.FakeInputChecked(here.x, kind, detail, 0, here.screen.Root, int16(at.X), int16(at.Y), 0).Check(); err != nil {
			s.t.Fatal(err)
		}
	}
	point(xproto.MotionNotify, 0, button.Add(image.Pt(0, 6)))
	point(xproto.MotionNotify, 0, button)
	time.Sleep(700 * time.Millisecond) // the bar comes, and what a pointer over it changes
	looks := func() float64 {
		img, err := here.pixels(edge)
		if err != nil {
			s.t.Fatal(err)
		}
		sum := 0.0
		for i := 0; i < len(img.Pix); i += 4 {
			sum += brightness(img, i/4)
		}
		return sum / float64(len(img.Pix)/4)
	}
	before, began := looks(), time.Now()
	point(xproto.ButtonPress, 1, button)
	point(xproto.ButtonRelease, 1, button)
	for late := time.Now().Add(patience / 4); time.Now().Before(late); {
		if now := looks(); now > before+40 || now < before-40 {
			return time.Since(began)
		}
		time.Sleep(time.Millisecond)
	}
	img, _ := here.look(w)
	savePNG(s.t, "bench-no-reaction", img)
	s.t.Fatal("nothing changes after a click at the button that mutes")
	return 0
}
