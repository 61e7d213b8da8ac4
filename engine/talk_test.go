package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
)

func texts(c engine.CallState) string {
	var all []string
	for _, m := range c.Chat {
		all = append(all, fmt.Sprintf("%s: %s", m.From.ID, m.Text))
	}
	return strings.Join(all, ", ")
}

func (p *person) send(id engine.CallID, text string) engine.MessageID {
	p.t.Helper()
	m, err := p.Call(id).SendMessage(p.t.Context(), text)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func TestChatAmongThree(t *testing.T) {
	t.Parallel()
	people, id := gather(t, board(t), "ana", "bob", "cyd")
	ana, bob, cyd := people[0], people[1], people[2]
	delivered := func(c engine.CallState) bool {
		for _, m := range c.Chat {
			if m.Mine && m.Delivery != engine.Delivered {
				return false
			}
		}
		return true
	}
	first := ana.send(id, "hello <all>")
	if c, _ := ana.Snapshot().Call(id); texts(c) != "ana: hello <all>" {
		t.Errorf("it does not appear at once: %q", texts(c))
	}
	ana.awaitCall(id, "to be delivered", delivered)
	if e := ana.awaitEvent(engine.MessageChanged); e.Message.ID != first || e.Message.Delivery != engine.Delivered {
		t.Errorf("%+v", e.Message)
	}
	if e := bob.awaitEvent(engine.MessageReceived); e.User.ID != "ana" || e.Message.Text != "hello <all>" || e.Message.Mine {
		t.Errorf("%+v", e.Message)
	}
	if err := cyd.Call(id).SetHeld(t.Context(), true); err != nil { // a call on hold can still be written in
		t.Fatal(err)
	}
	bob.send(id, "hi")
	cyd.awaitCall(id, "the answer", func(c engine.CallState) bool { return texts(c) == "ana: hello <all>, bob: hi" })
	cyd.send(id, "back in a minute")
	for _, p := range people {
		c := p.awaitCall(id, "three messages", func(c engine.CallState) bool { return len(c.Chat) == 3 && delivered(c) })
		if want := "ana: hello <all>, bob: hi, cyd: back in a minute"; texts(c) != want {
			t.Errorf("%s reads %q", p.Snapshot().Me.ID, texts(c))
		}
	}
	for text, want := range map[string]error{"": engine.ErrBadRequest, " \n": engine.ErrBadRequest, strings.Repeat("x", engine.MaxMessage+1): engine.ErrBadRequest, "\xff": engine.ErrBadRequest} {
		if _, err := ana.Call(id).SendMessage(t.Context(), text); !errors.Is(err, want) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
	if _, err := ana.Call("another").SendMessage(t.Context(), "x"); !errors.Is(err, engine.ErrNotInCall) {
		t.Errorf("elsewhere: %v", err)
	}
	if err := ana.Call(id).ResendMessage(t.Context(), first); !errors.Is(err, engine.ErrBadRequest) {
		t.Errorf("resending what all have: %v", err)
	}

	// Who comes later has not got what was said before, and the chat of those who stayed goes on.
	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := bob.Join(t.Context(), id, engine.JoinOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		p.awaitCall(id, "all", func(c engine.CallState) bool {
			return len(c.Members) == 2 && c.Members[0].Quality != engine.LostNow && c.Members[1].Quality != engine.LostNow
		})
	}
	ana.send(id, "welcome back")
	ana.awaitCall(id, "to be delivered", delivered)
	bob.awaitCall(id, "the welcome", func(c engine.CallState) bool { return texts(c) == "ana: welcome back" })
	cyd.awaitCall(id, "four messages", func(c engine.CallState) bool { return len(c.Chat) == 4 })
}

func TestChatWithEcho(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	id, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"echo"}})
	if err != nil {
		t.Fatal(err)
	}
	ana.awaitLive()
	ana.send(id, "is anybody there?")
	ana.awaitCall(id, "the echo", func(c engine.CallState) bool {
		return texts(c) == "ana: is anybody there?, echo: is anybody there?" && c.Chat[0].Delivery == engine.Delivered
	})
}

// Pain 20 and 41: who speaks is seen, and who has muted himself speaks no more.
func TestWhoSpeaks(t *testing.T) {
	t.Parallel()
	people, id := gather(t, board(t), "ana", "bob", "cyd")
	ana, bob, cyd := people[0], people[1], people[2]
	c := ana.awaitCall(id, "a speaker", func(c engine.CallState) bool { return c.Speaker != "" })
	if e := ana.awaitEvent(engine.SpeakerChanged); e.User.ID != c.Speaker {
		t.Errorf("told of %s, shown %s", e.User.ID, c.Speaker)
	}
	speaks, other := bob, cyd
	if c.Speaker == "cyd" {
		speaks, other = cyd, bob
	}
	if err := speaks.Call(id).SetMicrophone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	ana.awaitCall(id, "the other to speak", func(c engine.CallState) bool { return c.Speaker == other.Snapshot().Me.ID })
	if at := ana.Call(id).LastHeard("bob"); time.Since(at) > patience {
		t.Errorf("bob was heard of at %v", at)
	}
	if !ana.Call(id).LastHeard("eve").IsZero() || !ana.Call("another").LastHeard("bob").IsZero() {
		t.Error("somebody was heard of who is not there")
	}
	if err := other.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	ana.awaitCall(id, "nobody to speak", func(c engine.CallState) bool { return c.Speaker == "" && len(c.Members) == 1 })
}

func TestPointAtAShare(t *testing.T) {
	t.Parallel()
	people, id := gather(t, board(t), "ana", "bob")
	ana, bob := people[0], people[1]
	for range 3 {
		bob.Call(id).Point("ana", 0.25, 0.5)
	}
	bob.Call(id).Point("ana", 2, 0.5)
	ana.await("a pointer", func(*engine.Snapshot) string {
		all := ana.Call(id).Pointers("ana")
		return unless(len(all) == 1 && all[0].User == engine.User{ID: "bob", Name: "bob"} && all[0].X == 0.25 && all[0].Y == 0.5, fmt.Sprintf("%+v", all))
	})
	ana.await("it to fade", func(*engine.Snapshot) string { return unless(len(ana.Call(id).Pointers("ana")) == 0, "it stays") })
	bob.Call("another").Point("ana", 0, 0)
	if len(bob.Call("another").Pointers("ana")) != 0 {
		t.Error("a pointer in no call")
	}
}
