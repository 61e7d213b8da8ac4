package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// Who looks at himself while it rings has a camera open. The call takes it over as it is, with an encoder that is warm: a camera takes
// tenths of a second to close and to open again.

// preview is a camera that is open without a call.
type preview struct {
	id     string
	view   *media.View
	sender *media.VideoSender
	begun  time.Time
	taken  atomic.Bool // by a call, or by whoever ends it

	mu     sync.Mutex
	detach func() // of view; nil when it is over
}

// PreviewCamera shows a camera in a view without any call. If a call has that camera open its picture is shared, and a call that begins
// to need it takes it over. ctx is for the opening only.
func (c *Client) PreviewCamera(ctx context.Context, id string, v *media.View) (stop func(), err error) {
	for call := range c.inside.Load().calls {
		if r := c.room(call); r != nil && r.picture.Load() != nil && c.Choice().Camera == id {
			if state, ok := c.Call(call).state(); ok && state.switches().Camera {
				return r.feed(c.options.User.ID, link.Camera).Attach(v), nil
			}
		}
	}
	return c.borrow("open camera", func() (func(), error) {
		p := &preview{id: c.device(media.CameraDevice, id), view: v, begun: time.Now()}
		source, err := c.options.Devices.OpenCamera(ctx, p.id, c.options.Video)
		if err != nil {
			return nil, err
		}
		feed := &media.Feed{}
		p.detach = feed.Attach(v)
		p.sender, err = media.NewVideoSender(media.VideoSenderOptions{
			Source: source, Self: feed, Codec: media.Video{BitRate: startRate}, Card: c.host.card, Out: func(media.EncodedFrame) {},
			Paused: true, Warm: len(c.Snapshot().Incoming) > 0,
		})
		if err != nil {
			p.end()
			return nil, err
		}
		c.host.preview.Store(p)
		return func() {
			if p.take() {
				c.host.preview.CompareAndSwap(p, nil)
				p.sender.Close()
			}
			p.end()
		}, nil
	})
}

// take reports whether the camera is the caller's now, who has to close it.
func (p *preview) take() bool { return p != nil && p.taken.CompareAndSwap(false, true) }

// follow goes on with the pictures of a call.
func (p *preview) follow(f *media.Feed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.detach != nil {
		p.detach()
		p.detach = f.Attach(p.view)
	}
}

// end shows nothing any more.
func (p *preview) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.detach != nil {
		p.detach()
		p.detach = nil
	}
}

// reserve takes the camera of a preview over before whoever looks at it lets go of it, or gives up what was reserved.
func (r *room) reserve(wanted bool) {
	if !wanted {
		if p := r.reserved.Swap(nil); p != nil {
			shut := p.sender.Close // which may take a while
			if r.begin() {
				shut = func() {
					defer r.tasks.Done()
					p.sender.Close()
				}
			}
			go shut()
		}
		return
	}
	if r.picture.Load() != nil || r.reserved.Load() != nil {
		return
	}
	if p := r.host.preview.Swap(nil); p.take() {
		r.reserved.Store(p)
	}
}

// takeOver returns the camera that was reserved, if it is that one, as a sender of the room; nil if there is none.
func (r *room) takeOver(id string, self *media.Feed, out func(begun time.Duration) func(media.EncodedFrame)) *media.VideoSender {
	p := r.reserved.Swap(nil)
	switch {
	case p == nil:
		return nil
	case p.id != id:
		p.sender.Close()
		return nil
	}
	p.sender.Redirect(self, out(p.begun.Sub(r.born)))
	p.follow(self)
	return p.sender
}
