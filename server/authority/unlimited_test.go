package authority

import (
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

// Who takes any number of calls is never busy; who talks to him is.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	startAuthority(t, s, Options{Unlimited: []signal.UserID{"echo"}})
	ana, echo := startApp(t, s, "ana", "ana-1"), startApp(t, s, "echo", "echo-1")
	ana.hello()
	echo.hello()
	for range 2 {
		c := ana.invite("echo")
		echo.sees(c.ID, "echo", signal.Calling)
		echo.ask(signal.VerbAccept, echo.about(c.ID), nil)
		ana.sees(c.ID, "echo", signal.Joined)
		echo.seesPresence("ana", signal.Busy)
		var r signal.PeopleReply
		ana.ask(signal.VerbPeople, signal.Empty{}, &r)
		for _, p := range r.People {
			if p.ID == "echo" && p.Presence != signal.Online {
				t.Errorf("echo is %s in a call", p.Presence)
			}
		}
	}
}
