package ui

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// mark is the invisible letter U+200F, which is written from right to left.
const mark = "\u200f"

// turned makes a text that stays on one line readable in languages that are written from right to left. Fyne shapes each piece of
// one direction well, but draws the pieces from left to right, so that the first words of a sentence with a Latin name in it would
// stand where the last ones belong. What takes more lines is left alone: Fyne breaks it before it is drawn.
func turned(s string) string {
	if !theCatalogue.rightToLeft.Load() || !strings.ContainsFunc(s, fromRight) {
		return s
	}
	return drawn(s)
}

// fromRight reports whether a letter is written from right to left.
func fromRight(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

// drawn returns the pieces of a text in the order in which they stand from left to right. The marks keep the spaces at the ends of
// pieces where they belong.
func drawn(s string) string {
	var p bidi.Paragraph
	if _, err := p.SetString(mark + s); err != nil { // the mark makes the whole text one that begins at the right
		return s
	}
	order, err := p.Order()
	if err != nil {
		return s
	}
	var pieces []string
	for i := range order.NumRuns() {
		run := order.Run(i)
		text := strings.ReplaceAll(run.String(), mark, "")
		if text != "" && run.Direction() == bidi.RightToLeft && order.NumRuns() > 1 {
			text = mark + text + mark
		}
		pieces = append(pieces, text)
	}
	slices.Reverse(pieces)
	return strings.Join(pieces, "")
}
