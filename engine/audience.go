package engine

import (
	"strings"
	"unicode"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// maxLabel bounds the name of what somebody shares, in bytes.
const maxLabel = 256

// cleanLabel makes a name of what is shared one that can be shown, from whoever it comes.
func cleanLabel(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, s)
	if len(s) > maxLabel {
		s = strings.ToValidUTF8(s[:maxLabel], "") // a rune may be cut
	}
	return strings.TrimSpace(s)
}

// audible is one sound of a member.
type audible struct {
	user    UserID
	name    string // in the mixer
	playout *media.Playout
	input   *media.Input // guarded by room.mu; nil while the call is held
}

// newAudible makes the receiving side of a sound.
func newAudible(user UserID, name string) (*audible, error) {
	playout, err := media.NewPlayout()
	if err != nil {
		return nil, err
	}
	return &audible{user: user, name: name, playout: playout}, nil
}

// level is how loud the sound is at the moment, 0 to 1. room.mu is held.
func (a *audible) level() float32 {
	if a.input == nil {
		return 0
	}
	return a.input.Level()
}

// listen makes a sound heard unless the call is held. r.mu is held.
func (r *room) listen(a *audible) {
	switch {
	case r.held && a.input != nil:
		r.host.voice.remove(a.name)
		a.input = nil
	case !r.held && a.input == nil:
		a.input = r.host.voice.add(a.name, a.playout, r.volumes.of(a.user))
	}
}

// volumes are how loud people are heard, see [Preferences.Volumes].
type volumes map[UserID]float32

// of is how loud somebody is heard, 0 to 2.
func (v volumes) of(u UserID) float32 {
	gain, ok := v[u]
	switch {
	case !ok:
		return 1
	case !(gain >= 0): // also not a number
		return 0
	}
	return min(gain, 2)
}

// adjust changes how loud members are heard, at once.
func (r *room) adjust(v volumes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.volumes = v
	for _, p := range r.remotes {
		for _, a := range []*audible{p.voice, p.system} {
			if a != nil && a.input != nil {
				a.input.SetGain(v.of(p.user))
			}
		}
	}
}

// hush ends a sound.
func (r *room) hush(a *audible) {
	r.host.voice.remove(a.name)
	a.playout.Close()
}

// attend begins to receive what a member shares, or stops, as he says. What comes before he says so is not waited for: his next picture
// is asked for whole.
func (r *room) attend(m link.MemberID, s sharing) {
	var over []func()
	r.mu.Lock()
	if p := r.remotes[m]; p != nil {
		over = r.switchShare(m, p, s)
	}
	r.mu.Unlock()
	for _, end := range over {
		end()
	}
}

// switchShare returns what is over; to end it takes a moment. r.mu is held.
func (r *room) switchShare(m link.MemberID, p *remote, s sharing) (over []func()) {
	var err error
	switch {
	case s.On && p.screen == nil:
		p.screen, err = media.NewVideoReceiver(media.VideoReceiverOptions{
			Feed:         r.feedLocked(p.user, link.Screen),
			Format:       media.VP9,
			Screen:       true,
			WantKeyFrame: func() { r.session.RequestKeyFrame(m, link.Screen) },
			OnLook:       r.looked,
		})
	case !s.On && p.screen != nil:
		over, p.screen = append(over, p.screen.Close), nil
	}
	if err != nil {
		r.log.Error("cannot show what a member shares", "user", p.user, "err", err)
	}
	switch wanted := s.On && s.Sound; {
	case wanted && p.system == nil:
		if p.system, err = newAudible(p.user, r.soundName(m, link.System)); err != nil {
			r.log.Error("cannot play what a member shares", "user", p.user, "err", err)
			break
		}
		r.listen(p.system)
	case !wanted && p.system != nil:
		old := p.system
		over, p.system = append(over, func() { r.hush(old) }), nil
	}
	return over
}
