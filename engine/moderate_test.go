package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// order gives Ana an order, as the law writes it.
func (y *story) order(microphone, camera *bool, at time.Duration) {
	y.edit(func(r *signal.Call) {
		for i := range r.Parties {
			p := &r.Parties[i]
			if p.ID != ana.ID {
				continue
			}
			if microphone != nil {
				p.Microphone = signal.Order{On: *microphone, By: bob.ID, At: epoch.Add(at)}
			}
			if camera != nil {
				p.Camera = signal.Order{On: *camera, By: bob.ID, At: epoch.Add(at)}
			}
		}
	})
}

// ordered fails unless the last input told of these orders, each as "microphone off".
func (y *story) ordered(want ...string) {
	y.t.Helper()
	got := []string{}
	for _, e := range y.events() {
		if e.Type == DeviceOrdered {
			kind, how := "camera", "off"
			if e.Microphone {
				kind = "microphone"
			}
			if e.On {
				how = "on"
			}
			if e.User != bob || e.Call != "c1" || e.Microphone == e.Camera {
				y.t.Errorf("%+v", e)
			}
			got = append(got, kind+" "+how)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		y.t.Fatalf("ordered %v, want %v", got, want)
	}
}

// devices fails unless the call shows our devices, and what is asked of us, like this.
func (y *story) devices(microphone, camera bool, asked Asked) {
	y.t.Helper()
	if c := show(y.s).Calls[0]; c.Microphone != microphone || c.Camera != camera || c.Asked != asked {
		y.t.Fatalf("microphone %v, camera %v, asked %+v, want %v, %v, %+v", c.Microphone, c.Camera, c.Asked, microphone, camera, asked)
	}
}

func TestOffIsObeyedOnce(t *testing.T) {
	t.Parallel()
	on, off := true, false
	y := live(t)
	y.take(switched{"c1", false, true})
	y.order(&off, nil, time.Second)
	y.ordered("microphone off")
	if a := must[announce](y); a.Microphone || !a.Camera {
		t.Fatalf("announced %+v", a)
	}
	if s := must[set](y); s.want.microphone || !s.want.camera {
		t.Fatalf("set %+v", s)
	}
	y.take(switched{"c1", true, true}) // the person may speak again
	for _, again := range []func(){
		func() { y.take(changed{y.record}) },
		func() { y.edit(func(*signal.Call) {}) }, // a newer record that still has it
		func() {
			y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{y.record}}, asked: y.s.tracked()})
		},
		func() { y.party(bob, signal.Lost, bobPhone) },
		func() { y.order(nil, &off, 2*time.Second); y.ordered("camera off"); y.actions = nil },
	} {
		again()
		y.ordered()
		if c := show(y.s).Calls[0]; !c.Microphone {
			t.Fatal("an order was obeyed twice")
		}
	}
	y.order(&off, &off, 3*time.Second)
	y.ordered("microphone off") // the camera was off
	y.devices(false, false, Asked{})
	y.order(&on, nil, 4*time.Second)
	y.order(&off, nil, 5*time.Second)
	y.ordered()
	y.devices(false, false, Asked{})
}

// Pain 63: who is asked to speak decides it himself.
func TestOnIsAsked(t *testing.T) {
	t.Parallel()
	on := true
	y := live(t)
	y.take(switched{"c1", true, false})
	y.order(&on, &on, time.Second)
	y.ordered("microphone on", "camera on")
	mustNot[set](y)
	y.devices(false, false, Asked{bob, true, true})
	y.take(granted{"c1", false})
	y.devices(false, false, Asked{})
	y.order(&on, &on, 2*time.Second)
	y.take(switched{"c1", false, true})
	y.devices(false, true, Asked{bob, true, false})
	y.take(granted{"c1", true})
	y.devices(true, true, Asked{})
	y.take(granted{"c1", true})
	y.devices(true, true, Asked{})
	y.order(&on, &on, 3*time.Second)
	y.ordered() // they are on
	y.devices(true, true, Asked{})
}

// Who hung up while the line was down, and comes back before the switchboard knows, was told of the order then.
func TestOrderOfAnEarlierStay(t *testing.T) {
	t.Parallel()
	off := false
	y := live(t)
	y.order(&off, nil, time.Second)
	y.take(done{call: "c1", reason: LocalHangUp})
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.take(changed{y.record})
	y.ordered()
	y.devices(true, false, Asked{})
	y.order(&off, nil, 2*time.Second)
	y.ordered("microphone off")
}

func TestWhoRemovedUs(t *testing.T) {
	t.Parallel()
	removed := func(goesOn bool) *story {
		y := live(t)
		y.edit(func(r *signal.Call) {
			r.Parties = append(r.Parties, signal.Party{User: cyd, State: signal.Joined, Device: "cyd-desk"})
			r.Parties[0].State, r.Parties[0].Kicker = signal.Kicked, bob.ID
			if !goesOn {
				r.Ended, r.Reason, r.EndedBy = epoch, signal.EndHangUp, bob.ID
			}
		})
		return y
	}
	for _, goesOn := range []bool{true, false} {
		y := removed(goesOn)
		must[shut](y)
		y.ended(KickedOut)
		if e := y.s.ended[0]; e.By != bob {
			t.Errorf("removed by %+v", e.By)
		}
	}
}

func TestWhoModerates(t *testing.T) {
	t.Parallel()
	y := live(t)
	if c := show(y.s).Calls[0]; !c.Moderator || c.Members[0].Moderator {
		t.Errorf("%+v", c)
	}
	y.edit(func(r *signal.Call) { r.Rules.Hosts = []UserID{bob.ID} })
	if c := show(y.s).Calls[0]; !c.Moderator || !c.Members[0].Moderator {
		t.Errorf("%+v", c)
	}
	y.edit(func(r *signal.Call) { r.Initiator = "eve" })
	if c := show(y.s).Calls[0]; c.Moderator || !c.Members[0].Moderator {
		t.Errorf("%+v", c)
	}
}

// In a crowd cameras are sent smaller, for everybody sends to everybody else.
func TestCrowd(t *testing.T) {
	t.Parallel()
	y := live(t)
	for n := 3; n <= 6; n++ {
		y.edit(func(r *signal.Call) {
			u := User{ID: UserID(fmt.Sprint("guest", n))}
			r.Parties = append(r.Parties, signal.Party{User: u, State: signal.Joined, Device: DeviceID(u.ID)})
		})
		if s, ok := has[scale](y); ok != (n == 5) || ok && (s.most.X != 640 || s.most.Y != 360) {
			t.Errorf("with %d people: %v, %+v", n, ok, s)
		}
	}
	for n := 5; n >= 4; n-- {
		y.edit(func(r *signal.Call) { r.Parties[n].State = signal.Left })
		if s, ok := has[scale](y); ok != (n == 4) || ok && s.most.X != 0 {
			t.Errorf("with %d people: %v, %+v", n, ok, s)
		}
	}
}
