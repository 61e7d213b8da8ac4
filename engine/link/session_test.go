package link

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestDataChannel(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana, bob, cyd := w.join("ana", nil), w.join("bob", nil), w.join("cyd", nil)
		if err := ana.Add("bob", true); err != nil {
			t.Fatal(err)
		}
		if err := ana.SendData("bob", []byte("early")); !errors.Is(err, ErrNotConnected) {
			t.Errorf("before connecting: %v", err)
		}
		if err := bob.Add("ana", false); err != nil {
			t.Fatal(err)
		}
		call(t, ana, cyd)
		waitState(t, 10*time.Second, Connected, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, cyd)
		if err := ana.SendData("", make([]byte, maxMessage+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		if err := ana.SendData("dan", nil); !errors.Is(err, ErrUnknownMember) {
			t.Errorf("unknown member: %v", err)
		}
		var want []string
		for i := range 50 {
			text := fmt.Sprintf("all %d", i)
			if err := ana.SendData("", []byte(text)); err != nil {
				t.Fatal(err)
			}
			want = append(want, "ana: "+text)
		}
		large := bytes.Repeat([]byte("x"), maxMessage)
		if err := ana.SendData("cyd", large); err != nil {
			t.Fatal(err)
		}
		for _, m := range []*member{bob, cyd} {
			expected := want
			if m == cyd {
				expected = append(slices.Clip(expected), "ana: "+string(large))
			}
			waitFor(t, 5*time.Second, func() string {
				m.mu.Lock()
				defer m.mu.Unlock()
				if got := strings.Join(m.data, "\n"); got != strings.Join(expected, "\n") {
					return fmt.Sprintf("%s got %d messages", m.id, len(m.data))
				}
				return ""
			})
		}
		if err := bob.SendData("ana", []byte("back")); err != nil {
			t.Fatal(err)
		}
		waitFor(t, 5*time.Second, func() string {
			ana.mu.Lock()
			defer ana.mu.Unlock()
			if len(ana.data) != 1 || ana.data[0] != "bob: back" {
				return fmt.Sprintf("ana got %q", ana.data)
			}
			return ""
		})
	})
}

// A receiver that does not take its messages holds the sender, up to a bound, and loses nothing.
func TestDataBacklog(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		release := make(chan struct{})
		var got int
		done := make(chan int)
		ana := w.join("ana", nil)
		bob := w.join("bob", func(o *Options) {
			o.OnData = func(MemberID, []byte) {
				<-release
				if got++; got%100 == 0 {
					select {
					case done <- got:
					default:
					}
				}
			}
		})
		defer func() {
			select {
			case <-release:
			default:
				close(release)
			}
		}()
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		message := make([]byte, maxMessage)
		sent := 0
		waitFor(t, 20*time.Second, func() string {
			for range 20 {
				if err := ana.SendData("bob", message); errors.Is(err, ErrBacklog) {
					return ""
				} else if err != nil {
					return err.Error()
				}
				sent++
			}
			return fmt.Sprintf("%d messages are on their way", sent)
		})
		close(release)
		for n := 0; n < sent/100*100; {
			select {
			case n = <-done:
			case <-time.After(20 * time.Second):
				t.Fatalf("%d of %d messages came", n, sent)
			}
		}
	})
}

