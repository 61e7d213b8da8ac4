// Licences writes down what Parley contains and links with of others: THIRD_PARTY.md for people who look at the source, and
// assets/third_party.json.gz with all the texts, which the app shows.
//
//	go run ./internal/licences          write both
//	go run ./internal/licences -check   fail if they are not what the source says
//	go run ./internal/licences -of S    print the texts that go with the switchboard (A: the app), for its package
//
// It fails as well for a licence that is not in the list of those that we take, and for a library in C that it does not know.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	page  = "THIRD_PARTY.md"
	texts = "assets/third_party.json.gz"
)

func main() {
	check := flag.Bool("check", false, "only compare")
	of := flag.String("of", "", "only print the texts of a program")
	flag.Parse()
	if err := run(*check, *of); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(check bool, of string) error {
	parts, err := collect()
	if err != nil {
		return err
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	if of != "" {
		return printTexts(parts, of)
	}
	table, list := written(parts), packed(parts)
	if check {
		return errors.Join(same(page, table, plain), same(texts, list, unzipped))
	}
	zipped, err := zip(list)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(page, table, 0o644), os.WriteFile(texts, zipped, 0o644))
}

// printTexts writes the texts of one program.
func printTexts(parts []part, program string) error {
	w := bufio.NewWriter(os.Stdout)
	for _, p := range parts {
		if strings.Contains(p.in, program) {
			fmt.Fprintf(w, "%s\n%s %s\n%s\n\n%s\n", strings.Repeat("=", 80), p.name, p.version, p.licence, strings.Join(p.texts, "\n"))
		}
	}
	return w.Flush()
}

func same(name string, want []byte, read func(string) ([]byte, error)) error {
	if got, err := read(name); err != nil {
		return err
	} else if !bytes.Equal(got, want) {
		return fmt.Errorf("%s is old: go run ./internal/licences", name)
	}
	return nil
}

func plain(name string) ([]byte, error) { return os.ReadFile(name) }

func unzipped(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return io.ReadAll(r)
}

func zip(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// packed is the list for the app, which assets reads. Each text is there once.
func packed(parts []part) []byte {
	type entry struct {
		Name, Version, Licence string
		Texts                  []int
	}
	var list struct {
		Parts []entry
		Texts []string
	}
	index := make(map[string]int)
	for _, p := range parts {
		e := entry{Name: p.name, Version: p.version, Licence: p.licence}
		for _, text := range p.texts {
			i, known := index[text]
			if !known {
				i = len(list.Texts)
				index[text] = i
				list.Texts = append(list.Texts, text)
			}
			e.Texts = append(e.Texts, i)
		}
		list.Parts = append(list.Parts, e)
	}
	out, err := json.Marshal(list)
	if err != nil {
		panic(err) // it is strings and numbers
	}
	return out
}

const head = `# Third parties

What Parley contains and links with of others, and under which licences. The app shows their full texts under Settings → About. This page
is written by ` + "`go run ./internal/licences`" + `, and ` + "`make lint`" + ` fails if it is old.

A is the app, on any of its systems; S is the switchboard. AND joins what is found in one module: its parts may have licences of their own.

`

func written(parts []part) []byte {
	var out strings.Builder
	out.WriteString(head)
	table := func(c bool, first string) {
		fmt.Fprintf(&out, "| %s | Version | Licence | In |\n|---|---|---|---|\n", first)
		for _, p := range parts {
			if p.c == c {
				fmt.Fprintf(&out, "| [%s](%s) | %s | %s | %s |\n", p.name, p.url, p.version, p.licence, p.in)
			}
		}
	}
	table(false, "Go module")
	out.WriteString(`
These libraries in C and C++ are linked besides. Those with a version come inside the module that is named, and end up in the program;
the others are those of the system, which its packages bring.

`)
	table(true, "Library")
	return []byte(out.String())
}
