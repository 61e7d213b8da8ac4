//go:build e2e

package e2e

import (
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/soundtest"
)

const (
	rate  = soundtest.Rate
	frame = rate / 100 // 10 ms
)

// listen records what a person's speaker plays and looks in it for what was spoken at the other end. Speech is recognised by the
// course of its loudness in four bands, which concealment and time stretching leave as they are.
func listen(t *testing.T, who, spoken string) {
	t.Helper()
	said := envelope(wave(t, spoken))
	best := 0.0
	for range 3 { // a busy machine may stall for a moment; what was said is repeated for ever
		heard := envelope(record(t, who, 7*time.Second))
		if c := match(said, heard); c > best {
			best = c
		}
		if best > 0.8 {
			t.Logf("%s hears what was said: correlation %.2f", who, best)
			return
		}
	}
	t.Errorf("what %s hears is not what was said: correlation %.2f", who, best)
}

// record takes what a sink plays.
func record(t *testing.T, sink string, length time.Duration) []float64 {
	t.Helper()
	raw, err := here.sound.Record(sink, length)
	if err != nil {
		t.Fatalf("recording of %s: %v", sink, err)
	}
	return samples(raw)
}

func wave(t *testing.T, path string) []float64 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return samples(b[44:])
}

func samples(raw []byte) []float64 {
	pcm := make([]float64, len(raw)/2)
	for i := range pcm {
		pcm[i] = float64(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / 32768
	}
	return pcm
}

// bands are the edges of four bands of speech, in Hz.
var bands = [5]float64{100, 400, 1000, 2200, 4000}

// envelope is the loudness of each band in each 10 ms, as the fourth root of its power.
func envelope(pcm []float64) [][4]float64 {
	var e [][4]float64
	const probes = 5 // frequencies per band (Goertzel)
	for at := 0; at+2*frame <= len(pcm); at += frame {
		var row [4]float64
		for b := range row {
			for p := range probes {
				f := bands[b] + (bands[b+1]-bands[b])*(float64(p)+0.5)/probes
				k := 2 * math.Cos(2*math.Pi*f/rate)
				var s1, s2 float64
				for i, x := range pcm[at : at+2*frame] {
					x *= 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/(2*frame))
					s1, s2 = x+k*s1-s2, s1
				}
				row[b] += s1*s1 + s2*s2 - k*s1*s2
			}
			row[b] = math.Sqrt(math.Sqrt(max(row[b], 0)))
		}
		e = append(e, row)
	}
	return e
}

// match is the highest correlation of a part of heard (4 s) with said at any shift; said repeats.
func match(said, heard [][4]float64) float64 {
	const part = 400
	best := 0.0
	for from := 0; from+part <= len(heard); from += 100 {
		for shift := range said {
			var x, y, xx, yy, xy, n float64
			for i := range part {
				for b := range 4 {
					u, v := heard[from+i][b], said[(shift+i)%len(said)][b]
					x, y, xx, yy, xy, n = x+u, y+v, xx+u*u, yy+v*v, xy+u*v, n+1
				}
			}
			if d := math.Sqrt((xx - x*x/n) * (yy - y*y/n)); d > 0 {
				best = max(best, (xy-x*y/n)/d)
			}
		}
	}
	return best
}
