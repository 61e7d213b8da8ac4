package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/link"
)

// silence is how long nothing may arrive from a member before he counts as lost, and lossFair and lossPoor are the shares of
// packets that make a voice worth only that much.
const (
	silent   = 2 * time.Second
	lossFair = 0.02
	lossPoor = 0.08
)

// tally is what the last inspection saw of a member's voice.
type tally struct {
	packets uint64
	lost    int64
	heard   time.Time
	quality Quality
}

// inspect takes the figures of the moment, and judges the members by what arrived since the last time.
func (r *room) inspect() {
	figures := r.session.Stats()
	now := time.Now()
	stats := CallStats{ID: r.call}
	quality := map[UserID]Quality{}
	r.mu.RLock()
	members := make([]link.MemberID, 0, len(r.remotes))
	for m := range r.remotes {
		members = append(members, m)
	}
	r.mu.RUnlock()
	slices.Sort(members)

	out := link.MemberStats{}
	for _, m := range members {
		f := figures.Members[m]
		p := r.remotes[m]
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
		p.tally = judge(p.tally, f, now)
		quality[p.user] = p.tally.quality
		stats.Tracks = append(stats.Tracks, p.voiceStats(f.In[link.Voice]), p.cameraStats(f.In[link.Camera]))
	}
	stats.Tracks = append(stats.Tracks, r.sentVoice(out.Out[link.Voice]), r.sentCamera(out.Out[link.Camera]))

	r.mu.Lock()
	r.stats = stats
	r.mu.Unlock()
	if len(quality) > 0 {
		r.host.post(judged{r.call, quality})
	}
}

// judge compares two looks at a member's path. Voice and camera both count as signs of life, only the voice's loss is judged.
func judge(before tally, f link.MemberStats, now time.Time) tally {
	voice := f.In[link.Voice]
	all := voice.Packets + f.In[link.Camera].Packets
	after := tally{packets: all, lost: voice.Lost, heard: before.heard, quality: Good}
	fresh := float64(all - min(before.packets, all))
	if fresh > 0 || before.heard.IsZero() {
		after.heard = now
	}
	lost := float64(max(0, voice.Lost-before.lost))
	switch share := lost / max(1, lost+fresh); {
	case f.State != link.Connected:
		after.quality = LostNow
	case share > lossPoor:
		after.quality = Poor
	case share > lossFair, now.Sub(after.heard) > silent && before.packets > 0 && all == 0:
		after.quality = Fair
	}
	return after
}

func (p *remote) voiceStats(t link.TrackStats) TrackStats {
	s := p.playout.Stats()
	return TrackStats{
		User: p.user, Kind: link.Voice.String(), Direction: "in", Codec: "opus", Lost: t.Lost, JitterMS: ms(t.Jitter),
		Kbps: p.voiceRate(t.Bytes), Packets: t.Packets, NACKs: t.NACKs, BufferMS: ms(s.Level), ConcealMS: ms(s.ConcealedTime), Frames: s.Decoded,
		Dropped: s.Late, LevelNow: p.input.Level(),
	}
}

func (p *remote) cameraStats(t link.TrackStats) TrackStats {
	s := p.video.Stats()
	return TrackStats{
		User: p.user, Kind: link.Camera.String(), Direction: "in", Codec: s.Codec, Width: s.Width, Height: s.Height,
		FPSCoded: s.FPS, FPSShown: p.shown(), Kbps: s.Kbps, Lost: t.Lost, JitterMS: ms(t.Jitter), KeyFrames: s.KeyFrames,
		Freezes: s.Freezes, FreezeMS: ms(s.FreezeTime), CodecMS: ms(s.DecodeTime), Dropped: s.Dropped + s.QueueDrops,
		Frames: s.Frames, Packets: t.Packets, NACKs: t.NACKs, PLIs: t.PLIs,
	}
}

// voiceRate is what has come since the last inspection, in kbit/s.
func (p *remote) voiceRate(bytes uint64) float64 {
	kbps := float64(bytes-min(p.voiceBytes, bytes)) * 8 / 1000 / inspectionTime.Seconds()
	p.voiceBytes = bytes
	return kbps
}

// shown is how many pictures a window took since the last inspection, per second.
func (p *remote) shown() float64 {
	now := p.feed.Taken()
	fps := float64(now-min(p.taken, now)) / inspectionTime.Seconds()
	p.taken = now
	return fps
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
