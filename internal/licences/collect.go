package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// part is a module or a library.
type part struct {
	name    string // of a library, or the path of a module
	version string
	licence string // an expression of SPDX
	texts   []string
	url     string
	in      string // which programs have it
	dir     string // of a module
	c       bool
}

// taken are the licences that we take, by their names in SPDX. None of them asks anything of those who give Parley on but to hand on the
// texts, and of MPL-2.0 also the changes to its files, of which we make none.
var taken = []string{
	"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1", "Unlicense", "Zlib",
	"GooglePatentClause", // a grant on top of a licence
}

// byHand are texts that the scanner does not know.
var byHand = map[string]string{"LICENSE_DejaVu-Powerline.txt": "Bitstream-Vera"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath   string
	Dir          string
	Standard     bool
	EmbedFiles   []string
	CgoLDFLAGS   []string
	CgoPkgConfig []string
	Module       *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path, Version, Dir string }
	}
}

// programs are what is handed out, with the systems that it is built for.
var programs = []struct {
	letter, path string
	cgo          string
	systems      []string
}{
	{"A", ".", "1", []string{"linux", "windows", "darwin"}},
	{"S", "./cmd/parley-server", "0", []string{"linux", "windows", "darwin"}},
}

func collect() ([]part, error) {
	folders := make(map[string]map[string]bool) // by module: where texts may lie
	modules := make(map[string]*part)
	linked := make(map[string]bool)
	for _, program := range programs {
		for _, system := range program.systems {
			packages, err := list(program.path, system, program.cgo)
			if err != nil {
				return nil, err
			}
			for _, p := range packages {
				if system == "linux" && program.cgo == "1" {
					note(linked, p)
				}
				m := p.Module
				if m == nil || m.Main {
					continue
				}
				if m.Replace != nil {
					m.Path, m.Version, m.Dir = m.Replace.Path, m.Replace.Version, m.Replace.Dir
				}
				if m.Dir == "" {
					return nil, fmt.Errorf("%s is not there: go mod download", m.Path)
				}
				if modules[m.Path] == nil {
					modules[m.Path] = &part{dir: m.Dir, name: m.Path, version: m.Version, url: "https://pkg.go.dev/" + m.Path + "@" + m.Version}
					folders[m.Path] = make(map[string]bool)
				}
				if known := modules[m.Path]; !strings.Contains(known.in, program.letter) {
					known.in = strings.TrimSpace(known.in + " " + program.letter)
				}
				for _, file := range append(p.EmbedFiles, "x") {
					for at := filepath.Dir(filepath.Join(p.Dir, file)); strings.HasPrefix(at, m.Dir); at = filepath.Dir(at) {
						folders[m.Path][at] = true
					}
				}
			}
		}
	}
	var out []part
	var wrong []error
	for _, l := range libraries {
		if m := modules[l.module]; m != nil && l.folder != "" {
			folders[l.module][filepath.Join(m.dir, l.folder)] = true
		}
	}
	for path, m := range modules {
		wrong = append(wrong, m.read(folders[path]))
		out = append(out, *m)
	}
	language, err := golang()
	wrong = append(wrong, err)
	libraries, err := inC(linked, modules)
	wrong = append(wrong, err)
	return append(append(out, language), libraries...), errors.Join(wrong...)
}

// list is every package that goes into a program. Packages with files in C are listed for other systems, too.
func list(path, system, cgo string) ([]listed, error) {
	c := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Dir,Standard,EmbedFiles,CgoLDFLAGS,CgoPkgConfig,Module", path)
	c.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED="+cgo)
	var words bytes.Buffer
	c.Stderr = &words
	data, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("list %s for %s: %w: %s", path, system, err, words.String())
	}
	var out []listed
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("list %s for %s: %w", path, system, err)
		}
		out = append(out, p)
	}
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(un)?licen[sc]e|^copying|^copyright`)
	noticeFile  = regexp.MustCompile(`(?i)^notice|^patents`)
)

// read finds the texts of a module and what they are.
func (p *part) read(folders map[string]bool) error {
	var names []string
	for folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			switch at := filepath.Join(folder, e.Name()); {
			case e.IsDir() && e.Name() == "LICENSES": // the folder of reuse.software
				more, err := filepath.Glob(filepath.Join(at, "*"))
				if err != nil {
					return err
				}
				names = append(names, more...)
			case e.IsDir() || strings.HasSuffix(e.Name(), ".go"):
			case licenceFile.MatchString(e.Name()) || noticeFile.MatchString(e.Name()):
				names = append(names, at)
			}
		}
	}
	slices.Sort(names)
	var found []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text := strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n")) + "\n"
		if !slices.Contains(p.texts, text) {
			p.texts = append(p.texts, text)
		}
		if noticeFile.MatchString(filepath.Base(name)) {
			continue
		}
		if known := byHand[filepath.Base(name)]; known != "" {
			found = append(found, known)
			continue
		}
		coverage := licensecheck.Scan(data)
		if len(coverage.Match) == 0 {
			return fmt.Errorf("%s: nobody knows what licence %s is", p.name, filepath.Base(name))
		}
		for _, m := range coverage.Match {
			if !slices.Contains(taken, m.ID) {
				return fmt.Errorf("%s: %s says %s, which is not among the licences that we take", p.name, filepath.Base(name), m.ID)
			}
			found = append(found, m.ID)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%s has no licence", p.name)
	}
	slices.Sort(found)
	p.licence = strings.Join(slices.Compact(found), " AND ")
	return nil
}

// golang is the language itself, whose run time and library are in every program.
func golang() (part, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return part{}, err
	}
	p := part{name: "The Go standard library", url: "https://go.dev", in: "A S"}
	return p, p.read(map[string]bool{strings.TrimSpace(string(root)): true})
}

// note collects the names of the libraries that a package links with.
func note(linked map[string]bool, p listed) {
	for _, flag := range p.CgoLDFLAGS {
		if name, ok := strings.CutPrefix(flag, "-l"); ok {
			linked[name] = true
		} else if strings.HasSuffix(flag, ".a") {
			linked[cmp.Or(filepath.Base(flag), flag)] = true
		}
	}
	for _, name := range p.CgoPkgConfig {
		linked[name] = true
	}
}
