package engine

import (
	"cmp"
	"context"
	"errors"

	"github.com/parley-calls/parley/engine/signal"
)

// Invite rings people, or adds them to a call that we are in if Invite.Call names it. The call is there, and our own side of it, when
// Invite returns without an error; what became of each invitee at once is in the results. After an error there is no call that was
// not there before.
func (c *Client) Invite(ctx context.Context, i Invite) (CallID, []signal.InviteResult, error) {
	q := signal.Invite{
		Device: c.options.Device, Call: i.Call, To: i.To, Video: i.Video, Timeout: cmp.Or(i.Timeout, c.options.Timeout),
		Request: signal.Request{Data: i.Data, Notification: i.Notification},
	}
	if q.Call == "" {
		q.Call = CallID("call-" + newID())
	}
	_, grows := c.Snapshot().Call(q.Call)
	var config CallConfig
	if !grows {
		config = c.configure(CallInfo{Call: q.Call, Outgoing: true, Video: i.Video, Inviter: c.options.User, Invitees: c.named(i.To), Data: i.Data})
		q.Rules = *cmp.Or(i.Rules, config.Rules, &c.options.Rules)
	}
	p := pending{want: config.want(i.Microphone, i.Camera, i.Video), to: i.To, current: i.Current, speaker: config.Speaker}
	wish, err := c.intend(q.Call, p)
	if err != nil {
		return "", nil, fail("invite", err)
	}
	var reply signal.InviteReply
	if err := c.line.request(ctx, signal.VerbInvite, q, &reply); err != nil {
		c.undo(q.Call, wish)
		return "", nil, fail("invite", err)
	}
	c.apply(changed{reply.Call})
	c.apply(forgotten{q.Call, wish}) // when both called each other we are in the other's call now
	return reply.Call.ID, reply.Results, nil
}

// intend says what we are about to ask for, and returns the number of that wish. It fails, and nothing has happened, if something else
// stands in the way.
func (c *Client) intend(id CallID, p pending) (wish uint64, err error) {
	p.wish = c.wishes.Add(1)
	if c.apply(intended{id, p}).pending[id].wish == p.wish {
		return p.wish, nil
	}
	if c.ctx.Err() != nil {
		return 0, ErrClosed
	}
	return 0, ErrBusy
}

// configure asks the program what is special about a call.
func (c *Client) configure(i CallInfo) CallConfig {
	if c.options.RequireConfig == nil {
		return CallConfig{}
	}
	return c.options.RequireConfig(i)
}

// want is what is on at first: as the person chose, or else as is usual for the kind of call and was configured.
func (f CallConfig) want(microphone, camera *bool, video bool) intent {
	return intent{microphone: on(microphone, !f.MicrophoneOff), camera: on(camera, video && !f.CameraOff)}
}

func on(choice *bool, otherwise bool) bool {
	if choice == nil {
		return otherwise
	}
	return *choice
}

// named gives IDs the names that we know.
func (c *Client) named(ids []UserID) []User {
	people := c.inside.Load().people
	users := make([]User, len(ids))
	for k, id := range ids {
		users[k] = User{ID: id, Name: cmp.Or(people[id].Name, string(id))}
	}
	return users
}

// undo forgets a call that we asked for in vain. It may be there all the same, if only the answer was lost; what another wish brought stays.
func (c *Client) undo(id CallID, wish uint64) {
	k := c.apply(forgotten{id, wish}).calls[id]
	if k.inside && k.wish == wish {
		c.apply(done{call: id, reason: CancelledHere})
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
	return c.accept(ctx, in, a)
}

func (c *Client) accept(ctx context.Context, in Incoming, a Answer) (CallID, error) {
	config := c.configure(in.Info(c.options.User))
	p := pending{want: config.want(a.Microphone, a.Camera, in.Video), current: a.Current, speaker: config.Speaker}
	wish, err := c.intend(in.Call, p)
	if err != nil {
		return "", fail("accept", err)
	}
	if err := c.request(ctx, signal.VerbAccept, signal.CallRequest{Call: in.Call, Data: a.Data}); err != nil {
		if _, rings := c.incoming(in.ID); refused(err) || !rings {
			c.apply(forgotten{in.Call, wish})
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
	c.apply(done{call: in.Call, reason: DeclinedHere, data: data})
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

// Join enters a running call by its ID: one that we were invited to, or left, or that is in [Snapshot.Joinable]. After an error we are
// not in it, unless we were before. Another device of ours that is in it leaves it if o.Take is set; one that crashed always does.
// After a hang-up it waits until the switchboard has answered that. With o.Open it also enters, or makes, an open call.
func (c *Client) Join(ctx context.Context, id CallID, o JoinOptions) error {
	if err := c.departures.wait(ctx, id); err != nil {
		return fail("join", err)
	}
	s := c.inside.Load()
	info := CallInfo{Call: id, Video: o.Video}
	if r, ok := s.afar[id]; ok {
		mine, _ := r.Party(s.me.ID)
		o.Take = o.Take || s.crashed(mine)
		info = infoOf(s.me, r)
	}
	config := c.configure(info)
	p := pending{want: config.want(o.Microphone, o.Camera, o.Video), current: o.Current, speaker: cmp.Or(o.Speaker, config.Speaker), opens: o.Open != nil}
	wish, err := c.intend(id, p)
	if err != nil {
		return fail("join", err)
	}
	if err := c.claim(ctx, id, o); err != nil {
		c.undo(id, wish)
		return fail("join", err)
	}
	c.apply(forgotten{id, wish}) // if we were in it already
	return nil
}

// claim asks the switchboard for a place in a call.
func (c *Client) claim(ctx context.Context, id CallID, o JoinOptions) error {
	if o.Open == nil {
		return c.request(ctx, signal.VerbJoin, signal.CallRequest{Call: id, Take: o.Take})
	}
	return c.about(ctx, signal.VerbOpen, signal.OpenRequest{Device: c.options.Device, Call: id, Take: o.Take, Video: o.Video, Rules: *o.Open})
}

// infoOf is what a record says about a call.
func infoOf(me User, r signal.Call) CallInfo {
	mine, _ := r.Party(me.ID)
	i := CallInfo{Call: r.ID, Outgoing: r.Initiator == me.ID, Video: r.Video, Invitees: invited(r), Data: r.Asking(me.ID).Data}
	i.Inviter = nameOf(r, cmp.Or(mine.By, r.Initiator))
	return i
}
