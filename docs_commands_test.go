package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestCommandsOfDocs checks that each block of commands in the documentation says above itself, where readers do not see it, which test
// runs it, or why none does; and that this test is there and looks for such blocks.
func TestCommandsOfDocs(t *testing.T) {
	t.Parallel()
	there := allTests(t)
	marked := regexp.MustCompile("(?m)^(?:<!-- (?:run by (\\w[\\w-]*\\.Test\\w+)[^\n]*|not run: (.{10,})) -->\n)?```sh$")
	for name, page := range pagesForPeople(t) {
		for _, m := range marked.FindAllStringSubmatchIndex(page, -1) {
			line := 1 + strings.Count(page[:m[1]], "\n")
			switch {
			case m[2] >= 0:
				test := page[m[2]:m[3]]
				if source, ok := there[test]; !ok || !strings.Contains(source, "run by "+test) {
					t.Errorf("%s:%d: %s runs no such commands", name, line, test)
				}
			case m[4] < 0:
				t.Errorf("%s:%d: nothing says who runs these commands", name, line)
			}
		}
	}
}
