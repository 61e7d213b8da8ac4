package link

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// realMessages returns what two links really say to each other.
func realMessages(t testing.TB) []Message {
	t.Helper()
	w := newWorld(t)
	messages := make(chan Message, 1000)
	w.deliver = func(from, to MemberID, m Message) {
		select {
		case messages <- m:
		default:
		}
		w.hand(from, to, m)
	}
	ana, bob := w.join("ana", nil), w.join("bob", nil)
	call(t, ana, bob)
	waitState(t, 10*time.Second, Connected, ana, bob)
	_ = bob.Restart(nil)
	var all []Message
	for offers := 0; offers < 2; {
		m := <-messages
		if m.Offer != "" {
			offers++
		}
		all = append(all, m)
	}
	for _, m := range []*member{ana, bob} {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	return all
}

func TestBadMessages(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob := w.join("ana", nil), w.join("bob", nil)
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		session := ana.members["bob"].conn.Load().session
		offer := ana.members["bob"].conn.Load().local()
		for name, m := range map[string]Message{
			"empty":              {},
			"long session":       {Session: strings.Repeat("x", maxSession+1), Need: true},
			"offer no session":   {Offer: offer},
			"nonsense":           {Session: "a", Offer: "nonsense"},
			"large":              {Session: "b", Offer: strings.Repeat("a=x\r\n", maxDescription/5+1)},
			"one medium":         {Session: "c", Offer: offer[:strings.LastIndex(offer, "m=")]},
			"no fingerprint":     {Session: "d", Offer: strings.ReplaceAll(offer, "a=fingerprint", "a=x")},
			"wrong order":        {Session: "e", Offer: strings.Replace(offer, "m=audio", "m=video", 1)},
			"candidate":          {Session: session, Candidate: &Candidate{Candidate: "candidate:1 1 udp x"}},
			"large candidate":    {Session: session, Candidate: &Candidate{Candidate: strings.Repeat("x", maxCandidate+1)}},
			"answer to answerer": {Session: session, Answer: offer},
			"demand to answerer": {Session: session, Need: true},
		} {
			if err := bob.Handle("ana", m); !errors.Is(err, ErrBadMessage) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := ana.Handle("bob", Message{Session: session, Offer: offer}); !errors.Is(err, ErrBadMessage) {
			t.Errorf("offer to offerer: %v", err)
		}
		if err := ana.Handle("bob", Message{Session: "old", Answer: "nonsense"}); err != nil {
			t.Errorf("answer of another session: %v", err)
		}
		ana.publish(t, Voice)
		waitMore(t, 5*time.Second, bob, "ana/voice", 10)
		if got := bob.lastState(); got != "ana connected" {
			t.Errorf("state is %q", got)
		}
	})
}

func FuzzHandle(f *testing.F) {
	for _, m := range realMessages(f) {
		b, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Add([]byte(`{"session":"x","candidate":{"candidate":"candidate:1 1 udp 1 10.0.0.9 9 typ host"}}`), false)
	f.Fuzz(func(t *testing.T, b []byte, offerer bool) {
		var m Message
		if json.Unmarshal(b, &m) != nil {
			return
		}
		w := newWorld(t)
		ana := w.join("ana", nil)
		if err := ana.Add("bob", offerer); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_ = ana.Handle("bob", m)
		}
		if err := ana.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
