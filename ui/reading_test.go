package ui

import (
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine"
)

func TestWhatFiguresMean(t *testing.T) {
	speakEnglish(t)
	in := func(kind string, packets uint64, lost int64) engine.TrackStats {
		return engine.TrackStats{User: bob.ID, Kind: kind, Direction: "in", Packets: packets, Lost: lost}
	}
	out := func(kind string, packets uint64, lost int64) engine.TrackStats {
		return engine.TrackStats{User: ana.ID, Kind: kind, Direction: "out", Packets: packets, Lost: lost}
	}
	all := func(t ...engine.TrackStats) engine.CallStats { return engine.CallStats{Tracks: t} }
	frozen := in("camera", 200, 0)
	frozen.Freezes = 1
	narrow, slow := out("camera", 200, 0), out("camera", 200, 0)
	narrow.TargetKbps, slow.FPSCoded, slow.Frames = 120, 4, 30
	late := all(in("voice", 100, 0))
	late.RoundTripMS = 612.7
	for _, c := range []struct {
		what          string
		before, after engine.CallStats
		quality       engine.Quality
		want          []string
	}{
		{"nothing yet", all(), all(), engine.Good, []string{"Sound and picture are good."}},
		{"the first look", all(), all(in("voice", 100, 90)), engine.Good, []string{"Sound and picture are good."}},
		{"no loss", all(in("voice", 50, 3)), all(in("voice", 100, 3)), engine.Good, []string{"Sound and picture are good."}},
		{"one of a hundred", all(in("voice", 1, 0)), all(in("voice", 100, 1)), engine.Good, []string{"Sound and picture are good."}},
		{"six of a hundred", all(in("voice", 6, 0)), all(in("voice", 100, 6)), engine.Good, []string{"The connection to Bob Meier loses 6 % of the sound: the voice may crackle."}},
		{"a quarter", all(in("voice", 25, 0)), all(in("voice", 100, 25)), engine.Poor, []string{"The connection to Bob Meier loses 25 % of the sound: words may be missing."}},
		{"all of it", all(in("voice", 100, 0)), all(in("voice", 100, 50)), engine.LostNow, []string{"Nothing arrives from Bob Meier at the moment."}},
		{"repaired late: less is lost than before", all(in("voice", 50, 9)), all(in("voice", 100, 4)), engine.Good, []string{"Sound and picture are good."}},
		{"a new connection counts anew", all(in("voice", 5000, 0)), all(in("voice", 30, 20)), engine.Good, []string{"Sound and picture are good."}},
		{"a frozen picture", all(in("camera", 100, 0)), all(frozen), engine.Good, []string{"The picture of Bob Meier stands still at times."}},
		{"a picture with holes", all(in("camera", 100, 0)), all(in("camera", 180, 20)), engine.Good, []string{"The picture of Bob Meier stands still at times."}},
		{"what we send gets lost", all(out("voice", 10, 0)), all(out("voice", 100, 10)), engine.Good, []string{"10 % of your sound gets lost on the way to the others."}},
		{"a narrow way out", all(out("camera", 100, 0)), all(narrow), engine.Good, []string{"Your line carries little to the others: your picture is small and coarse."}},
		{"a slow camera", all(out("camera", 100, 0)), all(slow), engine.Good, []string{"Your camera or this computer makes only a few pictures a second."}},
		{"far away", all(in("voice", 50, 0)), late, engine.Good, []string{"Words take 612 ms there and back: leave each other time to answer."}},
	} {
		call := engine.CallState{Camera: true, Members: []engine.Member{{User: bob, Quality: c.quality}}}
		if got := reading(c.before, c.after, call); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
