//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// quantity is what is measured of calls.
type quantity struct {
	key        string  // of its ratio in benchmarks.json; empty if there is no ratio
	what, unit string  // for people
	goal       float64 // of the ratio; 0 if there is none
	wish       wish    // for what is compared without a ratio
}

// wish is what would be good of a quantity.
type wish string

const (
	more wish = "≥"
	less wish = "≤"
)

// All that is measured of calls, in the order of the table.
var (
	cpu          = quantity{"cpu", "CPU of one side, video call, without drawing in software", "% of a core", 0.5, ""}
	cpuAll       = quantity{"cpu_with_drawing", "CPU of one side, video call, all", "% of a core", 0, ""}
	cpuDrawing   = quantity{"", "of it drawing in software", "% of a core", 0, ""}
	pss          = quantity{"memory", "memory of one side, video call (PSS)", "MiB", 0.25, ""}
	glass        = quantity{"glass_to_glass", "glass to glass, median", "ms", 0.8, ""}
	glassLate    = quantity{"glass_to_glass_p95", "glass to glass, 95th percentile", "ms", 0.8, ""}
	voice        = quantity{"mouth_to_ear", "mouth to ear", "ms", 0.8, ""}
	firstPicture = quantity{"first_picture", "accept to first picture", "ms", 0.5, ""}
	firstHeard   = quantity{"first_sound", "accept to first sound", "ms", 0.5, ""}
	startTime    = quantity{"start", "start to usable window", "ms", 0.3, ""}
	decoded      = quantity{"", "pictures decoded", "/s", 0, ""}
	processCount = quantity{"", "processes of one side", "", 0, ""}

	quantities = []quantity{cpu, cpuAll, cpuDrawing, pss, glass, glassLate, voice, firstPicture, firstHeard, startTime, decoded, processCount}
)

// comparison collects what was measured of both products.
type comparison struct {
	ours, theirs product
	values       map[quantity]map[string][]float64 // by name of the product
	harder       []quantity                        // of networks that are not good, in order
	growth       []growth
	reactions    []reaction
}

func newComparison() *comparison {
	return &comparison{values: make(map[quantity]map[string][]float64)}
}

func (c *comparison) add(p product, what quantity, values []float64) {
	if c.values[what] == nil {
		if what.wish != "" {
			c.harder = append(c.harder, what)
		}
		c.values[what] = make(map[string][]float64)
	}
	c.values[what][p.name()] = append(c.values[what][p.name()], values...)
}

// medians are the medians of a quantity for both, false if one of them was not measured.
func (c *comparison) medians(what quantity) (ours, theirs float64, ok bool) {
	a, b := c.values[what][c.ours.name()], c.values[what][c.theirs.name()]
	if len(a) == 0 || len(b) == 0 {
		return 0, 0, false
	}
	return median(a), median(b), true
}

// median is the middle value, and between the two middle ones of an even number.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, int(q*float64(len(v))))]
}

// rounded is a value as it is shown, so that what looks equal is equal.
func rounded(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return r
}

// write leaves the figures in a directory, for people and for programs.
func (c *comparison) write(t *testing.T, dir string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `# Figures

Taken by `+"`make bench`"+` on %s: the same calls with %s and with %s in turn, rounds: %d, both sides
on one machine (%s, %d cores, %s). The ratio is ours to theirs, of medians.

| What | Parley | Chromium | | ratio | goal |
|---|---:|---:|---|---:|---:|
`, time.Now().UTC().Format(time.DateOnly), c.ours.version(), c.theirs.version(), *rounds, model(), runtime.NumCPU(), runtime.Version())
	ratios := make(map[string]float64)
	for _, q := range quantities {
		ours, theirs, ok := c.medians(q)
		if !ok {
			t.Errorf("no figure for %s", q.what)
			continue
		}
		ratio, goal := "", ""
		if q.key != "" && theirs > 0 {
			ratios[q.key] = ours / theirs
			ratio = fmt.Sprintf("%.2f", ours/theirs)
		}
		if q.goal > 0 {
			goal = fmt.Sprintf("≤ %.2f", q.goal)
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %s | %s | %s |\n", q.what, ours, theirs, q.unit, ratio, goal)
	}
	b.WriteString(harderIntroduction)
	for _, q := range c.harder {
		ours, theirs, ok := c.medians(q)
		if !ok {
			t.Errorf("no figure for %s", q.what)
			continue
		}
		ours, theirs = rounded(ours), rounded(theirs)
		reached := "no"
		if q.wish == more && ours >= theirs || q.wish == less && ours <= theirs {
			reached = "yes"
		}
		fmt.Fprintf(&b, "| %s | %.3g | %.3g | %s | %s Chromium's | %s |\n", q.what, ours, theirs, q.unit, q.wish, reached)
	}
	b.WriteString("\n## More people\n\nParley alone, 1280×720, with others who send 640×360 and speak.\n\n" +
		"| Members | CPU without drawing, % of a core | more than before | encoders of the camera | pictures coded /s |\n|---:|---:|---:|---:|---:|\n")
	last := 0.0
	for _, g := range c.growth {
		fmt.Fprintf(&b, "| %d | %.1f | %.1f | %d | %.1f |\n", g.Members, g.CPU, g.CPU-last, g.Encoders, g.Coded)
		last = g.CPU
	}
	b.WriteString("\nFrom a click at a button to other pixels, with small pictures of others, 30/s each; goal: less than 100 ms.\n\n" +
		"| Pictures | drawn of each, /s | median, ms | worst of ten, ms | CPU with drawing, % of a core |\n|---:|---:|---:|---:|---:|\n")
	for _, r := range c.reactions {
		fmt.Fprintf(&b, "| %d | %.1f | %.0f | %.0f | %.0f |\n", r.Tiles, r.Drawn, r.Median, r.Worst, r.CPU)
	}
	b.WriteString(howMeasured)
	b.WriteString("\n## Raw data\n\nIn the order of the rounds. Each call has two sides, so some quantities have two values per round.\n\n")
	raw := make(map[string]map[string][]float64)
	for _, q := range append(slices.Clone(quantities), c.harder...) {
		raw[q.what] = c.values[q]
		fmt.Fprintf(&b, "- %s (%s)\n", q.what, q.unit)
		for _, p := range []product{c.ours, c.theirs} {
			fmt.Fprintf(&b, "  - %s:%s\n", p.name(), list(c.values[q][p.name()]))
		}
	}
	data, err := json.MarshalIndent(struct {
		Ratios   map[string]float64              `json:"ratios"`
		Machine  string                          `json:"machine"`
		Versions []string                        `json:"versions"`
		Raw      map[string]map[string][]float64 `json:"raw"`
		Growth   []growth                        `json:"growth"`
		Reaction []reaction                      `json:"reaction"`
	}{ratios, fmt.Sprintf("%s, %d cores", model(), runtime.NumCPU()), []string{c.ours.version(), c.theirs.version(), runtime.Version()}, raw, c.growth, c.reactions}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"benchmarks.md": b.String(), "benchmarks.json": string(data) + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("\n" + b.String())
}

func list(values []float64) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, " %.1f", v)
	}
	return b.String()
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

