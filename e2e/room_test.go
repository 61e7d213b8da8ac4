//go:build e2e

package e2e

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A room is the sound around two sides of a call, as one sink with a channel for each mouth and ear. So one recording has what was
// said and what was heard with the same clock, whatever made the call.
type room struct {
	mu    sync.Mutex
	heard [roomChannels][]float64
}

// Channels of a room.
const (
	anaMouth = iota
	anaEar
	bobMouth
	bobEar
	roomChannels
)

// places are the channels by their names at the sound server.
var places = [roomChannels]string{"front-left", "front-right", "rear-left", "rear-right"}

func mouth(who string) string      { return who + "-mouth" }
func ear(who string) string        { return who + "-ear" }
func microphone(who string) string { return who + "-microphone" }

// newRoom makes a room at the sound server and records it until the test ends.
func newRoom(t *testing.T) *room {
	t.Helper()
	load := func(args ...string) {
		t.Helper()
		if _, err := here.sound.Control(append([]string{"load-module"}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	load("module-null-sink", "sink_name=room", fmt.Sprintf("rate=%d", rate), fmt.Sprintf("channels=%d", roomChannels),
		"channel_map=front-left,front-right,rear-left,rear-right")
	for i, name := range []string{mouth("ana"), ear("ana"), mouth("bob"), ear("bob")} {
		load("module-remap-sink", "sink_name="+name, "master=room", "channels=1", "channel_map=mono", "master_channel_map="+places[i], "remix=no",
			"sink_properties=device.description="+name)
	}
	for i, who := range map[int]string{anaMouth: "ana", bobMouth: "bob"} {
		load("module-remap-source", "source_name="+microphone(who), "master=room.monitor", "channels=1", "channel_map=mono", "master_channel_map="+places[i],
			"remix=no", "source_properties=device.description="+microphone(who))
	}
	c := exec.Command("parec", "--raw", "-d", "room.monitor", fmt.Sprintf("--rate=%d", rate), fmt.Sprintf("--channels=%d", roomChannels),
		"--channel-map=front-left,front-right,rear-left,rear-right", "--format=s16le", "--latency-msec=10")
	c.Env = here.sound.Env()
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &room{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.record(out)
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-done
		_ = c.Wait()
	})
	return r
}

// maxHeard bounds what is kept of each channel.
const maxHeard = 40 * rate

func (r *room) record(from io.Reader) {
	b := make([]byte, 2*roomChannels*frame)
	for {
		if _, err := io.ReadFull(from, b); err != nil {
			return
		}
		r.mu.Lock()
		for c := range r.heard {
			for i := range frame {
				r.heard[c] = append(r.heard[c], float64(int16(binary.LittleEndian.Uint16(b[2*(i*roomChannels+c):])))/32768)
			}
			if n := len(r.heard[c]); n > 2*maxHeard {
				r.heard[c] = append([]float64(nil), r.heard[c][n-maxHeard:]...)
			}
		}
		r.mu.Unlock()
	}
}

// forget begins a new recording.
func (r *room) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = [roomChannels][]float64{}
}

// listen is what one channel had since forget.
func (r *room) listen(channel int) []float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]float64(nil), r.heard[channel]...)
}

// likeness says how alike a part of what was heard is to what was said some time before, at best, and how long before: 1 is the
// same wave. The sounds are at [searchRate].
func likeness(said, heard []float64, at, length int) (best float64, shift int) {
	there := heard[at : at+length]
	loud := dot(there, there)
	if loud < 1e-5*float64(length) {
		return 0, 0
	}
	for s := range min(searchRate, at) {
		part := said[at-s : at-s+length]
		if energy := dot(part, part); energy > loud/1000 {
			if like := math.Abs(dot(part, there)) / math.Sqrt(energy*loud); like > best {
				best, shift = like, s
			}
		}
	}
	return best, shift
}

// searchRate is the sample rate at which sounds are searched for.
const (
	searchRate = 8000
	searchStep = rate / searchRate
)

// firstSound is when what was said is heard for the first time, where it is heard that late later on. The tones of a ring, and of a word
// that begins in its middle, are not taken for it.
func firstSound(said, heard []float64, late time.Duration) (time.Duration, bool) {
	said, heard = thin(said, searchStep), thin(heard, searchStep)
	const length, uncertain = searchRate / 10, searchRate / 20
	usual := int(late * searchRate / time.Second)
	there := func(at int) bool {
		like, shift := likeness(said, heard, at, length)
		return like > 0.5 && max(shift-usual, usual-shift) < uncertain
	}
	for at := 0; at+2*length <= min(len(said), len(heard)); at += searchRate / 100 {
		if there(at) && there(at+length/2) {
			return time.Duration(at) * time.Second / searchRate, true
		}
	}
	return 0, false
}

// delays are the times from mouth to ear of each half second in which what was said is found again.
func delays(said, heard []float64) (found []time.Duration) {
	said, heard = thin(said, searchStep), thin(heard, searchStep)
	const length = searchRate / 2
	for at := searchRate; at+length <= min(len(said), len(heard)); at += length {
		if best, shift := likeness(said, heard, at, length); best > 0.5 {
			found = append(found, time.Duration(shift)*time.Second/searchRate)
		}
	}
	return found
}

// thin takes the mean of every n samples.
func thin(pcm []float64, n int) []float64 {
	out := make([]float64, len(pcm)/n)
	for i := range out {
		for _, x := range pcm[i*n : (i+1)*n] {
			out[i] += x / float64(n)
		}
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// speak lets somebody say what is in a WAV file over and over until stop.
func speak(t *testing.T, who, spoken string) (stop func()) {
	t.Helper()
	pcm := wave(t, spoken)
	raw := make([]byte, 2*len(pcm))
	for i, x := range pcm {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(int16(x*32767)))
	}
	_, stop, err := here.sound.Play(mouth(who), &forever{of: raw})
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// forever reads the same bytes again and again.
type forever struct {
	of []byte
	at int
}

func (f *forever) Read(b []byte) (int, error) {
	n := copy(b, f.of[f.at:])
	f.at = (f.at + n) % len(f.of)
	return n, nil
}

// chatter makes a WAV file of somebody who speaks without a pause.
func chatter(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chatter.wav")
	raw := path + ".raw.wav"
	if out, err := exec.Command("espeak-ng", "-s", "160", "-w", raw, chatterText).CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v %s", err, out)
	}
	if out, err := exec.Command("sox", raw, "-r", strconv.Itoa(rate), "-c", "1", "-b", "16", path, "silence", "1", "0.01", "0.5%", "-1", "0.03", "0.5%").CombinedOutput(); err != nil {
		t.Fatalf("sox: %v %s", err, out)
	}
	return path
}

const chatterText = `The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well.
These days a chicken leg is a rare dish. Rice is often served in round bowls. The juice of lemons makes fine punch. The box was thrown
beside the parked truck. The hogs were fed chopped corn and garbage. Four hours of steady work faced us. A large size in stockings is
hard to sell.`
