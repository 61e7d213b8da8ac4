package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pagesForPeople are the documentation.
func pagesForPeople(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]string)
	for _, name := range append(names, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "THIRD_PARTY.md") {
		pages[name] = read(t, name)
	}
	return pages
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Go code that people are shown is a part of an example that compiles.
func TestShownCodeIsOfExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("examples/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	examples := ""
	for _, name := range append(files, "engine/example_test.go", "ui/example_test.go", "ui/example_config_test.go") {
		examples += trimmed(read(t, name))
	}
	shown := 0
	for name, page := range pagesForPeople(t) {
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1) {
			shown++
			if !strings.Contains(examples, trimmed(block[1])) {
				t.Errorf("%s shows code that is in no example:\n%s", name, block[1])
			}
		}
	}
	if shown == 0 {
		t.Error("no code is shown")
	}
}

// trimmed is text without the indentation of its lines.
func trimmed(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(strings.TrimSpace(line) + "\n")
	}
	return out.String()
}

// anchors are what the headings of a page are called in links.
func anchors(page string) (all []string) {
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		all = append(all, anchor(h[1]))
	}
	return all
}

// What the documentation links to is there, and every picture is small and shown somewhere.
func TestLinksOfTheDocumentation(t *testing.T) {
	t.Parallel()
	linked := make(map[string]bool)
	for name, page := range pagesForPeople(t) {
		prose := regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(page, "") // in Go, ](…) is a conversion
		for _, link := range regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]+))?\)`).FindAllStringSubmatch(prose, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			to := name // a part of this page
			if link[1] != "" {
				to = filepath.Join(filepath.Dir(name), link[1])
			}
			linked[to] = true
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", name, link[1])
				continue
			}
			if link[2] != "" && !slices.Contains(anchors(read(t, to)), link[2]) {
				t.Errorf("%s links to #%s of %s, where there is no such heading", name, link[2], to)
			}
		}
	}
	pictures, err := filepath.Glob("docs/pictures/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		if !linked[p] {
			t.Errorf("%s is shown nowhere", p)
		}
		if info, err := os.Stat(p); err != nil {
			t.Error(err)
		} else if info.Size() > 100<<10 {
			t.Errorf("%s has %d bytes: a clone should be small, and make pictures makes it so", p, info.Size())
		}
	}
}

// Whole programs stand in the guide of the kit as they are in examples, under a line <!-- program FILE -->. With -update-docs they are
// written. All of them are shown.
func TestProgramsOfTheKit(t *testing.T) {
	const name = "docs/kit.md"
	page := read(t, name)
	shown := regexp.MustCompile("(?m)^<!-- program (\\S+) -->\n```go\n(?s:.*?)^```\n")
	files, err := filepath.Glob("examples/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.Contains(page, "<!-- program "+file+" -->") {
			t.Errorf("%s does not show %s", name, file)
		}
	}
	made := shown.ReplaceAllStringFunc(page, func(block string) string {
		file := shown.FindStringSubmatch(block)[1]
		return "<!-- program " + file + " -->\n```go\n" + read(t, file) + "```\n"
	})
	if made == page {
		return
	}
	if !*updateDocs {
		t.Fatalf("the programs in %s are not those of examples: go test -run TestProgramsOfTheKit . -update-docs", name)
	}
	if err := os.WriteFile(name, []byte(made), 0o644); err != nil {
		t.Fatal(err)
	}
}
