package devices

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

func TestBeatsDoNotDrift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := every(30000.0/1001, 0)
		start := time.Now()
		for i := range int64(3000) {
			beat, err := b.wait(nil, nil)
			if err != nil || beat != i+1 {
				t.Fatalf("beat %d %v, want %d", beat, err, i+1)
			}
			time.Sleep(5 * time.Millisecond) // work
		}
		if d := time.Since(start) - 5*time.Millisecond - 100100*time.Millisecond; d < -time.Millisecond || d > time.Millisecond {
			t.Errorf("3000 beats are off by %v", d)
		}
	})
}

func TestLateBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := func(b *beats) int64 {
			beat, err := b.wait(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return beat
		}
		for _, tt := range []struct {
			late int64
			want []int64
		}{{0, []int64{50, 51, 52}}, {3, []int64{47, 48, 49, 50, 51}}} {
			b := every(100, tt.late)
			time.Sleep(505 * time.Millisecond)
			for _, want := range tt.want {
				if got := next(b); got != want {
					t.Errorf("late by %d: beat %d, want %d", tt.late, got, want)
				}
			}
		}
	})
}

func TestBeatsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closed, lost := make(chan struct{}), make(chan struct{})
		b := every(0.001, 0)
		time.AfterFunc(time.Second, func() { close(lost) })
		if _, err := b.wait(closed, lost); !errors.Is(err, media.ErrDeviceLost) {
			t.Errorf("lost: %v", err)
		}
		close(closed)
		if _, err := b.wait(closed, nil); !errors.Is(err, io.EOF) {
			t.Errorf("closed: %v", err)
		}
	})
}
