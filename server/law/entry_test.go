package law

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func TestEntry(t *testing.T) {
	t.Parallel()
	const s = time.Second
	video := ring("ana", "bob", "cyd")
	video.Video, video.Request.Data = true, "tea?"
	at := zero.Add
	accepted := step{at: 3 * s, in: Accept{"bob", "bob-1", "yes"}}
	again := ring("ana", "bob")
	again.To[0].Invitation = "second"
	for name, c := range map[string]struct {
		steps []step
		of    signal.UserID
		want  signal.HistoryEntry // without ID, Call and With
	}{
		"talked, caller": {[]step{{in: video}, accepted, {at: 9 * s, in: Reject{"cyd", signal.Declined, ""}}, {at: 63 * s, in: Leave{"bob", "bob-1"}}}, "ana", signal.HistoryEntry{
			By: who("ana"), Video: true, At: at(0), Over: at(63 * s), Answered: true, Lasted: time.Minute, State: signal.Joined, Reason: signal.EndHangUp, EndedBy: "bob", Data: "tea?"}},
		"talked, callee": {[]step{{in: video}, accepted, {at: 9 * s, in: Reject{"cyd", signal.Declined, ""}}, {at: 63 * s, in: Leave{"bob", "bob-1"}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), Video: true, At: at(0), Over: at(63 * s), Answered: true, Lasted: time.Minute, State: signal.Left, Reason: signal.EndHangUp, EndedBy: "bob", Data: "tea?"}},
		"declined, others talk": {[]step{{in: video}, accepted, {at: 9 * s, in: Reject{"cyd", signal.Declined, "no"}}}, "cyd", signal.HistoryEntry{
			Incoming: true, By: who("ana"), Video: true, At: at(0), Over: at(9 * s), State: signal.Declined, Data: "tea?"}},
		"busy": {[]step{{in: ring("ana", "bob")}, {at: s, in: Reject{"bob", signal.Refused, ""}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), At: at(0), Over: at(s), State: signal.Refused, Reason: signal.EndBusy, EndedBy: "bob"}},
		"busy, caller": {[]step{{in: ring("ana", "bob")}, {at: s, in: Reject{"bob", signal.Refused, ""}}}, "ana", signal.HistoryEntry{
			By: who("ana"), At: at(0), Over: at(s), State: signal.Joined, Reason: signal.EndBusy, EndedBy: "bob"}},
		"nobody came": {[]step{{in: ring("ana", "bob")}, {at: ringFor, in: Tick{}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), At: at(0), Over: at(ringFor), State: signal.TimedOut, Reason: signal.EndTimeout}},
		"taken back": {[]step{{in: ring("ana", "bob")}, {at: s, in: Cancel{"ana", nil, "sorry"}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), At: at(0), Over: at(s), State: signal.Cancelled, Reason: signal.EndCancelled, EndedBy: "ana"}},
		"invited by a member": {[]step{{in: ring("ana", "bob")}, accepted, {at: 4 * s, in: ring("bob", "cyd")}, {at: 5 * s, in: Cancel{"bob", nil, ""}}}, "cyd", signal.HistoryEntry{
			Incoming: true, By: who("bob"), At: at(4 * s), Over: at(5 * s), State: signal.Cancelled}},
		"rung again": {[]step{{in: video}, {at: s, in: Reject{"bob", signal.Declined, ""}}, {at: 2 * s, in: again}, {at: 4 * s, in: Reject{"bob", signal.Refused, ""}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), Video: true, At: at(2 * s), Over: at(4 * s), State: signal.Refused}},
		"came back": {[]step{{in: video}, accepted, {at: 4 * s, in: Accept{"cyd", "cyd-1", ""}}, {at: 5 * s, in: Leave{"bob", "bob-1"}}, {at: 8 * s, in: Join{"bob", "bob-2", false}}, {at: 10 * s, in: Leave{"bob", "bob-2"}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), Video: true, At: at(8 * s), Over: at(10 * s), Answered: true, Lasted: 2 * s, State: signal.Left, Data: "tea?"}},
		"moved": {[]step{{in: ring("ana", "bob")}, accepted, {at: 5 * s, in: Join{"bob", "bob-2", true}}, {at: 6 * s, in: Leave{"ana", "ana-1"}}}, "bob", signal.HistoryEntry{
			Incoming: true, By: who("ana"), At: at(0), Over: at(6 * s), Answered: true, Lasted: 3 * s, State: signal.Joined, Reason: signal.EndHangUp, EndedBy: "ana"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := play(t, c.steps)
			got, ok := Entry(&call, c.of)
			if !ok || got.ID == "" || got.Call != "c" || len(got.With) != len(call.Parties)-1 {
				t.Errorf("got %+v, %v", got, ok)
			}
			got.ID, got.Call, got.With = "", "", nil
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		steps []step
		of    signal.UserID
	}{
		"rings":    {[]step{{in: ring("ana", "bob")}}, "bob"},
		"calls":    {[]step{{in: ring("ana", "bob")}}, "ana"},
		"talks":    {[]step{{in: ring("ana", "bob")}, accepted}, "bob"},
		"lost":     {[]step{{in: ring("ana", "bob")}, accepted, {in: Lost{"bob", "bob-1", false, patience}}}, "bob"},
		"merged":   {[]step{{in: ring("ana", "bob")}, {in: Merge{"d"}}}, "ana"},
		"stranger": {[]step{{in: ring("ana", "bob")}, {in: Cancel{"ana", nil, ""}}}, "eve"},
	} {
		call := play(t, c.steps)
		if e, ok := Entry(&call, c.of); ok {
			t.Errorf("%s: there is nothing to remember, but %+v", name, e)
		}
	}
}

// TestEntryIDs tells parts apart, and knows one again from a later revision.
func TestEntryIDs(t *testing.T) {
	t.Parallel()
	steps := []step{{in: ring("ana", "bob", "cyd")}, {in: Accept{"cyd", "cyd-1", ""}}, {in: Accept{"bob", "bob-1", ""}}, {at: 1, in: Leave{"bob", "bob-1"}}}
	id := func(u signal.UserID, more ...step) signal.HistoryID {
		call := play(t, append(slices.Clip(steps), more...))
		e, ok := Entry(&call, u)
		if !ok {
			t.Fatalf("no entry of %s in %+v", u, call)
		}
		return e.ID
	}
	first := id("bob")
	if later := id("bob", step{at: 2, in: Leave{"ana", "ana-1"}}); later != first {
		t.Errorf("the end of the call made %s of %s", later, first)
	}
	if back := id("bob", step{at: 2, in: Join{"bob", "bob-1", false}}, step{at: 3, in: Leave{"bob", "bob-1"}}); back == first {
		t.Error("who comes back has no entry of its own")
	}
	if ana := id("ana", step{at: 2, in: Leave{"ana", "ana-1"}}); ana == first {
		t.Error("ana and bob have one entry")
	}
}
