package engine

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"testing"

	"github.com/parley-calls/parley/engine/link"
)

// The messages among members that docs/protocol.md shows are understood, and nothing in them is lost.
func TestProtocolPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for _, m := range regexp.MustCompile("(?m)^<!-- (data channel|link) -->\n```json\n((?s:.*?))```\n").FindAllSubmatch(page, -1) {
		shown[string(m[1])]++
		var into any = &envelope{}
		if string(m[1]) == "link" {
			into = &link.Message{}
		}
		d := json.NewDecoder(bytes.NewReader(m[2]))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", m[2], err)
			continue
		}
		again, err := json.Marshal(into)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(m[2], &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s was taken for %s", m[2], again)
		}
		if e, ok := into.(*envelope); ok && e.Pointer != nil && !e.Pointer.inside() {
			t.Errorf("%s is nowhere", m[2])
		}
	}
	if fields := reflect.TypeFor[envelope]().NumField(); shown["data channel"] < fields || shown["link"] == 0 {
		t.Errorf("the page shows %v, and there are %d messages on the data channel", shown, fields)
	}
}
