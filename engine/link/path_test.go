package link

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"github.com/parley-calls/parley/internal/netem"
)

// lossy drops every n-th packet that is large enough to be media, but keeps connectivity checks.
func lossy(every uint64) vnet.ChunkFilter {
	var n atomic.Uint64
	return func(c vnet.Chunk) bool {
		return len(c.UserData()) < 200 || n.Add(1)%every != 0
	}
}

func TestLossIsRepaired(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{Camera, Screen} {
		t.Run(k.String(), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				repairsLoss(t, k)
			})
		})
	}
}

func repairsLoss(t *testing.T, k Kind) {
	w, track := newWorld(t), "ana/"+k.String()
	w.router.AddChunkFilter(lossy(25)) // 4 %
	ana, bob := w.join("ana", nil), w.join("bob", nil)
	call(t, ana, bob)
	waitState(t, 10*time.Second, Connected, ana, bob)
	const frames = 150
	for i := range uint32(frames) {
		if err := ana.Publish(k, Sample{Data: coded(k, 3000), Timestamp: i * 1800}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // the pace of a camera, not a wait
	}
	waitFor(t, 5*time.Second, func() string {
		// The last frame may miss a packet that nothing after it tells of.
		if got := bob.complete(track); got < frames-1 {
			bob.mu.Lock()
			defer bob.mu.Unlock()
			return fmt.Sprintf("%d of %d frames are complete: %v", got, frames, bob.frames[track])
		}
		return ""
	})
	out, in := ana.Stats().Members["bob"].Out[k], bob.Stats().Members["ana"].In[k]
	t.Logf("%d of %d packets lost, %d requests, %d sent again", out.Lost, out.Packets, out.NACKs, out.Retransmitted)
	if out.Retransmitted == 0 || out.NACKs == 0 || in.NACKs == 0 || in.Retransmitted == 0 {
		t.Errorf("repair is not counted: out %+v in %+v", out, in)
	}
}

// A page of text is larger than what a narrow link holds. It comes over it nevertheless, and the camera and the voice go on meanwhile.
func TestPageOverANarrowLink(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		narrow := netem.Steady("narrow", netem.Conditions{Delay: time.Millisecond, Rate: 1_500_000, Queue: 250 * time.Millisecond})
		ana, bob := w.joinOver(narrow, w.host(), "ana", nil), w.join("bob", nil)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		ana.publishSized(t, func(k Kind) int { return 80 }, Voice, Camera)
		waitMore(t, 10*time.Second, bob, "ana/camera", 10)
		faces, began := bob.complete("ana/camera"), time.Now()
		if err := ana.Publish(Screen, Sample{Data: coded(Screen, 200_000)}); err != nil {
			t.Fatal(err)
		}
		waitFor(t, 15*time.Second, func() string {
			if bob.complete("ana/screen") == 0 {
				return fmt.Sprintf("%d packets came: %+v", bob.count("ana/screen"), ana.Stats().Members["bob"].Out[Screen])
			}
			return ""
		})
		t.Logf("it took %v, and %d pictures of the camera came meanwhile", time.Since(began), bob.complete("ana/camera")-faces)
		if bob.complete("ana/camera")-faces < 10 {
			t.Error("the camera stood still")
		}
		if out := ana.Stats().Members["bob"].Out[Screen]; out.Retransmitted > 60 { // of 169
			t.Errorf("most of it was lost first: %+v", out)
		}
	})
}

func TestKeyFrameRequests(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob := w.join("ana", nil), w.join("bob", nil)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		bob.RequestKeyFrame("ana", Camera) // before there is a track: kept
		bob.RequestKeyFrame("ana", Voice)  // means nothing
		ana.publish(t, Camera, Screen)
		waitMore(t, 5*time.Second, bob, "ana/screen", 5)
		keys := func(k Kind) int {
			ana.mu.Lock()
			defer ana.mu.Unlock()
			return ana.keys[k]
		}
		plis := func(k Kind) uint64 { return bob.Stats().Members["ana"].In[k].PLIs }
		waitFor(t, 5*time.Second, func() string {
			if keys(Camera) < 2 || plis(Camera) != 1 { // one when we connected, one asked for
				return fmt.Sprintf("%d key frames of the camera wanted, %d requests", keys(Camera), plis(Camera))
			}
			return ""
		})
		start := time.Now()
		for time.Since(start) < 2*keyFrameSpacing {
			bob.RequestKeyFrame("ana", Screen)
			time.Sleep(time.Millisecond)
		}
		waitFor(t, 5*time.Second, func() string {
			if got := keys(Screen); got < 3 {
				return fmt.Sprintf("%d key frames of the screen wanted", got)
			}
			return ""
		})
		if got, most := plis(Screen), uint64(time.Since(start)/keyFrameSpacing)+1; got > most {
			t.Errorf("%d requests in %v", got, time.Since(start))
		}
	})
}

func TestPathDiesAndComesBack(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob := w.join("ana", nil), w.join("bob", nil)
		var dead atomic.Bool
		w.router.AddChunkFilter(blackholeWhile(bob.address(), &dead))
		ana.publish(t, Voice)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		dead.Store(true)
		waitState(t, 10*time.Second, Reconnecting, ana, bob)
		if err := ana.SendData("bob", []byte("kept")); err != nil {
			t.Errorf("data while reconnecting: %v", err)
		}
		dead.Store(false)
		waitState(t, 10*time.Second, Connected, ana, bob)
		waitMore(t, 5*time.Second, bob, "ana/voice", 20)
		waitFor(t, 10*time.Second, func() string {
			bob.mu.Lock()
			defer bob.mu.Unlock()
			if len(bob.data) != 1 {
				return fmt.Sprintf("data %q", bob.data)
			}
			return ""
		})
	})
}

