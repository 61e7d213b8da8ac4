package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// chatter is Ana in a call with Bob and Cyd, both of whom can be reached.
func chatter(t *testing.T) *story {
	y := live(t)
	y.edit(func(r *signal.Call) {
		r.Parties = append(r.Parties, signal.Party{User: cyd, State: signal.Joined, Device: "cyd-desk"})
	})
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.take(pathMoved{"c1", cyd.ID, "cyd-desk", link.Connected})
	return y
}

// later is take at a time after the start.
func (y *story) later(after time.Duration, in input) {
	y.s, y.actions = next(y.s, in, epoch.Add(after))
}

// written are the messages that the last input sent, as "m1>bob,cyd".
func (y *story) written() string {
	var all []string
	for _, a := range y.actions {
		if w, ok := a.(write); ok {
			to := make([]string, len(w.to))
			for i, u := range w.to {
				to[i] = string(u)
			}
			all = append(all, string(w.ID)+">"+strings.Join(to, ","))
		}
	}
	return strings.Join(all, " ")
}

func (y *story) deliveries() string {
	var all []string
	for _, m := range show(y.s).Calls[0].Chat {
		all = append(all, fmt.Sprintf("%s %s", m.ID, m.Delivery))
	}
	return strings.Join(all, ", ")
}

func (y *story) expect(what, got, want string) {
	y.t.Helper()
	if got != want {
		y.t.Fatalf("%s: %q, want %q", what, got, want)
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	y := chatter(t)
	y.take(said{"c1", "m1", "hello"})
	y.expect("written", y.written(), "m1>bob,cyd")
	y.take(received{"c1", bob.ID, bobPhone, "m1"})
	y.did()
	y.expect("one has it", y.deliveries(), "m1 sending")
	y.take(received{"c1", cyd.ID, "another device", "m1"})
	y.expect("one has it", y.deliveries(), "m1 sending")
	y.take(received{"c1", cyd.ID, "cyd-desk", "m1"})
	y.did(MessageChanged)
	if e := y.events()[0]; e.Message == nil || e.Message.ID != "m1" || e.Message.Delivery != Delivered || !e.Message.Mine || e.Message.From != ana {
		t.Errorf("%+v", e.Message)
	}
	y.expect("all have it", y.deliveries(), "m1 delivered")
	if len(y.s.calls["c1"].chat.sent) != 0 {
		t.Error("something is kept of a message that has come")
	}
	y.take(received{"c1", bob.ID, bobPhone, "m1"})
	y.did()

	// Cyd says nothing for too long. Only who lacks it gets it again.
	y.take(said{"c1", "m2", "hello?"})
	y.take(received{"c1", bob.ID, bobPhone, "m2"})
	due := y.s.due()
	y.later(deliveryTime-1, passed{})
	y.expect("in time", y.deliveries(), "m1 delivered, m2 sending")
	if want := epoch.Add(deliveryTime); due.After(want) {
		t.Errorf("it is looked at again at %v, not at %v", due, want)
	}
	y.later(deliveryTime, passed{})
	y.expect("too late", y.deliveries(), "m1 delivered, m2 failed")
	y.later(deliveryTime, saidAgain{"c1", "m2"})
	y.expect("resent", y.written(), "m2>cyd")
	y.expect("resent", y.deliveries(), "m1 delivered, m2 sending")
	y.later(2*deliveryTime, passed{})
	y.later(2*deliveryTime+time.Second, received{"c1", cyd.ID, "cyd-desk", "m2"})
	y.expect("late but there", y.deliveries(), "m1 delivered, m2 delivered")
}

func TestDeliveryWhenPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	y := chatter(t)
	y.take(said{"c1", "m1", "1"})
	y.take(received{"c1", bob.ID, bobPhone, "m1"})
	y.party(cyd, signal.Left, "")
	y.expect("who has left needs no message", y.deliveries(), "m1 delivered")
	y.take(said{"c1", "m2", "2"})
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Reconnecting})
	y.expect("the path is sought", y.deliveries(), "m1 delivered, m2 sending")
	y.take(said{"c1", "m3", "3"})
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.expect("back on the line", y.written(), "m2>bob m3>bob")
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Failed})
	y.expect("gone", y.deliveries(), "m1 delivered, m2 failed, m3 failed")
	y.party(bob, signal.Joined, "bob-laptop") // he rejoins within our stay
	y.take(pathMoved{"c1", bob.ID, "bob-laptop", link.Connected})
	y.expect("rejoined", y.written(), "m2>bob m3>bob")
	y.take(received{"c1", bob.ID, "bob-laptop", "m3"})
	y.take(received{"c1", bob.ID, "bob-laptop", "m2"})
	y.expect("rejoined", y.deliveries(), "m1 delivered, m2 delivered, m3 delivered")
	y.take(held{"c1", true})
	y.take(held{"c1", false})
	y.expect("held for a while", y.deliveries(), "m1 delivered, m2 delivered, m3 delivered")

	alone := asAna(t)
	alone.take(intended{"c1", pending{}})
	alone.call(ana, bob, false)
	alone.take(said{"c1", "m1", "anybody?"})
	alone.expect("nobody is there", alone.deliveries(), "m1 failed")
	alone.party(bob, signal.Joined, bobPhone)
	alone.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	alone.take(saidAgain{"c1", "m1"})
	alone.take(received{"c1", bob.ID, bobPhone, "m1"})
	alone.expect("somebody came", alone.deliveries(), "m1 delivered")
}

