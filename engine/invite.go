package engine

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/engine/signal"
)

// Invite rings people. The call is there, and our own side of it, when Invite returns without an error; what became of each
// invitee at once is in the results. After an error there is no call that was not there before.
func (c *Client) Invite(ctx context.Context, i Invite) (CallID, []signal.InviteResult, error) {
	q := signal.Invite{Device: c.options.Device, Call: i.Call, To: i.To, Video: i.Video, Timeout: i.Timeout, Request: signal.Request{Data: i.Data, Notification: i.Notification}}
	if q.Call == "" {
		q.Call = CallID("call-" + newID())
	}
	if q.Timeout == 0 {
		q.Timeout = c.options.Timeout
	}
	if s := c.Snapshot(); len(s.Calls) > 0 && s.Calls[0].ID != i.Call {
		return "", nil, fail("invite", ErrBusy)
	}
	_, grows := c.Snapshot().Call(q.Call)
	c.apply(intended{q.Call, pending{intent{microphone: on(i.Microphone, true), camera: on(i.Camera, i.Video)}, i.To}})
	var reply signal.InviteReply
	if err := c.line.request(ctx, signal.VerbInvite, q, &reply); err != nil {
		c.undo(q.Call, grows)
		return "", nil, fail("invite", err)
	}
	c.apply(changed{reply.Call})
	c.apply(forgotten{q.Call}) // when both called each other we are in the other's call now
	return reply.Call.ID, reply.Results, nil
}

func on(choice *bool, otherwise bool) bool {
	if choice == nil {
		return otherwise
	}
	return *choice
}

// undo forgets a call that we asked for in vain. It may be there all the same, if only the answer was lost.
func (c *Client) undo(id CallID, before bool) {
	c.apply(forgotten{id})
	if _, ok := c.Snapshot().Call(id); ok && !before {
		c.apply(done{id, CancelledHere})
		c.ask(signal.VerbLeave, signal.CallRequest{Call: id})
	}
}

// refused reports whether the switchboard said no. After any other error it may have said yes, and the answer was lost.
func refused(err error) bool {
	var no *signal.Error
	return errors.As(err, &no)
}

// Accept answers an invitation that rings. When it returns without an error the switchboard has confirmed that the call is ours.
// When the line breaks meanwhile it returns ErrOffline, and should the switchboard have heard us, the call opens as it was
// asked for once the line is back.
func (c *Client) Accept(ctx context.Context, id InvitationID, a Answer) (CallID, error) {
	in, ok := c.incoming(id)
	if !ok {
		return "", fail("accept", ErrExpired)
	}
	c.apply(intended{in.Call, pending{want: intent{microphone: on(a.Microphone, true), camera: on(a.Camera, in.Video)}}})
	if err := c.request(ctx, signal.VerbAccept, signal.CallRequest{Call: in.Call, Data: a.Data}); err != nil {
		if _, rings := c.incoming(id); refused(err) || !rings {
			c.apply(forgotten{in.Call})
		}
		return "", fail("accept", err)
	}
	return in.Call, nil
}

// Reject declines an invitation. It stops ringing here at once, even if the switchboard cannot be reached; it hears of it, but not
// of data, when it can.
func (c *Client) Reject(ctx context.Context, id InvitationID, data string) error {
	in, ok := c.incoming(id)
	if !ok {
		return fail("reject", ErrExpired)
	}
	c.apply(done{in.Call, DeclinedHere})
	return fail("reject", c.request(ctx, signal.VerbReject, signal.CallRequest{Call: in.Call, Reason: string(signal.Declined), Data: data}))
}

// Silence stops the sound of a ring; it can still be answered.
func (c *Client) Silence(id InvitationID) { c.apply(silence{id}) }

func (c *Client) incoming(id InvitationID) (Incoming, bool) {
	for _, in := range c.Snapshot().Incoming {
		if in.ID == id {
			return in, true
		}
	}
	return Incoming{}, false
}

// Join enters a running call by its ID: one that we were invited to, or left. After an error we are not in it, unless we were before.
func (c *Client) Join(ctx context.Context, id CallID, o JoinOptions) error {
	if s := c.Snapshot(); len(s.Calls) > 0 && s.Calls[0].ID != id {
		return fail("join", ErrBusy)
	}
	_, inside := c.Snapshot().Call(id)
	c.apply(intended{id, pending{want: intent{microphone: on(o.Microphone, true), camera: o.Video}}})
	if err := c.request(ctx, signal.VerbJoin, signal.CallRequest{Call: id, Take: o.Take}); err != nil {
		c.undo(id, inside)
		return fail("join", err)
	}
	c.apply(forgotten{id}) // if we were in it already
	return nil
}
