package engine

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// The shares of a voice's packets that are lost when it is worth only that much.
const (
	lossFair = 0.02
	lossPoor = 0.08
)

// A judgement is about at least so many packets of the voice, unless they take so many looks to come: who is silent sends ten a second.
const (
	judgedPackets = 30
	judgedLooks   = 5
)

// tally is what the last inspection saw of a member.
type tally struct {
	voice          link.TrackStats // ... when the member was judged last
	looks          int             // since then
	spoken, played pace            // bytes of the voice, and of the sound of a shared display
	camera, screen pace            // pictures that the busiest window had taken
	seen           uint64          // pictures of the camera that were decoded
	dark           int             // looks in a row at which there was no new one although it is on
	quality        Quality
	last           link.MemberStats // when there was a path
}

// darkTime is for how many looks a camera that is on may show nothing until it is asked for a whole picture again.
const darkTime = 2

// pace is something that is counted, and how fast it grows.
type pace struct {
	total     uint64
	perSecond float64
}

// after returns the pace when inspectionTime has passed. A count that begins anew does not go back.
func (p pace) after(total uint64) pace {
	return pace{total, float64(total-min(p.total, total)) / inspectionTime.Seconds()}
}

// kbps is the pace of bytes as a bit rate.
func (p pace) kbps() float64 { return p.perSecond * 8 / 1000 }

// inspect judges the members by what arrived since the last time, and says what has changed. It runs on the room's goroutine, once each inspectionTime.
func (r *room) inspect() {
	r.watchStage()
	r.watchPaths(time.Now())
	r.tellRegards(time.Now())
	figures := r.session.Stats()
	quality := map[UserID]Quality{}
	var dark []link.MemberID
	r.mu.Lock()
	for m, p := range r.remotes {
		was := p.tally.quality
		p.video.SetRoundTrip(figures.Members[m].RoundTrip)
		if p.screen != nil {
			p.screen.SetRoundTrip(figures.Members[m].RoundTrip)
		}
		p.tally = judge(p.tally, figures.Members[m])
		p.tally = p.tally.watch(p.video.Stats().Frames, p.said.Camera && !p.said.Held && !r.held && p.regards.camera.told != unseen && p.tally.quality != LostNow)
		if p.tally.dark >= darkTime {
			dark = append(dark, m)
		}
		p.tally.camera = p.tally.camera.after(r.feedLocked(p.user, link.Camera).Taken())
		p.tally.screen = p.tally.screen.after(r.feedLocked(p.user, link.Screen).Taken())
		if p.tally.quality != was {
			quality[p.user] = p.tally.quality
		}
	}
	r.mu.Unlock()
	for _, m := range dark {
		r.session.RequestKeyFrame(m, link.Camera)
	}
	if len(quality) > 0 {
		r.host.post(judged{r.call, quality})
	}
}

// watch counts for how long a camera that should be seen shows nothing new.
func (t tally) watch(pictures uint64, due bool) tally {
	if due && pictures == t.seen {
		t.dark++
	} else {
		t.dark = 0
	}
	t.seen = pictures
	return t
}

// judge compares two looks at a member's path, inspectionTime apart.
func judge(before tally, f link.MemberStats) tally {
	voice, was, after := f.In[link.Voice], before.voice, before
	if f.State == link.Connected {
		after.last = f
	}
	after.voice, after.quality = voice, Good
	after.spoken, after.played = before.spoken.after(voice.Bytes), before.played.after(f.In[link.System].Bytes)
	lost := float64(max(0, voice.Lost-was.Lost))
	came := float64(voice.Packets - min(was.Packets, voice.Packets))
	after.looks++
	known := f.State == link.Connected && before.quality != "" && before.quality != LostNow
	if known && lost+came < judgedPackets && after.looks < judgedLooks {
		after.voice, after.quality = was, before.quality
		return after
	}
	after.looks = 0
	switch share := lost / max(1, lost+came); {
	case f.State != link.Connected:
		after.quality = LostNow
	case share > lossPoor:
		after.quality = Poor
	case share > lossFair:
		after.quality = Fair
	}
	return after
}

// figures are the counts of the moment and the rates of the last second.
func (r *room) figures() CallStats {
	stats := CallStats{ID: r.call, Tracks: []TrackStats{}}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.session == nil {
		return stats
	}
	figures := r.session.Stats()
	out := link.MemberStats{}
	for _, m := range slices.Sorted(maps.Keys(r.remotes)) {
		f, p := figures.Members[m], r.remotes[m]
		stats.RoundTripMS = max(stats.RoundTripMS, ms(f.RoundTrip))
		if rank(f.Path) >= rank(stats.Path) {
			stats.Path = f.Path
		}
		for k := range out.Out {
			out.Out[k].Packets = max(out.Out[k].Packets, f.Out[k].Packets)
			out.Out[k].Lost = max(out.Out[k].Lost, f.Out[k].Lost)
			out.Out[k].Jitter = max(out.Out[k].Jitter, f.Out[k].Jitter)
			out.Out[k].NACKs += f.Out[k].NACKs
			out.Out[k].PLIs += f.Out[k].PLIs
		}
		stats.Tracks = append(stats.Tracks, p.tracks(f)...)
	}
	stats.Tracks = append(stats.Tracks, r.sentSound(link.Voice, r.voice.Load(), out), r.sentPicture(link.Camera, r.picture.Load(), out))
	if a := r.stage.now.Load(); a != nil {
		stats.Tracks = append(stats.Tracks, r.sentPicture(link.Screen, a.VideoSender, out))
		if r.on.system {
			stats.Tracks = append(stats.Tracks, r.sentSound(link.System, r.music.Load(), out))
		}
	}
	return stats
}

