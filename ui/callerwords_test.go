package ui

import (
	"testing"

	"github.com/parley-calls/parley/engine"
)

func TestCallersWordsAreBounded(t *testing.T) {
	t.Parallel()
	for want, people := range map[string][]engine.User{
		"":                          nil,
		"Cyd":                       {cyd},
		"Cyd and Echo":              {cyd, echo},
		"Bob Meier, Cyd and 1 more": {bob, cyd, echo},
		"Bob Meier, Cyd and 2 more": {bob, cyd, echo, ana},
	} {
		if got := someOf(people); got != want {
			t.Errorf("%d people are %q, want %q", len(people), got, want)
		}
	}
	if got := joined("  two\n\nlines ", "", "and more"); got != "two lines\nand more" {
		t.Errorf("joined %q", got)
	}
	if got := oneLine("abcdef", 4); got != "abc…" {
		t.Errorf("cut to %q", got)
	}
}
