package authority

import (
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

// gather starts a call of ana's with bob and cyd, all of whom are in it, and a fourth person who is not.
func gather(t *testing.T, o Options) (ana, bob, cyd, dan *app, id signal.CallID, another func(signal.UserID, signal.DeviceID) *app) {
	t.Helper()
	s := startNATS(t)
	unlimited(startAuthority(t, s, o))
	another = func(u signal.UserID, d signal.DeviceID) *app { return startApp(t, s, u, d) }
	all := apps(t, another, "ana", "bob", "cyd", "dan")
	ana, bob, cyd, dan = all[0], all[1], all[2], all[3]
	id = ana.callUnder(signal.Rules{Adding: signal.MembersAdd}, "bob", "cyd")
	for _, x := range []*app{bob, cyd} {
		x.ask(signal.VerbAccept, x.about(id), nil)
	}
	return ana, bob, cyd, dan, id, another
}

func TestKick(t *testing.T) {
	t.Parallel()
	ana, bob, cyd, dan, id, another := gather(t, Options{})
	kick := func(a *app, who ...signal.UserID) signal.CallRequest {
		q := a.about(id)
		q.To = who
		return q
	}
	second := another("ana", "ana-2")
	second.hello()
	bob.refused(signal.CodeForbidden, signal.VerbKick, kick(bob, "cyd"))
	dan.refused(signal.CodeNotFound, signal.VerbKick, kick(dan, "cyd"))
	second.refused(signal.CodeElsewhere, signal.VerbKick, kick(second, "cyd"))
	ana.refused(signal.CodeForbidden, signal.VerbKick, kick(ana, "ana"))
	ana.refused(signal.CodeNobody, signal.VerbKick, kick(ana, "dan"))
	ana.refused(signal.CodeBadRequest, signal.VerbKick, kick(ana))
	ana.refused(signal.CodeNotFound, signal.VerbKick, signal.CallRequest{Device: "ana-1", Call: "another", To: []signal.UserID{"bob"}})

	for range 2 {
		ana.ask(signal.VerbKick, kick(ana, "bob"), nil)
	}
	bob.sees(id, "bob", signal.Kicked)
	if p := bob.party(id, "bob"); p.Kicker != "ana" {
		t.Errorf("bob was removed by %q", p.Kicker)
	}
	if h := bob.remembers(1).Entries[0]; h.State != signal.Kicked || h.EndedBy != "ana" || !h.Answered {
		t.Errorf("bob remembers %+v", h)
	}
	bob.refused(signal.CodeForbidden, signal.VerbJoin, bob.about(id))
	bob.refused(signal.CodeForbidden, signal.VerbKick, kick(bob, "cyd"))
	bob.refused(signal.CodeForbidden, signal.VerbInvite, signal.Invite{Device: "bob-1", Call: id, To: []signal.UserID{"dan"}})
	bob.refused(signal.CodeForbidden, signal.VerbTURN, bob.about(id))
	cyd.ask(signal.VerbInvite, signal.Invite{Device: "cyd-1", Call: id, To: []signal.UserID{"bob"}}, nil)
	bob.sees(id, "bob", signal.Calling)
	bob.ask(signal.VerbAccept, bob.about(id), nil)

	// Whoever has left moderates nothing; then the first who is still there does.
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	ana.refused(signal.CodeForbidden, signal.VerbKick, kick(ana, "bob"))
	cyd.refused(signal.CodeForbidden, signal.VerbKick, kick(cyd, "bob"))
	bob.ask(signal.VerbKick, kick(bob, "cyd"), nil)
	cyd.seesEnd(id, signal.EndHangUp)
	if c := cyd.call(id); c.EndedBy != "bob" {
		t.Errorf("ended by %q", c.EndedBy)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	ana, bob, cyd, dan, id, another := gather(t, Options{})
	on, off := true, false
	order := func(a *app, who ...signal.UserID) signal.OrderRequest {
		return signal.OrderRequest{Device: a.device, Call: id, To: who, Microphone: &off, Camera: &on}
	}
	second := another("ana", "ana-2")
	second.hello()
	bob.refused(signal.CodeForbidden, signal.VerbOrder, order(bob, "cyd"))
	dan.refused(signal.CodeNotFound, signal.VerbOrder, order(dan))
	second.refused(signal.CodeElsewhere, signal.VerbOrder, order(second, "bob"))
	ana.refused(signal.CodeForbidden, signal.VerbOrder, order(ana, "ana"))
	ana.refused(signal.CodeBadRequest, signal.VerbOrder, signal.OrderRequest{Device: "ana-1", Call: id})

	ana.ask(signal.VerbOrder, order(ana), nil)
	for _, x := range []*app{bob, cyd} {
		x.until(func() string {
			c := x.calls[id]
			if p, _ := c.Party(x.user); p.Microphone.At.IsZero() {
				return "no order has come"
			}
			return ""
		})
		p := x.party(id, x.user)
		if p.Microphone.On || !p.Camera.On || p.Microphone.By != "ana" || p.Camera.By != "ana" {
			t.Errorf("%s is ordered %+v and %+v", x.user, p.Microphone, p.Camera)
		}
	}
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	ana.refused(signal.CodeForbidden, signal.VerbOrder, order(ana, "bob"))
}

func TestFullCall(t *testing.T) {
	t.Parallel()
	ana, bob, cyd, dan, id, _ := gather(t, Options{CallLimit: 3})
	if c := cyd.call(id); c.Limit != 3 {
		t.Errorf("the record says %d", c.Limit)
	}
	ana.refused(signal.CodeFull, signal.VerbInvite, signal.Invite{Device: "ana-1", Call: id, To: []signal.UserID{"dan"}})
	bob.ask(signal.VerbLeave, bob.about(id), nil)
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", Call: id, To: []signal.UserID{"dan"}}, nil)
	bob.ask(signal.VerbJoin, bob.about(id), nil)
	dan.refused(signal.CodeFull, signal.VerbAccept, dan.about(id))
	dan.sees(id, "dan", signal.Calling) // and goes on ringing
	cyd.ask(signal.VerbLeave, cyd.about(id), nil)
	dan.ask(signal.VerbAccept, dan.about(id), nil)
	cyd.refused(signal.CodeFull, signal.VerbJoin, cyd.about(id))
}
