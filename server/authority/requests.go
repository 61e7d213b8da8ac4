package authority

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// The bounds of requests, as package signal promises them.
const (
	maxInvitees = 15
	maxData     = 4 << 10 // bytes
	minTimeout  = time.Second
	maxTimeout  = 10 * time.Minute
	ringTime    = time.Minute

	maxTitle   = 256 // bytes of a notification's title and resource
	maxBody    = 1 << 10
	maxNamed   = 15               // hosts, or required people, of a call
	maxAbsence = 10 * time.Minute // of a required person
)

// verbs is the table of what can be asked.
func (a *Authority) verbs() map[signal.Verb]handler {
	return map[signal.Verb]handler{
		signal.VerbHello:   decoded(a.hello),
		signal.VerbBye:     decoded(a.bye),
		signal.VerbSync:    decoded(a.sync),
		signal.VerbPeople:  decoded(a.people),
		signal.VerbRenew:   decoded(a.renew),
		signal.VerbDevice:  decoded(a.deviceCode),
		signal.VerbHistory: decoded(a.history),
		signal.VerbSeen:    decoded(a.seen),
		signal.VerbForget:  decoded(a.forget),
		signal.VerbInvite:  decoded(a.invite),
		signal.VerbTURN:    decoded(a.turn),
		signal.VerbReceived: a.about(func(from signal.UserID, _ signal.CallRequest) (law.Input, error) {
			return law.Received{User: from}, nil
		}),
		signal.VerbAccept: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			return law.Accept{User: from, Device: in.Device, Data: in.Data}, nil
		}),
		signal.VerbReject: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			as := signal.PartyState(in.Reason)
			if as != signal.Declined && as != signal.Refused {
				return nil, bad("reason", `must be "declined" or "busy"`)
			}
			return law.Reject{User: from, As: as, Data: in.Data}, nil
		}),
		signal.VerbCancel: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			return law.Cancel{By: from, To: in.To, Data: in.Data}, nil
		}),
		signal.VerbJoin: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			return law.Join{User: from, Device: in.Device, Take: in.Take}, nil
		}),
		signal.VerbOpen: decoded(a.open),
		signal.VerbLeave: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			return law.Leave{User: from, Device: in.Device}, nil
		}),
		signal.VerbKick: a.about(func(from signal.UserID, in signal.CallRequest) (law.Input, error) {
			if len(in.To) == 0 {
				return nil, bad("to", "must name 1 to 15 people")
			}
			return law.Kick{By: from, Device: in.Device, To: in.To}, nil
		}),
		signal.VerbOrder: decoded(a.order),
	}
}

// decoded makes a handler of a function that takes the message itself.
func decoded[Q any](handle func(context.Context, signal.UserID, Q) (any, error)) handler {
	return func(ctx context.Context, from signal.UserID, data []byte) (any, error) {
		var in Q
		if len(data) > signal.MaxMessage {
			return nil, refusal(signal.CodeTooMany, "The request is too large.")
		}
		if len(data) > 0 {
			if err := signal.Decode(data, &in); err != nil {
				return nil, refusal(signal.CodeBadRequest, "The request could not be understood.")
			}
		}
		return handle(ctx, from, in)
	}
}

// about makes a handler of what a request about one call means to the law.
func (a *Authority) about(meaning func(signal.UserID, signal.CallRequest) (law.Input, error)) handler {
	return decoded(func(ctx context.Context, from signal.UserID, in signal.CallRequest) (any, error) {
		if err := checkRequest(in); err != nil {
			return nil, err
		}
		what, err := meaning(from, in)
		if err != nil {
			return nil, err
		}
		call, err := a.apply(ctx, in.Call, what)
		if err != nil {
			return nil, err
		}
		return signal.CallReply{Call: call}, nil
	})
}

func (a *Authority) order(ctx context.Context, from signal.UserID, in signal.OrderRequest) (any, error) {
	if err := checkRequest(signal.CallRequest{Device: in.Device, Call: in.Call, To: in.To}); err != nil {
		return nil, err
	}
	if in.Microphone == nil && in.Camera == nil {
		return nil, bad("microphone", "neither it nor the camera is to be switched")
	}
	call, err := a.apply(ctx, in.Call, law.Order{By: from, Device: in.Device, To: in.To, Microphone: in.Microphone, Camera: in.Camera})
	if err != nil {
		return nil, err
	}
	return signal.CallReply{Call: call}, nil
}

// apply changes a call by the law, and delivers it if it changed.
func (a *Authority) apply(ctx context.Context, id signal.CallID, in law.Input) (signal.Call, error) {
	return a.decide(ctx, id, func(c signal.Call) (signal.Call, error) {
		if c.Created.IsZero() {
			return c, refusal(signal.CodeNotFound, "There is no such call.")
		}
		return law.Next(c, in, a.now())
	})
}

