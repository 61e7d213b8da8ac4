//go:build e2e

package e2e

import (
	"fmt"
	"image"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/netem"
	clarity "github.com/parley-calls/parley/internal/speech"
)

// How long a network stays as it is: first without, then with a look at what it does to a call.
const (
	adaptTime = 4 * time.Second
	lookTime  = 8 * time.Second
	lossTime  = 3 * lookTime // at pictures of which packets are lost: what that does is a matter of chance
)

// nearby is the path under all others: to the next town, no loss.
var nearby = netem.Conditions{Delay: 20 * time.Millisecond, Jitter: 3 * time.Millisecond}

func lossy(l netem.Loss) netem.Profile {
	c := nearby
	c.Loss = l
	return netem.Steady("", c)
}

func narrow(rate int) netem.Profile {
	c := nearby
	c.Rate = rate
	return netem.Steady("", c)
}

// village is two machines with a path between them on which nothing but media goes: what a product needs to make calls is reached
// another way.
type village struct {
	machines map[string]*netem.Namespace // by who sits there
	path     *netem.Link
}

func newVillage(t *testing.T) village {
	t.Helper()
	v := village{machines: make(map[string]*netem.Namespace)}
	var ends []netem.End
	for i, who := range []string{"ana", "bob"} {
		n, err := netem.NewNamespace(fmt.Sprintf("bench-%d-%s", os.Getpid(), who))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		})
		v.machines[who] = n
		ends = append(ends, netem.End{In: n, Device: "eth0", Address: fmt.Sprintf("10.9.0.%d/24", 1+i), Gateway: fmt.Sprintf("10.9.0.%d", 2-i)})
	}
	var err error
	if v.path, err = netem.Lay(ends[0], ends[1], netem.Steady("", nearby)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.path.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// reach lets programs on a machine connect to a TCP address of the desk's as if it were theirs.
func reach(t *testing.T, from *netem.Namespace, address string) {
	t.Helper()
	var l net.Listener
	err := from.Do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", address)
			if err != nil {
				_ = c.Close()
				continue
			}
			for _, way := range [2][2]net.Conn{{c, there}, {there, c}} {
				open.Go(func() {
					_, _ = io.Copy(way[0], way[1])
					_ = way[0].Close()
					_ = way[1].Close()
				})
			}
		}
	})
}

// lossyVoice takes how well speech is understood when packets are lost.
func (b bench) lossyVoice(t *testing.T) {
	defer speak(t, "ana", b.spoken)()
	v := newVillage(t)
	ana, bob := b.begin(t, seating{machines: v.machines})
	ana.call("bob")
	bob.awaitRing()
	bob.accept()
	ana.awaitLive()
	bob.awaitLive()
	time.Sleep(adaptTime)
	for _, n := range voiceNetworks {
		v.path.Play(lossy(n.loss))
		time.Sleep(adaptTime)
		b.room.forget()
		time.Sleep(lookTime)
		value := understood(b.room.listen(anaMouth), b.room.listen(bobEar))
		b.add(n.quantity(), value)
		t.Logf("%s: STOI %.3f", n.name, value)
	}
	ana.quit()
	bob.quit()
}

type voiceNetwork struct {
	name string
	loss netem.Loss
}

func (n voiceNetwork) quantity() quantity {
	return quantity{what: "speech, " + n.name, unit: "STOI", wish: more}
}

var voiceNetworks = func() []voiceNetwork {
	all := []voiceNetwork{{"nothing lost", netem.Loss{}}}
	for _, percent := range []int{5, 10, 20, 30} {
		part := float64(percent) / 100
		all = append(all, voiceNetwork{fmt.Sprintf("%d %% lost at random", percent), netem.Random(part)},
			voiceNetwork{fmt.Sprintf("%d %% lost in bursts of 4", percent), netem.Bursts(part, 4)})
	}
	return all
}()

