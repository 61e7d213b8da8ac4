package ui

import (
	"strings"

	"github.com/parley-calls/parley/engine"
)

// maxData bounds each text of a caller that is shown, and maxOther the name of another invitee, in letters.
const (
	maxData  = 160
	maxOther = 28
)

// kindWords says what kind of call somebody offers.
func kindWords(c engine.Incoming) string {
	if c.Video {
		return word("incoming.video")
	}
	return word("incoming.voice")
}

// someOf gives up to two people by name, and counts the others.
func someOf(all []engine.User) string {
	name := func(i int) string { return oneLine(shown(all[i]), maxOther) }
	switch len(all) {
	case 0:
		return ""
	case 1:
		return name(0)
	case 2:
		return word("people.two", fill{"First": name(0), "Second": name(1)})
	}
	return word("people.several", fill{"First": name(0), "Second": name(1), "Count": len(all) - 2})
}

// joined puts what a caller says on lines of their own, each bounded.
func joined(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t = oneLine(t, maxData); t != "" {
			out = append(out, t)
		}
	}
	return strings.Join(out, "\n")
}
