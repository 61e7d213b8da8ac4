package upkeep

import (
	"cmp"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Build is how this program was made.
type Build struct {
	Version  string    // such as 1.2.3
	Commit   string    // full; empty when it was not built from a repository
	Modified bool      // there were changes that no commit has
	At       time.Time // of the commit; zero without one
	Go       string
	System   string // operating system and architecture, such as linux/amd64
	Modules  []string
}

// release is what the version of the main module looks like if it was built at a tag. Go makes others up from the time of the commit.
var release = regexp.MustCompile(`^v(\d+\.\d+\.\d+(?:-[a-z]+\.?\d*)?)$`)

// ReadBuild reads the facts that Go keeps in the program. Its version is the one that the linker was told (stamped), or that of the tag at
// which it was built, or the one of the source (written).
func ReadBuild(stamped, written string) Build {
	b := Build{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	tag := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		tag = b.read(info)
	}
	b.Version = cmp.Or(strings.TrimPrefix(stamped, "v"), tag, written, "unknown")
	return b
}

// read takes over what Go knows, and returns the version of the tag, if there was one.
func (b *Build) read(info *debug.BuildInfo) (tag string) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.At, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.Modules = append(b.Modules, m.Path+" "+m.Version)
	}
	if found := release.FindStringSubmatch(info.Main.Version); found != nil {
		return found[1]
	}
	return ""
}

// Facts are what tells one build from another, without the modules, for one line: "97349e5 of 2026-11-26, go1.26.1, linux/amd64".
func (b Build) Facts() string {
	facts := []string{b.Go, b.System}
	if b.Commit != "" {
		commit := b.Commit[:min(7, len(b.Commit))]
		if !b.At.IsZero() {
			commit += " of " + b.At.UTC().Format(time.DateOnly)
		}
		if b.Modified {
			commit += " with changes"
		}
		facts = append([]string{commit}, facts...)
	}
	return strings.Join(facts, ", ")
}

// String is the version with the facts.
func (b Build) String() string { return fmt.Sprintf("%s (%s)", b.Version, b.Facts()) }
