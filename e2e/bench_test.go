//go:build e2e

package e2e

import (
	"context"
	"flag"
	"fmt"
	"image"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/internal/netem"
)

var (
	report = flag.String("report", "", "compare with Chromium, and write benchmarks.md and benchmarks.json to this directory (`make bench`)")
	rounds = flag.Int("rounds", 5, "how often to measure each call")
)

// How long parts of the measured calls last.
const (
	warmUp    = 10 * time.Second
	workTime  = 20 * time.Second
	talkTime  = 12 * time.Second
	glassWant = 60 // readings of the clock in a picture
)

// product is what makes calls.
type product interface {
	name() string
	version() string
	// meet prepares one call.
	meet(*testing.T) host
}

// host starts the sides of one call.
type host interface {
	start(t *testing.T, who, other string, where seating) side
}

// seating is what the sides of a call have around them, besides microphone, speaker and a window of callWidth × callHeight.
type seating struct {
	film     *testFilm                   // before the cameras; nil: there are no cameras
	oneWay   bool                        // only ana has a camera
	machines map[string]*netem.Namespace // by who sits there; nil: all on the machine of the desk
}

// filmOf is what is before somebody's camera.
func (s seating) filmOf(who string) *testFilm {
	if s.oneWay && who != "ana" {
		return nil
	}
	return s.film
}

// command makes the command that starts a program at somebody's machine, who can reach an address of the desk's there.
func (s seating) command(t *testing.T, who, address, program string, args ...string) *exec.Cmd {
	t.Helper()
	if n := s.machines[who]; n != nil {
		reach(t, n, address)
		return n.Command(context.Background(), program, args...)
	}
	return exec.Command(program, args...)
}

// side is one end of a call: some processes with one window.
type side interface {
	pid() int // of its first process
	awaitReady()
	call(other string)
	awaitRing()
	accept()
	awaitLive()
	content(window) image.Rectangle // on the screen, where a picture of the other side fills all
	received() received
	quit()
}

// received is the picture that a side gets, by its own account.
type received struct {
	codec         string
	width, height int
	rate          float64
}

// TestBench compares Parley with Chromium in the same calls on one machine. It asserts nothing but that every figure could be
// taken of the same call.
func TestBench(t *testing.T) {
	if *report == "" {
		t.Skip("only with -report DIRECTORY")
	}
	if err := netem.Possible(); err != nil {
		t.Fatal(err)
	}
	sound, film, texture, spoken := newRoom(t), newTestFilm(t, plain), newTestFilm(t, textured), chatter(t)
	results := newComparison()
	results.ours, results.theirs = application{}, browser{speech: spoken}
	for round := range *rounds {
		for _, p := range []product{results.ours, results.theirs} {
			b := bench{product: p, room: sound, film: film, texture: texture, spoken: spoken, results: results}
			t.Run(fmt.Sprintf("video call %d of %s", round+1, p.name()), b.videoCall)
			t.Run(fmt.Sprintf("voice call %d of %s", round+1, p.name()), b.voiceCall)
		}
	}
	for _, p := range []product{results.ours, results.theirs} {
		b := bench{product: p, room: sound, film: film, texture: texture, spoken: spoken, results: results}
		t.Run("voice under loss of "+p.name(), b.lossyVoice)
		t.Run("video under loss of "+p.name(), b.lossyVideo)
	}
	ours := bench{product: results.ours, film: film, spoken: spoken, results: results}
	t.Run("more people", ours.mesh)
	t.Run("many pictures", ours.tiles)
	t.Run("put away", ours.putAway)
	results.write(t, *report)
}

// bench measures calls of one product.
type bench struct {
	product
	room    *room
	film    *testFilm // the test camera's
	texture *testFilm // that is harder to code
	spoken  string
	results *comparison
}

func (b bench) add(what quantity, values ...float64) { b.results.add(b.product, what, values) }

