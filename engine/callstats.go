package engine

import "log/slog"

// CallStats are the figures of a call, in the form of `parley ctl stats`. Rates are over the last second.
type CallStats struct {
	ID          CallID       `json:"id"`
	RoundTripMS float64      `json:"round_trip_ms"` // of the slowest member; 0 if unknown
	Path        string       `json:"path"`          // "host", "srflx", "relay" or "sfu": of the worst member; empty before connecting
	Tracks      []TrackStats `json:"tracks"`
}

// TrackStats are the figures of one direction of one kind. Fields that make no sense for it are 0.
type TrackStats struct {
	User       UserID  `json:"user"`      // the other member of In tracks; we ourselves of Out tracks
	Kind       string  `json:"kind"`      // "camera", "screen", "voice" or "system"
	Direction  string  `json:"direction"` // "in" or "out"
	Codec      string  `json:"codec"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	FPSCoded   float64 `json:"fps_coded"` // decoded or encoded
	FPSShown   float64 `json:"fps_shown"` // taken by a window
	Kbps       float64 `json:"kbps"`
	Lost       int64   `json:"lost"` // packets, of Out tracks as the receivers report
	JitterMS   float64 `json:"jitter_ms"`
	BufferMS   float64 `json:"buffer_ms"` // play-out delay
	KeyFrames  uint64  `json:"key_frames"`
	Freezes    uint64  `json:"freezes"`
	FreezeMS   float64 `json:"freeze_ms"`
	ConcealMS  float64 `json:"concealed_ms"`
	CodecMS    float64 `json:"codec_ms"` // to decode or encode one frame, average
	Dropped    uint64  `json:"dropped"`
	Frames     uint64  `json:"frames"`  // pictures or packets, since the start
	Packets    uint64  `json:"packets"` // RTP, since the start
	NACKs      uint64  `json:"nacks"`
	PLIs       uint64  `json:"plis"`
	LevelNow   float32 `json:"level"`       // of sound, 0 to 1
	Encoders   int     `json:"encoders"`    // that make an Out picture, however many receive it
	TargetKbps float64 `json:"target_kbps"` // what congestion control allows, of Out pictures
	Card       bool    `json:"card"`        // the graphics card codes an Out picture
	Unseen     bool    `json:"unseen"`      // a picture that is not sent because nobody looks: here of In tracks, over there of Out tracks
}

// LogValue implements [slog.LogValuer]: it leaves out what only says something at the moment, and who it is.
func (t TrackStats) LogValue() slog.Value {
	out := []slog.Attr{slog.Uint64("packets", t.Packets), slog.Int64("lost", t.Lost)}
	for _, count := range []struct {
		name string
		of   uint64
	}{{"frames", t.Frames}, {"dropped", t.Dropped}, {"nacks", t.NACKs}, {"key_frames", t.KeyFrames}, {"freezes", t.Freezes},
		{"width", uint64(t.Width)}, {"height", uint64(t.Height)}} {
		if count.of > 0 {
			out = append(out, slog.Uint64(count.name, count.of))
		}
	}
	for _, figure := range []struct {
		name string
		of   float64
	}{{"jitter_ms", t.JitterMS}, {"buffer_ms", t.BufferMS}, {"freeze_ms", t.FreezeMS}, {"concealed_ms", t.ConcealMS}, {"codec_ms", t.CodecMS}, {"target_kbps", t.TargetKbps}} {
		if figure.of > 0 {
			out = append(out, slog.Float64(figure.name, figure.of))
		}
	}
	return slog.GroupValue(out...)
}
