package engine

import (
	"context"
	"encoding/json"
	"image"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// remote is one member as we hear and see him.
type remote struct {
	user  UserID
	voice *audible
	video *media.VideoReceiver // of the camera
	inbox inbox
	came  atomic.Int64 // when something came last, in ns since 1970; 0: nothing did

	anew atomic.Bool // he is to be told how we look at him, for he may not know

	// Guarded by room.mu.
	regards regards              // of his pictures, as he knows them
	due     time.Time            // since when his camera is due again after it was unseen; zero if it always was
	shown   image.Point          // how large he shows our camera, in pixels
	sees    sees                 // of our pictures
	layer   uint8                // of our camera, that he gets where many receive
	said    switches             // over there, as told last
	screen  *media.VideoReceiver // nil unless the member shares
	system  *audible             // nil unless sound is shared
	tally   tally
	thin    thinness // of the path

	connected bool
}

func memberID(u UserID, d DeviceID) link.MemberID { return link.MemberID(u.Token() + "/" + string(d)) }

func memberOf(m link.MemberID) (UserID, DeviceID) {
	token, device, _ := strings.Cut(string(m), "/")
	u, _ := signal.ParseUserToken(token)
	return u, DeviceID(device)
}

func (r *room) connect(user UserID, device DeviceID, offering bool) {
	r.do(func() {
		m := memberID(user, device)
		p, err := r.welcome(m, user, device)
		if err != nil {
			r.log.Error("cannot receive a member", "user", user, "err", err)
			return
		}
		r.mu.Lock()
		r.remotes[m] = p
		r.listen(p.voice)
		r.mu.Unlock()
		r.leaveAlone(user, m)
		delete(r.near, m)
		if err := r.session.Add(m, offering); err != nil {
			r.log.Error("cannot connect to a member", "user", user, "err", err)
		}
		r.catchUp(m)
	})
}

// catchUp takes the messages that came before we knew whom they are from. It runs on the room's goroutine.
func (r *room) catchUp(m link.MemberID) {
	for _, message := range r.early[m] {
		r.take(m, message)
	}
	delete(r.early, m)
}

// welcome makes the receiving side of a member.
func (r *room) welcome(m link.MemberID, user UserID, device DeviceID) (*remote, error) {
	video, err := media.NewVideoReceiver(media.VideoReceiverOptions{
		Feed:         r.feed(user, link.Camera),
		WantKeyFrame: func() { r.session.RequestKeyFrame(m, link.Camera) },
		OnFirst:      func() { r.host.post(pictured{r.call, user, device}) },
		OnLook:       r.looked,
	})
	if err != nil {
		return nil, err
	}
	voice, err := newAudible(user, r.soundName(m, link.Voice))
	if err != nil {
		video.Close()
		return nil, err
	}
	unheard := switches{Microphone: true}
	return &remote{user: user, video: video, voice: voice, inbox: newInbox(), said: unheard, shown: rungs[0].size, sees: sees{true, true}}, nil
}

// soundName is what a sound of a member is called in the mixer.
func (r *room) soundName(m link.MemberID, k link.Kind) string {
	return string(r.call) + " " + string(m) + " " + k.String()
}

func (r *room) disconnect(user UserID) {
	r.do(func() {
		r.leaveAlone(user, "")
		for m, p := range r.remotes {
			if p.user == user {
				r.account(m)
				r.session.Remove(m)
				r.drop(m)
			}
		}
	})
}

func (r *room) drop(m link.MemberID) {
	r.mu.Lock()
	p := r.remotes[m]
	delete(r.remotes, m)
	delete(r.paths, m)
	over := r.switchShare(m, p, sharing{})
	r.mu.Unlock()
	for _, end := range over {
		end()
	}
	r.pauseUnseen()
	r.hush(p.voice)
	p.video.Close()
	r.pointing.forget(p.user)
	if r.floor.speaker == p.user {
		r.floor.speaker = ""
	}
}

// reconnect renews the paths to all members, also those that were given up, with fresh credentials for the relays.
func (r *room) reconnect() {
	r.do(func() {
		ctx, cancel := context.WithTimeout(r.ctx, turnPatience)
		defer cancel()
		if err := r.session.Restart(r.host.turn(ctx, r.call)); err != nil {
			r.log.Warn("the relays cannot be used", "err", err)
		}
	})
}

// deliver takes a message of a member's link, also one that comes before the record that names the member.
func (r *room) deliver(user UserID, p signal.PeerMessage) {
	var message link.Message
	if err := json.Unmarshal(p.Body, &message); err != nil {
		r.log.Debug("bad link message", "from", user, "err", err)
		return
	}
	taken := r.offer(func() {
		m := memberID(user, p.From)
		if r.remotes[m] != nil || r.near[m] {
			r.take(m, message)
		} else if len(r.early[m]) < maxEarly && len(r.early) < maxEarly {
			r.early[m] = append(r.early[m], message)
			r.host.post(knocked{r.call, user, p.From})
		}
	})
	if !taken {
		r.log.Debug("too many link messages; they are repeated", "from", user)
	}
}

func (r *room) take(m link.MemberID, message link.Message) {
	if err := r.session.Handle(m, message); err != nil {
		r.log.Debug("link message refused", "from", m, "err", err)
	}
}

func (r *room) receive(from link.MemberID, k link.Kind, p *rtp.Packet, at time.Time) {
	r.mu.RLock()
	m := r.remotes[from]
	if m != nil {
		m.came.Store(at.UnixNano())
	}
	if m == nil || r.held {
		r.mu.RUnlock()
		return
	}
	screen, system := m.screen, m.system
	r.mu.RUnlock()
	switch {
	case k == link.Voice:
		m.voice.playout.PushRedundant(p, at)
	case k == link.Camera:
		m.video.Push(p, at)
	case k == link.Screen && screen != nil:
		screen.Push(p, at)
	case k == link.System && system != nil:
		system.playout.PushRedundant(p, at)
	}
}
