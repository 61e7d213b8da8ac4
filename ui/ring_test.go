package ui

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
)

func TestRingFollows(t *testing.T) {
	t.Parallel()
	from := func(ids ...engine.InvitationID) *engine.Snapshot {
		s := &engine.Snapshot{}
		for _, id := range ids { // the oldest first
			s.Incoming = append(s.Incoming, engine.Incoming{ID: id})
		}
		return s
	}
	for _, c := range []struct {
		name          string
		ring          ring
		before, after *engine.Snapshot
		want          ring
	}{
		{"nothing rings", ring{}, from(), from(), ring{}},
		{"it begins", ring{}, from(), from("a"), ring{front: "a"}},
		{"several begin", ring{}, from(), from("a", "b"), ring{front: "b"}},
		{"it goes on", ring{front: "a", trouble: "words"}, from("a"), from("a"), ring{front: "a", trouble: "words"}},
		{"another one comes to the top", ring{front: "a", trouble: "words"}, from("a"), from("a", "b"), ring{front: "b"}},
		{"not while the answer to this one is on its way", ring{front: "a", verdict: accepting}, from("a"), from("a", "b"), ring{front: "a", verdict: accepting}},
		{"one that was put behind stays there", ring{front: "a"}, from("a", "b"), from("a", "b"), ring{front: "a"}},
		{"the one on top ends", ring{front: "b", verdict: declining}, from("a", "b"), from("a"), ring{front: "a"}},
		{"one below ends", ring{front: "b"}, from("a", "b"), from("b"), ring{front: "b"}},
		{"the last one ends", ring{front: "a", verdict: declining, trouble: "words"}, from("a"), from(), ring{}},
		{"an answered one is not shown again", ring{front: "a", verdict: accepting, answered: "a"}, from("a"), from("a"), ring{answered: "a"}},
		{"and is forgotten when it is gone", ring{answered: "a"}, from("a"), from(), ring{}},
		{"the other one follows it", ring{front: "b", verdict: declining, answered: "b"}, from("a", "b"), from("a", "b"), ring{front: "a", answered: "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.ring.follow(c.before, c.after)
			if got.front != c.want.front || got.verdict != c.want.verdict || got.trouble != c.want.trouble || got.answered != c.want.answered {
				t.Errorf("follow = %+v\nwant     %+v", got, c.want)
			}
		})
	}
}

func TestRingSettles(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := engine.Incoming{ID: "a", From: bob}
	s := &engine.Snapshot{Incoming: []engine.Incoming{a}}
	asked := ring{}.follow(&engine.Snapshot{}, s).answer(accepting)

	if _, ok := asked.settle(a, nil, now).view(s, now); ok {
		t.Error("an accepted call still rings")
	}
	late := asked.settle(a, engine.ErrExpired, now)
	if v, ok := late.view(s, now); !ok || !v.over || v.call.From != bob || v.words == "" {
		t.Errorf("an answer that came too late shows %+v", v)
	}
	if _, ok := late.view(s, now.Add(refusalTime)); ok {
		t.Error("its words stay")
	}
	if v, ok := asked.follow(s, &engine.Snapshot{}).settle(a, engine.ErrExpired, now).view(&engine.Snapshot{}, now); !ok || !v.over {
		t.Error("it says nothing if the record is faster than the refusal")
	}
	other := &engine.Snapshot{Incoming: []engine.Incoming{{ID: "b"}}}
	if v, ok := asked.follow(s, other).settle(a, engine.ErrExpired, now).view(&engine.Snapshot{}, now); ok {
		t.Errorf("after another call it shows %+v", v)
	}
	again := asked.settle(a, engine.ErrOffline, now)
	if v, ok := again.view(s, now); !ok || v.over || v.verdict != undecided || v.words == "" {
		t.Errorf("an answer that did not get through shows %+v", v)
	}
	if v, _ := again.answer(declining).view(s, now); v.verdict != declining || v.words != "" {
		t.Errorf("the next answer shows %+v", v)
	}
}