// begin starts both sides of a call, next to each other on the screen, and takes the time until each can be used.
func (b bench) begin(t *testing.T, where seating) (ana, bob side) {
	t.Helper()
	h := b.meet(t)
	one := func(who, other string, x int) side {
		began := time.Now()
		s := h.start(t, who, other, where)
		awaitPainted(t, s)
		s.awaitReady()
		if where.film != nil && where.machines == nil {
			b.add(startTime, millis(time.Since(began)))
		}
		w := theOnly(t, s)
		xdotool(t, "windowmove", "--sync", fmt.Sprint(uint32(w.id)), fmt.Sprint(x), "40")
		return s
	}
	return one("ana", "bob", 20), one("bob", "ana", callWidth+60)
}

func (b bench) videoCall(t *testing.T) {
	for _, who := range []string{"ana", "bob"} {
		defer speak(t, who, b.spoken)()
	}
	ana, bob := b.begin(t, seating{film: b.film})
	ana.call("bob")
	bob.awaitRing()
	time.Sleep(time.Second) // nobody answers faster
	began := time.Now()
	go bob.accept()
	awaitPicture(t, bob)
	b.add(firstPicture, millis(time.Since(began)))
	ana.awaitLive()
	bob.awaitLive()

	time.Sleep(warmUp)
	pids := []int{ana.pid(), bob.pid()}
	before, since := []work{workOf(pids[0]), workOf(pids[1])}, time.Now()
	time.Sleep(workTime)
	for i, pid := range pids {
		all, drawing := workOf(pid).since(before[i], time.Since(since))
		b.add(cpuAll, all)
		b.add(cpuDrawing, drawing)
		b.add(cpu, all-drawing)
		mib, processes := memory(pid)
		b.add(pss, mib)
		b.add(processCount, float64(processes))
	}
	for _, s := range []side{ana, bob} {
		got := s.received()
		if got.codec != "VP8" || got.width != callWidth || got.height != callHeight {
			t.Errorf("%s got %+v: that is not the call to be measured", b.name(), got)
		}
		b.add(decoded, got.rate)
	}
	ages := b.glassToGlass(t, bob)
	b.add(glass, median(ages))
	b.add(glassLate, quantile(ages, 0.95))
	t.Logf("start %.0f ms, first picture %.0f ms, CPU %.0f %%, memory %.0f MiB, glass to glass %.0f ms", b.last(startTime), b.last(firstPicture), b.last(cpu), b.last(pss), b.last(glass))
	b.keep(t, "call", ana, bob)
	ana.quit()
	bob.quit()
}

// glassToGlass reads how old the pictures are that a side shows.
func (b bench) glassToGlass(t *testing.T, s side) (ages []float64) {
	t.Helper()
	defer b.film.live()()
	time.Sleep(time.Second)
	at := s.content(theOnly(t, s))
	for late := time.Now().Add(patience); len(ages) < glassWant; time.Sleep(97 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("the clock in the picture was read %d times", len(ages))
		}
		now := time.Now()
		if mark, ok := markOf(at); ok {
			ages = append(ages, millis(mark.Age(now)))
		}
	}
	return ages
}

func (b bench) voiceCall(t *testing.T) {
	defer speak(t, "ana", b.spoken)()
	ana, bob := b.begin(t, seating{})
	ana.call("bob")
	bob.awaitRing()
	time.Sleep(time.Second)
	b.room.forget()
	bob.accept()
	ana.awaitLive()
	bob.awaitLive()
	time.Sleep(talkTime)
	said, heard := b.room.listen(anaMouth), b.room.listen(bobEar)
	settled := 4 * rate
	late := delays(said[min(settled, len(said)):], heard[min(settled, len(heard)):])
	if len(late) < 3 {
		t.Fatalf("what was said was found %d times in what was heard", len(late))
	}
	var ms []float64
	for _, d := range late {
		ms = append(ms, millis(d))
	}
	slices.Sort(late)
	first, ok := firstSound(said, heard, late[len(late)/2])
	if !ok {
		t.Fatal("nothing of what was said was heard")
	}
	b.add(firstHeard, millis(first))
	b.add(voice, median(ms))
	t.Logf("first sound %.0f ms, mouth to ear %.0f ms", b.last(firstHeard), b.last(voice))
	ana.quit()
	bob.quit()
}

