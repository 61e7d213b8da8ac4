package engine

import (
	"context"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// Remove takes members out of the call, and back the invitations of those who wait. Who was removed can come back only if somebody
// calls him again. It fails with ErrForbidden unless we moderate the call; the switchboard decides.
func (k *Call) Remove(ctx context.Context, users ...UserID) error {
	switch _, ok := k.state(); {
	case !ok:
		return fail("remove", ErrNotInCall)
	case len(users) == 0:
		return fail("remove", ErrBadRequest)
	}
	return fail("remove", k.client.request(ctx, signal.VerbKick, signal.CallRequest{Call: k.id, To: users}))
}

// SwitchMicrophone switches the microphones of members: off is obeyed at once, on is asked of the person. Without names it is all who are
// in the call but us. It fails with ErrForbidden unless we moderate the call; the switchboard decides.
func (k *Call) SwitchMicrophone(ctx context.Context, on bool, users ...UserID) error {
	return k.order(ctx, "switch the microphone", signal.OrderRequest{To: users, Microphone: &on})
}

// SwitchCamera is [Call.SwitchMicrophone] for cameras.
func (k *Call) SwitchCamera(ctx context.Context, on bool, users ...UserID) error {
	return k.order(ctx, "switch the camera", signal.OrderRequest{To: users, Camera: &on})
}

func (k *Call) order(ctx context.Context, op string, q signal.OrderRequest) error {
	if _, ok := k.state(); !ok {
		return fail(op, ErrNotInCall)
	}
	q.Call, q.Device = k.id, k.client.options.Device
	return fail(op, k.client.about(ctx, signal.VerbOrder, q))
}

// Grant answers what a moderator asked of us, see CallState.Asked: it switches the devices on, or leaves them as they are.
func (k *Call) Grant(_ context.Context, yes bool) error {
	if _, ok := k.state(); !ok {
		return fail("answer", ErrNotInCall)
	}
	k.client.apply(granted{k.id, yes})
	return nil
}

// Asked is what a moderator would like us to switch on.
type Asked struct {
	By                 User
	Microphone, Camera bool // both false: nothing is asked
}

// granted answers what is asked of us.
type granted struct {
	call CallID
	yes  bool
}

func (granted) input() {}

// orders are the newest that were followed, by their times. A record says an order again and again; it is followed once.
type orders struct{ microphone, camera time.Time }

// obey follows the orders in the record of a call that we are in: off at once, while on is up to the person.
func (t *turn) obey(id CallID) {
	r := t.calls[id].record
	mine, _ := r.Party(t.me.ID)
	t.follow(id, true, mine.Microphone)
	t.follow(id, false, mine.Camera)
}

func (t *turn) follow(id CallID, microphone bool, o signal.Order) {
	c := t.calls[id]
	followed, asked, on := &c.obeyed.camera, &c.asked.Camera, c.want.camera
	if microphone {
		followed, asked, on = &c.obeyed.microphone, &c.asked.Microphone, c.want.microphone
	}
	if o.At.IsZero() || o.At.Equal(*followed) {
		return
	}
	*followed, *asked = o.At, o.On && !on
	by := nameOf(c.record, o.By)
	if *asked {
		c.asked.By = by
	}
	t.put(id, c)
	if o.On == on {
		return
	}
	if !o.On {
		t.switchOwn(switched{id, microphone, false})
	}
	t.emit(Event{Type: DeviceOrdered, Call: id, User: by, Microphone: microphone, Camera: !microphone, On: o.On})
}

// obeyed are the orders that were followed before we hung up: who comes back before the switchboard has heard of it finds them in the
// record again.
func (s *state) obeyed(id CallID) orders {
	for _, e := range s.ended {
		if e.Call == id {
			return e.obeyed
		}
	}
	return orders{}
}

// grant switches on what is asked for, or not. Either way nothing is asked any more.
func (t *turn) grant(in granted) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	asked := c.asked
	c.asked = Asked{}
	t.put(in.call, c)
	if in.yes && asked.Microphone {
		t.switchOwn(switched{in.call, true, true})
	}
	if in.yes && asked.Camera {
		t.switchOwn(switched{in.call, false, true})
	}
}
