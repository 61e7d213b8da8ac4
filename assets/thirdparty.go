package assets

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the texts
	"encoding/json"
	"strings"
)

// Part is something of others that Parley contains or links with.
type Part struct {
	Name    string // the path of a Go module, or the name of a library
	Version string // may be empty for a library of the system
	Licence string // an expression of SPDX
	Text    string // of the licence, notices and all; empty for a library of the system, which brings its own
}

// Written by go run ./internal/licences.
//
//go:embed third_party.json.gz
var thirdParty []byte

// ThirdParty lists what Parley contains and links with of others, by name. It unpacks some hundred kilobytes at every call.
func ThirdParty() []Part {
	var p struct { // as internal/licences writes it, each text once
		Parts []struct {
			Name, Version, Licence string
			Texts                  []int
		}
		Texts []string
	}
	r, err := gzip.NewReader(bytes.NewReader(thirdParty))
	if err == nil {
		err = json.NewDecoder(r).Decode(&p)
	}
	if err != nil {
		panic("assets: third parties: " + err.Error()) // the bytes are part of the program
	}
	out := make([]Part, len(p.Parts))
	for i, q := range p.Parts {
		texts := make([]string, len(q.Texts))
		for j, at := range q.Texts {
			texts[j] = p.Texts[at]
		}
		out[i] = Part{Name: q.Name, Version: q.Version, Licence: q.Licence, Text: strings.Join(texts, "\n\n")}
	}
	return out
}
