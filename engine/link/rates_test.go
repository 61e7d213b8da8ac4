package link

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/vnet"

	"github.com/parley-calls/parley/internal/netem"
)

// named is one of the networks that have a name.
func named(t *testing.T, name string) netem.Profile {
	t.Helper()
	p, ok := netem.Named(name)
	if !ok {
		t.Fatalf("there is no network %q", name)
	}
	return p
}

// inVirtualTime runs two members who call each other over a network, and gives them as many seconds as the test wants.
func inVirtualTime(t *testing.T, p netem.Profile, test func(t *testing.T, ana, bob *member)) {
	t.Helper()
	apartInVirtualTime(t, p, func(t *testing.T, ana, bob *member) {
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		test(t, ana, bob)
	})
}

// apartInVirtualTime is inVirtualTime for two who know nothing of each other yet.
func apartInVirtualTime(t *testing.T, p netem.Profile, test func(t *testing.T, ana, bob *member)) {
	t.Helper()
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		test(t, w.joinOver(p, w.host(), "ana", nil), w.joinOver(p, w.host(), "bob", nil))
	})
}

// What was sent again is used when it comes, not with the next picture of the stream: of a screen on which nothing moves that is late.
func TestRepairOfAStillScreen(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		var lose atomic.Bool
		w.router.AddChunkFilter(func(c vnet.Chunk) bool { return len(c.UserData()) < 1000 || !lose.Swap(false) })
		path := netem.Steady("", netem.Conditions{Delay: 10 * time.Millisecond}) // so near that nothing is done twice
		ana, bob := w.joinOver(path, w.host(), "ana", nil), w.joinOver(path, w.host(), "bob", nil)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		for i := range uint32(2) {
			lose.Store(i == 1)
			if err := ana.Publish(Screen, Sample{Data: coded(Screen, 5000), Timestamp: i * 90_000, Key: true}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
			if got := bob.complete("ana/screen"); got != int(i)+1 {
				t.Fatalf("%d pictures of %d are whole", got, i+1)
			}
		}
		if s := bob.Stats().Members["ana"].In[Screen]; s.NACKs != 1 || s.Retransmitted != 1 {
			t.Errorf("%d requests, %d sent again", s.NACKs, s.Retransmitted)
		}
	})
}

// bitrate is what was reported last.
func (m *member) bitrate() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.bitrates) == 0 {
		return startBitrate
	}
	return m.bitrates[len(m.bitrates)-1]
}

// publishAsTold sends voice, and pictures with what the reported rate leaves, but at most some bit/s.
func (m *member) publishAsTold(t testing.TB, most int) {
	m.publishSized(t, func(k Kind) int {
		if k == Voice {
			return 80
		}
		return min(max(m.bitrate()-55_000, 20_000), most) / 8 / 50
	}, Voice, Camera)
}

// The path takes 2 Mbit/s, from 15 s on 300 kbit/s, from 30 s on 2 Mbit/s again. The rate falls with it, and comes back with it.
func TestBitrateFollowsThePath(t *testing.T) {
	inVirtualTime(t, named(t, "changing"), func(t *testing.T, ana, bob *member) {
		ana.publishAsTold(t, 2_500_000)
		curve := ""
		mean := func(seconds int) int {
			sum := 0
			for range 10 * seconds {
				time.Sleep(100 * time.Millisecond)
				sum += ana.bitrate()
			}
			curve += fmt.Sprintf(" %d", sum/10/seconds/1000)
			return sum / 10 / seconds
		}
		mean(10)
		if got := mean(4); got < 1_200_000 || got > 2_000_000 {
			t.Errorf("it is %d on 2 Mbit/s", got)
		}
		mean(3)
		heard := bob.count("ana/voice")
		if got := mean(12); got < 150_000 || got > 300_000 {
			t.Errorf("it is %d on 300 kbit/s", got)
		}
		if got := bob.count("ana/voice") - heard; got < 12*50-5 {
			t.Errorf("%d packets of sound came in 12 s", got)
		}
		mean(6) // it is wide again for five seconds
		if got := mean(2); got < 1_300_000 {
			t.Errorf("it is %d on 2 Mbit/s again", got)
		}
		t.Logf("kbit/s:%s", curve)
	})
}

// A member who sends little is not believed to have a wide path, and probes say nothing while no picture has been sent.
func TestVoiceAloneProvesNothing(t *testing.T) {
	inVirtualTime(t, named(t, "thin"), func(t *testing.T, ana, bob *member) {
		ana.publish(t, Voice)
		time.Sleep(20 * time.Second)
		if got := ana.bitrate(); got > startBitrate {
			t.Errorf("the rate rose to %d", got)
		}
		if in := bob.Stats().Members["ana"].In[Voice]; in.Packets < 950 {
			t.Errorf("%+v", in)
		}
	})
}

