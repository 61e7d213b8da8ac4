package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server"
)

func (p *person) awaitLine(want engine.ConnectionState) *engine.Snapshot {
	p.t.Helper()
	return p.await(string(want), func(s *engine.Snapshot) string {
		return unless(s.Connection.State == want, fmt.Sprintf("%+v", s.Connection))
	})
}

// A call outlives the switchboard, and what happens in it afterwards reaches both again.
func TestSwitchboardRestartsDuringACall(t *testing.T) {
	t.Parallel()
	b := newBox(t, server.Options{})
	at := b.Address().String()
	ana, bob := join(t, at, "ana"), join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := ana.invite("bob", false)
	ana.awaitLive()
	bob.awaitLive()
	since := map[*person]time.Time{ana: ana.Snapshot().Calls[0].Since, bob: bob.Snapshot().Calls[0].Since}

	b.off()
	for _, p := range []*person{ana, bob} {
		s := p.awaitLine(engine.Offline)
		if len(s.Calls) != 1 || s.Calls[0].Phase != engine.Live || engine.Code(s.Connection.Err) != "offline" {
			t.Fatalf("%+v", s)
		}
	}
	if _, _, err := ana.Invite(t.Context(), engine.Invite{Call: id, To: []engine.UserID{"echo"}}); !errors.Is(err, engine.ErrOffline) {
		t.Errorf("inviting more people: %v", err)
	}
	if len(ana.Snapshot().Calls) != 1 {
		t.Fatal("an invitation in vain ended the call")
	}
	b.on()
	for _, p := range []*person{ana, bob} {
		p.awaitLine(engine.Online)
		s := p.await("the people", func(s *engine.Snapshot) string { return unless(len(s.People) == 2, fmt.Sprint(s.People)) })
		if len(s.Calls) != 1 || s.Calls[0].ID != id || !s.Calls[0].Since.Equal(since[p]) || len(s.Calls[0].Members) != 1 {
			t.Fatalf("%+v", s.Calls)
		}
	}
	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Error(err)
	}
	ana.awaitEnd(engine.RemoteHangUp)
	bob.awaitEnd(engine.LocalHangUp)
}

// What is said while the switchboard is away counts here at once, and there when it is back.
func TestAnswersWithoutASwitchboard(t *testing.T) {
	t.Parallel()
	b := newBox(t, server.Options{})
	at := b.Address().String()
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	id := ana.invite("bob", true)
	in := bob.awaitRing()
	b.off()
	ana.awaitLine(engine.Offline)
	bob.awaitLine(engine.Offline)
	if _, err := bob.Accept(t.Context(), in.ID, engine.Answer{}); !errors.Is(err, engine.ErrOffline) {
		t.Errorf("accept: %v", err)
	}
	if err := ana.Call(id).Cancel(t.Context(), ""); !errors.Is(err, engine.ErrOffline) {
		t.Errorf("cancel: %v", err)
	}
	if len(ana.Snapshot().Calls) != 1 || len(bob.Snapshot().Incoming) != 1 {
		t.Fatal("an error ended it")
	}
	if err := bob.Reject(t.Context(), in.ID, ""); !errors.Is(err, engine.ErrOffline) {
		t.Errorf("reject: %v", err)
	}
	bob.awaitEnd(engine.DeclinedHere)
	b.on()
	over := func(s *engine.Snapshot) string {
		return unless(len(s.Incoming)+len(s.Calls) == 0 && len(s.Ended) > 0 && s.Ended[0].Call == id, fmt.Sprintf("%+v", s))
	}
	// The other hears why only if he is back first: the switchboard does not tell of calls that have ended.
	ana.await("no ring-back", over)
	ana.awaitLine(engine.Online)
	bob.awaitLine(engine.Online)
	bob.awaitEnd(engine.DeclinedHere)

	id = ana.invite("bob", false)
	bob.awaitRing()
	b.off()
	ana.awaitLine(engine.Offline)
	if err := ana.Call(id).HangUp(t.Context()); !errors.Is(err, engine.ErrOffline) {
		t.Errorf("hang up: %v", err)
	}
	ana.awaitEnd(engine.CancelledHere)
	b.on()
	bob.await("no ring", over)
}

// A connection that the switchboard ends leads to a new one, with the same identity and in the same call.
func TestTokenRefusedDuringACall(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.invite("echo", false)
	ana.awaitLive()
	ana.EndLine(signal.ErrBadToken)
	ana.await("the loss", func(*engine.Snapshot) string {
		ana.mu.Lock()
		defer ana.mu.Unlock()
		for _, e := range ana.events {
			if e.Type == engine.ConnectionChanged && errors.Is(e.Err, engine.ErrBadToken) {
				return ""
			}
		}
		return "not said"
	})
	ana.awaitLine(engine.Online)
	ana.awaitLive()
}

