package soundfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
	"github.com/jfreymuth/oggvorbis"
	"github.com/mewkiz/flac"
)

func openMP3(r io.Reader) (*stream, error) {
	d, err := mp3.NewDecoder(r)
	if err != nil {
		return nil, fmt.Errorf("mp3: %w", err)
	}
	raw := make([]byte, 4096*2)
	pcm := make([]float32, 4096)
	return &stream{rate: d.SampleRate(), channels: 2, next: func() ([]float32, error) { // mono files too come out as stereo
		n, err := io.ReadFull(d, raw)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		n /= 2
		for i := range n {
			pcm[i] = float32(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / 32768
		}
		return pcm[:n], err
	}}, nil
}

func openVorbis(r io.Reader) (*stream, error) {
	d, err := oggvorbis.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("ogg: %w", err)
	}
	pcm := make([]float32, 4096)
	return &stream{rate: d.SampleRate(), channels: d.Channels(), next: func() ([]float32, error) {
		n, err := d.Read(pcm)
		return pcm[:n], err
	}}, nil
}

func openFLAC(r io.Reader) (*stream, error) {
	d, err := flac.New(r)
	if err != nil {
		return nil, fmt.Errorf("flac: %w", err)
	}
	channels := int(d.Info.NChannels)
	var pcm []float32
	return &stream{rate: int(d.Info.SampleRate), channels: channels, next: func() ([]float32, error) {
		f, err := d.ParseNext()
		if err != nil {
			return nil, err
		}
		if len(f.Subframes) != channels {
			return nil, fmt.Errorf("flac: a block of %d channels among those of %d", len(f.Subframes), channels)
		}
		pcm = pcm[:0]
		full := float32(int64(1) << (max(1, f.BitsPerSample) - 1))
		for i := range f.Subframes[0].NSamples {
			for _, s := range f.Subframes {
				pcm = append(pcm, float32(s.Samples[i])/full)
			}
		}
		return pcm, nil
	}}, nil
}
