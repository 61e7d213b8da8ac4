package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// Whatever arrives in whatever order: a call ends once, a ended one is silent, rooms are opened and shut in pairs, and so are shares.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	states := []signal.PartyState{signal.Calling, signal.Ringing, signal.Unreached, signal.Joined, signal.Lost, signal.Declined,
		signal.Refused, signal.TimedOut, signal.Cancelled, signal.Left, signal.Kicked}
	reasons := []signal.EndReason{signal.EndHangUp, signal.EndDeclined, signal.EndBusy, signal.EndTimeout, signal.EndCancelled,
		signal.EndCallerLost, signal.EndLost, signal.EndMerged}
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s := state{me: ana, device: anaPhone, autoAccept: seed%5 == 0}
		rooms, near, ends := map[CallID]bool{}, map[CallID]bool{}, map[CallID]int{}
		revision := uint64(0)
		over := map[CallID]bool{}
		sharers := map[CallID]map[UserID]bool{"c0": {}, "c1": {}, "c2": {}}
		for step := range 60 {
			id := CallID(fmt.Sprint("c", rnd.IntN(3)))
			var in input
			switch rnd.IntN(11) {
			case 0:
				in = intended{id, pending{want: intent{microphone: true, camera: true}}}
			case 1:
				in = done{call: id, reason: LocalHangUp}
			case 2:
				in = pathMoved{id, bob.ID, bobPhone, link.State(rnd.IntN(4))}
			case 3:
				in = switched{id, rnd.IntN(2) == 0, rnd.IntN(2) == 0}
			case 4:
				in = told{id, bob.ID, bobPhone, switches{Camera: rnd.IntN(2) == 0, Held: rnd.IntN(4) == 0,
					Sharing: sharing{On: rnd.IntN(2) == 0, Paused: rnd.IntN(2) == 0}}}
			case 5:
				in = shared{call: id, n: uint64(step)}
			case 6:
				in = unshared{call: id, n: uint64(rnd.IntN(step + 1))}
			case 7:
				in = paused{id, rnd.IntN(2) == 0}
			default:
				revision++
				r := signal.Call{ID: id, Revision: revision - uint64(rnd.IntN(2)), Initiator: ana.ID, Parties: []signal.Party{
					{User: ana, State: states[rnd.IntN(len(states))], Device: anaPhone, Invitation: InvitationID(fmt.Sprint("i", rnd.IntN(2)))},
					{User: bob, State: states[rnd.IntN(len(states))], Device: bobPhone}}}
				if over[id] || rnd.IntN(6) == 0 {
					r.Ended, r.Reason = epoch, reasons[rnd.IntN(len(reasons))]
					over[id] = true // the authority never revives a call
				}
				in = changed{r}
			}
			var actions []action
			s, actions = next(s, in, epoch)
			for _, a := range actions {
				switch a := a.(type) {
				case prepare:
					if near[a.call] || rooms[a.call] {
						t.Fatalf("seed %d step %d: %s prepared twice", seed, step, a.call)
					}
					near[a.call] = true
				case open:
					delete(near, a.call)
					if rooms[a.call] {
						t.Fatalf("seed %d step %d: %s opened twice", seed, step, a.call)
					}
					rooms[a.call] = true
				case shut:
					if !rooms[a.call] && !near[a.call] {
						t.Fatalf("seed %d step %d: %s shut without a room", seed, step, a.call)
					}
					delete(rooms, a.call)
					delete(near, a.call)
				case emit:
					switch a.Type {
					case CallEnded:
						ends[a.Call]++
						if len(sharers[a.Call]) > 0 {
							t.Fatalf("seed %d step %d: %s ended while %v share", seed, step, a.Call, sharers[a.Call])
						}
					case ShareStarted: // or something else is shared
						sharers[a.Call][a.User.ID] = true
					case ShareStopped:
						if !sharers[a.Call][a.User.ID] {
							t.Fatalf("seed %d step %d: %s stopped twice", seed, step, a.User.ID)
						}
						delete(sharers[a.Call], a.User.ID)
					case ShareChanged:
						if !sharers[a.Call][a.User.ID] {
							t.Fatalf("seed %d step %d: %s shares nothing that could be paused", seed, step, a.User.ID)
						}
					}
				}
			}
			for id, c := range s.calls {
				if c.near != near[id] {
					t.Fatalf("seed %d step %d: silent room of %s: %v, state says %v", seed, step, id, near[id], c.near)
				}
				if c.inside != rooms[id] {
					t.Fatalf("seed %d step %d: room of %s: %v, state says %v", seed, step, id, rooms[id], c.inside)
				}
			}
			if len(rooms)+len(near) > len(s.calls) {
				t.Fatalf("seed %d step %d: a room without a call", seed, step)
			}
			if shot := show(s); len(shot.Calls)+len(shot.Incoming) == 0 && toneOf(s) != quiet {
				t.Fatalf("seed %d step %d: a tone without a call", seed, step)
			}
		}
		s, _ = next(s, synced{asked: afterAll("c0", "c1", "c2")}, epoch)
		if len(s.calls) != 0 || toneOf(s) != quiet {
			t.Fatalf("seed %d: something is left after a sync without calls", seed)
		}
	}
}
