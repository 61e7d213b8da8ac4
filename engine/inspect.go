package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/link"
)

// The shares of a voice's packets that are lost when it is worth only that much.
const (
	lossFair = 0.02
	lossPoor = 0.08
)

// tally is what the last inspection saw of a member.
type tally struct {
	voice   link.TrackStats
	taken   uint64  // pictures that the busiest window had taken
	kbps    float64 // of the voice
	shown   float64 // pictures/s
	quality Quality
}

// inspect judges the members by what arrived since the last time, and says what has changed. It runs on the room's goroutine, once each inspectionTime.
func (r *room) inspect() {
	figures := r.session.Stats()
	quality := map[UserID]Quality{}
	r.mu.Lock()
	for m, p := range r.remotes {
		was := p.tally.quality
		p.tally = judge(p.tally, figures.Members[m], p.feed.Taken())
		if p.tally.quality != was {
			quality[p.user] = p.tally.quality
		}
	}
	r.mu.Unlock()
	if len(quality) > 0 {
		r.host.post(judged{r.call, quality})
	}
}

// judge compares two looks at a member's path, inspectionTime apart.
func judge(before tally, f link.MemberStats, taken uint64) tally {
	voice, was := f.In[link.Voice], before.voice
	after := tally{
		voice: voice, taken: taken, quality: Good,
		kbps:  float64(voice.Bytes-min(was.Bytes, voice.Bytes)) * 8 / 1000 / inspectionTime.Seconds(),
		shown: float64(taken-min(before.taken, taken)) / inspectionTime.Seconds(),
	}
	lost := float64(max(0, voice.Lost-was.Lost))
	came := float64(voice.Packets - min(was.Packets, voice.Packets))
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
		stats.Tracks = append(stats.Tracks, p.voiceStats(f.In[link.Voice]), p.cameraStats(f.In[link.Camera]))
	}
	stats.Tracks = append(stats.Tracks, r.sentVoice(out.Out[link.Voice]), r.sentCamera(out.Out[link.Camera]))
	return stats
}

func (p *remote) voiceStats(t link.TrackStats) TrackStats {
	s := p.playout.Stats()
	return TrackStats{
		User: p.user, Kind: link.Voice.String(), Direction: "in", Codec: "opus", Lost: t.Lost, JitterMS: ms(t.Jitter),
		Kbps: p.tally.kbps, Packets: t.Packets, NACKs: t.NACKs, BufferMS: ms(s.Level), ConcealMS: ms(s.ConcealedTime), Frames: s.Decoded,
		Dropped: s.Late, LevelNow: p.level(),
	}
}

func (p *remote) cameraStats(t link.TrackStats) TrackStats {
	s := p.video.Stats()
	return TrackStats{
		User: p.user, Kind: link.Camera.String(), Direction: "in", Codec: s.Codec, Width: s.Width, Height: s.Height,
		FPSCoded: s.FPS, FPSShown: p.tally.shown, Kbps: s.Kbps, Lost: t.Lost, JitterMS: ms(t.Jitter), KeyFrames: s.KeyFrames,
		Freezes: s.Freezes, FreezeMS: ms(s.FreezeTime), CodecMS: ms(s.DecodeTime), Dropped: s.Dropped + s.QueueDrops,
		Frames: s.Frames, Packets: t.Packets, NACKs: t.NACKs, PLIs: t.PLIs,
	}
}

func (r *room) sentVoice(t link.TrackStats) TrackStats {
	out := TrackStats{User: r.host.me, Kind: link.Voice.String(), Direction: "out", Codec: "opus", Lost: t.Lost, JitterMS: ms(t.Jitter), Packets: t.Packets}
	if v := r.voice.Load(); v != nil {
		s := v.Stats()
		out.Kbps, out.CodecMS, out.LevelNow, out.Frames = s.Kbps, ms(s.EncodeTime), s.Level, s.Packets
	}
	return out
}

func (r *room) sentCamera(t link.TrackStats) TrackStats {
	out := TrackStats{User: r.host.me, Kind: link.Camera.String(), Direction: "out", Lost: t.Lost, JitterMS: ms(t.Jitter), Packets: t.Packets, NACKs: t.NACKs, PLIs: t.PLIs}
	if p := r.picture.Load(); p != nil {
		s := p.Stats()
		out.Codec, out.Width, out.Height, out.FPSCoded, out.Kbps = s.Codec, s.Width, s.Height, s.FPS, s.Kbps
		out.KeyFrames, out.CodecMS, out.Dropped, out.Frames, out.TargetKbps = s.KeyFrames, ms(s.EncodeTime), s.Dropped, s.Frames, float64(s.BitRate)/1000
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// rank orders paths from the best to the worst.
func rank(path string) int {
	return cmp.Or(map[string]int{"host": 1, "prflx": 2, "srflx": 3, "relay": 4, "sfu": 5}[path], 0)
}