// understood is how well what was said is understood by the one who heard it: the mean of parts, since the delay may change much
// where packets are lost.
func understood(said, heard []float64) float64 {
	const part, margin = 2 * rate, rate / 10
	thinSaid, thinHeard := thin(said, searchStep), thin(heard, searchStep)
	sum, parts := 0.0, 0
	for at := rate; at+part+margin <= min(len(said), len(heard)); at += part {
		_, shift := likeness(thinSaid, thinHeard, at/searchStep, part/searchStep)
		reference := float32s(said[at-shift*searchStep:][:part])
		aligned, _ := clarity.Align(reference, float32s(heard[at-margin:at+part+margin]), rate, 2*margin/float64(rate))
		sum += clarity.STOI(reference, aligned, rate)
		parts++
	}
	return sum / float64(max(parts, 1))
}

func float32s(pcm []float64) []float32 {
	out := make([]float32, len(pcm))
	for i, x := range pcm {
		out[i] = float32(x)
	}
	return out
}

// lossyVideo takes how good pictures are, and how long they stand still, when packets are lost and when the path becomes narrow.
func (b bench) lossyVideo(t *testing.T) {
	defer speak(t, "ana", b.spoken)()
	v := newVillage(t)
	ana, bob := b.begin(t, seating{machines: v.machines, film: b.texture, oneWay: true})
	ana.call("bob")
	bob.awaitRing()
	bob.accept()
	ana.awaitLive()
	bob.awaitLive()
	awaitMark(t, bob)
	at := bob.content(theOnly(t, bob))
	time.Sleep(warmUp)
	t.Logf("%s receives %+v", b.name(), bob.received())
	for _, percent := range []float64{0, 2, 5, 10} {
		v.path.Play(lossy(netem.Random(percent / 100)))
		time.Sleep(adaptTime)
		b.addSeen(t, fmt.Sprintf("%g %% lost", percent), b.texture.watch(at, lossTime))
	}
	v.path.Play(narrow(2_000_000))
	time.Sleep(warmUp)
	wide := b.texture.watch(at, lookTime)
	b.addSeen(t, "2 Mbit/s", wide)
	v.path.Play(narrow(300_000))
	thin := b.texture.watch(at, 2*lookTime)
	b.addSeen(t, "narrowed to 300 kbit/s", thin)
	v.path.Play(narrow(2_000_000))
	again := b.texture.watch(at, 2*lookTime)
	recovery := again.recovery(wide)
	b.add(quantity{what: "back to what it was at 2 Mbit/s after", unit: "s", wish: less}, recovery.Seconds())
	t.Logf("recovery after %v", recovery)
	b.keep(t, "lossy", bob)
	ana.quit()
	bob.quit()
}

func (b bench) addSeen(t *testing.T, network string, s seen) {
	t.Helper()
	for _, f := range []struct {
		what, unit string
		wish       wish
		value      float64
	}{
		{"PSNR", "dB", more, median(s.psnr)},
		{"SSIM", "", more, median(s.ssim)},
		{"standing still", "% of the time", less, 100 * s.frozen().Seconds() / s.length.Seconds()},
		{"pictures", "/s", more, float64(len(s.changes)) / s.length.Seconds()},
	} {
		b.add(quantity{what: "picture, " + network + ": " + f.what, unit: f.unit, wish: f.wish}, f.value)
		t.Logf("%s: %s %.2f %s", network, f.what, f.value, f.unit)
	}
}

// seen is what a window showed of the other side for a time.
type seen struct {
	length  time.Duration
	changes []time.Duration // when a new picture came
	psnr    []float64       // of pictures now and then, against the camera's picture of the same number
	ssim    []float64
	looked  []time.Duration // when these were taken
}

// gap is from when on a picture stands still, for 30 pictures/s: https://www.w3.org/TR/webrtc-stats/#dom-rtcinboundrtpstreamstats-freezecount
const gap = time.Second/30 + 150*time.Millisecond

// frozen is how long pictures stood still.
func (s seen) frozen() (sum time.Duration) {
	last := time.Duration(0)
	for _, at := range append(slices.Clip(s.changes), s.length) {
		if at-last > gap {
			sum += at - last
		}
		last = at
	}
	return sum
}

