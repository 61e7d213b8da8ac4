package link

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Who is only approached is connected to, and nothing more: nothing of ours reaches him, and nobody hears of him, until he is a member. What
// he says before we know that he is one is not lost.
func TestApproach(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob := w.join("ana", nil), w.join("bob", nil)
		all := []Kind{Voice, Camera, Screen, System}
		ana.publish(t, all...)
		bob.publish(t, all...)
		if err := errors.Join(bob.Approach("ana", false), ana.Approach("bob", true)); err != nil {
			t.Fatal(err)
		}
		if err := ana.Approach("bob", false); !errors.Is(err, ErrRole) {
			t.Errorf("approached in the other role: %v", err)
		}
		waitState(t, 10*time.Second, Connected, ana, bob)
		if err := ana.SendData("bob", []byte("no")); !errors.Is(err, ErrNotConnected) {
			t.Errorf("data to who is no member: %v", err)
		}
		if err := ana.SetLayer("bob", Camera, 0); err != nil {
			t.Error(err)
		}

		if err := ana.Add("bob", true); err != nil {
			t.Fatal(err)
		}
		waitFor(t, 5*time.Second, func() string {
			if got := ana.lastState(); got != "bob connected" {
				return "ana was told " + got
			}
			return ""
		})
		if err := ana.SendData("bob", []byte("hello")); err != nil {
			t.Fatal(err)
		}
		waitFor(t, 5*time.Second, func() string {
			if n := ana.Stats().Members["bob"].Out[Voice].Packets; n < 10 {
				return fmt.Sprintf("%d packets of her voice went to bob", n)
			}
			return ""
		})
		ana.mu.Lock()
		if n := len(ana.packets); n != 0 {
			t.Errorf("ana got %v of bob, for whom she is no member", ana.packets)
		}
		ana.mu.Unlock()
		bob.mu.Lock()
		if len(bob.packets)+len(bob.states)+len(bob.bitrates)+len(bob.data) != 0 {
			t.Errorf("bob heard of one who is no member: %v, %v, %v, %v", bob.packets, bob.states, bob.bitrates, bob.data)
		}
		bob.mu.Unlock()

		if err := bob.Add("ana", false); err != nil {
			t.Fatal(err)
		}
		for _, k := range all {
			waitMore(t, 10*time.Second, bob, "ana/"+k.String(), 20)
			waitMore(t, 10*time.Second, ana, "bob/"+k.String(), 20)
		}
		waitFor(t, 5*time.Second, func() string {
			bob.mu.Lock()
			defer bob.mu.Unlock()
			switch {
			case !slices.Equal(bob.data, []string{"ana: hello"}):
				return fmt.Sprintf("bob was told %q", bob.data)
			case !slices.Equal(bob.states, []string{"ana connected"}):
				return fmt.Sprintf("bob's states are %q", bob.states)
			case len(bob.bitrates) == 0:
				return "bob knows of no bit rate"
			}
			return ""
		})
	})
}

// A connection that could not be made before somebody became a member is made then.
func TestApproachInVain(t *testing.T) {
	apartInVirtualTime(t, named(t, "good"), func(t *testing.T, ana, bob *member) {
		if err := ana.Approach("bob", true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(giveUpDefault + time.Second)
		if s := ana.Stats().Members["bob"].State; s != Failed {
			t.Fatalf("bob is %v", s)
		}
		call(t, ana, bob)
		ana.publish(t, Voice)
		waitMore(t, 5*time.Second, bob, "ana/voice", 10)
		ana.mu.Lock()
		defer ana.mu.Unlock()
		if slices.Contains(ana.states, "bob failed") {
			t.Errorf("ana's states are %q", ana.states)
		}
	})
}
