package engine

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

// perform carries out an action. It never waits: it runs on the loop.
func (c *Client) perform(a action) {
	switch a := a.(type) {
	case confirm:
		c.ask(signal.VerbReceived, signal.CallRequest{Call: a.call})
	case refuse:
		c.ask(signal.VerbReject, signal.CallRequest{Call: a.call, Reason: string(a.reason)})
	case take:
		c.ask(signal.VerbAccept, signal.CallRequest{Call: a.call})
	case enter:
		c.enter(a)
	case leave:
		c.ask(signal.VerbLeave, signal.CallRequest{Call: a.call})
	case prepare:
		r := c.open(a.call, intent{}, true)
		if a.aloud {
			c.voice.hold(r.name()) // a speaker takes a while to open
		}
	case open:
		r := c.room(a.call)
		if r != nil {
			r.set(a.want, false)
		} else {
			r = c.open(a.call, a.want, false)
		}
		r.adjust(a.volumes)
	case shut:
		c.mu.Lock()
		r := c.rooms[a.call]
		delete(c.rooms, a.call)
		c.mu.Unlock()
		if r != nil {
			c.spawn(func(context.Context) { r.shut() })
		}
	case approach:
		c.inRoom(a.call, func(r *room) { r.approach(a.user, a.device, a.offering) })
	case connect:
		c.inRoom(a.call, func(r *room) { r.connect(a.user, a.device, a.offering) })
	case disconnect:
		c.inRoom(a.call, func(r *room) { r.disconnect(a.user) })
	case adjust:
		c.eachRoom(func(r *room) { r.adjust(a.volumes) })
	case write:
		c.inRoom(a.call, func(r *room) { r.write(a.note, a.to) })
	case acknowledge:
		c.inRoom(a.call, func(r *room) { r.acknowledge(a.id, a.to) })
	case scale:
		c.inRoom(a.call, func(r *room) { r.scale(a.most) })
	case set:
		c.inRoom(a.call, func(r *room) { r.set(a.want, a.held) })
	case announce:
		c.inRoom(a.call, func(r *room) { r.announce(a.to, a.switches) })
	case aim:
		c.aim(a.speaker)
	case beep:
		if pcm := c.tones.prefs.Tones.ending(a.reason); len(pcm) > 0 {
			c.spawn(func(ctx context.Context) { c.voice.playOnce(ctx, "end "+newID(), pcm) })
		}
	}
}

// open makes the room of a call.
func (c *Client) open(call CallID, want intent, held bool) *room {
	r := newRoom(c.ctx, c.host, call, want, held)
	c.mu.Lock()
	c.rooms[call] = r
	c.mu.Unlock()
	c.line.opened(r)
	return r
}

// ask sends a request whose answer only matters as a newer record. Nobody waits for it, so that it failed is an event; but not that
// the call went another way meanwhile, which its record says.
func (c *Client) ask(verb signal.Verb, q signal.CallRequest) {
	answered := func() {}
	if verb == signal.VerbLeave {
		answered = c.departures.begin(q.Call)
	}
	asked := c.spawn(func(ctx context.Context) {
		err := c.request(ctx, verb, q)
		answered()
		if err == nil {
			return
		}
		c.log.Info("request refused", "verb", string(verb), "call", string(q.Call), "err", err)
		var no *signal.Error
		if ctx.Err() == nil && !(errors.As(err, &no) && (no.Code == signal.CodeExpired || no.Code == signal.CodeElsewhere)) {
			c.post(failed{q.Call, fail(string(verb), err)})
		}
	})
	if !asked {
		answered()
	}
}

// request sends a request about a call and takes the record that it returns.
func (c *Client) request(ctx context.Context, verb signal.Verb, q signal.CallRequest) error {
	q.Device = c.options.Device
	return c.about(ctx, verb, q)
}

func (c *Client) about(ctx context.Context, verb signal.Verb, q any) error {
	var reply signal.CallReply
	if err := c.line.request(ctx, verb, q, &reply); err != nil {
		return err
	}
	c.apply(changed{reply.Call})
	return nil
}

// relays asks for TURN servers; a call without them still works where the network allows it.
func (c *Client) relays(ctx context.Context, call CallID) []link.ICEServer {
	var reply signal.TURNReply
	if err := c.line.request(ctx, signal.VerbTURN, signal.CallRequest{Device: c.options.Device, Call: call}, &reply); err != nil {
		c.log.Warn("no relay for this call", "call", string(call), "err", err)
		return nil
	}
	servers := make([]link.ICEServer, len(reply.Servers))
	for i, s := range reply.Servers {
		servers[i] = link.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential}
	}
	return servers
}
