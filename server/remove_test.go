package server

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// TestRemove removes somebody with two devices while others are connected.
func TestRemove(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			o := Options{Listen: host + ":0", DataDir: t.TempDir(), Grace: time.Second, LineGrace: 200 * time.Millisecond}
			s := start(t, o)
			o.Listen = s.ns.Addr().String()
			at := over(s)
			bob := enrol(t, at, "bob")
			down, ended := make(chan signal.Connection, 64), make(chan struct{}, 64)
			ana, err := signal.Dial(t.Context(), signal.Options{
				Address: at, Credentials: enrol(t, at, "ana"), User: signal.User{ID: "ana"}, Device: "d",
				Handlers: signal.Handlers{
					OnConnection: func(c signal.Connection) {
						if !c.Up {
							down <- c
						}
					},
					OnCall: func(c signal.Call) {
						if !c.Ended.IsZero() {
							ended <- struct{}{}
						}
					},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ana.Close() })
			first := dial(t, at, bob)
			code := signal.DeviceReply{}
			if err := first.Request(t.Context(), signal.VerbDevice, signal.Empty{}, &code); err != nil {
				t.Fatal(err)
			}
			with := at
			with.DeviceCode = code.Code
			second := enrol(t, with, "bob")
			cut := make(chan signal.Connection, 64)
			line, err := signal.Dial(t.Context(), signal.Options{
				Address: at, Credentials: second, User: signal.User{ID: "bob"}, Device: "second",
				Handlers: signal.Handlers{OnConnection: func(c signal.Connection) {
					if c.Final {
						cut <- c
					}
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { line.Close() })
			var renewed signal.RenewReply
			if err := line.Request(t.Context(), signal.VerbRenew, signal.RenewRequest{}, &renewed); err != nil {
				t.Fatal(err)
			}
			if err := first.Request(t.Context(), signal.VerbDevice, signal.Empty{}, &code); err != nil {
				t.Fatal(err)
			}
			var call signal.InviteReply
			if err := ana.Request(t.Context(), signal.VerbInvite, signal.Invite{Device: "d", To: []signal.UserID{"bob"}}, &call); err != nil {
				t.Fatal(err)
			}
			if err := line.Request(t.Context(), signal.VerbAccept, signal.CallRequest{Device: "second", Call: call.Call.ID}, nil); err != nil {
				t.Fatal(err)
			}

			if err := Remove(t.Context(), o, "nobody", ""); !errors.Is(err, errNotOwned) {
				t.Errorf("nobody was removed: %v", err)
			}
			if err := Remove(t.Context(), o, "bob", ""); err != nil {
				t.Fatal(err)
			}
			select {
			case c := <-cut:
				if !errors.Is(c.Err, signal.ErrBadToken) {
					t.Errorf("cut off with %v", c.Err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("bob is not cut off")
			}
			until(t, func() string {
				var reply signal.PeopleReply
				if err := ana.Request(t.Context(), signal.VerbPeople, signal.Empty{}, &reply); err != nil {
					return err.Error()
				}
				for _, p := range reply.People {
					if p.ID == "bob" {
						return "bob is still there"
					}
				}
				return ""
			})
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("the call with bob goes on")
			}
			staysOut := func(at signal.Address) {
				t.Helper()
				second.Token = renewed.Token
				key, err := publicOf(bob.Seed)
				if err != nil {
					t.Fatal(err)
				}
				minted, err := MintToken(o.DataDir, "bob", key, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				minted.Seed = bob.Seed
				for what, c := range map[string]signal.Credentials{"token": bob, "renewed token": second, "new token": minted} {
					conn, err := signal.Dial(t.Context(), signal.Options{Address: at, Credentials: c, User: signal.User{ID: "bob"}, Device: "d"})
					if !errors.Is(err, signal.ErrBadToken) {
						t.Errorf("bob comes in with his %s: %v", what, err)
					}
					if err == nil {
						conn.Close()
					}
				}
				for what, seed := range map[string]string{"his key": bob.Seed, "another one": ""} {
					_, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "bob"}, Seed: seed})
					if !errors.Is(err, signal.ErrNameTaken) {
						t.Errorf("bob enrols with %s: %v", what, err)
					}
				}
			}
			staysOut(at)
			with.DeviceCode = code.Code
			_, _, err = signal.Enrol(t.Context(), signal.EnrolOptions{Address: with, User: signal.User{ID: "bob"}})
			if !errors.Is(err, &signal.Error{Code: signal.CodeForbidden}) {
				t.Errorf("bob enrols with a code that is still open: %v", err)
			}
			dial(t, at, enrol(t, at, "eve"))
			select {
			case c := <-down:
				t.Errorf("ana was cut off too: %+v", c)
			default:
			}

			stop(t, s)
			o.Listen = host + ":0"
			s = start(t, o)
			o.Listen = s.ns.Addr().String()
			staysOut(over(s))
			if err := Restore(t.Context(), o, "bob", ""); err != nil {
				t.Fatal(err)
			}
			until(t, func() string {
				conn, err := signal.Dial(t.Context(), signal.Options{Address: over(s), Credentials: bob, User: signal.User{ID: "bob"}, Device: "d"})
				if err != nil {
					return err.Error()
				}
				conn.Close()
				return ""
			})
		})
	}
}

