package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what `go list -json` tells of a package.
type listed struct {
	Dir, ImportPath   string
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
	Module            *struct {
		Main      bool
		GoVersion string
	}
	Error *struct{ Err string }
}

// ours reports whether the package belongs to the module that is checked, and not to what it depends on.
func (p listed) ours() bool { return p.Module != nil && p.Module.Main }

// list returns the packages of the module in dir as a system has them, tests included, and all that they import, each after what it imports
// itself.
func list(dir, system, arch string) ([]listed, error) {
	c := exec.Command("go", "list", "-e", "-deps", "-test", "-json=Dir,ImportPath,GoFiles,CgoFiles,ImportMap,Module,Error", "./...")
	c.Dir = dir
	c.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
}

// check returns what does not hold in the packages of the module in dir on a system.
func check(dir, system, arch string) error {
	all, err := list(dir, system, arch)
	if err != nil {
		return err
	}
	c := checker{files: token.NewFileSet(), sizes: types.SizesFor("gc", arch), done: map[string]*types.Package{"unsafe": types.Unsafe}}
	told := map[string]bool{} // ours are there twice: as others import them, and with their tests
	var errs []error
	ours := 0
	for _, p := range all {
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") { // the compiler's own, and a main that go test writes
			continue
		}
		if p.ours() {
			ours++
		}
		for _, err := range c.check(p) {
			if !told[err.Error()] {
				told[err.Error()] = true
				errs = append(errs, fmt.Errorf("%s: %w", system, err))
			}
		}
	}
	if ours == 0 {
		errs = append(errs, fmt.Errorf("%s: %s has no packages", system, dir))
	}
	return errors.Join(errs...)
}

// checker has the packages that were checked.
type checker struct {
	files *token.FileSet
	sizes types.Sizes
	done  map[string]*types.Package // by the path that `go list` gives them
}

// check adds a package, of which all imports are there, and returns all that is wrong with it.
func (c *checker) check(p listed) (wrong []error) {
	if p.Error != nil {
		wrong = append(wrong, errors.New(strings.TrimSpace(p.Error.Err)))
	}
	var files []*ast.File
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		f, err := parser.ParseFile(c.files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			wrong = append(wrong, err)
		}
		if f != nil {
			files = append(files, f)
		}
	}
	config := types.Config{
		Importer: importer{c.done, p.ImportMap}, Sizes: c.sizes, FakeImportC: true, IgnoreFuncBodies: !p.ours(),
		Error: func(err error) {
			if !strings.Contains(err.Error(), "invalid type") { // it follows from another error, or from a type of C
				wrong = append(wrong, err)
			}
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	path, _, _ := strings.Cut(p.ImportPath, " ") // without "[of whose test]"
	c.done[p.ImportPath], _ = config.Check(path, c.files, files, nil)
	return wrong
}

// importer finds what one package imports.
type importer struct {
	done map[string]*types.Package
	as   map[string]string // what stands for a path in this package
}

func (i importer) Import(path string) (*types.Package, error) {
	if other, ok := i.as[path]; ok {
		path = other
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not there", path)
}
