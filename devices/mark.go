package devices

import (
	"image"
	"image/color"
	"math/bits"
	"time"
)

// A mark is two rows of boxes at the top left of the test camera's pictures. A box is as wide and as high as 1/32 of the width.
// Each row is a white and a black box, a number of 20 bits with the highest first, the number's parity, and the parity's opposite.
// The first row counts pictures, the second is the clock in units of 10 ms. Boxes of that size survive coding, scaling and a
// screenshot.
const (
	markColumns = 32
	markBits    = 20
	markBoxes   = 2 + markBits + 2
	markModulus = 1 << markBits
	markTick    = 10 * time.Millisecond

	lumaBlack, lumaWhite = 16, 235
	chromaGrey           = 128
)

// Mark is what the test camera writes into each picture.
type Mark struct {
	Frame uint32 // number of the picture since the camera was opened, modulo 2^20; pictures that came too late are left out
	Clock uint32 // time of the picture since 1970 in units of 10 ms, modulo 2^20 (about three hours)
}

// MarkAt is the mark of a picture by its number and its time.
func MarkAt(frame int64, at time.Time) Mark {
	return Mark{Frame: uint32(frame % markModulus), Clock: uint32(at.UnixMilli() / markTick.Milliseconds() % markModulus)}
}

// Age is how old the picture is at a time by the same clock, as if its own was the middle of its 10 ms: of many pictures the mean is right.
// A picture from the next moments, and at times a very new one, has a small negative age.
func (m Mark) Age(now time.Time) time.Duration {
	const all = markModulus * markTick
	made := time.Duration(m.Clock)*markTick + markTick/2
	d := (time.Duration(now.UnixNano())%all - made + all) % all
	if d > all/2 {
		d -= all
	}
	return d
}

// rows are the boxes of the mark, true for white.
func (m Mark) rows() (rows [2][markBoxes]bool) {
	for i, v := range []uint32{m.Frame, m.Clock} {
		row := &rows[i]
		row[0] = true
		for b := range markBits {
			row[2+b] = v>>(markBits-1-b)&1 == 1
		}
		odd := bits.OnesCount32(v)%2 == 1
		row[markBoxes-2], row[markBoxes-1] = odd, !odd
	}
	return rows
}

// Draw burns the mark into a picture.
func (m Mark) Draw(img *image.YCbCr) {
	box := img.Rect.Dx() / markColumns
	for r, row := range m.rows() {
		top, bottom := r*box, min((r+1)*box, img.Rect.Dy())
		if top >= bottom {
			break
		}
		line := func(y int) []byte { return img.Y[y*img.YStride:][:markBoxes*box] }
		for b, white := range row {
			luma := byte(lumaBlack)
			if white {
				luma = lumaWhite
			}
			fill(line(top)[b*box:][:box], luma)
		}
		for y := top + 1; y < bottom; y++ {
			copy(line(y), line(top))
		}
	}
	for y := range min(2*box, img.Rect.Dy()) / 2 {
		fill(img.Cb[y*img.CStride:][:markBoxes*box/2], chromaGrey)
		fill(img.Cr[y*img.CStride:][:markBoxes*box/2], chromaGrey)
	}
}

func fill(b []byte, v byte) {
	if len(b) == 0 {
		return
	}
	b[0] = v
	for n := 1; n < len(b); n *= 2 { // copies are many times as quick as a loop
		copy(b[n:], b[:n])
	}
}

// ReadMark reads the mark of a test camera's picture that fills the rectangle at of an image, such as a screenshot, at any scale
// and not mirrored. It reports false if there is no mark, or one that is not to be trusted.
func ReadMark(img image.Image, at image.Rectangle) (Mark, bool) {
	box := float64(at.Dx()) / markColumns
	if box < 2 || !at.In(img.Bounds()) && at.Intersect(img.Bounds()).Dx() < int(box*markBoxes) {
		return Mark{}, false
	}
	var values [2]uint32
	for r := range values {
		var light [markBoxes]float64
		for b := range light {
			x, y := float64(at.Min.X)+(float64(b)+0.5)*box, float64(at.Min.Y)+(float64(r)+0.5)*box
			light[b] = brightness(img, x, y, box/4)
		}
		white, black := light[0], light[1]
		if white-black < 64 {
			return Mark{}, false
		}
		var row [markBoxes]bool
		for b, l := range light {
			part := (l - black) / (white - black)
			if part > 0.35 && part < 0.65 {
				return Mark{}, false
			}
			row[b] = part >= 0.5
		}
		for _, bit := range row[2 : 2+markBits] {
			values[r] <<= 1
			if bit {
				values[r]++
			}
		}
		odd := bits.OnesCount32(values[r])%2 == 1
		if row[markBoxes-2] != odd || row[markBoxes-1] == odd {
			return Mark{}, false
		}
	}
	return Mark{Frame: values[0], Clock: values[1]}, true
}

// brightness is the mean of a square around a point, 0 to 255.
func brightness(img image.Image, x, y, half float64) float64 {
	area := image.Rect(int(x-half), int(y-half), int(x+half)+1, int(y+half)+1).Intersect(img.Bounds())
	sum, n := 0, 0
	for py := area.Min.Y; py < area.Max.Y; py++ {
		for px := area.Min.X; px < area.Max.X; px++ {
			sum += int(color.GrayModel.Convert(img.At(px, py)).(color.Gray).Y)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}
