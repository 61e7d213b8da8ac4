package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func deviceCode(t *testing.T, conn *signal.Conn) signal.DeviceReply {
	t.Helper()
	var reply signal.DeviceReply
	if err := conn.Request(t.Context(), signal.VerbDevice, signal.Empty{}, &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

// enrolMore enrols one more device of a user, without the join code.
func enrolMore(t *testing.T, s *Server, u signal.User, code string) (signal.Credentials, error) {
	t.Helper()
	at := over(s)
	at.JoinCode = ""
	c, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: u, DeviceCode: code})
	return c, err
}

func TestSecondDevice(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		t.Run(listen, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{Listen: listen, TokenLife: 3 * time.Second})
			first := dial(t, over(s), enrol(t, over(s), "ana"))
			bob := dial(t, over(s), enrol(t, over(s), "bob"))
			reply := deviceCode(t, first)
			if left := time.Until(reply.Expires); left < codeLife-time.Minute || left > codeLife || len(strings.ReplaceAll(reply.Code, "-", "")) != 10 {
				t.Errorf("the code is %+v", reply)
			}
			if _, err := enrolMore(t, s, signal.User{ID: "bob"}, reply.Code); !errors.Is(err, signal.ErrDeviceCode) {
				t.Errorf("ana's code for bob: %v", err)
			}
			c, err := enrolMore(t, s, signal.User{ID: "ana"}, " "+strings.ToUpper(strings.ReplaceAll(reply.Code, "-", " ")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := enrolMore(t, s, signal.User{ID: "ana"}, reply.Code); !errors.Is(err, signal.ErrDeviceCode) {
				t.Errorf("the same code again: %v", err)
			}
			at := over(s)
			at.JoinCode = "" // an answer that got lost: the key is known now
			if _, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "ana"}, DeviceCode: reply.Code, Seed: c.Seed}); err != nil {
				t.Errorf("the same key again: %v", err)
			}

			fresh := make(chan signal.Credentials, 8)
			second, err := signal.Dial(t.Context(), signal.Options{
				Address: over(s), Credentials: c, User: signal.User{ID: "ana"}, Device: "second",
				Handlers: signal.Handlers{OnToken: func(c signal.Credentials) { fresh <- c }},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer second.Close()
			var people signal.PeopleReply
			if err := bob.Request(t.Context(), signal.VerbPeople, signal.Empty{}, &people); err != nil {
				t.Fatal(err)
			}
			for _, p := range people.People {
				if p.ID == "ana" && p.Name != "ANA" {
					t.Errorf("the second device renamed ana to %q", p.Name)
				}
			}
			if n := <-fresh; n.Seed != c.Seed || !n.Expires.After(c.Expires) { // Conn checks that the token is for its key
				t.Errorf("renewed from %v to %v", c.Expires, n.Expires)
			}
		})
	}
}

// TestOneCodeAtATime has a newer code end the one before, and time end any.
func TestOneCodeAtATime(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	ana := dial(t, s.Address(), enrol(t, s.Address(), "ana"))
	old := deviceCode(t, ana)
	late := deviceCode(t, ana)
	if _, err := enrolMore(t, s, signal.User{ID: "ana"}, old.Code); !errors.Is(err, signal.ErrDeviceCode) {
		t.Errorf("the code before: %v", err)
	}
	c := *s.codes
	c.now = func() time.Time { return late.Expires }
	if ok, err := c.redeem(t.Context(), "ana", late.Code); ok || err != nil {
		t.Errorf("a late code: %v, %v", ok, err)
	}
	if ok, err := s.codes.redeem(t.Context(), "ana", late.Code); !ok || err != nil {
		t.Errorf("the code in time: %v, %v", ok, err)
	}
}

func TestDeviceCodeGuesses(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0"})
	ana := dial(t, over(s), enrol(t, over(s), "ana"))
	for range guessesEach {
		if _, err := enrolMore(t, s, signal.User{ID: "ana"}, newCode()); !errors.Is(err, signal.ErrDeviceCode) {
			t.Fatalf("a wrong code: %v", err)
		}
	}
	if _, err := enrolMore(t, s, signal.User{ID: "ana"}, deviceCode(t, ana).Code); !errors.Is(err, &signal.Error{Code: signal.CodeTooMany}) {
		t.Errorf("after %d wrong ones: %v", guessesEach, err)
	}
}

// TestOneDevicePerCode lets many devices come with one code at the same moment.
func TestOneDevicePerCode(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	code, err := s.codes.issue(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			ok, err := s.codes.redeem(t.Context(), "ana", code.Code)
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d came in", won.Load())
	}
}

// TestCodesAreNotStored looks for a code in what is stored.
func TestCodesAreNotStored(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	code, err := s.codes.issue(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := s.codes.kv.Get(t.Context(), signal.UserID("ana").Token())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(entry.Value()), code.Code) {
		t.Errorf("stored as %s", entry.Value())
	}
	other := codes{kv: s.codes.kv, secret: []byte("another switchboard's"), now: time.Now}
	if ok, err := other.redeem(t.Context(), "ana", code.Code); ok || err != nil {
		t.Errorf("redeemed with another secret: %v, %v", ok, err)
	}
}

// TestOldNames reads a record from when a user had one device, and gives him more than he may have.
func TestOldNames(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	value, err := json.Marshal(map[string]any{"key": "K0", "name": "Ana", "since": since})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.names.kv.Put(t.Context(), signal.UserID("ana").Token(), value); err != nil {
		t.Fatal(err)
	}
	if err := s.names.claim(t.Context(), signal.User{ID: "ana"}, "K0"); err != nil {
		t.Errorf("the first key: %v", err)
	}
	if err := s.names.claim(t.Context(), signal.User{ID: "ana"}, "K1"); !errors.Is(err, &signal.Error{Code: signal.CodeNameTaken}) {
		t.Errorf("another key: %v", err)
	}
	for i := 1; i < maxKeys; i++ {
		if err := s.names.add(t.Context(), signal.User{ID: "ana"}, fmt.Sprintf("K%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"K0", "K16"} { // the first is used once more, so the second goes
		if err := s.names.add(t.Context(), signal.User{ID: "ana"}, key); err != nil {
			t.Fatal(err)
		}
	}
	o, err := s.names.owner(t.Context(), "ana")
	if err != nil || len(o.Keys) != maxKeys || !o.has("K0") || o.has("K1") || !o.has("K2") || !o.has("K16") || o.Name != "Ana" || !o.Since.Equal(since) {
		t.Errorf("the record is %+v, %v", o, err)
	}
}

// TestCodeOutlivesTheNode redeems a code after a restart.
func TestCodeOutlivesTheNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, Options{DataDir: dir})
	enrol(t, first.Address(), "ana")
	code, err := first.codes.issue(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	stop(t, first)
	second := start(t, Options{DataDir: dir})
	if _, err := enrolMore(t, second, signal.User{ID: "ana"}, code.Code); err != nil {
		t.Error(err)
	}
}

// FuzzOwner reads any bytes as the record of a name.
func FuzzOwner(f *testing.F) {
	f.Add([]byte(`{"key":"K","name":"Ana","since":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"keys":[{"key":"K","used":"2026-01-02T03:04:05Z"}],"name":"Ana"}`))
	f.Add([]byte(`{"key":"K","keys":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeOwner(data)
		if err != nil {
			return
		}
		before := len(o.Keys)
		if n := o.with("new", time.Unix(1, 0)); !n.has("new") || len(n.Keys) > max(before, maxKeys) || len(o.Keys) != before {
			t.Fatalf("%q: %+v gives %+v", data, o, n)
		}
	})
}
