package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// start runs a switchboard on a free loopback port.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// over is the address of a switchboard that was started with TLS on all addresses, as seen from this machine.
func over(s *Server) signal.Address {
	a := s.Address()
	a.Host, a.JoinCode = "127.0.0.1", s.JoinCode()
	return a
}

func enrol(t *testing.T, at signal.Address, id signal.UserID) signal.Credentials {
	t.Helper()
	c, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: id, Name: strings.ToUpper(string(id))}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dial(t *testing.T, at signal.Address, c signal.Credentials) *signal.Conn {
	t.Helper()
	u, err := c.User()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := signal.Dial(t.Context(), signal.Options{
		Address: at, Credentials: c, User: signal.User{ID: u, Name: strings.ToUpper(string(u))}, Device: signal.DeviceID("of " + u),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// until waits for a condition, which returns the reason why it does not hold yet.
func until(t *testing.T, holds func() string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		why := holds()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(why)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestEnrolDialPeople(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		t.Run(listen, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{Listen: listen})
			at := over(s)
			ana := dial(t, at, enrol(t, at, "ana"))
			dial(t, at, enrol(t, at, "bob *.>"))
			until(t, func() string {
				var reply signal.PeopleReply
				if err := ana.Request(t.Context(), signal.VerbPeople, signal.Empty{}, &reply); err != nil {
					return err.Error()
				}
				online := map[signal.UserID]string{}
				for _, p := range reply.People {
					if p.Presence == signal.Online {
						online[p.ID] = p.Name
					}
				}
				if online["ana"] != "ANA" || online["bob *.>"] != "BOB *.>" {
					return fmt.Sprintf("people %+v", reply.People)
				}
				return ""
			})
			if err := s.Ready(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRestartKeepsNamesAndTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, Options{Listen: "0.0.0.0:0", DataDir: dir})
	creds := enrol(t, over(first), "ana")
	app, link, pin := first.AppID(), first.JoinCode(), first.Address().Pin
	stop(t, first)
	second := start(t, Options{Listen: "0.0.0.0:0", DataDir: dir})
	if second.AppID() != app || second.JoinCode() != link || second.Address().Pin != pin {
		t.Error("the switchboard became another one")
	}
	dial(t, over(second), creds)
	_, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: over(second), User: signal.User{ID: "ana"}})
	if !errors.Is(err, signal.ErrNameTaken) {
		t.Errorf("a second ana: %v", err)
	}
	open := over(second)
	open.JoinCode = "" // whoever has the key needs none
	if _, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: open, User: signal.User{ID: "ana"}, Seed: creds.Seed}); err != nil {
		t.Errorf("the same ana again: %v", err)
	}
}

// TestRestartKeepsHistory ends a ring, and asks for the history after a restart. The app that was called never ran.
func TestRestartKeepsHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, Options{DataDir: dir})
	creds := map[signal.UserID]signal.Credentials{"ana": enrol(t, first.Address(), "ana"), "bob": enrol(t, first.Address(), "bob")}
	ana := dial(t, first.Address(), creds["ana"])
	var invited signal.InviteReply
	if err := ana.Request(t.Context(), signal.VerbInvite, signal.Invite{Device: "of ana", To: []signal.UserID{"bob"}}, &invited); err != nil {
		t.Fatal(err)
	}
	if invited.Results[0].Result != "offline" {
		t.Errorf("the result is %+v", invited.Results)
	}
	if err := ana.Request(t.Context(), signal.VerbCancel, signal.CallRequest{Device: "of ana", Call: invited.Call.ID}, nil); err != nil {
		t.Fatal(err)
	}
	stop(t, first)
	second := start(t, Options{DataDir: dir})
	for u, missed := range map[signal.UserID]int{"ana": 0, "bob": 1} {
		var r signal.HistoryReply
		if err := dial(t, second.Address(), creds[u]).Request(t.Context(), signal.VerbHistory, signal.HistoryRequest{}, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Entries) != 1 || r.Entries[0].Call != invited.Call.ID || r.Missed != missed {
			t.Errorf("%s remembers %+v", u, r)
		}
	}
}

