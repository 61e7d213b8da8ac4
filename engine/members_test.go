package engine

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
)

// listening is a bare room with Bob in it, and what it posts.
func listening(t *testing.T) (r *room, posted func() []input) {
	t.Helper()
	r, _ = bareRoom(t)
	var mu sync.Mutex
	var all []input
	r.host.post = func(in input) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, in)
	}
	r.connect(bob.ID, bobPhone, false)
	ready := make(chan struct{})
	r.do(func() { close(ready) })
	<-ready
	return r, func() []input {
		mu.Lock()
		defer mu.Unlock()
		return append([]input(nil), all...)
	}
}

func heardOf(all []input) (messages, states int) {
	for _, in := range all {
		switch in.(type) {
		case heard:
			messages++
		case told:
			states++
		}
	}
	return messages, states
}

// A member who says too much is not read for a while, and nobody else is affected.
func TestFloodOnTheDataChannel(t *testing.T) {
	t.Parallel()
	r, posted := listening(t)
	r.connect(cyd.ID, "cyd-desk", false)
	from := memberID(bob.ID, bobPhone)
	for n := range 10 * dataBurst {
		r.hear(from, fmt.Appendf(nil, `{"message":{"id":"%d","text":"x"}}`, n))
	}
	messages, _ := heardOf(posted())
	if messages < chatBurst || messages > 2*chatBurst {
		t.Errorf("%d messages were read", messages)
	}
	ready := make(chan struct{})
	r.do(func() { close(ready) })
	<-ready
	r.hear(memberID(cyd.ID, "cyd-desk"), []byte(`{"message":{"id":"1","text":"x"},"state":{"microphone":true}}`))
	after, states := heardOf(posted())
	if after != messages+1 || states != 1 {
		t.Errorf("%d messages and %d states of another member were read", after-messages, states)
	}
}

func TestStrangeDataMessages(t *testing.T) {
	t.Parallel()
	r, posted := listening(t)
	from := memberID(bob.ID, bobPhone)
	before := len(posted())
	for _, m := range []string{
		``, `null`, `[]`, `{"message":[]}`, `{"message":{"id":1}}`, `{"got":7}`, `{"later":{"than":"us"}}`,
		`{"pointer":{"on":"ana","x":2,"y":0}}`, `{"pointer":{"on":"ana","x":1e99,"y":0}}`, `{"pointer":{"on":"eve","x":0,"y":0}}`,
	} {
		r.hear(from, []byte(m))
	}
	r.hear("nobody", []byte(`{"state":{}}`))
	if got := posted()[before:]; len(got) != 0 || len(r.pointing.on(ana.ID))+len(r.pointing.on("eve")) != 0 {
		t.Errorf("%+v", got)
	}
	r.hear(from, []byte(`{"pointer":{"on":"ana","x":0.5,"y":1}}`))
	if on := r.pointing.on(ana.ID); len(on) != 1 || on[0].User.ID != bob.ID || on[0].X != 0.5 {
		t.Errorf("%+v", on)
	}
	if at := r.lastHeard(bob.ID); time.Since(at) > time.Minute || at.IsZero() || !r.lastHeard(cyd.ID).IsZero() {
		t.Errorf("last heard at %v", at)
	}
}

// asked counts the key frames that are asked for.
type asked struct {
	link.Session
	mu    sync.Mutex
	whole int
}

func (s *asked) RequestKeyFrame(link.MemberID, link.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole++
}

func (s *asked) Stats() link.Stats {
	return link.Stats{Members: map[link.MemberID]link.MemberStats{memberID(bob.ID, bobPhone): {State: link.Connected}}}
}

// Pain 24: a camera that is on and shows nothing is asked for a whole picture, again and again.
func TestFirstPictureIsAskedForAgain(t *testing.T) {
	t.Parallel()
	r, _ := listening(t)
	session := &asked{}
	looks := func(n int) int {
		done := make(chan int)
		r.do(func() {
			r.mu.Lock()
			if r.session != session {
				session.Session, r.session = r.session, session
			}
			r.mu.Unlock()
			r.remotes[memberID(bob.ID, bobPhone)].tally = tally{}
			session.whole = 0
			for range n {
				r.inspect()
			}
			done <- session.whole
		})
		return <-done
	}
	from := memberID(bob.ID, bobPhone)
	say := func(state string) { r.hear(from, []byte(`{"state":`+state+`}`)) }
	for _, c := range []struct {
		state string
		looks int
		want  int
	}{
		{`{"camera":false}`, 5, 0}, {`{"camera":true}`, darkTime - 1, 0}, {`{"camera":true}`, darkTime, 1}, {`{"camera":true}`, darkTime + 3, 4},
		{`{"camera":true,"held":true}`, 5, 0},
	} {
		say(c.state)
		if got := looks(c.looks); got != c.want {
			t.Errorf("%s: asked %d times in %d looks, want %d", c.state, got, c.looks, c.want)
		}
	}
	if seen := (tally{dark: 5}).watch(1, true); seen.dark != 0 || seen.watch(1, true).dark != 1 || seen.watch(2, true).dark != 0 {
		t.Errorf("%+v", seen)
	}
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	v := volumes{"bob": 0.5, "cyd": 7, "dan": -1}
	for u, want := range map[UserID]float32{"bob": 0.5, "cyd": 2, "dan": 0, "eve": 1} {
		if got := v.of(u); got != want {
			t.Errorf("%s is heard at %v, want %v", u, got, want)
		}
	}
	y := live(t)
	y.take(preferred{Preferences{Volumes: v}})
	must[adjust](y)
	if m := show(y.s).Calls[0].Members[0]; m.Volume != 0.5 {
		t.Errorf("shown as %v", m.Volume)
	}
}