// A token that the switchboard does not renew is replaced by the program, in a call too.
func TestTokenFromTheProgram(t *testing.T) {
	t.Parallel()
	var ana *person
	store, given := &memory{}, make(chan string, 1)
	ana = join(t, board(t), "ana", func(o *engine.Options) {
		o.Store = store
		o.RenewToken = func(ctx context.Context) (string, error) {
			token, err := ana.AnotherToken(ctx)
			given <- token
			return token, err
		}
	})
	ana.invite("echo", false)
	ana.awaitLive()
	at := ana.Snapshot().Connection.Server
	before, _ := store.Load(at)
	_ = store.Save(at, signal.Credentials{}) // so that it is seen who wrote it
	ana.ExpireToken(20 * time.Second)
	token := <-given
	ana.await("the new token", func(*engine.Snapshot) string {
		now, _ := store.Load(at)
		return unless(now.Token == token && now.Seed == before.Seed && !now.Expires.Before(before.Expires), "not kept")
	})
	if e, ok := ana.seen(engine.TokenExpiring); !ok || e.Lasted <= 0 || e.Lasted > 20*time.Second {
		t.Errorf("%+v", e)
	}
	ana.awaitLine(engine.Online)
	ana.awaitLive()
}

func TestWrongJoinCodeIsFinal(t *testing.T) {
	t.Parallel()
	b := newBox(t, server.Options{Listen: "0.0.0.0"})
	at := b.Address()
	at.Host, at.JoinCode = "127.0.0.1", "not this one"
	c, err := engine.Start(engine.Options{Server: at.Link(), User: engine.User{ID: "ana"}, Devices: newDeck()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &person{Client: c, t: t}
	p.awaitLine(engine.Offline)
	if s := c.Snapshot().Connection; !s.RetryAt.IsZero() || !errors.Is(s.Err, engine.ErrJoinCode) {
		t.Errorf("%+v", s)
	}
	var wrong *engine.Error
	if err := c.Snapshot().Connection.Err; !errors.As(err, &wrong) || wrong.Hint == "" {
		t.Errorf("no hint: %v", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	at := board(t)
	for name, c := range map[string]*engine.Client{"online": join(t, at, "ana").Client, "never online": unreached(t)} {
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		_, _, invite := c.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob"}})
		_, camera := c.PreviewCamera(t.Context(), "", media.NewView(media.Contain))
		_, _, microphone := c.TestMicrophone(t.Context(), "")
		for _, err := range []error{invite, camera, microphone, c.Join(t.Context(), "c", engine.JoinOptions{}), c.PlayTestTone(t.Context(), "")} {
			if !errors.Is(err, engine.ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.SetChoice(engine.DeviceChoice{})
	}
}

func unreached(t *testing.T) *engine.Client {
	t.Helper()
	c, err := engine.Start(engine.Options{Server: "127.0.0.1:1", User: engine.User{ID: "ana"}, Devices: newDeck()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Closing ends whatever goes on, for the others too.
func TestCloseInEveryState(t *testing.T) {
	t.Parallel()
	at := board(t)
	bob := join(t, at, "bob")
	calling := join(t, at, "calling")
	calling.invite("bob", true)
	bob.awaitRing()
	_ = calling.Close()
	bob.awaitEnd(engine.CancelledCall)

	joining := join(t, at, "joining")
	id := joining.invite("bob", true)
	in := bob.awaitRing()
	if _, err := bob.Accept(t.Context(), in.ID, engine.Answer{}); err != nil {
		t.Fatal(err)
	}
	_ = joining.Close()
	bob.awaitEnd(engine.RemoteHangUp)
	if _, ok := joining.Snapshot().Call(id); ok {
		t.Error("a call is left")
	}

	ringing := join(t, at, "ringing")
	bob.invite("ringing", false)
	ringing.awaitRing()
	_ = ringing.Close()
	_ = bob.Call(bob.Snapshot().Calls[0].ID).HangUp(t.Context())
	bob.awaitEnd(engine.CancelledHere)
}

// An invitation that nobody waits for any more leaves nothing behind.
func TestInviteGivenUp(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	ctx, cancel := context.WithCancel(t.Context())
	stop := ana.Updates(func(s *engine.Snapshot) {
		if len(s.Calls) > 0 {
			cancel()
		}
	})
	defer stop()
	defer cancel()
	if _, _, err := ana.Invite(ctx, engine.Invite{To: []engine.UserID{"bob"}}); err == nil {
		_ = ana.Call(ana.Snapshot().Calls[0].ID).HangUp(t.Context()) // the answer was quicker
	} else if engine.Code(err) != "cancelled" {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.CancelledCall)
	if s := ana.Snapshot(); len(s.Calls) != 0 {
		t.Errorf("%+v", s.Calls)
	}
}
