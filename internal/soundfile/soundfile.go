// Package soundfile reads sound files as 48 kHz mono: WAV, MP3, Ogg Vorbis and FLAC, told apart by how they begin, not by their
// names. What it reads is held in memory, so everything has a limit.
package soundfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Rate is that of everything that is read, in Hz.
const Rate = 48000

// What may be wrong with a file. An unreadable one also wraps what the system says.
var (
	ErrFormat     = errors.New("soundfile: not a sound that can be played")
	ErrTooLarge   = errors.New("soundfile: too large")
	ErrUnreadable = errors.New("soundfile: cannot be read")
)

// The limits.
const (
	fileBytes  = 256 << 20
	fileLength = time.Hour

	toneBytes  = 20 << 20
	toneLength = 30 * time.Second
	toneFade   = time.Second / 2 // at the end of one that was longer
)

// Load reads a file of at most 256 MiB and an hour. Its errors wrap [ErrFormat], [ErrTooLarge] or [ErrUnreadable].
func Load(path string) ([]float32, error) {
	pcm, whole, err := load(path, fileBytes, fileLength)
	if err == nil && !whole {
		err = fmt.Errorf("%s: %w: it is longer than %v", path, ErrTooLarge, fileLength)
	}
	return pcm, err
}

// LoadTone reads a file of at most 20 MiB to ring with: 30 s of it at most, which then fade out, and so loud that its loudest sample is
// peak. Its errors are those of [Load].
func LoadTone(path string, peak float32) ([]float32, error) {
	pcm, whole, err := load(path, toneBytes, toneLength)
	if err != nil {
		return nil, err
	}
	if !whole {
		fade(pcm[max(0, len(pcm)-samples(toneFade)):])
	}
	level(pcm, peak)
	return pcm, nil
}

// load reads a file up to a length, and says whether that is all of it.
func load(path string, most int64, length time.Duration) (pcm []float32, whole bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("%w: %w", ErrUnreadable, err)
	case !info.Mode().IsRegular():
		return nil, false, fmt.Errorf("%s: %w: it is no file", path, ErrFormat)
	case info.Size() > most:
		return nil, false, fmt.Errorf("%s: %w: it has more than %d MiB", path, ErrTooLarge, most>>20)
	}
	if pcm, whole, err = read(io.LimitReader(f, most), length); err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	return pcm, whole, nil
}

// stream is the sound of a file as it comes out of a decoder.
type stream struct {
	rate, channels int
	// next returns some more samples between -1 and 1, those of all channels in turn, which are valid until the next call. At the
	// end it returns io.EOF.
	next func() ([]float32, error)
}

// open finds the decoder.
func open(r *bufio.Reader) (*stream, error) {
	start, _ := r.Peek(4) // a shorter file is none of these
	switch {
	case bytes.HasPrefix(start, []byte("RIFF")):
		return openWAV(r)
	case bytes.HasPrefix(start, []byte("OggS")):
		return openVorbis(r)
	case bytes.HasPrefix(start, []byte("fLaC")):
		return openFLAC(r)
	case bytes.HasPrefix(start, []byte("ID3")), len(start) > 1 && start[0] == 0xff && start[1]&0xe0 == 0xe0:
		return openMP3(r)
	}
	return nil, errors.New("of no known kind")
}

// read decodes a file.
func read(r io.Reader, length time.Duration) (pcm []float32, whole bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}()
	defer func() { // not every decoder withstands every file
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	s, err := open(bufio.NewReader(r))
	if err != nil {
		return nil, false, err
	}
	if s.channels < 1 || s.channels > 8 {
		return nil, false, fmt.Errorf("%d channels; 1 to 8 are supported", s.channels)
	}
	if s.rate < 4000 || s.rate > 384000 {
		return nil, false, fmt.Errorf("sample rate %d Hz; 4000 to 384000 is supported", s.rate)
	}
	most := int(int64(s.rate) * int64(length) / int64(time.Second))
	pcm, whole, err = mono(s, most)
	if err != nil {
		return nil, false, err
	}
	if pcm = resample(pcm, s.rate, Rate); len(pcm) == 0 {
		return nil, false, errors.New("no sound in it")
	}
	return pcm, whole, nil
}

// mono mixes the channels of at most so many samples. A file that breaks off ends there.
func mono(s *stream, most int) (pcm []float32, whole bool, err error) {
	var sum float32
	channel := 0
	for {
		block, err := s.next()
		for _, v := range block {
			if !(v >= -1 && v <= 1) { // also NaN
				v = max(-1, min(1, v))
				if v != v {
					v = 0
				}
			}
			sum += v
			if channel++; channel < s.channels {
				continue
			}
			if len(pcm) == most {
				return pcm, false, nil
			}
			pcm = append(pcm, sum/float32(s.channels))
			sum, channel = 0, 0
		}
		switch {
		case errors.Is(err, io.EOF), err != nil && len(pcm) > 0:
			return pcm, true, nil
		case err != nil:
			return nil, false, err
		}
	}
}

func samples(d time.Duration) int { return int(d * Rate / time.Second) }

func fade(pcm []float32) {
	for i := range pcm {
		pcm[i] *= float32(len(pcm)-1-i) / float32(len(pcm))
	}
}

// level makes the loudest sample so loud. Silence stays silent.
func level(pcm []float32, peak float32) {
	var loudest float32
	for _, v := range pcm {
		loudest = max(loudest, v, -v)
	}
	if loudest < 1e-4 {
		return
	}
	for i := range pcm {
		pcm[i] *= peak / loudest
	}
}
