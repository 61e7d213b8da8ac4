package engine

import (
	"context"
	"encoding/json"
	"strings"
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

	// Guarded by room.mu.
	screen *media.VideoReceiver // nil unless the member shares
	system *audible             // nil unless sound is shared
	tally  tally
}

func memberID(u UserID, d DeviceID) link.MemberID { return link.MemberID(u.Token() + "/" + string(d)) }

func memberOf(m link.MemberID) (UserID, DeviceID) {
	token, device, _ := strings.Cut(string(m), "/")
	u, _ := signal.ParseUserToken(token)
	return u, DeviceID(device)
}

// announce tells one member, or all, what is on here.
func (r *room) announce(to UserID, s switches) {
	body, err := json.Marshal(envelope{State: &s})
	if err != nil {
		return
	}
	r.do(func() {
		for m, p := range r.remotes {
			if to != "" && p.user != to {
				continue
			}
			if err := r.session.SendData(m, body); err != nil {
				r.log.Debug("switches not told; they are when the member connects", "to", p.user, "err", err)
			}
		}
		if to != "" && s.Sharing.On { // what he got before he knew he may have thrown away
			r.freshPicture(link.Screen)
		}
	})
}

// envelope is what travels on the data channel.
type envelope struct {
	State *switches `json:"state,omitempty"`
}

// hear takes a message of a member; what is not understood is ignored, so that newer apps may say more.
func (r *room) hear(from link.MemberID, message []byte) {
	var e envelope
	if err := json.Unmarshal(message, &e); err != nil {
		r.log.Debug("bad message on the data channel", "err", err)
		return
	}
	if e.State != nil {
		user, device := memberOf(from)
		r.host.post(told{r.call, user, device, *e.State})
		r.mu.RLock()
		m := r.remotes[from]
		r.mu.RUnlock()
		if m != nil {
			m.video.SetPaused(!e.State.Camera) // after the news: the next picture is the first of the new ones
		}
		r.attend(from, e.State.Sharing)
	}
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
		if err := r.session.Add(m, offering); err != nil {
			r.log.Error("cannot connect to a member", "user", user, "err", err)
		}
		for _, message := range r.early[m] {
			r.take(m, message)
		}
		delete(r.early, m)
	})
}

// welcome makes the receiving side of a member.
func (r *room) welcome(m link.MemberID, user UserID, device DeviceID) (*remote, error) {
	video, err := media.NewVideoReceiver(media.VideoReceiverOptions{
		Feed:         r.feed(user, link.Camera),
		WantKeyFrame: func() { r.session.RequestKeyFrame(m, link.Camera) },
		OnFirst:      func() { r.host.post(pictured{r.call, user, device}) },
	})
	if err != nil {
		return nil, err
	}
	voice, err := newAudible(r.soundName(m, link.Voice))
	if err != nil {
		video.Close()
		return nil, err
	}
	return &remote{user: user, video: video, voice: voice}, nil
}

// soundName is what a sound of a member is called in the mixer.
func (r *room) soundName(m link.MemberID, k link.Kind) string {
	return string(r.call) + " " + string(m) + " " + k.String()
}

func (r *room) disconnect(user UserID) {
	r.do(func() {
		for m, p := range r.remotes {
			if p.user == user {
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
	over := r.switchShare(m, p, sharing{})
	r.mu.Unlock()
	for _, end := range over {
		end()
	}
	r.hush(p.voice)
	p.video.Close()
}

// reconnect renews the paths to all members, also those that were given up, with fresh credentials for the relays.
func (r *room) reconnect() {
	r.do(func() {
		ctx, cancel := context.WithTimeout(r.ctx, turnPatience)
		defer cancel()
		if servers := r.host.turn(ctx, r.call); len(servers) > 0 {
			if err := r.session.SetICEServers(servers); err != nil {
				r.log.Warn("the relays cannot be used", "err", err)
			}
		}
		r.session.Restart()
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
		if _, known := r.remotes[m]; known {
			r.take(m, message)
		} else if len(r.early[m]) < maxEarly && len(r.early) < maxEarly {
			r.early[m] = append(r.early[m], message)
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
	if m == nil || r.held {
		r.mu.RUnlock()
		return
	}
	screen, system := m.screen, m.system
	r.mu.RUnlock()
	switch {
	case k == link.Voice:
		m.voice.playout.Push(p, at)
	case k == link.Camera:
		m.video.Push(p, at)
	case k == link.Screen && screen != nil:
		screen.Push(p, at)
	case k == link.System && system != nil:
		system.playout.Push(p, at)
	}
}
