package ctl

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// FuzzRequest checks that no line breaks the decoder, that every refusal says which field is wrong, and that what was understood
// means the same when it is written again.
func FuzzRequest(f *testing.F) {
	for _, line := range []string{
		`{"v":1,"do":"status"}`,
		`{"v":1,"do":"invite","to":["bob","cyd"],"video":true,"data":"x","timeout":"1m30s","call":"room"}`,
		`{"v":1,"do":"accept","camera":false,"current":"hold","muted":true}`,
		`{"v":1,"do":"history","before":"2026-05-04T12:00:00Z","limit":5}`,
		`{"v":1,"do":"forget","entries":["h1"],"all":false}`, `{"v":1,"do":"forget","entries":[]}`,
		`{"v":1,"do":"history","before":"0001-01-01T01:00:00+01:00"}`, `{"v":1,"do":"history","before":"0001-01-01T01:00:00+00:00"}`,
		`{"v":1,"do":"mic","set":"toggle","user":"ana"}`,
		`{"v":1,"do":"accept","invitation":null}`,
		`{"v":1,"do":"share","what":{"deep":[1]}}`,
		`{"v":1,"do":"share","what":"region","region":"0,0,640,360","style":"motion","sound":true}`,
		`{"v":1e0,"do":"show","link":"\ud800"}`,
		`{"v":1,"v":2,"do":"quit"}`, `null`, `{`, "",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, v, err := decode(line)
		if err != nil {
			var field *fieldError
			if !errors.As(err, &field) && !errors.Is(err, errNotJSON) {
				t.Errorf("%q: %v", line, err)
			}
			if e := explain(err); e.Code != codeBadRequest || e.Message == "" || e.Hint == "" {
				t.Errorf("%q: %+v", line, e)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		same, _, err := decode(again)
		if err != nil {
			if len(v.required) == 0 { // a required field that is empty is not written
				t.Fatalf("%q → %s: %v", line, again, err)
			}
			return
		}
		if len(r.To) == 0 { // empty ones are not written
			r.To = nil
		}
		if len(r.Entries) == 0 {
			r.Entries = nil
		}
		if r.Before.Equal(same.Before) { // the same time may be written in several ways
			r.Before = same.Before
		}
		if !reflect.DeepEqual(r, same) {
			t.Errorf("%q → %+v, %s → %+v", line, r, again, same)
		}
	})
}

func TestVerbsAreWhole(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, v := range verbs() {
		if seen[v.name] {
			t.Errorf("%s: twice", v.name)
		}
		seen[v.name] = true
		if (v.serve != nil || v.streams) != (v.arguments != nil) {
			t.Errorf("%s: the app and the command line disagree", v.name)
		}
		for _, name := range append(append(v.fields, v.flags...), v.required...) {
			if new(request).field(name) == nil {
				t.Errorf("%s: no field %q", v.name, name)
			}
		}
	}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	p := newMeter().read()
	if p.Goroutines < 1 || p.CPUPercent < 0 {
		t.Errorf("%+v", p)
	}
	if openFiles() > 0 && (p.Handles < 3 || p.RSSMB < 1) {
		t.Errorf("%+v", p)
	}
}
