package server

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/echo"
)

// TestEchoAnswers makes the call that somebody alone on one machine can make in the first minute.
func TestEchoAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, Options{HTTP: "127.0.0.1:0"})
	joined := make(chan signal.CallID, 8)
	conn, err := signal.Dial(t.Context(), signal.Options{
		Address: s.Address(), Credentials: enrol(t, s.Address(), "ana"), User: signal.User{ID: "ana"}, Device: "d",
		Handlers: signal.Handlers{OnCall: func(c signal.Call) {
			if p, ok := c.Party(echo.ID); ok && p.State == signal.Joined {
				joined <- c.ID
			}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var made signal.InviteReply
	if err := conn.Request(t.Context(), signal.VerbInvite, signal.Invite{Device: "d", To: []signal.UserID{echo.ID}}, &made); err != nil {
		t.Fatal(err)
	}
	select {
	case id := <-joined:
		if id != made.Call.ID {
			t.Errorf("Echo joined %s, not %s", id, made.Call.ID)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Echo does not answer")
	}
	var relays signal.TURNReply
	if err := conn.Request(t.Context(), signal.VerbTURN, signal.CallRequest{Device: "d", Call: made.Call.ID}, &relays); err != nil || len(relays.Servers) != 2 {
		t.Errorf("relays for a member: %+v, %v", relays, err)
	}
	until(t, func() string {
		response, err := http.Get("http://" + s.HTTPAddress().String() + "/metrics")
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err.Error()
		}
		if figures := string(body); !strings.Contains(figures, "parley_ring_to_accept_seconds_count 1") || !strings.Contains(figures, "parley_calls 1") {
			return figures
		}
		return ""
	})
}
