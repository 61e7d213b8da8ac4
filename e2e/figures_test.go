//go:build e2e

package e2e

import (
	_ "embed"
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
	key        string // of its ratio in benchmarks.json; empty if there is no ratio
	what, unit string // for people
	goal       string // of the ratio, and of ours
	wish       wish   // for what is compared without a ratio
}

// wish is what would be good of a quantity.
type wish string

const (
	more wish = "≥"
	less wish = "≤"
)

// All that is measured of calls on a good network.
var (
	cpu          = quantity{key: "cpu", what: "CPU of one side in a video call, without drawing in software", unit: "% of a core", goal: "≤ 0.5"}
	cpuAll       = quantity{key: "cpu_with_drawing", what: "the same with drawing in software", unit: "% of a core"}
	cpuDrawing   = quantity{what: "drawing in software", unit: "% of a core"}
	pss          = quantity{key: "memory", what: "memory of one side in a video call (PSS)", unit: "MiB", goal: "≤ 0.25"}
	glass        = quantity{key: "glass_to_glass", what: "glass to glass, median", unit: "ms", goal: "≤ 0.8"}
	glassLate    = quantity{key: "glass_to_glass_p95", what: "glass to glass, 95th percentile", unit: "ms", goal: "≤ 0.8"}
	voice        = quantity{key: "mouth_to_ear", what: "mouth to ear", unit: "ms", goal: "≤ 0.8, ≤ 80 ms"}
	firstPicture = quantity{key: "first_picture", what: "accept to first picture", unit: "ms", goal: "≤ 0.5"}
	firstHeard   = quantity{key: "first_sound", what: "accept to first sound", unit: "ms", goal: "≤ 0.5"}
	startTime    = quantity{key: "start", what: "start to usable window", unit: "ms", goal: "≤ 0.3, < 1 s"}
	decoded      = quantity{what: "pictures decoded", unit: "/s"}
	processCount = quantity{what: "processes of one side"}

	quantities = []quantity{cpu, cpuAll, cpuDrawing, pss, glass, glassLate, voice, firstPicture, firstHeard, startTime, decoded, processCount}
	// headlines are those whose ratios say how Parley does in short.
	headlines = []quantity{cpu, pss, glass, voice, firstPicture, startTime}
)