// decide changes a call, delivers it, and writes what it made history into the histories. What the change wipes out of the record,
// such as the ring before this one, is written first: whoever was to do it may have died.
func (a *Authority) decide(ctx context.Context, id signal.CallID, decide func(signal.Call) (signal.Call, error)) (signal.Call, error) {
	var live bool // it became a conversation just now
	var since uint64
	var fresh []memory
	call, changed, err := a.store.change(ctx, id, func(before signal.Call) (signal.Call, error) {
		after, err := decide(before)
		if err != nil {
			return after, err
		}
		live, since = before.Live.IsZero() && !after.Live.IsZero(), before.Revision
		old, all := a.memories(&before), a.memories(&after)
		fresh = without(all, old)
		return after, a.remember(ctx, without(old, all))
	})
	if err != nil {
		return signal.Call{}, err
	}
	if !changed {
		return call, nil
	}
	a.deliver(call)
	if live && a.o.Answered != nil {
		a.o.Answered(call.Live.Sub(call.Created))
	}
	if err := a.remember(ctx, fresh); err != nil {
		a.log.Warn("the sweep writes history later", "call", id, "err", err)
	} else {
		a.view.remembered(id, since, call.Revision)
	}
	return call, nil
}

func (a *Authority) turn(ctx context.Context, from signal.UserID, in signal.CallRequest) (any, error) {
	if err := checkRequest(in); err != nil {
		return nil, err
	}
	call, err := a.store.load(ctx, in.Call)
	if err != nil {
		return nil, err
	}
	p, ok := call.Party(from)
	switch {
	case !ok:
		return nil, refusal(signal.CodeNotFound, "There is no such call.")
	case !p.State.In() && !p.State.Waiting() || !call.Ended.IsZero():
		return nil, refusal(signal.CodeForbidden, "Relays are for who is in the call, or called.")
	case a.o.TURN == nil:
		return signal.TURNReply{}, nil
	}
	return signal.TURNReply{Servers: a.o.TURN(from)}, nil
}

// open enters an open call, or makes it.
func (a *Authority) open(ctx context.Context, from signal.UserID, in signal.OpenRequest) (any, error) {
	if err := errors.Join(checkRequest(signal.CallRequest{Device: in.Device, Call: in.Call}), checkRules(in.Rules)); err != nil {
		return nil, err
	}
	what := law.Open{By: a.named(from), Device: in.Device, Take: in.Take, Video: in.Video, Rules: in.Rules, Limit: a.o.CallLimit}
	call, err := a.decide(ctx, in.Call, func(c signal.Call) (signal.Call, error) { return law.Next(c, what, a.now()) })
	if err != nil {
		return nil, err
	}
	return signal.CallReply{Call: call}, nil
}

// named is a user with the name that others see.
func (a *Authority) named(u signal.UserID) signal.User {
	if p, ok := a.view.person(u); ok {
		return p.User
	}
	return signal.User{ID: u, Name: string(u)}
}

func (a *Authority) invite(ctx context.Context, from signal.UserID, in signal.Invite) (any, error) {
	if err := checkInvite(&in, from); err != nil {
		return nil, err
	}
	what := law.Invite{
		By: a.named(from), Device: in.Device, Video: in.Video, Request: in.Request, Rules: in.Rules,
		Timeout: in.Timeout, Limit: a.o.CallLimit,
	}
	instant := map[signal.UserID]string{} // results that the record does not show
	for _, id := range in.To {
		p, ok, err := a.store.person(ctx, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			instant[id] = "unknown"
			continue
		}
		if a.view.presence(id) == signal.Busy {
			instant[id] = "busy"
		}
		what.To = append(what.To, law.Invitee{User: p.User, Invitation: signal.InvitationID(rand.Text()), Online: a.view.online(id)})
	}
	if len(what.To) == 0 {
		return nil, refusal(signal.CodeNobody, fmt.Sprintf("Nobody here is called %q.", in.To[0]))
	}
	if call, ok, err := a.answerInstead(ctx, from, in); ok || err != nil {
		return inviteReply(call, in.To, instant), err
	}
	if in.Call == "" {
		in.Call = signal.CallID(rand.Text())
	}
	call, err := a.decide(ctx, in.Call, func(c signal.Call) (signal.Call, error) { return law.Next(c, what, a.now()) })
	if err != nil {
		return nil, err
	}
	// The other may have called at the same time through another authority. Once the view has passed our own record, it shows
	// every one that was there before; who comes after sees ours.
	if err := a.view.seenCalls.wait(ctx, call.Revision); err != nil {
		return nil, err
	}
	if other, ok := a.crossed(&call); ok {
		merged, ok, err := a.uncross(ctx, call.ID, other.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			call = merged
		}
	}
	return inviteReply(call, in.To, instant), nil
}