// A member whose path is too weak gets no camera, but the voice and the screen, until it is let through again.
func TestWithholding(t *testing.T) {
	inVirtualTime(t, named(t, "good"), func(t *testing.T, ana, bob *member) {
		ana.publish(t, Voice, Camera, Screen)
		time.Sleep(2 * time.Second)
		if err := ana.SetLayer("bob", Camera, NoLayer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		camera, voice, screen := bob.count("ana/camera"), bob.count("ana/voice"), bob.count("ana/screen")
		time.Sleep(2 * time.Second)
		if got := bob.count("ana/camera"); got != camera || camera == 0 {
			t.Errorf("%d packets of the camera, %d before", got, camera)
		}
		if bob.count("ana/voice") < voice+95 || bob.count("ana/screen") < screen+95 {
			t.Error("voice or screen are withheld too")
		}
		if err := ana.SetLayer("bob", Camera, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := bob.count("ana/camera"); got < camera+45 {
			t.Errorf("%d packets of the camera after it was let through, %d before", got, camera)
		}
	})
}

// A camera that was not sent for a while because nobody saw it goes on as it was: the path has not become narrow because nothing was sent,
// nor is it taken for a wider one.
func TestRateOutlivesAnUnseenCamera(t *testing.T) {
	c := netem.Conditions{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond, Rate: 2_000_000}
	inVirtualTime(t, netem.Profile{Name: "steady", Phases: []netem.Phase{{Conditions: c}}}, func(t *testing.T, ana, bob *member) {
		ana.publishAsTold(t, 1_200_000)
		time.Sleep(20 * time.Second)
		before := ana.bitrate()
		if err := ana.SetLayer("bob", Camera, NoLayer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		came := bob.count("ana/camera")
		time.Sleep(2 * time.Minute)
		if got := bob.count("ana/camera"); got != came {
			t.Errorf("%d packets of the camera came", got-came)
		}
		meanwhile := ana.bitrate()
		lost := bob.Stats().Members["ana"].In[Camera].Lost
		if err := ana.SetLayer("bob", Camera, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		got := ana.bitrate()
		t.Logf("%d, unseen %d, seen again %d", before, meanwhile, got)
		if min(meanwhile, got) < before*3/4 || max(meanwhile, got) > 2_400_000 {
			t.Errorf("the rate was %d, %d while it was not sent, and then %d", before, meanwhile, got)
		}
		if in := bob.Stats().Members["ana"].In[Camera]; in.Lost > lost || in.Packets == 0 {
			t.Errorf("%+v", in)
		}
	})
}

// Without the camera there is little on a path by which to notice that it is wide again: probes do. The voice has not suffered.
func TestThinPathIsWideAgain(t *testing.T) {
	c := netem.Conditions{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond}
	thin, wide := c, c
	thin.Rate, wide.Rate = 90_000, 2_000_000
	p := netem.Profile{Name: "thin for a while", Phases: []netem.Phase{
		{For: 5 * time.Second, Conditions: wide}, {For: 20 * time.Second, Conditions: thin}, {Conditions: wide}}}
	inVirtualTime(t, p, func(t *testing.T, ana, bob *member) {
		ana.publishAsTold(t, 1_000_000)
		time.Sleep(10 * time.Second)
		if got := ana.bitrate(); got > 110_000 {
			t.Errorf("the rate is %d on a path of 90000", got)
		}
		if err := ana.SetLayer("bob", Camera, NoLayer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		heard := bob.count("ana/voice")
		time.Sleep(10 * time.Second)
		if got := bob.count("ana/voice") - heard; got < 490 {
			t.Errorf("%d packets of sound came in 10 s", got)
		}
		if got := ana.bitrate(); got > 110_000 {
			t.Errorf("the rate is %d on a path of 90000", got)
		}
		time.Sleep(7 * time.Second)
		if got := ana.bitrate(); got < 500_000 {
			t.Errorf("the rate is %d five seconds after the path is wide again", got)
		}
	})
}

// A path without pictures is probed only while it seems too narrow for them.
func TestProbesWithoutPictures(t *testing.T) {
	virtually(t, func(t *testing.T) {
		p := newPacer(2_000_000, func(uint16, int, int) {})
		defer p.stop()
		p.add(&interceptor.StreamInfo{SSRC: 1, SSRCRetransmission: 2, MimeType: "video/VP8"}, nowhere{})
		_, _ = p.Write(&rtp.Header{SSRC: 1}, []byte{1}, nil)
		for _, c := range []struct {
			after  time.Duration
			target int
			want   bool
		}{{0, 2_000_000, true}, {time.Second, 2_000_000, true}, {time.Second, 2_000_000, false}, {time.Second, 200_000, true}, {time.Hour, 2_000_000, false}} {
			time.Sleep(c.after)
			if p.setTarget(c.target); p.canProbe() != c.want {
				t.Errorf("after another %v at %d bit/s: probes are %t", c.after, c.target, !c.want)
			}
		}
	})
}

// nowhere is where packets are lost.
type nowhere struct{}

func (nowhere) Write(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	return h.MarshalSize() + len(payload), nil
}