func TestPublishRTP(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		packets := make(chan *rtp.Packet, 100)
		ana := w.join("ana", nil)
		bob := w.join("bob", func(o *Options) {
			o.OnPacket = func(_ MemberID, _ Kind, p *rtp.Packet, _ time.Time) { packets <- p }
		})
		call(t, ana, bob)
		waitState(t, 10*time.Second, Connected, ana, bob)
		in := &rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: true, PayloadType: 5, SequenceNumber: 7, Timestamp: 12345, SSRC: 99, CSRC: []uint32{1}},
			Payload: []byte{1, 2, 3},
		}
		if err := in.SetExtension(1, []byte{9, 9}); err != nil {
			t.Fatal(err)
		}
		if err := ana.PublishRTP(Voice, in); err != nil {
			t.Fatal(err)
		}
		if err := ana.Publish(Voice, Sample{Data: []byte{4}, Timestamp: 1}); err != nil {
			t.Fatal(err)
		}
		var got [2]*rtp.Packet
		for i := range got {
			select {
			case got[i] = <-packets:
			case <-time.After(5 * time.Second):
				t.Fatal("nothing came")
			}
		}
		p := got[0]
		if !p.Marker || p.Timestamp != 12345 || !bytes.Equal(p.Payload, in.Payload) || p.SSRC == 99 || p.PayloadType != payloadRED || len(p.CSRC) != 0 {
			t.Errorf("got %v", p)
		}
		if got[1].SequenceNumber != p.SequenceNumber+1 {
			t.Errorf("sequence numbers %d and %d", p.SequenceNumber, got[1].SequenceNumber)
		}
		if in.SequenceNumber != 7 || in.SSRC != 99 {
			t.Error("the caller's packet was changed")
		}
	})
}

func TestMembers(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		ana := w.join("ana", nil)
		steps := []struct {
			name string
			do   func() error
			want error
		}{
			{"add", func() error { return ana.Add("bob", true) }, nil},
			{"add again", func() error { return ana.Add("bob", true) }, nil},
			{"other role", func() error { return ana.Add("bob", false) }, ErrRole},
			{"unknown", func() error { return ana.Handle("dan", Message{Need: true}) }, ErrUnknownMember},
			{"bad kind", func() error { return ana.Publish(9, Sample{}) }, ErrKind},
			{"bad kind of packet", func() error { return ana.PublishRTP(9, &rtp.Packet{}) }, ErrKind},
			{"nobody", func() error { return ana.Publish(Voice, Sample{Data: []byte{1}}) }, nil},
			{"servers", func() error { return ana.Restart([]ICEServer{{URLs: []string{"stun:10.0.0.9:3478"}}}) }, nil},
			{"remove", func() error { ana.Remove("bob"); ana.Remove("bob"); return nil }, nil},
			{"after removing", func() error { return ana.Handle("bob", Message{Need: true}) }, ErrUnknownMember},
			{"other role after removing", func() error { return ana.Add("bob", false) }, nil},
			{"close", ana.Close, nil},
			{"close again", ana.Close, nil},
			{"add after closing", func() error { return ana.Add("bob", true) }, ErrClosed},
			{"handle after closing", func() error { return ana.Handle("bob", Message{}) }, ErrClosed},
			{"publish after closing", func() error { return ana.Publish(Voice, Sample{}) }, ErrClosed},
			{"packet after closing", func() error { return ana.PublishRTP(Voice, &rtp.Packet{}) }, ErrClosed},
			{"data after closing", func() error { return ana.SendData("", nil) }, ErrClosed},
			{"restart after closing", func() error { return ana.Restart(nil) }, ErrClosed},
			{"rest after closing", func() error {
				ana.RequestKeyFrame("bob", Camera)
				ana.Remove("bob")
				if n := len(ana.Stats().Members); n != 0 {
					return fmt.Errorf("%d members", n)
				}
				return nil
			}, nil},
		}
		for _, s := range steps {
			if err := s.do(); !errors.Is(err, s.want) {
				t.Errorf("%s: %v, not %v", s.name, err, s.want)
			}
		}
	})
}

