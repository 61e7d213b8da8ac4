//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
)

// past is what `parley ctl history` answers.
type past struct {
	Entries []struct {
		ID, Call, State  string
		Incoming, Missed bool
		With             []struct{ ID string }
	}
	Missed int
}

func (a *app) awaitHistory(what string, missing func(past) string) past {
	a.t.Helper()
	var p past
	a.await(what, func(status) string {
		p = past{}
		if err := json.Unmarshal(a.ctl("history"), &p); err != nil {
			return err.Error()
		}
		return missing(p)
	})
	return p
}

// A call that rang while nobody's app ran is told when one starts, and until a person has seen it, on any device.
func TestMissedWhileAway(t *testing.T) {
	at := switchboard(t)
	ana, bob := launch(t, "ana", at), launch(t, "bob", at)
	bob.quit()
	id := ana.invite("bob", "--timeout", "2s")
	ana.awaitEnded("unreachable")

	bob.run("--server", at)
	bob.await("the missed call", func(s status) string { return unless(s.Missed == 1, fmt.Sprint(s.Missed, " missed")) })
	p := bob.awaitHistory("the entry", func(p past) string { return unless(len(p.Entries) == 1, fmt.Sprintf("%+v", p)) })
	if e := p.Entries[0]; e.Call != id || !e.Incoming || !e.Missed || len(e.With) != 1 || e.With[0].ID != "ana" {
		t.Errorf("remembered as %+v", e)
	}
	bob.ctl("seen")
	bob.await("no news", func(s status) string { return unless(s.Missed == 0, fmt.Sprint(s.Missed, " missed")) })

	told := bob.watch()
	bob.ctl("dialback", p.Entries[0].ID)
	ana.awaitRing()
	told.await("missed-opened", func(e event) bool { return e.History.ID == p.Entries[0].ID })
	ana.ctl("accept")
	bob.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}

// The history of a person is one, whichever device is looked at or cleaned up.
func TestHistoryOnTwoDevices(t *testing.T) {
	ana, bob := pair(t)
	laptop := twin(t, ana)
	call := ana.invite("bob")
	bob.awaitRing()
	bob.ctl("reject")
	ana.awaitEnded("declined")
	same := func(p past) string {
		return unless(len(p.Entries) == 1 && p.Missed == 0 && p.Entries[0].Call == call && !p.Entries[0].Incoming, fmt.Sprintf("%+v", p))
	}
	ana.awaitHistory("one entry", same)
	id := laptop.awaitHistory("the same entry", same).Entries[0].ID
	laptop.ctl("forget", id)
	ana.await("nothing left", func(s status) string { return unless(s.History == 0, fmt.Sprint(s.History, " entries")) })
	ana.awaitHistory("nothing left", func(p past) string { return unless(len(p.Entries) == 0, fmt.Sprintf("%+v", p)) })
}
