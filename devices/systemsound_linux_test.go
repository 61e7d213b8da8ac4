package devices

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/soundtest"
)

// These tests do not run beside others: they change the environment.

// played is a tone as another program would play it: 16-bit mono without end.
type played struct{ fill func([]float32) }

func (p played) Read(b []byte) (int, error) {
	b = b[:len(b)&^1]
	pcm := make([]float32, len(b)/2)
	p.fill(pcm)
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(int16(v*32767)))
	}
	return len(b), nil
}

// listen reads that much of a source.
func listen(t *testing.T, s media.AudioSource, length time.Duration) []float32 {
	t.Helper()
	var pcm []float32
	for len(pcm) < int(length.Seconds()*media.SampleRate) {
		pcm = append(pcm, read(t, s)...)
	}
	return pcm
}

func TestSystemSoundIsThatOfOthers(t *testing.T) {
	server, s := withServer(t, "other")
	const own, first, second = 600, 1000, 1700 // Hz
	speaker, err := s.OpenSpeaker(timeout(t), "", tone(own))
	if err != nil {
		t.Fatal(err)
	}
	closing(t, speaker)
	awaitTone(t, server, soundtest.Speaker, own)

	sound, err := s.OpenSystemSound(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	closing(t, sound)
	play := func(sink string, frequency float64) (stop func()) {
		_, stop, err := server.Play(sink, played{tone(frequency)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		return stop
	}
	// share says how much of what is heard is each tone.
	share := func() (ours, one, other float64) {
		pcm := listen(t, sound, 50*time.Millisecond) // short, so that a machine under load has some without a hole
		return strength(pcm, media.SampleRate, own), strength(pcm, media.SampleRate, first), strength(pcm, media.SampleRate, second)
	}
	hears := func(what string, one, other bool) {
		t.Helper()
		until(t, func() string {
			mine, a, b := share()
			if (a > 0.3) != one || (b > 0.3) != other || a+b < 0.95 {
				return fmt.Sprintf("%s: %.3f of the sound is the first program's, %.3f the second's and %.3f ours", what, a, b, mine)
			}
			if mine > 0.02 { // it is as loud as the others
				t.Errorf("%s: %.4f of the sound is our own", what, mine)
			}
			return ""
		})
	}
	for range 20 {
		for _, v := range read(t, sound) {
			if v != 0 {
				t.Fatalf("%v is heard while nobody else plays", v)
			}
		}
	}
	stopFirst := play(soundtest.Speaker, first)
	hears("beside us", true, false)
	stopSecond := play("other", second)
	hears("from two sinks", true, true)

	list, err := server.Control("list", "short", "sink-inputs")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list) {
		_, err := server.Control("move-sink-input", strings.Fields(line)[0], "other")
		if err != nil && !strings.Contains(err.Error(), "No such entity") { // our own stream is made anew when it has run dry
			t.Fatal(err)
		}
	}
	hears("after both were moved to one sink", true, true)
	stopFirst()
	hears("after the first has ended", false, true)
	stopSecond()
	until(t, func() string {
		for _, v := range listen(t, sound, 100*time.Millisecond) {
			if v != 0 {
				return "programs that ended are still heard"
			}
		}
		return ""
	})
}

// TestSystemSoundIsWhole looks for holes in a tone of some seconds.
func TestSystemSoundIsWhole(t *testing.T) {
	server, s := withServer(t)
	sound, err := s.OpenSystemSound(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	closing(t, sound)
	_, stop, err := server.Play(soundtest.Speaker, played{tone(1000)})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	until(t, func() string {
		if part := strength(listen(t, sound, 200*time.Millisecond), media.SampleRate, 1000); part < 0.99 {
			return fmt.Sprintf("%.3f of the sound is the tone", part)
		}
		return ""
	})
	began, pcm := time.Now(), listen(t, sound, 3*time.Second)
	if took := time.Since(began); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("three seconds of sound took %v", took)
	}
	whole, blocks := 0, 0
	for ; len(pcm) >= tapeBlock; pcm = pcm[tapeBlock:] {
		blocks++
		if strength(pcm[:tapeBlock], media.SampleRate, 1000) > 0.99 {
			whole++
		}
	}
	t.Logf("%d of %d blocks are whole", whole, blocks)
	if whole < blocks*2/3 { // the rest is for machines under load
		t.Errorf("%d of %d blocks are whole", whole, blocks)
	}
}

func TestSystemSoundIsLost(t *testing.T) {
	server, s := withServer(t)
	sound, err := s.OpenSystemSound(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	closing(t, sound)
	read(t, sound)
	server.Stop()
	until(t, func() string {
		_, _, err := sound.Read()
		if err == nil {
			return "the server is gone and sound goes on"
		}
		reasonOf(t, err, media.SpeakerDevice, media.ErrDeviceLost)
		return ""
	})
	_, err = s.OpenSystemSound(timeout(t))
	reasonOf(t, err, media.SpeakerDevice, media.ErrNoSoundServer)
}

func TestSystemSoundOpensAndClosesOften(t *testing.T) {
	_, s := withServer(t)
	until(t, func() string { // the list of devices has its own connection
		if len(kinds(s, media.SpeakerDevice)) == 0 {
			return "no speakers"
		}
		return ""
	})
	noLeak(t)
	for range 20 {
		sound, err := s.OpenSystemSound(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			for {
				if _, _, err := sound.Read(); err != nil {
					ended <- err
					return
				}
			}
		}()
		if err := sound.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, io.EOF) {
			t.Fatalf("read after close: %v", err)
		}
	}
}