func TestReading(t *testing.T) {
	t.Parallel()
	y := chatter(t)
	y.later(time.Minute, heard{"c1", bob.ID, bobPhone, note{"x", " hi\x00\x1b[31m\r\n\tthere "}})
	y.did(MessageReceived)
	if a := must[acknowledge](y); a.to != bob.ID || a.id != "x" {
		t.Errorf("%+v", a)
	}
	want := Message{ID: "x", From: bob, Text: "hi[31m\n\tthere", At: epoch.Add(time.Minute)}
	if got := show(y.s).Calls[0].Chat; len(got) != 1 || got[0] != want || *y.events()[0].Message != want {
		t.Fatalf("%+v", got)
	}
	before := show(y.s).Calls[0].Chat
	y.take(heard{"c1", bob.ID, bobPhone, note{"x", "hi"}}) // the acknowledgement was lost
	y.did()
	must[acknowledge](y)
	y.take(heard{"c1", cyd.ID, "cyd-desk", note{"x", "the same ID, another person"}})
	y.did(MessageReceived)
	for name, in := range map[string]heard{
		"empty":       {"c1", bob.ID, bobPhone, note{"y", " \n"}},
		"too long":    {"c1", bob.ID, bobPhone, note{"y", strings.Repeat("x", MaxMessage+1)}},
		"not UTF-8":   {"c1", bob.ID, bobPhone, note{"y", "\xff"}},
		"no ID":       {"c1", bob.ID, bobPhone, note{"", "hi"}},
		"long ID":     {"c1", bob.ID, bobPhone, note{MessageID(strings.Repeat("x", 65)), "hi"}},
		"old device":  {"c1", bob.ID, "bob-laptop", note{"y", "hi"}},
		"stranger":    {"c1", "eve", "eve-desk", note{"y", "hi"}},
		"other calls": {"c2", bob.ID, bobPhone, note{"y", "hi"}},
	} {
		y.take(in)
		y.did()
		if _, ok := has[acknowledge](y); ok {
			t.Errorf("%s: acknowledged", name)
		}
	}
	if n := len(show(y.s).Calls[0].Chat); n != 2 || len(before) != 1 {
		t.Errorf("%d messages, %d before", n, len(before))
	}
}

// A flood pushes out only what its author wrote.
func TestFloodOfMessages(t *testing.T) {
	t.Parallel()
	y := chatter(t)
	y.take(said{"c1", "mine", "first"})
	y.take(heard{"c1", cyd.ID, "cyd-desk", note{"hers", "second"}})
	for n := range MaxMessages + 10 {
		y.take(heard{"c1", bob.ID, bobPhone, note{MessageID(fmt.Sprint(n)), "x"}})
	}
	got := show(y.s).Calls[0].Chat
	if len(got) != MaxMessages || got[0].ID != "mine" || got[1].ID != "hers" || got[2].ID != "12" || got[MaxMessages-1].ID != MessageID(fmt.Sprint(MaxMessages+9)) {
		t.Errorf("%d messages: %+v", len(got), got[:3])
	}
}

func TestLongestMessageFits(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"<", "\n", "\"", "\u2028", "é", "x"} {
		text, _ := cleanText("x" + strings.Repeat(c, (MaxMessage-2)/len(c)) + "x")
		body, err := envelope{Message: &note{MessageID(newID()), text}}.encode()
		if err != nil || text == "" || len(body) > 16<<10 {
			t.Errorf("%q: %d bytes, %v", c, len(body), err)
		}
	}
}
