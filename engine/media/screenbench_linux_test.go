package media

import (
	"fmt"
	"image"
	"math"
	"syscall"
	"testing"
	"time"
)

// BenchmarkScreen compares the formats for displays at 1920×1080: one iteration is a picture, coded at the rate and pace of a share. It
// tells the bits that a second takes, how near the picture comes to what was shared, and the CPU of both ends. What stands still gets
// sharper with time, so only runs of the same length compare: -benchtime 150x.
func BenchmarkScreen(b *testing.B) {
	for _, c := range []struct {
		name   string
		motion bool
		fps    int
		draw   func(n int) *image.YCbCr
	}{
		{"text that scrolls", false, 15, scrolling()},
		{"text that stands still", false, 15, standing()},
		{"film in a window as text", false, 15, filmWindow()},
		{"film in a window", true, 30, filmWindow()},
	} {
		for _, f := range []Format{VP8, VP9} {
			b.Run(fmt.Sprintf("%s/%v", c.name, f), func(b *testing.B) {
				enc, dec := newEncoder(b, Video{Format: f, Screen: true, Motion: c.motion, BitRate: defaultVideoRate}), newDecoder(b, f)
				var (
					encoding, decoding time.Duration
					bytes, coded       int
					quality            float64
					shown              *image.YCbCr
				)
				n := 0
				for b.Loop() {
					img := c.draw(n)
					begin := cpuTime()
					data, _, err := enc.encode(img, time.Duration(n)*time.Second/time.Duration(c.fps), false)
					if err != nil {
						b.Fatal(err)
					}
					encoded := cpuTime()
					encoding += encoded - begin
					if data != nil {
						coded++
						bytes += len(data)
						if shown, err = dec.Decode(data); err != nil {
							b.Fatal(err)
						}
						decoding += cpuTime() - encoded
					}
					quality += psnr(shown, img)
					n++
				}
				b.ReportMetric(quality/float64(n), "dB")
				b.ReportMetric(float64(bytes*8*c.fps)/1000/float64(n), "kbit/s")
				b.ReportMetric(float64(encoding.Microseconds())/1000/float64(n), "ms-encode")
				b.ReportMetric(float64(decoding.Microseconds())/1000/float64(max(coded, 1)), "ms-decode")
				b.ReportMetric(float64(coded)*float64(c.fps)/float64(n), "pictures/s")
			})
		}
	}
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// standing is a page on which nothing moves.
func standing() func(int) *image.YCbCr {
	img := page(1920, 1080, 0)
	return func(int) *image.YCbCr { return img }
}

// scrolling is a long page that somebody reads: it moves by a few lines of pixels, and rests now and then.
func scrolling() func(int) *image.YCbCr {
	const w, h, long = 1920, 1080, 4320
	paper, at := page(w, long, 0), 0
	return func(n int) *image.YCbCr {
		if n == 0 {
			at = 0
		} else if n/20%2 == 0 {
			at = (at + 12) % (long - h)
		}
		return &image.YCbCr{
			Y: paper.Y[at*paper.YStride:], Cb: paper.Cb[at/2*paper.CStride:], Cr: paper.Cr[at/2*paper.CStride:],
			YStride: paper.YStride, CStride: paper.CStride, SubsampleRatio: paper.SubsampleRatio, Rect: image.Rect(0, 0, w, h),
		}
	}
}

// filmWindow is a page with a window of 960×540, in which soft shapes and grain move.
func filmWindow() func(int) *image.YCbCr {
	img := page(1920, 1080, 0)
	return func(n int) *image.YCbCr {
		const x0, y0, w, h = 480, 270, 960, 540
		seed := uint32(n)*2654435761 + 1
		pan := float64(n) * 2.5
		across := make([]float64, w)
		for x := range across {
			across[x] = 40 * math.Sin((float64(x)+pan)/37)
		}
		for y := range h {
			row := img.Y[(y0+y)*img.YStride+x0:][:w]
			light := 118 + 40*math.Cos((float64(y)-pan/3)/29)
			for x, v := range across {
				seed = seed*1664525 + 1013904223
				row[x] = uint8(light + v + 20*math.Sin(float64((x+2*n)*(y+n))/9000) + float64(seed>>29))
			}
		}
		return img
	}
}