// recovery is when for the first time a whole second was as good as before: as many pictures but for a fifth, none standing still,
// within 1 dB.
func (s seen) recovery(before seen) time.Duration {
	wanted := 0.8 * float64(len(before.changes)) / before.length.Seconds()
	for from := time.Duration(0); from+time.Second <= s.length; from += 100 * time.Millisecond {
		second := s.part(from, from+time.Second)
		if float64(len(second.changes)) >= wanted && second.frozen() == 0 && len(second.psnr) > 0 && median(second.psnr) >= median(before.psnr)-1 {
			return from
		}
	}
	return s.length
}

// part is what was seen between two moments, counted from the first.
func (s seen) part(from, to time.Duration) seen {
	p := seen{length: to - from}
	for _, at := range s.changes {
		if at >= from && at < to {
			p.changes = append(p.changes, at-from)
		}
	}
	for i, at := range s.looked {
		if at >= from && at < to {
			p.psnr, p.ssim, p.looked = append(p.psnr, s.psnr[i]), append(p.ssim, s.ssim[i]), append(p.looked, at-from)
		}
	}
	return p
}

// watch looks at pictures of the film on the screen for a time.
func (f *testFilm) watch(at image.Rectangle, length time.Duration) seen {
	const (
		every = 250 * time.Millisecond // to compare one
		often = 10 * time.Millisecond  // to look which one it is: a display may show one for 16 ms, and more looks would take processor from both
	)
	s := seen{length: length}
	began := time.Now()
	var comparing sync.WaitGroup
	comparing.Go(func() {
		for now := time.Duration(0); now < length; now = time.Since(began) {
			if psnr, ssim, ok := f.compare(at); ok {
				s.psnr, s.ssim, s.looked = append(s.psnr, psnr), append(s.ssim, ssim), append(s.looked, now)
			}
			time.Sleep(every)
		}
	})
	last := -1
	for now := time.Duration(0); now < length; now = time.Since(began) {
		if mark, ok := markOf(at); ok && int(mark.Frame) != last {
			last = int(mark.Frame)
			s.changes = append(s.changes, now)
		}
		time.Sleep(often)
	}
	comparing.Wait()
	if len(s.psnr) == 0 { // nothing that could be read: as bad as can be
		s.psnr, s.ssim, s.looked = []float64{0}, []float64{0}, []time.Duration{0}
	}
	return s
}

// compare says how like the camera's the picture on the screen is, by its brightness in a part that nothing is drawn over.
func (f *testFilm) compare(at image.Rectangle) (psnr, ssim float64, ok bool) {
	img, err := here.pixels(image.Rect(at.Min.X, at.Min.Y, at.Min.X+at.Dx()*3/4, at.Min.Y+at.Dy()*6/10))
	if err != nil {
		return 0, 0, false
	}
	mark, ok := markOn(img, at)
	if !ok || int(mark.Frame) >= len(f.frames) {
		return 0, 0, false
	}
	want := f.frames[mark.Frame]
	const block = 8
	var squares, alike float64
	area := image.Rect(callWidth/4, callHeight/5, callWidth*3/4, callHeight*6/10-block).Intersect(img.Rect)
	blocks := 0
	for y := area.Min.Y; y+block <= area.Max.Y; y += block {
		for x := area.Min.X; x+block <= area.Max.X; x += block {
			var a, b, aa, bb, ab float64
			for dy := range block {
				for dx := range block {
					p := img.Pix[img.PixOffset(x+dx, y+dy):]
					shown := 16 + (65.481*float64(p[0])+128.553*float64(p[1])+24.966*float64(p[2]))/255
					real := float64(want.Y[want.YOffset(x+dx, y+dy)])
					a, b, aa, bb, ab = a+shown, b+real, aa+shown*shown, bb+real*real, ab+shown*real
				}
			}
			const n, c1, c2 = block * block, 2.55 * 2.55, 7.65 * 7.65
			squares += aa - 2*ab + bb
			ma, mb := a/n, b/n
			alike += (2*ma*mb + c1) * (2*(ab/n-ma*mb) + c2) / ((ma*ma + mb*mb + c1) * (aa/n - ma*ma + bb/n - mb*mb + c2))
			blocks++
		}
	}
	mean := squares / float64(blocks*block*block)
	return 10 * math.Log10(255*255/max(mean, 1e-3)), alike / float64(blocks), true
}