// The machine gets another address and loses its old one. Restart renews the path at once, whoever calls it.
func TestAddressChanges(t *testing.T) {
	t.Parallel()
	for _, offerer := range []bool{true, false} {
		t.Run(fmt.Sprintf("offerer %v", offerer), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				w := newWorld(t)
				ana, bob := w.join("ana", nil), w.join("bob", nil)
				ana.publish(t, Voice)
				bob.publish(t, Voice)
				call(t, ana, bob)
				waitState(t, 10*time.Second, Connected, ana, bob)
				moved := bob
				if offerer {
					moved = ana
				}
				old := moved.address()
				ip := net.ParseIP(old)
				if err := moved.net.RemoveAddress("eth0", ip); err != nil {
					t.Fatal(err)
				}
				if err := moved.net.AddAddress("eth0", &net.IPNet{IP: net.IPv4(10, 0, 0, 100), Mask: net.CIDRMask(24, 32)}); err != nil {
					t.Fatal(err)
				}
				w.router.AddChunkFilter(blackhole(old))
				start := time.Now()
				_ = moved.Restart(nil)
				// The old address is dead: what arrives has come by the new one.
				waitMore(t, 5*time.Second, bob, "ana/voice", 20)
				waitMore(t, 5*time.Second, ana, "bob/voice", 20)
				t.Logf("20 packets have come %v after the change", time.Since(start))
				waitState(t, 10*time.Second, Connected, ana, bob)
			})
		})
	}
}

func TestGiveUpAndTryAgain(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		soon := func(o *Options) { o.GiveUp = time.Second }
		ana, bob := w.join("ana", soon), w.join("bob", soon)
		var dead atomic.Bool
		dead.Store(true)
		w.router.AddChunkFilter(blackholeWhile(bob.address(), &dead))
		call(t, ana, bob)
		waitState(t, 10*time.Second, Failed, ana, bob)
		dead.Store(false)
		_ = bob.Restart(nil) // the answering side asks anew
		waitState(t, 10*time.Second, Connected, ana, bob)
		bob.publish(t, Voice)
		waitMore(t, 5*time.Second, ana, "bob/voice", 10)
	})
}

// Where nothing passes directly, a relay carries everything.
func TestRelay(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		server := w.host()
		address := fmt.Sprintf("10.0.0.%d", w.hosts)
		listener, err := server.ListenPacket("udp4", address+":3478")
		if err != nil {
			t.Fatal(err)
		}
		var allowed atomic.Bool // the old credentials
		allowed.Store(true)
		var asked atomic.Int64 // with the new ones
		relay, err := turn.NewServer(turn.ServerConfig{
			Realm: "parley",
			AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
				if a.Username == "anew" {
					asked.Add(1)
				} else if !allowed.Load() {
					return a.Username, nil, false
				}
				return a.Username, turn.GenerateAuthKey(a.Username, "parley", "secret"), true
			},
			PacketConnConfigs: []turn.PacketConnConfig{{
				PacketConn: listener,
				RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
					RelayAddress: net.ParseIP(address), Address: "0.0.0.0", Net: server,
				},
			}},
			LoggerFactory: logging.LoggerFactory(pionLogger{discard}),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := relay.Close(); err != nil {
				t.Error(err)
			}
		})
		served := func(o *Options) {
			o.ICEServers = []ICEServer{{URLs: []string{"turn:" + address + ":3478?transport=udp"}, Username: "ana", Credential: "secret"}}
		}
		ana, bob := w.join("ana", served), w.join("bob", served)
		a, b := ana.address(), bob.address()
		w.router.AddChunkFilter(func(c vnet.Chunk) bool {
			from, _, _ := net.SplitHostPort(c.SourceAddr().String())
			to, _, _ := net.SplitHostPort(c.DestinationAddr().String())
			return !(from == a && to == b || from == b && to == a)
		})
		call(t, ana, bob)
		waitState(t, 20*time.Second, Connected, ana, bob)
		ana.publish(t, Camera)
		waitMore(t, 10*time.Second, bob, "ana/camera", 20)
		if s := ana.Stats().Members["bob"]; s.Path != "relay" {
			t.Errorf("path is %q", s.Path)
		}
		// Credentials that were given later serve the next generation.
		allowed.Store(false)
		fresh := []ICEServer{{URLs: []string{"turn:" + address + ":3478?transport=udp"}, Username: "anew", Credential: "secret"}}
		for _, m := range []*member{ana, bob} {
			if err := m.setServers(fresh); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, 10*time.Second, func() string {
			for _, p := range []*peer{ana.members["bob"], bob.members["ana"]} {
				if s := p.conn.Load().pc.ICEGatheringState(); s != webrtc.ICEGatheringStateComplete {
					return "gathering is " + s.String()
				}
			}
			return ""
		})
		_ = ana.Restart(nil)
		waitFor(t, 10*time.Second, func() string {
			if asked.Load() == 0 {
				return "nobody used the new credentials"
			}
			return ""
		})
		waitState(t, 20*time.Second, Connected, ana, bob)
		waitMore(t, 10*time.Second, bob, "ana/camera", 20)
	})
}
