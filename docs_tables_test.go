package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update-docs", false, "write the tables of docs that are made from the source")

// A table that is made from the source stands between a line <!-- NAME of FILE --> and a line <!-- end -->: the fields of a struct as
// JSON, the constants of a type, the verbs of ctl, or the codes of errors.
var madeTable = regexp.MustCompile(`(?ms)^<!-- (\w+) of (\S+\.(?:go|toml)) -->\n(.*?)^<!-- end -->\n`)

// TestTablesOfDocs compares the tables with the source. With -update-docs they are written.
func TestTablesOfDocs(t *testing.T) {
	for _, name := range []string{"docs/kit.md", "docs/protocol.md", "docs/operator.md"} {
		page := read(t, name)
		source := newSource(t, page)
		made := madeTable.ReplaceAllStringFunc(page, func(table string) string {
			m := madeTable.FindStringSubmatch(table)
			want := source.table(m[1], m[2], name == "docs/kit.md")
			if m[3] != want && !*updateDocs {
				t.Errorf("the table of %s in %s is not what %s says: go test -run TestTablesOfDocs . -update-docs", m[1], name, m[2])
			}
			return fmt.Sprintf("<!-- %s of %s -->\n%s<!-- end -->\n", m[1], m[2], want)
		})
		if *updateDocs {
			if err := os.WriteFile(name, []byte(made), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestProtocolIsComplete checks that the page about the protocol has a table for each message, and what no table can say.
func TestProtocolIsComplete(t *testing.T) {
	t.Parallel()
	const name = "docs/protocol.md"
	page := read(t, name)
	tables := map[string]bool{}
	for _, m := range madeTable.FindAllStringSubmatch(page, -1) {
		tables[m[2]+" "+m[1]] = true
	}
	source := newSource(t, page)
	for _, file := range []string{
		"engine/signal/message.go", "engine/signal/call.go", "engine/signal/errors.go", "engine/signal/box.go", "engine/signal/token.go",
		"engine/datachannel.go", "engine/chat.go", "engine/pointing.go", "engine/regard.go", "engine/link/link.go", "engine/callstats.go",
		"ctl/request.go", "ctl/event.go", "ctl/failure.go", "ctl/status.go", "ctl/history.go", "ctl/hardware.go", "ctl/share.go", "ctl/calls.go", "ctl/process.go",
	} {
		for _, d := range source.file(file).Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if fields, ok := spec.Type.(*ast.StructType); ok && travels(fields) && spec.Name.Name != "ok" && !tables[file+" "+spec.Name.Name] {
					t.Errorf("%s says nothing of %s in %s", name, spec.Name.Name, file)
				}
			}
		}
	}
	for _, table := range []string{"engine/signal/message.go Verb", "engine/signal/errors.go Code", "ctl/verbs.go verbs", "engine/errors.go known", "engine/errors.go deviceReasons"} {
		if !tables[table] {
			t.Errorf("%s has no table %s", name, table)
		}
	}
	// What a client may do stands in the permissions of its token.
	allowed := regexp.MustCompile(`Allow\.Add\(([^)]*\)[^)]*|[^)]*)\)`)
	subject := regexp.MustCompile(`"([^"]+)"`)
	exist := map[string]bool{}
	for _, call := range allowed.FindAllStringSubmatch(strings.ReplaceAll(read(t, "server/operator.go"), "{{name()}}", "ME"), -1) {
		for _, s := range subject.FindAllStringSubmatch(call[1], -1) {
			exist[s[1]] = true
		}
	}
	for _, v := range source.values("ctl/failure.go", token.CONST) {
		if code := text(v.Values[0]); !strings.Contains(page, "`"+code+"`") {
			t.Errorf("%s does not name the code %s", name, code)
		}
	}
	constant := regexp.MustCompile(`(?m)^\s*Deliver\w+\s*=\s*"(\w+)"`)
	for _, kind := range constant.FindAllStringSubmatch(read(t, "engine/signal/message.go"), -1) {
		exist["user.ME."+kind[1]] = true
	}
	exist["enrol.request"] = true // of strangers, who have it as a constant
	_, subjects, _ := strings.Cut(page, "\n## Subjects\n")
	subjects, _, _ = strings.Cut(subjects, "\n## ")
	said := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(subjects, -1) {
		said[row[1]] = true
		if !exist[row[1]] {
			t.Errorf("%s has the subject %s, which does not exist", name, row[1])
		}
	}
	for subject := range exist {
		if !said[subject] {
			t.Errorf("%s does not name the subject %s", name, subject)
		}
	}
	if len(exist) < 9 {
		t.Errorf("there are only the subjects %v", exist)
	}
}

// No JSON of the page about the protocol is out of sight of a test: each says by the comment above it which one it is for.
func TestEachMessageOfTheProtocolIsTried(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/protocol.md")
	tried := regexp.MustCompile("(?m)^<!-- (?:(?:ana|bob) (?:sends|tells|hears) \\w+|answer|refused|link|data channel|ctl sends|ctl gets \\w+) -->\n```json\n")
	if all, known := strings.Count(page, "```json\n"), len(tried.FindAllString(page, -1)); all != known || all == 0 {
		t.Errorf("%d messages are shown, and tests know %d", all, known)
	}
}

// ARCHITECTURE.md names each package, so that nothing is without a place on the map.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	t.Parallel()
	page := read(t, "ARCHITECTURE.md")
	missing := map[string]bool{}
	for _, pattern := range []string{"*/*.go", "engine/*/*.go", "server/*/*.go", "internal/*/*.go"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := strings.TrimPrefix(path.Dir(file), "internal/")
			if name != "engine/internal" && !strings.Contains(page, "`"+name+"`") {
				missing[path.Dir(file)] = true
			}
		}
	}
	for dir := range missing {
		t.Errorf("ARCHITECTURE.md has no place for %s", dir)
	}
}
