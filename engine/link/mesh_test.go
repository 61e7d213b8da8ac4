package link

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMediaBothWays(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob := w.join("ana", nil), w.join("bob", nil)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		all := []Kind{Voice, Camera, Screen, System}
		ana.publish(t, all...)
		bob.publish(t, all...)
		for _, k := range all {
			waitMore(t, 10*time.Second, bob, "ana/"+k.String(), 20)
			waitMore(t, 10*time.Second, ana, "bob/"+k.String(), 20)
		}
		waitFor(t, 10*time.Second, func() string {
			s := ana.Stats().Members["bob"]
			switch {
			case s.Path != "host":
				return "path is " + s.Path
			case s.In[Voice].Packets == 0 || s.In[Voice].Bytes == 0 || s.Out[Screen].Packets == 0 || s.Out[Screen].Bytes == 0:
				return fmt.Sprintf("empty figures: %+v", s)
			case s.RoundTrip <= 0:
				return "round trip unknown"
			}
			return ""
		})
		waitFor(t, 5*time.Second, func() string {
			ana.mu.Lock()
			defer ana.mu.Unlock()
			if len(ana.losses[Voice]) == 0 || len(ana.bitrates) == 0 || ana.keys[Camera] == 0 {
				return fmt.Sprintf("losses %v, bit rates %v, key frames %v", ana.losses, ana.bitrates, ana.keys)
			}
			if ana.bitrates[0] < startBitrate/2 {
				return fmt.Sprintf("first bit rate is %d", ana.bitrates[0])
			}
			return ""
		})
		if got := ana.states; !slices.Equal(got, []string{"bob connected"}) {
			t.Errorf("states are %q", got)
		}
	})
}

// The machine's own network, without any address but loopback needed.
func TestLoopback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := func(o *Options) { o.Loopback = true }
	ana, bob := w.joinOn(nil, "ana", here), w.joinOn(nil, "bob", here)
	ana.publish(t, Voice)
	call(t, ana, bob)
	waitState(t, 10*time.Second, Connected, ana, bob)
	waitMore(t, 10*time.Second, bob, "ana/voice", 10)
}

func TestOneStreamForAll(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob, cyd := w.join("ana", nil), w.join("bob", nil), w.join("cyd", nil)
		call(t, ana, bob)
		call(t, ana, cyd)
		call(t, bob, cyd)
		waitState(t, 10*time.Second, Connected, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, cyd)
		waitState(t, 10*time.Second, Connected, bob, cyd)
		const frames, packets = 50, 3 // of 3000 bytes
		for i := range uint32(frames) {
			if err := ana.Publish(Camera, Sample{Data: make([]byte, 3000), Timestamp: i * 3000}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Millisecond) // the pace of a camera, not a wait
		}
		for _, m := range []*member{bob, cyd} {
			waitFor(t, 5*time.Second, func() string {
				if got := m.count("ana/camera"); got != frames*packets {
					return fmt.Sprintf("%s got %d packets", m.id, got)
				}
				return ""
			})
			if got := m.complete("ana/camera"); got != frames {
				t.Errorf("%s got %d complete frames", m.id, got)
			}
		}
	})
}

func TestStartOrder(t *testing.T) {
	t.Parallel()
	for _, offererFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("offerer first %v", offererFirst), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				w := newWorld(t)
				said := make(chan Message, 1000)
				var lost atomic.Int64
				w.deliver = func(from, to MemberID, m Message) {
					if from == "bob" {
						said <- m
					}
					lost.Add(1)
					w.hand(from, to, m)
				}
				ana, bob := w.join("ana", nil), w.join("bob", nil)
				first, second := func() error { return ana.Add("bob", true) }, func() error { return bob.Add("ana", false) }
				if !offererFirst {
					first, second = second, first
				}
				if err := first(); err != nil {
					t.Fatal(err)
				}
				waitFor(t, 5*time.Second, func() string {
					if lost.Load() == 0 {
						return "the first one says nothing"
					}
					return ""
				})
				if err := second(); err != nil {
					t.Fatal(err)
				}
				if m := <-said; !m.Need {
					t.Errorf("the answering side did not ask at once, but said %+v", m)
				}
				waitState(t, 10*time.Second, Connected, ana, bob)
			})
		})
	}
}

// A switchboard that loses a third of all messages, doubles a third of the others and mixes their order.
func TestBadSwitchboard(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			random := rand.New(rand.NewPCG(seed, 7))
			var held []func()
			w.deliver = func(from, to MemberID, m Message) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if random.IntN(3) == 0 {
					return
				}
				held = append(held, func() { w.hand(from, to, m) })
				if random.IntN(3) == 0 {
					held = append(held, held[random.IntN(len(held))])
				}
			}
			end := make(chan struct{})
			var running sync.WaitGroup
			running.Go(func() {
				for {
					select {
					case <-end:
						return
					case <-time.After(5 * time.Millisecond):
					}
					w.mu.Lock()
					batch := held
					held = nil
					random.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
					w.mu.Unlock()
					for _, hand := range batch {
						hand()
					}
				}
			})
			defer running.Wait()
			defer close(end)
			ana, bob := w.join("ana", nil), w.join("bob", nil)
			ana.publish(t, Voice)
			bob.publish(t, Voice)
			call(t, ana, bob)
			waitState(t, 20*time.Second, Connected, ana, bob)
			_ = ana.Restart(nil)
			_ = bob.Restart(nil)
			waitFor(t, 20*time.Second, func() string {
				if ana.lastState() == "" {
					return "no state"
				}
				return ""
			})
			waitState(t, 20*time.Second, Connected, ana, bob)
			waitMore(t, 10*time.Second, bob, "ana/voice", 10)
			waitMore(t, 10*time.Second, ana, "bob/voice", 10)
		})
	}
}

func TestMemberStartsAnew(t *testing.T) {
	t.Parallel()
	for _, offerer := range []bool{true, false} {
		t.Run(fmt.Sprintf("offerer %v", offerer), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				w := newWorld(t)
				ana, bob := w.join("ana", nil), w.join("bob", nil)
				call(t, ana, bob)
				waitState(t, 10*time.Second, Connected, ana, bob)
				old := bob
				stays, other := ana, MemberID("bob")
				if offerer {
					old, stays, other = ana, bob, "ana"
				}
				// The old app freezes: it neither says goodbye nor answers.
				w.mu.Lock()
				w.members[other] = nil
				w.mu.Unlock()
				w.router.AddChunkFilter(blackhole(old.address()))
				anew := w.join(other, nil)
				if err := anew.Add(stays.id, offerer); err != nil {
					t.Fatal(err)
				}
				waitState(t, 15*time.Second, Connected, stays, anew)
				anew.publish(t, Voice)
				waitMore(t, 10*time.Second, stays, string(other)+"/voice", 10)
			})
		})
	}
}
