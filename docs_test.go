package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update-docs", false, "write the tables of docs/kit.md that are made from the source")

// pagesForPeople are the documentation.
func pagesForPeople(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]string)
	for _, name := range append(names, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") {
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
	examples := trimmed(read(t, "engine/example_test.go") + read(t, "ui/example_test.go") + read(t, "ui/example_config_test.go") +
		read(t, "examples/embed/main.go") + read(t, "examples/custom/main.go") + read(t, "examples/headless/main.go"))
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

// What the documentation links to is there, and every picture is small and shown somewhere.
func TestLinksOfTheDocumentation(t *testing.T) {
	t.Parallel()
	linked := make(map[string]bool)
	for name, page := range pagesForPeople(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(page, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			to := filepath.Join(filepath.Dir(name), link[1])
			linked[to] = true
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", name, link[1])
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

// The tables of events and of reasons are what the source says. With -update-docs they are written.
func TestTablesOfTheKit(t *testing.T) {
	const name = "docs/kit.md"
	page := read(t, name)
	for _, c := range []struct{ file, of, head string }{
		{"engine/event.go", "EventType", "| Event | Name | Fields, and when | The kit's |\n|---|---|---|---|\n"},
		{"engine/snapshot.go", "EndReason", "| Reason | Name | What happened |\n|---|---|---|\n"},
	} {
		begin, end := fmt.Sprintf("<!-- %s of %s -->\n", c.of, c.file), "<!-- end -->\n"
		at := strings.Index(page, begin)
		if at < 0 {
			t.Fatalf("%s has no line %q", name, begin)
		}
		at += len(begin)
		length := strings.Index(page[at:], end)
		if length < 0 {
			t.Fatalf("no line %q ends the table of %s", end, c.of)
		}
		want := c.head + rows(t, c.file, c.of)
		if page[at:at+length] != want {
			if !*updateDocs {
				t.Errorf("the table of %s in %s is not what %s says: go test -run TestTablesOfTheKit . -update-docs", c.of, name, c.file)
			}
			page = page[:at] + want + page[at+length:]
		}
	}
	if *updateDocs {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rows makes a line of a table for each constant of a type: its name, its value and its comment.
func rows(t *testing.T, file, of string) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != of {
				continue
			}
			value := strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)
			comment := strings.TrimSpace(v.Comment.Text())
			fmt.Fprintf(&out, "| `%s` | `%s` |", v.Names[0].Name, value)
			if of != "EventType" {
				if comment == "" {
					t.Errorf("%s: %s has no comment", file, v.Names[0].Name)
				}
				fmt.Fprintf(&out, " %s |\n", comment)
				continue
			}
			kits := ""
			if m := regexp.MustCompile(`^(.*?)\s*\[(on[^\]]*|[a-z]+\.on[^\]]*)\]$`).FindStringSubmatch(comment); m != nil {
				comment, kits = m[1], m[2]
			}
			fmt.Fprintf(&out, " %s | %s |\n", comment, kits)
		}
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}
