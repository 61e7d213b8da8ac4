//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// whereabouts is what a video call costs one side, by where both have it.
type whereabouts struct {
	Where   string  `json:"where"`
	CPU     float64 `json:"cpu"`              // of a core in %, without drawing
	Drawing float64 `json:"cpu_with_drawing"` // and with it
	Coded   float64 `json:"coded"`            // pictures/s
}

// putAway takes what a call costs in its window, in the mini window, and in a window that the desktop has put away, where nobody sees it.
func (b bench) putAway(t *testing.T) {
	for _, who := range []string{"ana", "bob"} {
		defer speak(t, who, b.spoken)()
	}
	one, other := b.begin(t, seating{film: b.film})
	ana, bob := one.(seat), other.(seat)
	ana.call("bob")
	bob.awaitRing()
	bob.accept()
	ana.awaitLive()
	bob.awaitLive()
	both := func(do func(seat)) {
		do(ana)
		do(bob)
	}
	do := func(verb string) func(seat) {
		return func(s seat) {
			if _, err := s.ask(verb); err != nil {
				t.Fatal(err)
			}
		}
	}
	away := func(s seat) { xdotool(t, "windowminimize", fmt.Sprint(uint32(theOnly(t, s).id))) }
	for _, p := range []struct {
		where string
		put   func()
	}{
		{"window", func() {}},
		{"mini window", func() { both(do("minimize")) }},
		{"nowhere: the desktop has put the window away", func() { both(do("restore")); time.Sleep(time.Second); both(away) }},
	} {
		p.put()
		time.Sleep(warmUp)
		_, coded := ana.coded()
		before, since := workOf(ana.pid()), time.Now()
		time.Sleep(workTime)
		passed := time.Since(since)
		all, drawing := workOf(ana.pid()).since(before, passed)
		_, now := ana.coded()
		got := whereabouts{p.where, all - drawing, all, float64(now-coded) / passed.Seconds()}
		b.results.places = append(b.results.places, got)
		t.Logf("%+v", got)
	}
	both(func(s seat) { s.quit() })
}
