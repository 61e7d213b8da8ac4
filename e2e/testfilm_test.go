//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
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
	plain  bool
	frames []*image.YCbCr // in the file
}

// filmLength is once around for the disc.
const filmLength = 120

// Kinds of pictures.
const (
	plain    = false // those of the test camera, for which a coder needs next to nothing
	textured = true  // with details that move, as before a real camera
)

func newTestFilm(t *testing.T, detailed bool) *testFilm {
	t.Helper()
	header := fmt.Sprintf("YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420\n", callWidth, callHeight)
	const title, luma = "FRAME\n", callWidth * callHeight
	const size = len(title) + luma*3/2
	f := &testFilm{plain: !detailed, path: filepath.Join(t.TempDir(), "test.y4m")}
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
		if detailed {
			weave(img, n)
			devices.MarkAt(int64(n), time.Now()).Draw(img)
		}
		f.frames = append(f.frames, img)
	}
	return f
}

// camera is what a Parley has for this film; one without a film has no camera.
func (f *testFilm) camera() string {
	switch {
	case f == nil:
		return devices.None
	case f.plain:
		return devices.Test // the same pictures with the time in them
	}
	return devices.File + f.path
}

// weave lays a texture over a picture that moves in a circle.
func weave(img *image.YCbCr, n int) {
	const radius = 100
	sin, cos := math.Sincos(2 * math.Pi * float64(n) / filmLength)
	left, top := radius+int(radius*cos), radius+int(radius*sin)
	for y := range img.Rect.Dy() {
		line, threads := img.Y[y*img.YStride:][:img.Rect.Dx()], texture()[top+y][left:]
		for x := range line {
			line[x] = byte(min(max(int(line[x])+int(threads[x]), 16), 235))
		}
	}
}

// texture is noise of several sizes, as clouds, leaves and cloth have it.
var texture = sync.OnceValue(func() [][]int8 {
	random := rand.New(rand.NewPCG(1, 2))
	lines := make([][]int8, callHeight+200)
	for y := range lines {
		lines[y] = make([]int8, callWidth+200)
	}
	for _, octave := range []struct{ size, strength int }{{64, 24}, {16, 12}, {4, 6}} {
		cells := make([][]float64, len(lines)/octave.size+2)
		for y := range cells {
			for range len(lines[0])/octave.size + 2 {
				cells[y] = append(cells[y], (2*random.Float64()-1)*float64(octave.strength))
			}
		}
		for y, line := range lines {
			cy, fy := y/octave.size, float64(y%octave.size)/float64(octave.size)
			for x := range line {
				cx, fx := x/octave.size, float64(x%octave.size)/float64(octave.size)
				upper := cells[cy][cx]*(1-fx) + cells[cy][cx+1]*fx
				lower := cells[cy+1][cx]*(1-fx) + cells[cy+1][cx+1]*fx
				line[x] += int8(upper*(1-fy) + lower*fy)
			}
		}
	}
	return lines
})

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
