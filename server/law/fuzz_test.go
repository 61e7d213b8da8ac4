package law

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// FuzzRecord lets everything happen to any record, also to one that the law would never have made.
func FuzzRecord(f *testing.F) {
	for _, steps := range [][]step{
		{{in: ring("ana", "bob")}},
		{{in: need("cyd")}, {in: Accept{"bob", "bob-1", "yes"}}, {in: Lost{"ana", "ana-1", false, patience}}},
		{{in: ring("ana", "bob", "cyd")}, {in: Accept{"bob", "bob-1", ""}}, {in: Accept{"cyd", "cyd-1", ""}}, {in: order("ana", new(bool), nil)}, {in: kick("ana", "cyd")}},
		{{in: ring("ana", "bob").under(signal.Rules{EndWithInitiator: true})}, {in: Cancel{"ana", nil, "no"}}},
	} {
		call := signal.Call{ID: "c"}
		for _, s := range steps {
			var err error
			if call, err = Next(call, s.in, zero); err != nil {
				f.Fatal(err)
			}
		}
		data, err := json.Marshal(call)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "ana", "ana-1")
	}
	f.Add([]byte(`{"initiator":"eve","created":"2026-05-04T12:00:00Z","rules":{"end_with_initiator":true},"parties":[{"id":"bob","state":"lost"}]}`), "bob", "d")
	f.Fuzz(func(t *testing.T, record []byte, user, device string) {
		var call signal.Call
		if signal.Decode(record, &call) != nil {
			return
		}
		u, d := signal.UserID(user), signal.DeviceID(device)
		for _, in := range []Input{
			ring(u, "bob"), Received{u}, Accept{u, d, ""}, Reject{u, signal.Declined, ""}, Cancel{By: u}, Join{u, d, true}, Leave{u, d}, opened(u),
			Lost{u, d, false, patience}, Back{u, d}, Kick{u, d, []signal.UserID{"bob"}}, Order{By: u, Device: d, Camera: new(bool)}, Merge{"d"}, Tick{},
		} {
			after, err := Next(call, in, zero.Add(time.Hour))
			if err != nil && !same(call, after) {
				t.Fatalf("refused %T changed the call", in)
			}
			if _, ticking := in.(Tick); ticking && after.Ended.IsZero() {
				if due := Due(&after); !due.IsZero() && !zero.Add(time.Hour).Before(due) {
					t.Fatalf("a tick left something undone in %+v", after)
				}
			}
			if e, ok := Entry(&after, u); ok != (e.ID != "") {
				t.Fatalf("the entry is %+v", e)
			}
		}
	})
}
