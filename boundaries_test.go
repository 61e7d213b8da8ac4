package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parley-calls/parley"

// rule says what the packages of a pattern may not import: directly, or by whatever way.
type rule struct {
	pattern string   // of the go command
	ours    []string // the packages of this module that they may import, below themselves; nil means all
	never   []string // prefixes of import paths that may be nowhere among their dependencies
	direct  []string // prefixes of import paths that they may not name themselves
	pure    bool     // no cgo among their dependencies but the standard library's
}

var (
	windowing = []string{"fyne.io/", "github.com/go-gl/", "github.com/fyne-io/"}
	drivers   = []string{module + "/devices", "github.com/gordonklaus/portaudio", "github.com/gen2brain/malgo", "github.com/jfreymuth/pulse",
		"github.com/pion/mediadevices"}
)

// rules are the boundaries between the rooms of the house.
var rules = []rule{
	{pattern: "./engine/signal/...", ours: []string{}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./engine/link/...", ours: []string{}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./engine/media/...", ours: []string{}, never: windowing, direct: []string{"github.com/pion/webrtc", "github.com/nats-io"}},
	{pattern: "./engine", ours: []string{"engine/signal", "engine/link", "engine/media"}, never: append(windowing, module+"/devices", module+"/server", module+"/ui")},
	{pattern: "./devices/...", ours: []string{"engine/media", "internal/soundfile", "internal/xconn"}, never: append(windowing, "github.com/nats-io"), direct: []string{"github.com/pion/webrtc"}},
	{pattern: "./server/law", ours: []string{"engine/signal"}, pure: true, direct: []string{"github.com/nats-io"}},
	{pattern: "./server/...", ours: []string{"engine/signal", "engine/link", "server"}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./cmd/parley-server", ours: []string{"engine/signal", "server", "upkeep"}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./profile/...", ours: []string{"engine/signal"}, never: append(windowing, drivers...)},
	{pattern: "./ctl/...", ours: []string{"engine", "engine/signal"}, never: windowing,
		direct: []string{"github.com/pion", "github.com/nats-io"}},
	{pattern: "./doctor/...", ours: []string{"engine", "engine/media", "devices"}, never: append(windowing, module+"/server", module+"/ui"),
		direct: []string{"github.com/pion/webrtc", "github.com/nats-io", "github.com/gordonklaus/portaudio", "github.com/gen2brain/malgo", "github.com/jfreymuth/pulse"}},
	{pattern: "./desktop/...", ours: []string{"internal/xconn"}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./internal/...", ours: []string{}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./upkeep/...", ours: []string{}, pure: true, never: append(windowing, drivers...)},
	{pattern: "./assets/...", ours: []string{}, never: append(windowing, drivers...)},
	{pattern: "./examples/...", ours: []string{"engine", "engine/media", "engine/signal", "ui", "devices"},
		direct: []string{"github.com/pion", "github.com/nats-io", "github.com/gordonklaus/portaudio", "github.com/gen2brain/malgo", "github.com/jfreymuth/pulse"}},
	{pattern: "./ui/...", ours: []string{"engine", "engine/media", "engine/signal", "profile", "assets", "desktop", "ui", "internal/soundfile", "internal/xconn", "upkeep"},
		direct: []string{"github.com/godbus", "github.com/pion", "github.com/nats-io", "github.com/gordonklaus/portaudio", "github.com/gen2brain/malgo", "github.com/jfreymuth/pulse"}},
}

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	CgoFiles   []string
}

// list asks the go command for packages with all that they depend on.
func list(t *testing.T, pattern string) (roots, all map[string]listed) {
	t.Helper()
	read := func(args ...string) map[string]listed {
		c := exec.CommandContext(t.Context(), "go", append(append([]string{"list"}, args...), "-json=ImportPath,Standard,Imports,Deps,CgoFiles", pattern)...)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		c.Env = append(os.Environ(), "CGO_ENABLED=1") // so that cgo shows itself
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", c.Args, err, stderr.String())
		}
		found := make(map[string]listed)
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p listed
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				return found
			} else if err != nil {
				t.Fatal(err)
			}
			found[p.ImportPath] = p
		}
	}
	return read(), read("-deps")
}

// TestBoundaries keeps the rooms of the house apart.
func TestBoundaries(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	for _, r := range rules {
		t.Run(r.pattern, func(t *testing.T) {
			t.Parallel()
			roots, all := list(t, r.pattern)
			if len(roots) == 0 {
				t.Fatal("no such package")
			}
			for _, p := range roots {
				for _, wrong := range r.check(p, all) {
					t.Error(wrong)
				}
			}
		})
	}
}

