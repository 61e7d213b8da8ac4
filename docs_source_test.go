package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// travels reports whether a struct has a form as JSON.
func travels(s *ast.StructType) bool {
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool { return f.Tag != nil && strings.Contains(f.Tag.Value, "json:") })
}

// source is the program as text, for the tables of one page.
type source struct {
	t       *testing.T
	files   map[string]*ast.File
	types   map[string]map[string]ast.Expr // by directory, by name
	anchors map[string]string              // of the tables in the page: by directory and name
}

func newSource(t *testing.T, page string) *source {
	t.Helper()
	s := &source{t: t, files: map[string]*ast.File{}, types: map[string]map[string]ast.Expr{}, anchors: map[string]string{}}
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	for _, at := range madeTable.FindAllStringSubmatchIndex(page, -1) {
		above := heading.FindAllStringSubmatch(page[:at[0]], -1)
		if len(above) > 0 {
			s.anchors[path.Dir(page[at[4]:at[5]])+" "+page[at[2]:at[3]]] = anchor(above[len(above)-1][1])
		}
	}
	return s
}

// anchor is what a heading is called in links.
func anchor(heading string) string {
	return regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ReplaceAll(strings.ToLower(heading), " ", "-"), "")
}

func (s *source) file(name string) *ast.File {
	s.t.Helper()
	if s.files[name] == nil {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			s.t.Fatal(err)
		}
		s.files[name] = f
	}
	return s.files[name]
}

// find is how a type of a package is declared; nil if it is not there.
func (s *source) find(dir, name string) ast.Expr {
	if s.types[dir] == nil {
		s.types[dir] = map[string]ast.Expr{}
		names, err := fs.Glob(os.DirFS("."), dir+"/*.go")
		if err != nil {
			s.t.Fatal(err)
		}
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			ast.Inspect(s.file(n), func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					s.types[dir][spec.Name.Name] = spec.Type
				}
				return true
			})
		}
	}
	return s.types[dir][name]
}

func (s *source) table(name, file string, names bool) string {
	switch {
	case name == "verbs":
		return s.verbs(file)
	case name == "settings":
		return settingsTable(read(s.t, file))
	case name == "metrics":
		return s.metrics(file)
	case name == "known", name == "deviceReasons":
		return s.codes(file, name)
	}
	declared := s.find(path.Dir(file), name)
	if declared == nil {
		s.t.Errorf("there is no %s in %s", name, file)
		return ""
	}
	if fields, ok := declared.(*ast.StructType); ok {
		return s.fields(path.Dir(file), fields)
	}
	return s.constants(file, name, names)
}

// constants makes a line of a table for each constant of a type: its name, its value and its comment.
func (s *source) constants(file, of string, names bool) string {
	var out bytes.Buffer
	switch {
	case of == "EventType":
		out.WriteString("| Event | Name | Fields, and when | The kit's |\n|---|---|---|---|\n")
	case names:
		fmt.Fprintf(&out, "| Reason | Name | What happened |\n|---|---|---|\n")
	default:
		fmt.Fprintf(&out, "| %s | |\n|---|---|\n", of)
	}
	kit := regexp.MustCompile(`^(.*?)\s*\[(on[^\]]*|[a-z]+\.on[^\]]*)\]$`)
	for _, v := range s.values(file, token.CONST) {
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != of {
			continue
		}
		value, comment := text(v.Values[0]), sentence(v.Comment)
		if names {
			fmt.Fprintf(&out, "| `%s` ", v.Names[0].Name)
		}
		fmt.Fprintf(&out, "| %s |", quoted(value))
		switch m := kit.FindStringSubmatch(comment); {
		case of == "EventType" && m != nil:
			fmt.Fprintf(&out, " %s | %s |\n", m[1], m[2])
		case of == "EventType":
			fmt.Fprintf(&out, " %s | |\n", comment)
		default:
			fmt.Fprintf(&out, " %s |\n", comment)
			if names && comment == "" {
				s.t.Errorf("%s: %s has no comment", file, v.Names[0].Name)
			}
		}
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}

func quoted(value string) string {
	if value == "" {
		return "empty"
	}
	return "`" + value + "`"
}

func (s *source) values(file string, kind token.Token) (all []*ast.ValueSpec) {
	for _, d := range s.file(file).Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == kind {
			for _, spec := range g.Specs {
				all = append(all, spec.(*ast.ValueSpec))
			}
		}
	}
	return all
}

