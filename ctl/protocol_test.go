package ctl

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"testing"
)

// What docs/protocol.md shows of the control socket is taken by the app, and is what it would answer.
func TestProtocolPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{"called": &called{}, "refused": &refused{}, "event": &event{}}
	sent, got := 0, 0
	for _, m := range regexp.MustCompile("(?m)^<!-- ctl (sends|gets)(?: (\\w+))? -->\n```json\n((?s:.*?))```\n").FindAllSubmatch(page, -1) {
		if string(m[1]) == "sends" {
			sent++
			if _, _, err := decode(m[3]); err != nil {
				t.Errorf("%s: %v", m[3], err)
			}
			continue
		}
		got++
		into := answers[string(m[2])]
		if into == nil {
			t.Errorf("no answer is called %s", m[2])
			continue
		}
		d := json.NewDecoder(bytes.NewReader(m[3]))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", m[3], err)
			continue
		}
		again, err := json.Marshal(into)
		if err != nil {
			t.Fatal(err)
		}
		var shown, ours any
		if err := json.Unmarshal(m[3], &shown); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &ours); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(shown, ours) {
			t.Errorf("the page shows %s and the app would say %s", m[3], again)
		}
	}
	if sent == 0 || got < len(answers) {
		t.Errorf("the page shows %d requests and %d answers", sent, got)
	}
}
