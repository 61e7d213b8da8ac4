//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sitter is somebody drawn in a few shapes who sits before a camera, for pictures that are nicer than a test pattern.
type sitter struct {
	wall, lamp             color.RGBA
	shirt, skin, hair      color.RGBA
	aside, hairLow, breath float64 // in heights of the picture
}

var sitters = map[string]sitter{
	"ana": {wall: rgb(0x24405C), lamp: rgb(0x5C86A6), shirt: rgb(0xE2A33B), skin: rgb(0xE8B48F), hair: rgb(0x3A241C), hairLow: 0.13, breath: 0.006},
	"bob": {wall: rgb(0x4A5A3C), lamp: rgb(0xA8B88A), shirt: rgb(0x2F4B7C), skin: rgb(0xF0C6A6), hair: rgb(0x8A5A2B), aside: 0.05, breath: 0.008},
	"cyd": {wall: rgb(0x5A2F45), lamp: rgb(0xB07A92), shirt: rgb(0xE9E4DA), skin: rgb(0x7B4B32), hair: rgb(0x1B1412), aside: -0.04, breath: 0.007},
	"dee": {wall: rgb(0x2B4F4A), lamp: rgb(0x7FB5A8), shirt: rgb(0xC8553D), skin: rgb(0xD9A07C), hair: rgb(0xB8862F), aside: -0.03, hairLow: 0.1, breath: 0.006},
}

func rgb(c uint32) color.RGBA { return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 255} }

// film writes two seconds of a sitter, which can be repeated for ever, and returns the flag that makes a camera of them.
func film(t *testing.T, who string) string {
	t.Helper()
	const width, height, frames = 640, 360, 30
	path := filepath.Join(t.TempDir(), who+".y4m")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	fmt.Fprintf(out, "YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n", width, height)
	for n := range frames {
		fmt.Fprintln(out, "FRAME")
		var blue, red []byte
		for y := range height {
			for x := range width {
				c := sitters[who].at(float64(x)/height, float64(y)/height, 2*math.Pi*float64(n)/frames)
				luma, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
				_ = out.WriteByte(luma)
				if x%2 == 0 && y%2 == 0 {
					blue, red = append(blue, cb), append(red, cr)
				}
			}
		}
		_, _ = out.Write(blue)
		_, _ = out.Write(red)
	}
	if err := out.Flush(); err != nil { // it keeps the first error
		t.Fatal(err)
	}
	return "file:" + path
}

// at is the colour of a point, in heights of the picture, at a moment of the breath.
func (s sitter) at(x, y, phase float64) color.RGBA {
	c := mix(s.wall, s.lamp, 1-smooth(0.1, 1.1, math.Hypot(x-0.35, y-0.1)))
	middle, up := 0.889+s.aside+0.4*s.breath*math.Cos(phase), s.breath*math.Sin(phase)
	oval := func(of color.RGBA, cy, rx, ry float64) {
		d := math.Hypot((x-middle)/rx, (y-cy-up)/ry)
		c = mix(of, c, smooth(1-0.004/rx, 1+0.004/rx, d))
	}
	oval(s.hair, 0.40+s.hairLow/2, 0.178, 0.21+s.hairLow)
	oval(mix(s.skin, s.hair, 0.25), 0.66, 0.075, 0.16)
	oval(s.shirt, 1.16, 0.43, 0.42)
	oval(s.skin, 0.46, 0.148, 0.19)
	if y < 0.40+up {
		oval(s.hair, 0.33, 0.165, 0.105)
	}
	return c
}

func smooth(from, to, v float64) float64 {
	v = min(max((v-from)/(to-from), 0), 1)
	return v * v * (3 - 2*v)
}

func mix(a, b color.RGBA, part float64) color.RGBA {
	m := func(p, q uint8) uint8 { return uint8(float64(p)*(1-part) + float64(q)*part) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}
