// Package vaapi codes pictures as VP8 on the graphics card, by libva, in a process of its own: drivers hang and crash, and must not take a
// call with them. [Start] begins such a process and talks to it; [Serve] is what runs there.
//
// Picture and frame lie in memory that both processes have, and a pipe each way says what is to be done and what became of it. The process
// ends when its pipe does. A [Coder] is for one goroutine at a time and never waits longer than it is told to; one goroutine waits for the
// end of its process.
package vaapi

import (
	"encoding/binary"
	"errors"
)

// MaxPixels is the largest picture.
const MaxPixels = 4096 * 2304

// The memory of both: the planes of a picture without gaps, then the frame or the words of a failure.
const (
	pictureRoom = MaxPixels * 2 // more than any rounding takes
	frameRoom   = 8 << 20
	memoryRoom  = pictureRoom + frameRoom
)

var (
	errPicture = errors.New("vaapi: not a picture that can be coded")
	errAnswer  = errors.New("vaapi: the answer makes no sense")
)

// Picture is what is to be coded.
type Picture struct {
	Y, U, V           []byte // 4:2:0; rows are as long as the strides say
	YStride, UVStride int
	Width, Height     int // a picture of another size than the last one begins with a key frame
	BitRate           int // bit/s
	FrameRate         int // pictures/s, from 1 to 255
	Key               bool
	Spare             bool // no later one is to be made of it, unless it becomes a key frame
}

// Frame is a coded picture.
type Frame struct {
	Data      []byte // valid until the next picture
	Key       bool
	Quantizer int // from 0 to 63; 0 if the driver does not say
}

// An order says what to do with the picture in the memory: width, height, bit rate, frame rate and flags.
const orderSize = 5 * 4

const (
	flagKey uint32 = 1 << iota
	flagSpare
)

func putOrder(b *[orderSize]byte, p *Picture) {
	var flags uint32
	if p.Key {
		flags |= flagKey
	}
	if p.Spare {
		flags |= flagSpare
	}
	for i, v := range [...]uint32{uint32(p.Width), uint32(p.Height), uint32(p.BitRate), uint32(p.FrameRate), flags} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
}

// order reads an order into p, whose planes are those in memory.
func order(b *[orderSize]byte, memory []byte, p *Picture) error {
	at := func(i int) int { return int(binary.LittleEndian.Uint32(b[4*i:])) }
	flags := uint32(at(4))
	*p = Picture{Width: at(0), Height: at(1), BitRate: at(2), FrameRate: at(3), Key: flags&flagKey != 0, Spare: flags&flagSpare != 0}
	if !p.fits() {
		return errPicture
	}
	p.YStride, p.UVStride = p.Width, (p.Width+1)/2
	luma, chroma := p.YStride*p.Height, p.UVStride*((p.Height+1)/2)
	p.Y, p.U, p.V = memory[:luma], memory[luma:][:chroma], memory[luma+chroma:][:chroma]
	return nil
}

// fits reports whether the picture has a size that is worked on.
func (p *Picture) fits() bool {
	return p.Width > 0 && p.Height > 0 && p.Width <= 1<<14 && p.Height <= 1<<14 && p.Width*p.Height <= MaxPixels
}

// pack copies the planes into memory without gaps.
func (p *Picture) pack(memory []byte) {
	cw, ch := (p.Width+1)/2, (p.Height+1)/2
	for _, plane := range [...]struct {
		from            []byte
		stride, w, rows int
	}{{p.Y, p.YStride, p.Width, p.Height}, {p.U, p.UVStride, cw, ch}, {p.V, p.UVStride, cw, ch}} {
		for y := range plane.rows {
			memory = memory[copy(memory, plane.from[y*plane.stride:][:plane.w]):]
		}
	}
}

// An answer says how it went, and what lies in the memory: 0 and the size of a frame, whether it is a key frame, and its quantizer; or 1 and
// the size of words.
const answerSize = 4 * 4

func putAnswer(b *[answerSize]byte, failed bool, size int, key bool, quantizer int) {
	number := func(on bool) uint32 {
		if on {
			return 1
		}
		return 0
	}
	for i, v := range [...]uint32{number(failed), uint32(size), number(key), uint32(quantizer)} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
}

// answer reads an answer; what it says lies in memory. A failure becomes an error.
func answer(b *[answerSize]byte, memory []byte) (Frame, error) {
	at := func(i int) int { return int(binary.LittleEndian.Uint32(b[4*i:])) }
	if at(1) > frameRoom || at(3) > 63 {
		return Frame{}, errAnswer
	}
	data := memory[pictureRoom:][:at(1)]
	if at(0) != 0 {
		return Frame{}, errors.New(string(data))
	}
	return Frame{Data: data, Key: at(2) != 0, Quantizer: at(3)}, nil
}
