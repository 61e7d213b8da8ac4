//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/parley-calls/parley/devices"
)

// Size of the pictures and of the windows in calls that are compared.
const callWidth, callHeight = 1280, 720

// testFilm is a file with the pictures of the test camera, for a browser that has a file for a camera.
type testFilm struct {
	path   string
	frames []*image.YCbCr // in the file
}

// filmLength is once around for the disc.
const filmLength = 120

func newTestFilm(t *testing.T) *testFilm {
	t.Helper()
	header := fmt.Sprintf("YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420\n", callWidth, callHeight)
	const title, luma = "FRAME\n", callWidth * callHeight
	const size = len(title) + luma*3/2
	f := &testFilm{path: filepath.Join(t.TempDir(), "test.y4m")}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	whole := len(header) + filmLength*size
	if err := file.Truncate(int64(whole)); err != nil {
		t.Fatal(err)
	}
	b, err := syscall.Mmap(int(file.Fd()), 0, whole, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(b) })
	copy(b, header)
	for n := range filmLength {
		at := b[len(header)+n*size:][:size]
		at = at[copy(at, title):]
		img := &image.YCbCr{
			Y: at[:luma], Cb: at[luma : luma*5/4], Cr: at[luma*5/4:], YStride: callWidth, CStride: callWidth / 2,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, callWidth, callHeight),
		}
		if err := devices.TestPicture(img, int64(n), time.Now()); err != nil {
			t.Fatal(err)
		}
		f.frames = append(f.frames, img)
	}
	return f
}

// live keeps the clock in all pictures right until stop, so that whoever takes one now takes one with the time of now, as from the
// test camera itself.
func (f *testFilm) live() (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		marked := image.NewYCbCr(f.frames[0].Rect, image.YCbCrSubsampleRatio420)
		var before devices.Mark
		for {
			if now := devices.MarkAt(0, time.Now()); now != before {
				before = now
				now.Draw(marked)
				f.stamp(marked)
			}
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// stamp copies the clock's row to all pictures, of each line only what is new.
func (f *testFilm) stamp(marked *image.YCbCr) {
	const row = callWidth / 32 // of boxes
	for y := row; y < 2*row; y++ {
		line := marked.Y[y*marked.YStride:][:callWidth*3/4]
		was := f.frames[0].Y[y*callWidth:][:len(line)]
		from := 0
		for from < len(line) && line[from] == was[from] {
			from++
		}
		for _, img := range f.frames {
			copy(img.Y[y*callWidth+from:], line[from:])
		}
	}
}
