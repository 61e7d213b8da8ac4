package ui

import (
	"slices"
	"strings"
	"testing"
)

func TestOnlyTheWebIsLinked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"hello":                                     nil,
		"see https://example.org/a?b=1#c.":          {"https://example.org/a?b=1#c"},
		"(http://example.org/x_(y)) and so":         {"http://example.org/x_(y)"},
		"HTTPS://EXAMPLE.ORG":                       {"https://EXAMPLE.ORG"},
		"two: https://a.example, http://b.example!": {"https://a.example", "http://b.example"},
		"file:///etc/passwd":                        nil,
		"javascript:alert(1)":                       nil,
		"parley:server/h?code=a":                    nil,
		"mailto:ana@example.org":                    nil,
		"smb://host/share":                          nil,
		"https://":                                  nil,
		"https://user@example.org/":                 {"https://user@example.org/"},
		"line\nhttps://example.org\nline":           {"https://example.org"},
	} {
		var got []string
		var all strings.Builder
		for _, p := range linked(text) {
			all.WriteString(p.text)
			if p.link != nil {
				got = append(got, p.link.String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q links to %q, want %q", text, got, want)
		}
		if all.String() != text {
			t.Errorf("%q becomes %q", text, all.String())
		}
	}
}
