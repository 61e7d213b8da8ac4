package devices

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/parley-calls/parley/engine/media"
)

const (
	wavHeader   = 44
	wavPCM      = 1
	recorderMax = 1<<32 - 1 - wavHeader - tapeBlock*2 // bytes of sound in a WAV file; what comes later is dropped
	syncBytes   = media.SampleRate * 2                // a second
)

// recorder writes a WAV file of 48 kHz mono 16-bit PCM. The header is true after each second, each sync and Close. It is used by
// one goroutine at a time.
type recorder struct {
	file    *os.File
	pending []byte
	written int64 // bytes of sound in the file
	close   func() error
}

// newRecorder creates the file, or empties it.
func newRecorder(path string) (*recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r := &recorder{file: f, pending: make([]byte, 0, syncBytes+tapeBlock*2)}
	r.close = sync.OnceValue(func() error { return errors.Join(r.sync(), f.Close()) })
	if err := r.header(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

// write adds a block. Samples beyond -1 and 1 are clipped.
func (r *recorder) write(pcm []float32) error {
	if r.written+int64(len(r.pending)) > recorderMax {
		return nil
	}
	for _, v := range pcm {
		r.pending = binary.LittleEndian.AppendUint16(r.pending, uint16(int16(max(-1, min(1, v))*32767)))
	}
	if len(r.pending) < syncBytes {
		return nil
	}
	return r.sync()
}

// sync brings the file up to date.
func (r *recorder) sync() error {
	n, err := r.file.WriteAt(r.pending, wavHeader+r.written)
	r.written += int64(n)
	r.pending = r.pending[:0]
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return r.header()
}

func (r *recorder) header() error {
	h := make([]byte, 0, wavHeader)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(wavHeader-8+r.written))
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, wavPCM)
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint32(h, media.SampleRate)
	h = binary.LittleEndian.AppendUint32(h, media.SampleRate*2)
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(r.written))
	if _, err := r.file.WriteAt(h, 0); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// Close completes the file. It may be called again.
func (r *recorder) Close() error { return r.close() }
