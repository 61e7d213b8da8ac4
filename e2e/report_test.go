//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var report = flag.String("report", "", "measure, and write the figures to this file (`make bench`)")

// figure is one measured quantity.
type figure struct {
	name, unit string
	values     []float64
}

func (f figure) row() string {
	v := slices.Sorted(slices.Values(f.values))
	at := func(q float64) float64 { return v[min(len(v)-1, int(q*float64(len(v))))] }
	return fmt.Sprintf("| %s | %.1f | %.1f | %s | %d |", f.name, at(0.5), at(0.95), f.unit, len(v))
}

// TestReport measures the product as a person meets it: whole processes on a virtual desktop. It asserts nothing but that every
// figure could be taken.
func TestReport(t *testing.T) {
	if *report == "" {
		t.Skip("only with -report FILE")
	}
	at := switchboard(t)
	size := []string{"--video", "1280x720", "--size", "1280x720"}
	var figures []figure

	starts := figure{name: "start to answering", unit: "ms"}
	for i := range 5 {
		began := time.Now()
		a := start(t, fmt.Sprintf("start%d", i), "--server", at)
		starts.values = append(starts.values, millis(time.Since(began)))
		a.quit()
	}
	figures = append(figures, starts)

	ana, bob := launch(t, "ana", at, size...), launch(t, "bob", at, size...)
	events := bob.watch()
	ring := figure{name: "invite to ring", unit: "ms"}
	answer := figure{name: "accept to first picture", unit: "ms"}
	for range 10 {
		time.Sleep(1200 * time.Millisecond) // the switchboard lets nobody call more often for long
		began := time.Now()
		ana.invite("bob", "--video")
		ring.values = append(ring.values, millis(events.next("incoming-received").At.Sub(began)))
		bob.awaitRing()
		began = time.Now()
		bob.ctl("accept")
		answer.values = append(answer.values, millis(events.next("first-picture").At.Sub(began)))
		bob.ctl("hangup")
		ana.await("the end", idle)
		bob.await("the end", idle)
	}
	figures = append(figures, ring, answer)

	ana.invite("bob", "--video")
	bob.awaitRing()
	bob.ctl("accept")
	ana.awaitLive(1)
	time.Sleep(5 * time.Second) // the bit rate settles
	glass := figure{name: "glass to glass, 1280×720", unit: "ms"}
	for deadline := time.Now().Add(2 * time.Minute); len(glass.values) < 60 && time.Now().Before(deadline); time.Sleep(130 * time.Millisecond) {
		if w := here.windows(bob.pid()); len(w) > 0 {
			now := time.Now()
			if img, err := here.look(w[0]); err == nil {
				if mark, ok := readMark(img); ok {
					glass.values = append(glass.values, millis(mark.Age(now)))
				}
			}
		}
	}
	cpu := figure{name: "CPU of one side in that call, software GL included", unit: "% of a core"}
	memory := figure{name: "memory of one side in that call (RSS)", unit: "MB"}
	shown := figure{name: "pictures decoded", unit: "/s"}
	for range 10 {
		time.Sleep(time.Second)
		for _, a := range []*app{ana, bob} {
			s := a.stats()
			cpu.values = append(cpu.values, s.Process.CPU)
			memory.values = append(memory.values, s.Process.RSS)
			shown.values = append(shown.values, camera(s, "in").FPSCoded)
		}
	}
	keepPicture(t, bob, "bench")
	bob.ctl("hangup")
	bob.await("the end", idle)
	figures = append(figures, glass, cpu, memory, shown)
	ana.quit()
	bob.quit()

	figures = append(figures, mouthToEar(t, at))
	write(t, figures)
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// mouthToEar lets the one's speaker be the sink that the other's microphone hears, so that a chirp comes again after the way from
// mouth to ear, and measures the distance in one recording.
func mouthToEar(t *testing.T, at string) figure {
	f := figure{name: "mouth to ear", unit: "ms"}
	if _, err := here.sound.Control("load-module", "module-remap-source", "master=ana.monitor", "source_name=mouth", "source_properties=device.description=Mouth"); err != nil {
		t.Fatal(err)
	}
	mouth := launch(t, "mouth", at, "--microphone", "mouth", "--camera", "none")
	ear := launch(t, "ear", at, "--speaker", "ana", "--microphone", "none", "--camera", "none")
	mouth.invite("ear")
	ear.awaitRing()
	ear.ctl("accept")
	mouth.awaitLive(1)
	ear.awaitLive(1)
	time.Sleep(3 * time.Second)
	path := filepath.Join(t.TempDir(), "chirp.wav")
	if out, err := exec.Command("sox", "-n", "-r", "48000", "-c", "1", "-b", "16", path, "synth", "0.02", "sine", "1000:3000", "vol", "0.5", "pad", "0", "0.1").CombinedOutput(); err != nil {
		t.Fatalf("sox: %v %s", err, out)
	}
	chirp := wave(t, path)[:rate/50]
	for range 10 {
		go func() {
			time.Sleep(700 * time.Millisecond)
			c := exec.Command("paplay", "-d", "ana", path)
			c.Env = here.env()
			_ = c.Run()
		}()
		heard := record(t, "ana", 1800*time.Millisecond)
		if first, second, ok := twice(heard, chirp); ok {
			f.values = append(f.values, float64(second-first)*1000/rate)
		}
	}
	if len(f.values) == 0 {
		t.Fatal("the chirp was never heard again")
	}
	return f
}

// twice finds the first chirp in a recording and the next one within half a second.
func twice(heard, chirp []float64) (first, second int, ok bool) {
	var energy float64
	for _, x := range chirp {
		energy += x * x
	}
	likeness := make([]float64, max(0, len(heard)-len(chirp)))
	for i := range likeness {
		var xy, xx float64
		for k, x := range chirp {
			y := heard[i+k]
			xy += x * y
			xx += y * y
		}
		if xx > energy/1000 {
			likeness[i] = xy / math.Sqrt(xx*energy)
		}
	}
	first = peak(likeness, 0, len(likeness))
	if first < 0 {
		return 0, 0, false
	}
	second = peak(likeness, first+rate/100, min(len(likeness), first+rate/2))
	return first, second, second > 0
}

// peak is where something like the chirp begins in a range: the best place within 5 ms of the first good one.
func peak(likeness []float64, from, to int) int {
	for i := from; i < to; i++ {
		if likeness[i] > 0.5 {
			best := i
			for k := i; k < min(to, i+rate/200); k++ {
				if likeness[k] > likeness[best] {
					best = k
				}
			}
			return best
		}
	}
	return -1
}

func write(t *testing.T, figures []figure) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# Figures\n\nTaken by `make bench`: whole processes on a virtual display (software OpenGL) and a sound server with null sinks, both sides of\n"+
		"every call and the switchboard on one machine. %s, %d cores, %s.\n\n", model(), runtime.NumCPU(), runtime.Version())
	b.WriteString("| What | median | p95 | | samples |\n|---|---:|---:|---|---:|\n")
	for _, f := range figures {
		if len(f.values) == 0 {
			t.Fatalf("no figure for %s", f.name)
		}
		b.WriteString(f.row() + "\n")
	}
	if err := os.MkdirAll(filepath.Dir(*report), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*report, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
}

// model is the name of the processor.
func model() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "processor unknown"
}