// fields makes a line of a table for each field that travels.
func (s *source) fields(dir string, of *ast.StructType) string {
	var out bytes.Buffer
	out.WriteString("| Field | Type | |\n|---|---|---|\n")
	for _, f := range of.Fields.List {
		comment := strings.TrimSpace(sentence(f.Doc) + " " + sentence(f.Comment))
		if len(f.Names) == 0 && f.Tag == nil {
			if named := s.kind(dir, f.Type); named != "`ok`" {
				fmt.Fprintf(&out, "| all of %s | | %s |\n", named, comment)
			} else {
				out.WriteString("| `ok` | true or false | |\n")
			}
			continue
		}
		if f.Tag == nil || len(f.Names) > 0 && !f.Names[0].IsExported() {
			continue
		}
		name, how, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		kind := s.kind(dir, f.Type)
		if how != "" {
			kind += ", optional"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", name, kind, comment)
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}

// ofText are the types that have a form of their own as JSON.
var ofText = map[string]string{"ctl duration": "string such as `60s`", "ctl area": "string `X,Y,W,H`"}

// kind says what a type is as JSON. A type with a table of its own in the page is a link to it.
func (s *source) kind(dir string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return s.kind(dir, e.X)
	case *ast.ArrayType:
		if of, ok := e.Elt.(*ast.Ident); ok && of.Name == "byte" {
			return "base64"
		}
		return "list of " + s.kind(dir, e.Elt)
	case *ast.SelectorExpr:
		from := e.X.(*ast.Ident).Name
		switch from + "." + e.Sel.Name {
		case "time.Time":
			return "time"
		case "time.Duration":
			return "duration"
		}
		return s.kind(map[string]string{"engine": "engine", "signal": "engine/signal", "media": "engine/media", "link": "engine/link"}[from], e.Sel)
	case *ast.Ident:
		switch e.Name {
		case "string":
			return "string"
		case "bool":
			return "true or false"
		case "int", "int64", "uint64", "uint16", "float32", "float64":
			return "number"
		}
		if own := ofText[dir+" "+e.Name]; own != "" {
			return own
		}
		if to, ok := s.anchors[dir+" "+e.Name]; ok {
			return "[" + e.Name + "](#" + to + ")"
		}
		declared := s.find(dir, e.Name)
		if _, ok := declared.(*ast.StructType); ok || declared == nil {
			if e.Name != "ok" {
				s.t.Errorf("%s of %s has no table", e.Name, dir)
			}
			return "`" + e.Name + "`"
		}
		return s.kind(dir, declared)
	}
	s.t.Errorf("a %T cannot be explained", e)
	return "?"
}

// verbs makes a line of a table for each verb of ctl.
func (s *source) verbs(file string) string {
	var out bytes.Buffer
	out.WriteString("| Verb | Fields, those that must be there first | On the command line |\n|---|---|---|\n")
	ast.Inspect(s.file(file), func(n ast.Node) bool {
		verb, ok := n.(*ast.CompositeLit)
		if !ok || verb.Type != nil {
			return true
		}
		said := map[string]ast.Expr{}
		for _, e := range verb.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				said[kv.Key.(*ast.Ident).Name] = kv.Value
			}
		}
		required := texts(said["required"])
		fields := required
		for _, f := range texts(said["fields"]) {
			if !slices.Contains(required, f) {
				fields = append(fields, f)
			}
		}
		for i, f := range fields {
			fields[i] = "`" + f + "`"
			if i < len(required) {
				fields[i] = "**" + fields[i] + "**"
			}
		}
		usage := strings.Join(strings.Fields(text(said["usage"])), " ")
		if usage != "" {
			usage = "`" + strings.ReplaceAll(usage, "|", "\\|") + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", text(said["name"]), strings.Join(fields, ", "), usage)
		return false
	})
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}

// codes makes a line of a table for each entry of a list in the source: the code, and what else is said of it.
func (s *source) codes(file, name string) string {
	var out bytes.Buffer
	out.WriteString("| Code | |\n|---|---|\n")
	for _, v := range s.values(file, token.VAR) {
		if v.Names[0].Name != name {
			continue
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			entry := e.(*ast.CompositeLit).Elts
			hint := ""
			if len(entry) > 2 {
				hint = text(entry[2])
			}
			fmt.Fprintf(&out, "| `%s` | %s |\n", text(entry[1]), hint)
		}
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}

// metrics makes a line of a table for each metric that is registered: its name and its help.
func (s *source) metrics(file string) string {
	var out bytes.Buffer
	out.WriteString("| Metric | |\n|---|---|\n")
	ast.Inspect(s.file(file), func(n ast.Node) bool {
		name, help := "", ""
		switch n := n.(type) {
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					switch fmt.Sprint(kv.Key) {
					case "Name":
						name = text(kv.Value)
					case "Help":
						help = text(kv.Value)
					}
				}
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "gauge" {
				name, help = text(n.Args[0]), text(n.Args[1])
			}
		}
		if name != "" {
			fmt.Fprintf(&out, "| `%s` | %s |\n", name, help)
		}
		return true
	})
	return out.String()
}

// settingsTable makes a line of a table for each setting of an explained file.
func settingsTable(file string) string {
	var out bytes.Buffer
	out.WriteString("| Setting | Default | |\n|---|---|---|\n")
	setting := regexp.MustCompile(`^#([a-z-]+) = (.*)$`)
	for paragraph := range strings.SplitSeq(file, "\n\n") {
		comment := ""
		for line := range strings.Lines(paragraph) {
			if m := setting.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
				fmt.Fprintf(&out, "| `%s` | `%s` | %s |\n", m[1], m[2], strings.TrimSpace(comment))
				comment = ""
			} else {
				comment += strings.TrimSpace(strings.TrimPrefix(line, "#")) + " "
			}
		}
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |")
}

// text is the value of a constant text.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if v, err := strconv.Unquote(e.Value); err == nil {
			return v
		}
		return e.Value
	case *ast.BinaryExpr:
		return text(e.X) + text(e.Y)
	}
	return ""
}

func texts(e ast.Expr) (all []string) {
	if of, ok := e.(*ast.CompositeLit); ok {
		for _, v := range of.Elts {
			all = append(all, text(v))
		}
	}
	return all
}

// sentence is a comment on one line of a table.
func sentence(c *ast.CommentGroup) string {
	line := strings.Join(strings.Fields(c.Text()), " ")
	line = regexp.MustCompile(`\[\*?([A-Za-z_.]+)\]`).ReplaceAllStringFunc(line, func(ref string) string {
		if strings.HasPrefix(ref, "[on") || regexp.MustCompile(`\.on`).MatchString(ref) {
			return ref
		}
		return strings.Trim(ref, "[]*")
	})
	return strings.ReplaceAll(line, "|", "\\|")
}