func (b bench) last(what quantity) float64 {
	v := b.results.values[what][b.name()]
	return v[len(v)-1]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// theOnly waits for the window of a side.
func theOnly(t *testing.T, s side) window {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if w := here.windows(s.pid()); len(w) == 1 {
			return w[0]
		}
	}
	t.Fatalf("windows are %+v", here.windows(s.pid()))
	return window{}
}

// awaitPainted waits until there is something to read in the window of a side, which has more colours than an empty page.
func awaitPainted(t *testing.T, s side) {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		for _, w := range here.windows(s.pid()) {
			at := s.content(w)
			at.Max.Y = at.Min.Y + at.Dy()/3
			if img, err := here.pixels(at); err == nil && colours(img) >= 32 {
				return
			}
		}
	}
	t.Fatal("the window stays empty")
}

// colours counts those of a picture. It is quick where neighbours are alike: who starts shares the processors with who looks at it.
func colours(img *image.RGBA) int {
	seen := make(map[[3]byte]bool)
	var last [3]byte
	for i := 0; i+3 < len(img.Pix); i += 4 {
		if c := [3]byte(img.Pix[i:]); c != last {
			seen[c], last = true, c
		}
	}
	return len(seen)
}

// awaitPicture waits until a side shows the other's picture: the brightness along a line is that of the test camera's background,
// but for where the disc is or a word lies over it. The mirrored picture of the side itself is not taken for it.
func awaitPicture(t *testing.T, s side) {
	t.Helper()
	const points, far = 20, 24
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(3 * time.Millisecond) {
		for _, w := range here.windows(s.pid()) {
			at := s.content(w)
			y := at.Min.Y + at.Dy()*3/10
			img, err := here.pixels(image.Rect(at.Min.X, y, at.Max.X, y+1))
			if err != nil || img.Rect.Dx() < at.Dx() {
				continue
			}
			alike := 0
			for i := range points {
				x := (2*i + 1) * at.Dx() / (2 * points)
				luma := 60 + 110*float64(x)/float64(at.Dx()) + 40*0.3
				if got := brightness(img, x); got > (luma-16)*1.164-far && got < (luma-16)*1.164+far {
					alike++
				}
			}
			if alike >= points*3/4 {
				return
			}
		}
	}
	t.Fatal("no picture of the other side came")
}

func brightness(img *image.RGBA, x int) float64 {
	p := img.Pix[4*x:]
	return 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
}

// markOf reads the mark of a picture on the screen from its upper edge.
func markOf(at image.Rectangle) (devices.Mark, bool) {
	img, err := here.pixels(image.Rect(at.Min.X, at.Min.Y, at.Min.X+at.Dx()*3/4, at.Min.Y+at.Dx()/16)) // no more than need be, for it takes time
	if err != nil {
		return devices.Mark{}, false
	}
	return markOn(img, at)
}

// markOn reads the mark of a picture of which img is the upper part.
func markOn(img *image.RGBA, at image.Rectangle) (devices.Mark, bool) {
	return devices.ReadMark(img, at.Sub(at.Min))
}

// awaitMark waits until nothing lies over the mark of the other's picture.
func awaitMark(t *testing.T, s side) {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if _, ok := markOf(s.content(theOnly(t, s))); ok {
			return
		}
	}
	t.Fatal("the mark of the picture cannot be read")
}

// keep saves what both sides look like, for whoever doubts the figures.
func (b bench) keep(t *testing.T, what string, sides ...side) {
	t.Helper()
	for i, s := range sides {
		if img, err := here.look(theOnly(t, s)); err == nil {
			savePNG(t, fmt.Sprintf("bench-%s-%s-%d", what, b.name(), i), img)
		}
	}
}
