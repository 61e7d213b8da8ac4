package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

const (
	longestRehearsal = 30 * time.Second
	rehearsalTick    = 100 * time.Millisecond // between two words about how far it is
)

// RecordAndListen records what a microphone hears for a while, at most 30 s, and plays it on a speaker afterwards: a person hears how
// he sounds to others, coded and decoded as in a call. tell is called, on any goroutine but one at a time, with how far it is, from 0
// to 1: first while recording and then while playing. It returns when it is over, or when ctx is done.
func (c *Client) RecordAndListen(ctx context.Context, microphone, speaker string, length time.Duration, tell func(playing bool, done float64)) error {
	if length <= 0 {
		return fail("record", fmt.Errorf("%w: a recording needs a length", ErrBadRequest))
	}
	packets, err := c.record(ctx, microphone, min(length, longestRehearsal), func(done float64) { tell(false, done) })
	if err != nil {
		return fail("record", err)
	}
	pcm, err := decoded(packets)
	if err != nil {
		return fail("record", err)
	}
	return c.play(ctx, speaker, pcm, 1, func(done float64) { tell(true, done) })
}

// record returns the packets that a call would have sent.
func (c *Client) record(ctx context.Context, microphone string, length time.Duration, tell func(done float64)) ([][]byte, error) {
	var (
		mu      sync.Mutex
		packets [][]byte
		voice   *media.VoiceSender
	)
	codec := voiceCodec
	codec.DTX = false                                               // it is played as it comes, without the times of a call
	cleaner := newCleaner(c.Snapshot().Preferences.Cleaning, c.log) // that of calls may be in use
	if cleaner != nil {
		defer cleaner.Close()
	}
	stop, err := c.borrow("open microphone", func() (func(), error) {
		id := c.device(media.MicrophoneDevice, microphone)
		source, err := c.options.Devices.OpenMicrophone(ctx, id)
		if err != nil {
			return nil, err
		}
		voice, err = media.NewVoiceSender(media.VoiceSenderOptions{Source: source, Codec: codec, Processor: processor(cleaner, c.options.Devices, id), Out: func(f media.EncodedFrame) {
			mu.Lock()
			defer mu.Unlock()
			packets = append(packets, f.Data)
		}})
		if err != nil {
			return nil, err
		}
		return voice.Close, nil
	})
	if err != nil {
		return nil, err
	}
	whole, err := progress(ctx, length, tell, voice.Done())
	lost := voice.Err()
	stop()
	mu.Lock()
	defer mu.Unlock()
	switch {
	case whole:
		return packets, nil
	case c.ctx.Err() != nil:
		return nil, ErrClosed
	case err != nil:
		return nil, err
	}
	return nil, lost
}

// progress waits for a time and tells how much of it has gone by. It reports whether that was all: it may be stopped, or ctx may end.
func progress(ctx context.Context, length time.Duration, tell func(done float64), stopped <-chan struct{}) (whole bool, err error) {
	begun := time.Now()
	tick := time.NewTicker(rehearsalTick)
	defer tick.Stop()
	for {
		done := float64(time.Since(begun)) / float64(length)
		tell(min(done, 1))
		if done >= 1 {
			return true, nil
		}
		select {
		case <-tick.C:
		case <-stopped:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// decoded is the sound of packets.
func decoded(packets [][]byte) ([]float32, error) {
	d, err := media.NewOpusDecoder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var pcm []float32
	block := make([]float32, 6*media.SampleRate/50) // the longest packet has 120 ms
	for _, p := range packets {
		n, err := d.Decode(p, block)
		if err != nil {
			return nil, err
		}
		pcm = append(pcm, block[:n]...)
	}
	return pcm, nil
}

// device is the ID of the device to try out: the one that is named, or the one that a call would use.
func (c *Client) device(kind media.DeviceKind, id string) string {
	if id != "" {
		return id
	}
	return c.Choice().Device(c.Devices(), kind).ID
}
