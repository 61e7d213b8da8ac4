package engine_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/server"
)

// gather puts people into one call of the first of them, and waits until all of them have the media of all others.
func gather(t *testing.T, at string, names ...string) (people []*person, id engine.CallID) {
	t.Helper()
	var to []engine.UserID
	for _, name := range names {
		people = append(people, join(t, at, name))
		to = append(to, engine.UserID(name))
	}
	id, _, err := people[0].Invite(t.Context(), engine.Invite{To: to[1:], Rules: &engine.Rules{Adding: "members"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people[1:] {
		p.accept(engine.KeepCurrent)
	}
	for _, p := range people {
		p.awaitCall(id, "all others", func(c engine.CallState) bool {
			return len(c.Members) == len(names)-1 && !slices.ContainsFunc(c.Members, func(m engine.Member) bool { return m.Quality == engine.LostNow })
		})
	}
	return people, id
}

func (p *person) member(c engine.CallState, user engine.UserID) engine.Member {
	for _, m := range c.Members {
		if m.ID == user {
			return m
		}
	}
	return engine.Member{}
}

// Pain 63 and 73: only who moderates a call switches devices of others and removes them, the person is told who did it, and who may not
// do it gets an error.
func TestModeration(t *testing.T) {
	t.Parallel()
	people, id := gather(t, board(t), "ana", "bob", "cyd")
	ana, bob, cyd := people[0], people[1], people[2]
	ctx := t.Context()
	for _, p := range people {
		c, _ := p.Snapshot().Call(id)
		if c.Moderator != (p == ana) || p != ana && (!p.member(c, "ana").Moderator || p.member(c, "bob").Moderator) {
			t.Errorf("%s sees moderators in %+v", p.Snapshot().Me.ID, c)
		}
	}
	for what, err := range map[string]error{
		"remove":           bob.Call(id).Remove(ctx, "cyd"),
		"mute":             bob.Call(id).SwitchMicrophone(ctx, false, "cyd"),
		"camera":           bob.Call(id).SwitchCamera(ctx, true),
		"remove oneself":   ana.Call(id).Remove(ctx, "ana"),
		"switch oneself":   ana.Call(id).SwitchCamera(ctx, true, "ana"),
		"remove with none": ana.Call(id).Remove(ctx, "bob", "ana"),
	} {
		if !errors.Is(err, engine.ErrForbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"elsewhere": ana.Call("another").Remove(ctx, "bob"), "mute elsewhere": ana.Call("another").SwitchMicrophone(ctx, false),
		"grant elsewhere": ana.Call("another").Grant(ctx, true),
	} {
		if !errors.Is(err, engine.ErrNotInCall) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := ana.Call(id).Remove(ctx); !errors.Is(err, engine.ErrBadRequest) {
		t.Errorf("removing nobody: %v", err)
	}
	if err := ana.Call(id).SwitchMicrophone(ctx, false, "nobody"); !errors.Is(err, engine.ErrUnknownUser) {
		t.Errorf("muting a stranger: %v", err)
	}

	if err := ana.Call(id).SwitchMicrophone(ctx, false); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{bob, cyd} {
		if e := p.awaitEvent(engine.DeviceOrdered); e.User.ID != "ana" || e.On || !e.Microphone || e.Camera {
			t.Errorf("%+v", e)
		}
		p.awaitCall(id, "to be muted", func(c engine.CallState) bool { return !c.Microphone })
	}
	ana.awaitCall(id, "to see it", func(c engine.CallState) bool {
		return c.Microphone && !ana.member(c, "bob").Microphone && !ana.member(c, "cyd").Microphone
	})
	if err := ana.Call(id).SwitchCamera(ctx, true, "bob"); err != nil {
		t.Fatal(err)
	}
	bob.awaitCall(id, "to be asked", func(c engine.CallState) bool {
		return c.Asked == engine.Asked{By: engine.User{ID: "ana", Name: "ana"}, Camera: true} && !c.Camera
	})
	if err := bob.Call(id).Grant(ctx, true); err != nil {
		t.Fatal(err)
	}
	ana.awaitCall(id, "his camera", func(c engine.CallState) bool { return ana.member(c, "bob").Camera })
	if c, _ := cyd.Snapshot().Call(id); c.Asked != (engine.Asked{}) {
		t.Errorf("cyd is asked %+v", c.Asked)
	}

	if err := ana.Call(id).Remove(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.KickedOut)
	if e := bob.awaitEvent(engine.CallEnded); e.User.ID != "ana" || e.Call != id || bob.Snapshot().Ended[0].By.ID != "ana" {
		t.Errorf("%+v", e)
	}
	for _, p := range []*person{ana, cyd} {
		if e := p.awaitEvent(engine.UserLeft); e.User.ID != "bob" || e.Reason != engine.KickedOut {
			t.Errorf("%+v", e)
		}
	}
	if err := bob.Join(ctx, id, engine.JoinOptions{}); !errors.Is(err, engine.ErrForbidden) {
		t.Errorf("bob comes back: %v", err)
	}
	if err := ana.Call(id).Remove(ctx, "cyd"); err != nil {
		t.Fatal(err)
	}
	cyd.awaitEnd(engine.KickedOut)
	ana.awaitEnd(engine.LocalHangUp)
}

func TestFullCall(t *testing.T) {
	t.Parallel()
	at := newBox(t, server.Options{CallLimit: 2}).Address().String()
	people, id := gather(t, at, "ana", "bob")
	ana, bob := people[0], people[1]
	cyd := join(t, at, "cyd")
	add := engine.Invite{Call: id, To: []engine.UserID{"cyd"}}
	if _, _, err := ana.Invite(t.Context(), add); !errors.Is(err, engine.ErrFull) || engine.Code(err) != "full" {
		t.Errorf("adding somebody: %v", err)
	}
	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	ana.awaitEnd(engine.RemoteHangUp)

	var err error
	if id, _, err = ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob", "cyd"}}); err != nil {
		t.Fatal(err)
	}
	bob.accept(engine.KeepCurrent)
	ring := cyd.awaitRing()
	if _, err := cyd.Accept(t.Context(), ring.ID, engine.Answer{}); !errors.Is(err, engine.ErrFull) {
		t.Errorf("accepting: %v", err)
	}
	if s := cyd.Snapshot(); len(s.Incoming) != 1 || len(s.Calls) != 0 {
		t.Errorf("it does not ring any more: %+v, calls %+v", s.Incoming, s.Calls)
	}
	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	cyd.accept(engine.KeepCurrent)
	cyd.awaitLive()
}
