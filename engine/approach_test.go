package engine

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/internal/netem"
)

// Sound and picture are there as soon as one who was connected to while it rang answers, and nothing of them before.
func TestAnswerAfterConnecting(t *testing.T) {
	t.Parallel()
	spoken, film := spokenText(t), detailed(640, 360, 30)
	for _, c := range []struct {
		name           string
		near           bool
		sound, picture time.Duration // at most
	}{
		{"connected while it rang", true, 120 * time.Millisecond, 120 * time.Millisecond},
		{"connected after the answer", false, 300 * time.Millisecond, 400 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apart(t, netem.Profile{Phases: []netem.Phase{{Conditions: nearby}}}, spoken, film, func(t *testing.T, e *encounter) {
				e.bob.set(intent{}, true)
				if c.near {
					e.bob.approach(ana.ID, anaPhone, false)
				}
				time.Sleep(3 * time.Second)
				e.theatre.mu.Lock()
				if n := len(e.theatre.heard); n > 0 {
					t.Errorf("%d samples were played while it rang", n)
				}
				e.theatre.mu.Unlock()
				if v := e.ana.picture.Load(); v == nil || v.Stats().Frames > 0 {
					t.Error("pictures were coded while it rang")
				}

				e.bob.set(intent{microphone: true}, false)
				e.connect()
				time.Sleep(2 * time.Second)
				sound := loudAfter(e.theatre.between(&e.theatre.heard, e.met, e.met.Add(time.Second)))
				picture := time.Duration(e.seen.Load())
				t.Logf("the first sound after %v, the first picture after %v", sound, picture)
				if sound == 0 || sound > c.sound || picture == 0 || picture > c.picture {
					t.Errorf("the first sound after %v, the first picture after %v; want %v and %v at most", sound, picture, c.sound, c.picture)
				}
			})
		})
	}
}

// loudAfter is where a sound begins; 0 if it does not.
func loudAfter(pcm []float32) time.Duration {
	for i, v := range pcm {
		if max(v, -v) > 0.003 {
			return time.Duration(i) * time.Second / media.SampleRate
		}
	}
	return 0
}

func TestRingConnectsToWhoCalls(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.call(bob, ana, true)
	if p := must[prepare](y); !p.aloud {
		t.Error("the speaker stays closed")
	}
	if a := must[approach](y); a.user != bob.ID || a.device != bobPhone || a.offering {
		t.Fatalf("approaches %+v", a)
	}
	mustNot[open](y)
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.party(ana, signal.Joined, anaPhone)
	must[open](y)
	must[connect](y)
	mustNot[shut](y)
	y.end(signal.EndHangUp, bob.ID)
	must[shut](y)
}

func TestRingThatIsNotAnsweredIsLeft(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*story){
		"declined":  func(y *story) { y.take(done{call: "c1", reason: DeclinedHere}) },
		"cancelled": func(y *story) { y.end(signal.EndCancelled, bob.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := asAna(t)
			y.call(bob, ana, false)
			end(y)
			must[shut](y)
		})
	}
}

// Only who is called may connect before he is in the call, and only while he may still answer.
func TestWhoMayKnock(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.call(ana, bob, false)
	y.take(knocked{"c1", bob.ID, bobPhone})
	if a := must[approach](y); a.user != bob.ID || a.device != bobPhone || !a.offering {
		t.Fatalf("approaches %+v", a)
	}
	for _, in := range []knocked{{"c1", cyd.ID, "cyds"}, {"another", bob.ID, bobPhone}} {
		y.take(in)
		mustNot[approach](y)
	}
	y.party(bob, signal.Declined, "")
	must[disconnect](y)
	y.take(knocked{"c1", bob.ID, bobPhone})
	mustNot[approach](y)
}

// Where nothing is to be heard no speaker opens either.
func TestQuietRing(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(preferred{Preferences{DoNotDisturb: true}})
	y.call(bob, ana, false)
	if p := must[prepare](y); p.aloud {
		t.Error("the speaker opens")
	}
}

// Who wants to be found only after an answer neither connects nor lets others connect before.
func TestAnswerFirst(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(preferred{Preferences{AnswerFirst: true}})
	y.call(bob, ana, false)
	mustNot[prepare](y)
	mustNot[approach](y)
	y.take(done{call: "c1", reason: DeclinedHere})
	mustNot[shut](y)

	y = asAna(t)
	y.take(preferred{Preferences{AnswerFirst: true}})
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.call(ana, bob, false)
	y.take(knocked{"c1", bob.ID, bobPhone})
	mustNot[approach](y)
}

// A room connects to a bounded number of devices of who is called, and to none any more when one of them has answered or nobody will.
func TestNearDevices(t *testing.T) {
	t.Parallel()
	r, _ := bareRoom(t)
	near := func() (n, known int) {
		done := make(chan struct{})
		r.do(func() {
			n, known = len(r.near), len(r.session.Stats().Members)
			close(done)
		})
		<-done
		return n, known
	}
	for i := range 2 * maxNear {
		r.approach(bob.ID, DeviceID('a'+rune(i)), true)
	}
	if n, known := near(); n != maxNear || known != maxNear {
		t.Errorf("%d devices are near, %d are connected to", n, known)
	}
	r.connect(bob.ID, "b", true)
	if n, known := near(); n != 0 || known != 1 {
		t.Errorf("%d devices are near after the answer, %d are connected to", n, known)
	}
	r.approach(bob.ID, "b", true)
	r.approach(cyd.ID, "c", true)
	r.disconnect(cyd.ID)
	if n, known := near(); n != 0 || known != 1 {
		t.Errorf("%d devices are near after a refusal, %d are connected to", n, known)
	}
}