// comparison collects what was measured of both products.
type comparison struct {
	ours, theirs product
	values       map[quantity]map[string][]float64 // by name of the product
	harder       []quantity                        // of networks that are not good, in order
	growth       []growth
	reactions    []reaction
	places       []whereabouts
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
	for _, q := range append(slices.Clone(quantities), c.harder...) {
		if _, _, ok := c.medians(q); !ok {
			t.Errorf("no figure for %s", q.what)
		}
	}
	data, err := json.MarshalIndent(c.data(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	page := c.page()
	for name, content := range map[string]string{"benchmarks.md": page, "benchmarks.json": string(data) + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tables, _, _ := strings.Cut(page, howMeasured)
	t.Log("\n" + tables)
}

// figures are benchmarks.json.
type figures struct {
	Ratios   map[string]float64              `json:"ratios"` // ours to theirs
	More     map[string]float64              `json:"more_ratios"`
	Machine  string                          `json:"machine"`
	Versions []string                        `json:"versions"`
	Medians  map[string]map[string]float64   `json:"medians"`
	Raw      map[string]map[string][]float64 `json:"raw"`
	Growth   []growth                        `json:"growth"`
	Reaction []reaction                      `json:"reaction"`
	Places   []whereabouts                   `json:"places"`
}

func (c *comparison) data() figures {
	f := figures{make(map[string]float64), make(map[string]float64), machine(), []string{c.ours.version(), c.theirs.version(), runtime.Version()},
		make(map[string]map[string]float64), make(map[string]map[string][]float64), c.growth, c.reactions, c.places}
	for _, q := range append(slices.Clone(quantities), c.harder...) {
		f.Raw[q.what] = c.values[q]
		ours, theirs, ok := c.medians(q)
		if !ok {
			continue
		}
		f.Medians[q.what] = map[string]float64{c.ours.name(): ours, c.theirs.name(): theirs}
		switch {
		case q.key == "" || theirs == 0:
		case slices.Contains(headlines, q):
			f.Ratios[q.key] = ours / theirs
		default:
			f.More[q.key] = ours / theirs
		}
	}
	return f
}

// page is benchmarks.md. What stands before its first part is in the README, too.
func (c *comparison) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Figures

Taken by `+"`make bench`"+` on %s: the same calls with %s and with %s in turn, rounds: %d, both sides
on one machine (%s, %s). The ratio is ours to theirs, of medians.

| What | Parley | Chromium | | ratio | goal |
|---|---:|---:|---|---:|---|
`, time.Now().UTC().Format(time.DateOnly), c.ours.version(), c.theirs.version(), *rounds, machine(), runtime.Version())
	for _, q := range quantities {
		ours, theirs, ok := c.medians(q)
		if !ok {
			continue
		}
		ratio := ""
		if q.key != "" && theirs > 0 {
			ratio = fmt.Sprintf("%.2f", ours/theirs)
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %s | %s | %s |\n", q.what, ours, theirs, q.unit, ratio, q.goal)
	}
	b.WriteString(`
## On networks that are not good

One call of each product for speech and one for pictures, in which the network changes. Each figure is of 8 s after 4 s to
adapt, with pictures of which packets are lost of 24 s; when the path becomes narrow or wide again, of the next 16 s.

| What | Parley | Chromium | | goal | reached |
|---|---:|---:|---|---|---|
`)
	for _, q := range c.harder {
		ours, theirs, _ := c.medians(q)
		ours, theirs = rounded(ours), rounded(theirs)
		reached := "no"
		if q.wish == more && ours >= theirs || q.wish == less && ours <= theirs {
			reached = "yes"
		}
		fmt.Fprintf(&b, "| %s | %g | %g | %s | %s Chromium's | %s |\n", q.what, ours, theirs, q.unit, q.wish, reached)
	}
	b.WriteString(`
## More people

Parley alone, 1280×720, with others who send 640×360 and speak.

| Members | CPU without drawing, % of a core | more than before | encoders of the camera | pictures coded /s |
|---:|---:|---:|---:|---:|
`)
	for i, g := range c.growth {
		added := "-"
		if i > 0 {
			added = fmt.Sprintf("%.1f", g.CPU-c.growth[i-1].CPU)
		}
		fmt.Fprintf(&b, "| %d | %.1f | %s | %d | %.1f |\n", g.Members, g.CPU, added, g.Encoders, g.Coded)
	}
	b.WriteString(`
From a click at a button to other pixels, with small pictures of others, 30/s each; goal: less than 100 ms.

| Pictures | drawn of each, /s | median, ms | worst of ten, ms | CPU with drawing, % of a core |
|---:|---:|---:|---:|---:|
`)
	for _, r := range c.reactions {
		fmt.Fprintf(&b, "| %d | %.1f | %.0f | %.0f | %.0f |\n", r.Tiles, r.Drawn, r.Median, r.Worst, r.CPU)
	}
	b.WriteString(`
## A call that is put away

One side of a video call of two, 1280×720, when both have it in the same place.

| Where | CPU without drawing, % of a core | with drawing | pictures coded /s |
|---|---:|---:|---:|
`)
	for _, p := range c.places {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.1f |\n", p.Where, p.CPU, p.Drawing, p.Coded)
	}
	b.WriteString("\n" + howMeasured)
	b.WriteString("\n## Raw data\n\nIn the order of the rounds. Each call has two sides, so some quantities have two values per round.\n\n")
	for _, q := range append(slices.Clone(quantities), c.harder...) {
		fmt.Fprintf(&b, "- %s (%s)\n", q.what, q.unit)
		for _, p := range []product{c.ours, c.theirs} {
			fmt.Fprintf(&b, "  - %s:%s\n", p.name(), list(c.values[q][p.name()]))
		}
	}
	return b.String()
}

//go:embed testdata/measured.md
var howMeasured string

func machine() string { return fmt.Sprintf("%s, %d cores", model(), runtime.NumCPU()) }

func list(values []float64) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, " %.4g", v)
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