// check tells how a package breaks the rule.
func (r rule) check(p listed, all map[string]listed) (wrong []string) {
	for _, i := range p.Imports {
		own, ours := strings.CutPrefix(i, module+"/")
		if starts(i, r.direct) || ours && r.ours != nil && !r.allows(own, p.ImportPath) {
			wrong = append(wrong, p.ImportPath+" imports "+i)
		}
	}
	for _, d := range p.Deps {
		if starts(d, r.never) {
			wrong = append(wrong, p.ImportPath+" depends on "+d)
		}
		if r.pure && !all[d].Standard && len(all[d].CgoFiles) > 0 {
			wrong = append(wrong, p.ImportPath+" depends on "+d+", which is cgo")
		}
	}
	if r.pure && len(p.CgoFiles) > 0 {
		wrong = append(wrong, p.ImportPath+" is cgo")
	}
	return wrong
}

// allows reports whether a package may import one of ours: one that the rule names, or one that belongs to itself.
func (r rule) allows(own, by string) bool {
	if strings.HasPrefix(module+"/"+own, strings.TrimSuffix(by, "_test")+"/") {
		return true
	}
	for _, o := range r.ours {
		if own == o || o == "server" && strings.HasPrefix(own, "server/") || o == "ui" && strings.HasPrefix(own, "ui/") {
			return true
		}
	}
	return false
}

// TestRulesBite checks the checker.
func TestRulesBite(t *testing.T) {
	t.Parallel()
	r := rule{ours: []string{"engine"}, never: windowing, direct: []string{"github.com/pion/webrtc"}, pure: true}
	all := map[string]listed{"net": {Standard: true, CgoFiles: []string{"c.go"}}, "vpx": {CgoFiles: []string{"c.go"}}}
	for _, tt := range []struct {
		p    listed
		want string
	}{
		{listed{Imports: []string{module + "/engine", module + "/x/internal/y", "net"}, Deps: []string{"net", "github.com/pion/webrtc/v4"}}, ""},
		{listed{Imports: []string{module + "/ui"}}, module + "/x imports " + module + "/ui"},
		{listed{Imports: []string{"github.com/pion/webrtc/v4"}}, module + "/x imports github.com/pion/webrtc/v4"},
		{listed{Deps: []string{"fyne.io/fyne/v2/app"}}, module + "/x depends on fyne.io/fyne/v2/app"},
		{listed{Deps: []string{"vpx"}}, module + "/x depends on vpx, which is cgo"},
		{listed{CgoFiles: []string{"c.go"}}, module + "/x is cgo"},
	} {
		tt.p.ImportPath = module + "/x"
		if got := strings.Join(r.check(tt.p, all), "; "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestDependenciesAreExplained keeps ARCHITECTURE.md complete: it says of each direct dependency what it is for.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "## Why each dependency")
	if !found {
		t.Fatal("there is no table")
	}
	var explained, direct []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 4 && strings.Contains(cells[1], "/") {
			explained = append(explained, strings.Split(strings.TrimSpace(cells[1]), ", ")...)
		}
	}
	for line := range strings.Lines(string(manifest)) {
		path, _, found := strings.Cut(strings.TrimSpace(line), " v")
		if found && !strings.HasSuffix(strings.TrimSpace(line), "// indirect") {
			direct = append(direct, strings.TrimPrefix(path, "require "))
		}
	}
	if len(direct) < 10 {
		t.Errorf("only %d direct dependencies were found in go.mod", len(direct))
	}
	for _, path := range direct {
		if !slices.Contains(explained, path) {
			t.Errorf("ARCHITECTURE.md does not say what %s is for", path)
		}
	}
	for _, path := range explained {
		if !slices.Contains(direct, path) {
			t.Errorf("ARCHITECTURE.md explains %s, which is not required", path)
		}
	}
}

// The table of packages is these rules.
func TestBoundariesAreDescribed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| Package | May import of ours |")
	table, _, _ = strings.Cut(table, "\n\n")
	described := make(map[string]string)
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			for name := range strings.SplitSeq(strings.TrimSpace(cells[1]), ", ") {
				described[name] = strings.TrimSpace(cells[2])
			}
		}
	}
	for _, r := range rules {
		name := strings.TrimSuffix(strings.TrimPrefix(r.pattern, "./"), "/...")
		others := slices.DeleteFunc(slices.Clone(r.ours), func(o string) bool { return o == name })
		want := strings.Join(others, ", ")
		if len(others) == 0 {
			want = "nothing"
		}
		if described[name] != want {
			t.Errorf("ARCHITECTURE.md says that %s may import %q; the rule is %q", name, described[name], want)
		}
	}
}

func starts(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if path == strings.TrimSuffix(p, "/") || strings.HasPrefix(path, strings.TrimSuffix(p, "/")+"/") {
			return true
		}
	}
	return false
}
