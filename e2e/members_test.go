//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// Who started a call mutes others, asks them to speak, and removes them; nobody else may. The removed one is told by whom.
func TestModeration(t *testing.T) {
	at := switchboard(t)
	ana, bob, cyd := launch(t, "ana", at), launch(t, "bob", at), launch(t, "cyd", at)
	id := ana.invite("bob,cyd")
	for _, a := range []*app{bob, cyd} {
		a.awaitRing()
		a.ctl("accept")
	}
	for _, a := range []*app{ana, bob, cyd} {
		a.awaitLive(2)
	}
	if _, err := bob.try("kick", "cyd"); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("bob removes cyd: %v", err)
	}
	if _, err := bob.try("mic", "off", "ana"); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("bob mutes ana: %v", err)
	}

	told := bob.watch()
	ana.ctl("mic", "off", "bob")
	if e := told.next("device-ordered"); e.User.ID != "ana" || e.On || !e.Microphone {
		t.Errorf("told of %+v", e)
	}
	bob.await("to be muted", func(s status) string { return unless(!s.Calls[0].Microphone, "the microphone is on") })
	hears := func(want bool) {
		t.Helper()
		ana.await(fmt.Sprintf("bob's microphone to be %v", want), func(s status) string {
			for _, m := range s.Calls[0].Members {
				if m.ID == "bob" && m.Microphone == want {
					return ""
				}
			}
			return fmt.Sprintf("members are %+v", s.Calls[0].Members)
		})
	}
	hears(false)
	ana.ctl("mic", "on", "bob")
	bob.await("to be asked", func(s status) string {
		c := s.Calls[0]
		return unless(c.Asked.By.ID == "ana" && c.Asked.Microphone && !c.Microphone, fmt.Sprintf("%+v", c))
	})
	bob.ctl("refuse")
	bob.await("nothing to be asked", func(s status) string {
		return unless(!s.Calls[0].Asked.Microphone && !s.Calls[0].Microphone, fmt.Sprintf("%+v", s.Calls[0]))
	})
	ana.ctl("mic", "on", "bob")
	bob.await("to be asked again", func(s status) string { return unless(s.Calls[0].Asked.Microphone, fmt.Sprintf("%+v", s.Calls[0])) })
	bob.ctl("grant")
	hears(true)

	ana.ctl("kick", "bob")
	bob.awaitEnded("kicked")
	if e := told.next("call-ended"); e.User.ID != "ana" || e.Call != id {
		t.Errorf("told of %+v", e)
	}
	if c := bob.status().Calls[0]; c.EndedBy != "ana" {
		t.Errorf("%+v", c)
	}
	keepPicture(t, bob, "removed")
	if _, err := bob.try("join", id); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("bob comes back: %v", err)
	}
	ana.awaitLive(1)
	cyd.awaitLive(1)
	ana.ctl("kick", "cyd")
	cyd.awaitEnded("kicked")
	ana.awaitEnded("local hangup")
}

// Four people write to each other and come and go in any order; the call goes on without who started it.
func TestFourPeople(t *testing.T) {
	at := switchboard(t)
	all := map[string]*app{}
	for _, name := range []string{"ana", "bob", "cyd", "dan"} {
		all[name] = launch(t, name, at)
	}
	id := all["ana"].invite("dan,bob,cyd")
	members := func(names ...string) {
		t.Helper()
		for _, name := range names {
			all[name].await("the others", func(s status) string {
				c := s.Calls[0]
				good := 0
				for _, m := range c.Members {
					if m.Quality != "lost" {
						good++
					}
				}
				return unless(c.State == "live" && len(c.Members) == len(names)-1 && good == len(c.Members), fmt.Sprintf("%+v", c))
			})
		}
	}
	for _, name := range []string{"cyd", "dan", "bob"} {
		all[name].awaitRing()
		all[name].ctl("accept")
	}
	members("ana", "bob", "cyd", "dan")

	all["bob"].ctl("chat", "Hello, all of you")
	all["dan"].await("the greeting", func(s status) string {
		return unless(len(s.Calls[0].Chat) == 1, "nobody has written")
	})
	all["dan"].ctl("chat", "Hello, Bob")
	for name, a := range all {
		a.await("two messages", func(s status) string {
			texts := ""
			for _, m := range s.Calls[0].Chat {
				if m.Delivery != "" && m.Delivery != "delivered" {
					return "a message is " + m.Delivery
				}
				texts += m.From.ID + ": " + m.Text + "\n"
			}
			return unless(texts == "bob: Hello, all of you\ndan: Hello, Bob\n", name+" reads "+texts)
		})
	}

	all["ana"].ctl("hangup")
	members("bob", "cyd", "dan")
	all["dan"].ctl("hangup")
	members("bob", "cyd")
	all["ana"].ctl("join", id)
	members("ana", "bob", "cyd")
	all["dan"].ctl("join", id)
	all["cyd"].ctl("hangup")
	members("ana", "bob", "dan")
	all["bob"].ctl("hangup")
	members("ana", "dan")
	all["ana"].ctl("hangup")
	all["dan"].awaitEnded("remote hangup")
}
