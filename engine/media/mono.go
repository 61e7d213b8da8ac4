package media

import (
	"fmt"

	"github.com/pion/mediadevices/pkg/wave"
)

// mono turns blocks of any layout into float32 mono, in memory of its own.
type mono struct{ buf []float32 }

// of returns the block's sound, valid until the next call.
func (m *mono) of(chunk wave.Audio) ([]float32, error) {
	if chunk == nil {
		return nil, fmt.Errorf("media: no sound in the block")
	}
	info := chunk.ChunkInfo()
	if info.SamplingRate != SampleRate {
		return nil, fmt.Errorf("media: sound at %d Hz, %d is wanted", info.SamplingRate, SampleRate)
	}
	n, ch := info.Len, info.Channels
	if ch < 1 || n < 0 {
		return nil, fmt.Errorf("media: sound with %d channels", ch)
	}
	if cap(m.buf) < n {
		m.buf = make([]float32, n)
	}
	out := m.buf[:n]
	switch v := chunk.(type) {
	case *wave.Float32Interleaved:
		if len(v.Data) < n*ch {
			break
		}
		for i := range out {
			var sum float32
			for _, s := range v.Data[i*ch : (i+1)*ch] {
				sum += s
			}
			out[i] = sum / float32(ch)
		}
		return out, nil
	case *wave.Int16Interleaved:
		if len(v.Data) < n*ch {
			break
		}
		for i := range out {
			var sum int32
			for _, s := range v.Data[i*ch : (i+1)*ch] {
				sum += int32(s)
			}
			out[i] = float32(sum) / float32(32768*ch)
		}
		return out, nil
	case *wave.Float32NonInterleaved:
		clear(out)
		for _, channel := range v.Data {
			for i, s := range channel[:min(n, len(channel))] {
				out[i] += s / float32(ch)
			}
		}
		return out, nil
	case *wave.Int16NonInterleaved:
		clear(out)
		for _, channel := range v.Data {
			for i, s := range channel[:min(n, len(channel))] {
				out[i] += float32(s) / float32(32768*ch)
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("media: sound in %T", chunk)
}
