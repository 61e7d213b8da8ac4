package devices

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

const patience = 20 * time.Second

// until waits until check returns "", and fails with its last reason.
func until(t *testing.T, check func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		why := check()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(why)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// handles counts goroutines and open files.
func handles() (goroutines, files int) {
	list, _ := os.ReadDir("/proc/self/fd")
	return runtime.NumGoroutine(), len(list)
}

// noLeak makes sure that at the end there are not more goroutines and files than now. Tests that run beside others cannot use it.
func noLeak(t *testing.T) {
	t.Helper()
	g0, f0 := handles()
	t.Cleanup(func() {
		until(t, func() string {
			if g, f := handles(); g > g0 || f > f0 {
				buf := make([]byte, 1<<16)
				return fmt.Sprintf("%d goroutines and %d files, at the start %d and %d\n%s", g, f, g0, f0, buf[:runtime.Stack(buf, true)])
			}
			return ""
		})
	})
}

func selected(t *testing.T, choice Selection, o Options) *Set {
	t.Helper()
	s, err := Select(choice, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func timeout(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func closing(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func picture(t *testing.T, s media.VideoSource) *image.YCbCr {
	t.Helper()
	img, release, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	y := img.(*image.YCbCr)
	c := *y
	c.Y, c.Cb, c.Cr = append([]byte(nil), y.Y...), append([]byte(nil), y.Cb...), append([]byte(nil), y.Cr...)
	return &c
}

func samplesOf(t *testing.T, block wave.Audio) []float32 {
	t.Helper()
	f, ok := block.(*wave.Float32Interleaved)
	if !ok || f.Size.Channels != 1 || f.Size.SamplingRate != media.SampleRate || f.Size.Len != len(f.Data) {
		t.Fatalf("block %T %+v", block, block.ChunkInfo())
	}
	return f.Data
}

// reasonOf fails unless err is a DeviceError of that kind and reason.
func reasonOf(t *testing.T, err error, kind media.DeviceKind, want error) {
	t.Helper()
	var d *media.DeviceError
	if !errors.As(err, &d) || d.Kind != kind || !errors.Is(err, want) {
		t.Errorf("error %v, want a %s and %v", err, kind, want)
	}
}

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }

// testLog is a logger that writes what is more than debugging into the test's log.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}
