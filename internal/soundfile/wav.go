package soundfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	wavMaxChunk = 1 << 16 // of a format, in bytes
	wavPCM      = 1
	wavFloat    = 3
	wavExt      = 0xfffe
)

// wavFormat is the format chunk of a WAV file: http://www-mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
type wavFormat struct {
	float          bool
	bytes          int // of a sample
	channels, rate int
}

func parseWAVFormat(b []byte) (wavFormat, error) {
	if len(b) < 16 {
		return wavFormat{}, errors.New("wav: the format chunk is too short")
	}
	tag, channels, rate := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:])
	bits := binary.LittleEndian.Uint16(b[14:])
	if tag == wavExt && len(b) >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	f := wavFormat{float: tag == wavFloat, bytes: int(bits / 8), channels: int(channels), rate: int(rate)}
	switch {
	case tag == wavPCM && (bits == 8 || bits == 16 || bits == 24 || bits == 32), tag == wavFloat && bits == 32:
		return f, nil
	}
	return f, fmt.Errorf("wav: format %d with %d bits; PCM and 32-bit float are supported", tag, bits)
}

// openWAV reads up to the sound.
func openWAV(r io.Reader) (*stream, error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil || string(riff[8:]) != "WAVE" {
		return nil, errors.New("wav: not a RIFF WAVE file")
	}
	var format *wavFormat
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, errors.New("wav: no data chunk")
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			if size > wavMaxChunk {
				return nil, errors.New("wav: the format chunk is too long")
			}
			b := make([]byte, size+size%2)
			if _, err := io.ReadFull(r, b); err != nil {
				return nil, errors.New("wav: the format chunk is cut off")
			}
			f, err := parseWAVFormat(b[:size])
			if err != nil {
				return nil, err
			}
			format = &f
		case "data":
			if format == nil {
				return nil, errors.New("wav: no format chunk before the data")
			}
			// What was recorded live may have any size here; the file's end counts.
			return format.stream(io.LimitReader(r, size)), nil
		default:
			if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
				return nil, errors.New("wav: no data chunk")
			}
		}
	}
}

// stream decodes samples. An unfinished one at the end is left out.
func (f wavFormat) stream(r io.Reader) *stream {
	raw := make([]byte, 4096*f.bytes)
	pcm := make([]float32, 4096)
	return &stream{rate: f.rate, channels: f.channels, next: func() ([]float32, error) {
		n, err := io.ReadFull(r, raw)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		n /= f.bytes
		for i := range n {
			pcm[i] = f.sample(raw[i*f.bytes:])
		}
		return pcm[:n], err
	}}
}

func (f wavFormat) sample(b []byte) float32 {
	switch {
	case f.float:
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	case f.bytes == 1:
		return (float32(b[0]) - 128) / 128
	case f.bytes == 2:
		return float32(int16(binary.LittleEndian.Uint16(b))) / 32768
	case f.bytes == 3:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	}
	return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
}