// account writes into the log how the path to a member did, who is about to go with his figures: whoever asks later why a call was bad
// finds them there. It runs on the room's goroutine.
func (r *room) account(m link.MemberID) {
	p, f := r.remotes[m], r.session.Stats().Members[m]
	if f.State != link.Connected { // the other side has closed it
		f = p.tally.last
	}
	r.mu.RLock()
	tracks := append(p.tracks(f), r.sentSound(link.Voice, r.voice.Load(), f), r.sentPicture(link.Camera, r.picture.Load(), f))
	r.mu.RUnlock()
	out := []any{"path", f.Path, "round_trip_ms", ms(f.RoundTrip)}
	for _, t := range tracks {
		out = append(out, slog.Any(t.Kind+"_"+t.Direction, t))
	}
	r.log.Info("figures of a member who is gone", out...)
}

// tracks are the figures of what comes from a member.
func (p *remote) tracks(f link.MemberStats) []TrackStats {
	out := []TrackStats{p.heard(link.Voice, p.voice, f, p.tally.spoken), p.seen(link.Camera, p.video, f, p.tally.camera, p.regards.camera)}
	if p.screen != nil {
		out = append(out, p.seen(link.Screen, p.screen, f, p.tally.screen, p.regards.screen))
	}
	if p.system != nil {
		out = append(out, p.heard(link.System, p.system, f, p.tally.played))
	}
	return out
}

func (p *remote) heard(k link.Kind, a *audible, f link.MemberStats, rate pace) TrackStats {
	s, t := a.playout.Stats(), f.In[k]
	return TrackStats{
		User: p.user, Kind: k.String(), Direction: "in", Codec: "opus", Lost: t.Lost, JitterMS: ms(t.Jitter),
		Kbps: rate.kbps(), Packets: t.Packets, NACKs: t.NACKs, BufferMS: ms(s.Level), ConcealMS: ms(s.ConcealedTime), Frames: s.Decoded,
		Dropped: s.Late, LevelNow: a.level(),
	}
}

func (p *remote) seen(k link.Kind, v *media.VideoReceiver, f link.MemberStats, taken pace, how regard) TrackStats {
	s, t := v.Stats(), f.In[k]
	return TrackStats{
		User: p.user, Kind: k.String(), Direction: "in", Codec: s.Codec, Width: s.Width, Height: s.Height,
		FPSCoded: s.FPS, FPSShown: taken.perSecond, Kbps: s.Kbps, Lost: t.Lost, JitterMS: ms(t.Jitter), KeyFrames: s.KeyFrames,
		Freezes: s.Freezes, FreezeMS: ms(s.FreezeTime), CodecMS: ms(s.DecodeTime), Dropped: s.Dropped + s.QueueDrops,
		Frames: s.Frames, Packets: t.Packets, NACKs: t.NACKs, PLIs: t.PLIs, Unseen: how.told == unseen,
	}
}

func (r *room) sentSound(k link.Kind, v *media.VoiceSender, f link.MemberStats) TrackStats {
	t := f.Out[k]
	out := TrackStats{User: r.host.me, Kind: k.String(), Direction: "out", Codec: "opus", Lost: t.Lost, JitterMS: ms(t.Jitter), Packets: t.Packets}
	if v != nil {
		s := v.Stats()
		out.Kbps, out.CodecMS, out.LevelNow, out.Frames = s.Kbps, ms(s.EncodeTime), s.Level, s.Packets
	}
	return out
}

// sentPicture are the figures of a picture of ours. r.mu is held.
func (r *room) sentPicture(k link.Kind, v *media.VideoSender, f link.MemberStats) TrackStats {
	t := f.Out[k]
	out := TrackStats{User: r.host.me, Kind: k.String(), Direction: "out", Lost: t.Lost, JitterMS: ms(t.Jitter), Packets: t.Packets, NACKs: t.NACKs, PLIs: t.PLIs}
	if v != nil {
		s := v.Stats()
		out.Unseen = !r.shown(k)
		out.Codec, out.Width, out.Height, out.FPSCoded, out.Kbps = s.Codec, s.Width, s.Height, s.FPS, s.Kbps
		out.KeyFrames, out.CodecMS, out.Dropped, out.Frames, out.TargetKbps = s.KeyFrames, ms(s.EncodeTime), s.Dropped, s.Frames, float64(s.BitRate)/1000
		out.Encoders, out.Card = s.Encoders, s.Card
		if k == link.Camera && out.TargetKbps > 0 {
			out.TargetKbps = float64(r.allowed()) / 1000
		}
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// rank orders paths from the best to the worst.
func rank(path string) int {
	return cmp.Or(map[string]int{"host": 1, "prflx": 2, "srflx": 3, "relay": 4, "sfu": 5}[path], 0)
}