// answerInstead accepts the call of the one who is to be called, if it rings here and would win over a new one anyway.
func (a *Authority) answerInstead(ctx context.Context, from signal.UserID, in signal.Invite) (signal.Call, bool, error) {
	calls := a.view.callsOf(from)
	if len(in.To) != 1 || from < in.To[0] || slices.ContainsFunc(calls, func(c signal.Call) bool { return c.ID == in.Call }) {
		return signal.Call{}, false, nil
	}
	for _, c := range calls {
		if c.Initiator != in.To[0] || len(c.Parties) != 2 || c.Rules.Open {
			continue
		}
		if p, _ := c.Party(from); p.State.Waiting() {
			call, err := a.apply(ctx, c.ID, law.Accept{User: from, Device: in.Device})
			if err == nil || ignoreRefusal(err) != nil {
				return call, err == nil, err
			}
		}
	}
	return signal.Call{}, false, nil
}

// inviteReply says what became of each invitee. Busy is only who rings: the others are in this very call.
func inviteReply(call signal.Call, to []signal.UserID, instant map[signal.UserID]string) signal.InviteReply {
	reply := signal.InviteReply{Call: call}
	for _, id := range to {
		result := "ringing"
		switch p, ok := call.Party(id); {
		case instant[id] == "unknown":
			result = "unknown"
		case !ok:
			result = "failed"
		case p.State == signal.Unreached:
			result = "offline"
		case p.State.Waiting() && instant[id] != "":
			result = instant[id]
		}
		reply.Results = append(reply.Results, signal.InviteResult{ID: id, Result: result})
	}
	return reply
}

func refusal(code signal.Code, message string) *signal.Error {
	return &signal.Error{Code: code, Message: message}
}

func bad(field, why string) error {
	return refusal(signal.CodeBadRequest, field+": "+why+".")
}

func checkID(field, id string) error {
	if id == "" || len(id) > maxID || !utf8.ValidString(id) {
		return bad(field, fmt.Sprintf("must be 1 to %d bytes of UTF-8", maxID))
	}
	return nil
}

// checkAsking checks what an inviter says.
func checkAsking(in signal.Request) error {
	for _, text := range [...]struct {
		field, text string
		most        int
	}{
		{"data", in.Data, maxData}, {"title", in.Notification.Title, maxTitle}, {"message", in.Notification.Message, maxBody},
		{"resource", in.Notification.Resource, maxTitle},
	} {
		if len(text.text) > text.most || !utf8.ValidString(text.text) {
			return bad(text.field, fmt.Sprintf("must be at most %d bytes of UTF-8", text.most))
		}
	}
	return nil
}

func checkRules(r signal.Rules) error {
	switch {
	case r.Adding != signal.NobodyAdds && r.Adding != signal.InitiatorAdds && r.Adding != signal.MembersAdd:
		return bad("adding", `must be empty, "initiator" or "members"`)
	case len(r.Required) > maxNamed:
		return bad("required", "names too many people")
	case len(r.Hosts) > maxNamed:
		return bad("hosts", "names too many people")
	case r.RequiredWithin < 0 || r.RequiredWithin > maxAbsence:
		return bad("required_within", "must be at most 10 minutes")
	}
	for field, named := range map[string][]signal.UserID{"required": r.Required, "hosts": r.Hosts} {
		for _, u := range named {
			if u.Check() != nil {
				return bad(field, "a user ID must be 1 to 64 bytes of UTF-8")
			}
		}
	}
	return nil
}

func checkRequest(in signal.CallRequest) error {
	if len(in.To) > maxInvitees {
		return bad("to", "names too many people")
	}
	return errors.Join(checkID("device", string(in.Device)), checkID("call", string(in.Call)), checkAsking(signal.Request{Data: in.Data}))
}

// checkInvite checks an invitation, and puts in what it leaves open.
func checkInvite(in *signal.Invite, from signal.UserID) error {
	if err := errors.Join(checkID("device", string(in.Device)), checkAsking(in.Request), checkRules(in.Rules)); err != nil {
		return err
	}
	if in.Call != "" {
		if err := checkID("call", string(in.Call)); err != nil {
			return err
		}
	}
	if in.Timeout == 0 {
		in.Timeout = ringTime
	}
	if in.Timeout < minTimeout || in.Timeout > maxTimeout {
		return bad("timeout", "must be 1 second to 10 minutes")
	}
	if len(in.To) == 0 || len(in.To) > maxInvitees {
		return bad("to", "must name 1 to 15 people")
	}
	to := in.To[:0:0]
	for _, id := range in.To {
		switch {
		case id.Check() != nil:
			return bad("to", "a user ID must be 1 to 64 bytes of UTF-8")
		case id == from:
			return bad("to", "you cannot call yourself")
		case !slices.Contains(to, id):
			to = append(to, id)
		}
	}
	in.To = to
	return nil
}