const harderIntroduction = `
## On networks that are not good

One call of each product for speech and one for pictures, in which the network changes. Each figure is of 8 s after 4 s to
adapt; when the path becomes narrow or wide again, of the next 16 s.

| What | Parley | Chromium | | goal | reached |
|---|---:|---:|---|---|---|
`

const howMeasured = `
## How it is measured

Both products make the same calls: VP8 and Opus, 1280×720 with 30 pictures/s both ways, straight between the two sides, each side in
a window whose content is 1280×720 and shows the other's picture at full size and the own one, mirrored and small, in a corner. The
windows are on one virtual display (Xvfb, no graphics card) and beside each other, so that none hides another.

- **Chromium** is Debian's package with a new profile per side and nothing but our page e2e/testdata/call.html, which does what the
  WebRTC interface needs for such a call and no more; ` + "`degradationPreference`" + ` is ` + "`maintain-resolution`" + `, because it sends a quarter of the
  picture for long otherwise. Offers and candidates go through a relay on the same machine.
- **Parley** runs as it is delivered, with a switchboard in a process of its own that belongs to neither side, as the relay does.
- **Camera**: the moving test pattern of Parley's test camera, for Chromium as a file. The number of the picture and the time stand in
  each as black and white boxes.
- **Sound**: a PulseAudio server; each side has a microphone and a speaker there. Echo cancellation, noise suppression and gain control
  are as each product has them when nobody changes anything, on. Both sides speak in the video call. With its camera from a file
  Chromium has a file for a microphone as well there, which saves it the capture.
- **A side** is its first process with all descendants.
- **CPU**: user and system time over 20 s after 10 s of the call. *Drawing in software* is what takes the place of a graphics card: the
  threads of llvmpipe in Parley, the process of the type gpu-process in Chromium. The ratio to reach is without it.
- **Memory**: proportional set size, so that what processes share counts once.
- **Glass to glass**: the clock in the picture, read from pixels of the receiver's window, against the clock then. Steps of 10 ms. For
  Chromium the clock is written into the pictures of the file while it reads them.
- **Mouth to ear**: one recording has what goes into the microphone and what comes out of the speaker; the shift at which a second of
  the one is most alike in the other. In a call without video.
- **Accept to first picture** ends when the pixels in the window of the one who accepts are those of the other's picture; **first
  sound** when what is said is found in what his speaker plays.
- **Networks that are not good**: each side is in a network namespace of its own, and between the two is an emulator of ours
  (internal/netem) with 20 ms each way on which only media go. *Speech* is STOI of what comes out of the speaker against what went into
  the microphone at the same time. For *pictures* only one side has a camera, of a film with detail that moves; the number in the picture
  on the screen says which one of the film it is compared with, by brightness, in a part of the picture. A picture *stands still* when
  the next comes later than 183 ms.
- **More people** sit in the process that measures, without windows, so that what they do is not counted. An encoder is a track that
  leaves, whoever gets it.
- **Start to usable window** ends when words stand in the window, and the app is connected to its switchboard or the page to its relay.
  It is a warm start with a new profile.
`