func TestBadServers(t *testing.T) {
	t.Parallel()
	bad := []ICEServer{{URLs: []string{"turn:10.0.0.9"}}} // without credentials
	if _, err := NewMesh(Options{ICEServers: bad}); err == nil {
		t.Error("NewMesh takes a bad server")
	}
	m, err := NewMesh(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Restart(bad); err == nil {
		t.Error("Restart takes a bad server")
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestRemovedMemberIsSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, bob := w.join("ana", nil), w.join("bob", nil)
	call(t, ana, bob)
	waitState(t, 10*time.Second, Connected, ana, bob)
	ana.Remove("bob")
	waitFor(t, 10*time.Second, func() string {
		if s := bob.lastState(); s != "ana reconnecting" { // the goodbye came
			return s
		}
		return ""
	})
	if s := ana.lastState(); s != "bob connected" {
		t.Errorf("a state of a removed member: %s", s)
	}
	if err := ana.Add("bob", true); err != nil {
		t.Fatal(err)
	}
	waitState(t, 10*time.Second, Connected, ana, bob)
}

// Sessions are closed at every stage of their life, and leave no goroutine behind.
func TestCloseInEveryState(t *testing.T) {
	// Not parallel: it counts goroutines.
	before := runtime.NumGoroutine()
	stages := []struct {
		name  string
		reach func(t *testing.T, w *world, ana, bob *member)
	}{
		{"alone", func(*testing.T, *world, *member, *member) {}},
		{"offered", func(t *testing.T, _ *world, ana, _ *member) {
			if err := ana.Add("bob", true); err != nil {
				t.Fatal(err)
			}
		}},
		{"asking", func(t *testing.T, _ *world, ana, _ *member) {
			if err := ana.Add("bob", false); err != nil {
				t.Fatal(err)
			}
		}},
		{"checking", func(t *testing.T, _ *world, ana, bob *member) { call(t, ana, bob) }},
		{"connected", func(t *testing.T, _ *world, ana, bob *member) {
			call(t, ana, bob)
			waitState(t, 10*time.Second, Connected, ana, bob)
			ana.publish(t, Voice, Camera)
			waitMore(t, 10*time.Second, bob, "ana/camera", 5)
		}},
		{"restarting", func(t *testing.T, _ *world, ana, bob *member) {
			call(t, ana, bob)
			waitState(t, 10*time.Second, Connected, ana, bob)
			_ = ana.Restart(nil)
		}},
		{"other gone", func(t *testing.T, _ *world, ana, bob *member) {
			call(t, ana, bob)
			waitState(t, 10*time.Second, Connected, ana, bob)
			if err := bob.Close(); err != nil {
				t.Error(err)
			}
			waitFor(t, 5*time.Second, func() string {
				if s := ana.lastState(); s != "bob reconnecting" {
					return s
				}
				return ""
			})
		}},
		{"failed", func(t *testing.T, w *world, ana, _ *member) {
			m := w.join("eve", func(o *Options) { o.GiveUp = 50 * time.Millisecond })
			if err := m.Add("bob", true); err != nil {
				t.Fatal(err)
			}
			waitFor(t, 5*time.Second, func() string {
				if s := m.lastState(); s != "bob failed" {
					return s
				}
				return ""
			})
		}},
	}
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			ana, bob := w.join("ana", nil), w.join("bob", nil)
			s.reach(t, w, ana, bob)
			for _, m := range []*member{ana, bob, ana} {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	t.Run("twenty sessions", func(t *testing.T) {
		for range 20 {
			w := newWorld(t)
			ana, bob := w.join("ana", nil), w.join("bob", nil)
			call(t, ana, bob)
			waitState(t, 10*time.Second, Connected, ana, bob)
			for _, m := range []*member{ana, bob} {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	waitFor(t, 10*time.Second, func() string {
		if n := runtime.NumGoroutine(); n > before {
			buffer := make([]byte, 1<<16)
			return fmt.Sprintf("%d goroutines, %d before:\n%s", n, before, buffer[:runtime.Stack(buffer, true)])
		}
		return ""
	})
}

func TestCloseFromHandler(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := make(chan error, 1)
	var ana *member
	ana = w.join("ana", func(o *Options) {
		o.OnState = func(MemberID, State) { closed <- ana.Close() }
	})
	bob := w.join("bob", nil)
	call(t, ana, bob)
	waitFor(t, 20*time.Second, func() string {
		select {
		case err := <-closed:
			if err != nil {
				t.Error(err)
			}
			return ""
		default:
			return "Close hangs"
		}
	})
}