func TestSecretsAreTheirOwnersOnly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no file modes")
	}
	dir := filepath.Join(t.TempDir(), "new")
	start(t, Options{DataDir: dir})
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, identityFile): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestInviteLink(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0", PublicHost: "calls.example", JoinCode: "open sesame"})
	a, err := signal.ParseAddress(s.InviteLink())
	if err != nil {
		t.Fatal(err)
	}
	want := s.Address()
	want.JoinCode = "open sesame"
	if a != want || a.Host != "calls.example" || a.Pin == "" {
		t.Errorf("%+v, want %+v", a, want)
	}
	if l := start(t, Options{}); l.JoinCode() != "" || l.Address().Pin != "" {
		t.Errorf("loopback: %q", l.InviteLink())
	}
}

func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	s := start(t, Options{TokenLife: 3 * time.Second})
	c := enrol(t, s.Address(), "ana")
	fresh := make(chan signal.Credentials, 8)
	conn, err := signal.Dial(t.Context(), signal.Options{
		Address: s.Address(), Credentials: c, User: signal.User{ID: "ana"}, Device: "d",
		Handlers: signal.Handlers{OnToken: func(c signal.Credentials) { fresh <- c }},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n := <-fresh; !n.Expires.After(c.Expires) || n.Seed != c.Seed {
		t.Errorf("renewed from %v to %v", c.Expires, n.Expires)
	}
	until(t, func() string {
		if time.Now().Before(c.Expires.Add(time.Second)) || !conn.Connected() {
			return "not connected after the first token ended"
		}
		return ""
	})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := start(t, Options{HTTP: "127.0.0.1:0", NoEcho: true})
	dial(t, s.Address(), enrol(t, s.Address(), "ana"))
	get := func(path string) string {
		t.Helper()
		response, err := http.Get("http://" + s.HTTPAddress().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s %v", path, response.Status, body, err)
		}
		return string(body)
	}
	get("/healthz")
	get("/readyz")
	figures := get("/metrics")
	for _, want := range []string{
		`parley_request_seconds_count{code="ok",verb="hello"} 1`, "parley_calls 0", "parley_turn_allocations 0", "parley_connections",
		"parley_ring_to_accept_seconds_count 0",
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("no %s in\n%s", want, figures)
		}
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	taken := start(t, Options{})
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, identityFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]Options{
		"no data directory": {Listen: "127.0.0.1:0", DataDir: ""},
		"no port":           {Listen: "127.0.0.1", DataDir: t.TempDir()},
		"port in use":       {Listen: taken.Address().String(), DataDir: t.TempDir()},
		"short join code":   {Listen: "127.0.0.1:0", DataDir: t.TempDir(), JoinCode: "1234"},
		"bad public host":   {Listen: "127.0.0.1:0", DataDir: t.TempDir(), PublicHost: "a b"},
		"damaged identity":  {Listen: "127.0.0.1:0", DataDir: damaged},
		"bad TURN address":  {Listen: "127.0.0.1:0", DataDir: t.TempDir(), TURN: TURNOptions{Listen: "nowhere"}},
		"bad HTTP address":  {Listen: "127.0.0.1:0", DataDir: t.TempDir(), HTTP: "nowhere"},
	} {
		if s, err := Start(t.Context(), o); err == nil {
			t.Errorf("%s: started", what)
			stop(t, s)
		}
	}
}

// TestNothingStays runs alone: it counts the goroutines of the process.
func TestNothingStays(t *testing.T) {
	run := func() {
		s, err := Start(t.Context(), Options{Listen: "0.0.0.0:0", DataDir: t.TempDir(), HTTP: "127.0.0.1:0", Announce: true})
		if err != nil {
			t.Fatal(err)
		}
		conn := dial(t, over(s), enrol(t, over(s), "ana"))
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		stop(t, s)
		stop(t, s)
	}
	run() // what libraries keep for good starts here
	before := runtime.NumGoroutine()
	run()
	run()
	until(t, func() string {
		if after := runtime.NumGoroutine(); after > before {
			buf := make([]byte, 1<<20)
			return fmt.Sprintf("%d goroutines before, %d after:\n%s", before, after, buf[:runtime.Stack(buf, true)])
		}
		return ""
	})
}

func TestIdentityIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	id, err := loadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(id)
	b, _ := json.Marshal(again)
	if string(a) != string(b) {
		t.Error("it changed")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if len(id.JoinCode) != 11 {
		t.Errorf("join code %q", id.JoinCode)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(b.Context(), Options{Listen: "127.0.0.1:0", DataDir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