// TestRemoveNeedsTheSwitchboard removes at one that has ended.
func TestRemoveNeedsTheSwitchboard(t *testing.T) {
	t.Parallel()
	o := Options{Listen: "127.0.0.1:0", DataDir: t.TempDir()}
	if err := Remove(t.Context(), o, "bob", ""); err == nil {
		t.Error("with port 0 it is found")
	}
	s := start(t, o)
	o.Listen = s.ns.Addr().String()
	stop(t, s)
	if err := Remove(t.Context(), o, "bob", ""); err == nil {
		t.Error("bob was removed")
	}
}

// TestRemoveOneDevice removes one of two devices of somebody: the other one goes on, and nobody else notices.
func TestRemoveOneDevice(t *testing.T) {
	t.Parallel()
	o := Options{Listen: "127.0.0.1:0", DataDir: t.TempDir()}
	s := start(t, o)
	o.Listen = s.ns.Addr().String()
	at := over(s)
	kept := enrol(t, at, "bob")
	line := dial(t, at, kept)
	code := func() signal.Address {
		t.Helper()
		var reply signal.DeviceReply
		if err := line.Request(t.Context(), signal.VerbDevice, signal.Empty{}, &reply); err != nil {
			t.Fatal(err)
		}
		with := at
		with.DeviceCode = reply.Code
		return with
	}
	lost := enrol(t, code(), "bob")
	key, err := publicOf(lost.Seed)
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan error, 1)
	gone, err := signal.Dial(t.Context(), signal.Options{
		Address: at, Credentials: lost, User: signal.User{ID: "bob"}, Device: "lost",
		Handlers: signal.Handlers{OnConnection: func(c signal.Connection) {
			if c.Final {
				cut <- c.Err
			}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { gone.Close() })
	listed := func(removed ...bool) {
		t.Helper()
		all, err := Devices(t.Context(), o, "bob")
		if err != nil || len(all) != 2 {
			t.Fatalf("%d devices: %v", len(all), err)
		}
		for i, d := range all {
			if d.Removed != removed[i] || d.Since.IsZero() || d.Used.Before(d.Since) {
				t.Errorf("device %d: %+v", i, d)
			}
		}
		if all[1].Key != key {
			t.Errorf("the key is %q, want %q", all[1].Key, key)
		}
	}
	listed(false, false)

	if _, err := Devices(t.Context(), o, "nobody"); !errors.Is(err, errNotOwned) {
		t.Errorf("nobody has devices: %v", err)
	}
	if err := Remove(t.Context(), o, "bob", "another"); !errors.Is(err, errNoDevice) {
		t.Errorf("another device was removed: %v", err)
	}
	if err := Remove(t.Context(), o, "bob", key); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-cut:
		if !errors.Is(err, signal.ErrBadToken) {
			t.Errorf("cut off with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the device is not cut off")
	}
	listed(false, true)
	staysOut := func() {
		t.Helper()
		conn, err := signal.Dial(t.Context(), signal.Options{Address: over(s), Credentials: lost, User: signal.User{ID: "bob"}, Device: "lost"})
		if !errors.Is(err, signal.ErrBadToken) {
			t.Errorf("it comes in with its token: %v", err)
		}
		if err == nil {
			conn.Close()
		}
		_, _, err = signal.Enrol(t.Context(), signal.EnrolOptions{Address: over(s), User: signal.User{ID: "bob"}, Seed: lost.Seed})
		if !errors.Is(err, signal.ErrNameTaken) {
			t.Errorf("it enrols with its key: %v", err)
		}
	}
	staysOut()
	_, _, err = signal.Enrol(t.Context(), signal.EnrolOptions{Address: code(), User: signal.User{ID: "bob"}, Seed: lost.Seed})
	if !errors.Is(err, &signal.Error{Code: signal.CodeForbidden}) {
		t.Errorf("it enrols with a code: %v", err)
	}

	stop(t, s)
	o.Listen = "127.0.0.1:0"
	s = start(t, o)
	o.Listen = s.ns.Addr().String()
	staysOut()
	dial(t, over(s), kept)
	if err := Restore(t.Context(), o, "bob", key); err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		conn, err := signal.Dial(t.Context(), signal.Options{Address: over(s), Credentials: lost, User: signal.User{ID: "bob"}, Device: "lost"})
		if err != nil {
			return err.Error()
		}
		conn.Close()
		return ""
	})
}

// TestManyDevices keeps in mind which devices were removed when more come than there is room for.
func TestManyDevices(t *testing.T) {
	t.Parallel()
	now := time.Now()
	o := owner{Since: now}
	for i := range maxKeys {
		o = o.with(fmt.Sprint("key ", i), now.Add(time.Duration(i)*time.Second))
	}
	o.Keys[0].Removed, o.Keys[1].Removed = now, now
	o = o.with("new", now.Add(time.Hour))
	if len(o.Keys) != maxKeys || o.index("key 2") >= 0 {
		t.Errorf("of %d keys the one that was idle longest is still there", len(o.Keys))
	}
	if out := o.shutOut(); !slices.Equal(out, []string{"key 0", "key 1"}) {
		t.Errorf("shut out are %q", out)
	}
}
