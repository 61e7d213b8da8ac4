package ui

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/text/unicode/bidi"
)

// Invisible letters: one that is written from right to left, and one that is written from left to right.
const (
	mark     = "\u200f"
	markLeft = "\u200e"
)

// turned makes a text that stays on one line readable in languages that are written from right to left. Fyne shapes each piece of
// one direction well, but draws the pieces from left to right, so that the first words of a sentence with a Latin name in it would
// stand where the last ones belong. Of what takes more lines each line is turned by itself: see [turnedWithin].
func turned(s string) string {
	if !theCatalogue.rightToLeft.Load() || !strings.ContainsFunc(s, fromRight) {
		return s
	}
	return drawn(s)
}

// turnedWithin is turned for a paragraph of some width. Fyne would break it only when the pieces are in another order already, so it is
// broken here. While the width is not known nothing is done.
func turnedWithin(s string, width float32) string {
	if width <= 0 || !theCatalogue.rightToLeft.Load() || !strings.ContainsFunc(s, fromRight) {
		return s
	}
	var lines []string
	for l := range strings.SplitSeq(s, "\n") {
		for _, part := range broken(l, width) {
			lines = append(lines, turned(part))
		}
	}
	return strings.Join(lines, "\n")
}

// broken breaks a line between words, so that each part fits into a width as far as its words do.
func broken(line string, width float32) []string {
	var parts []string
	part := ""
	for word := range strings.SplitSeq(line, " ") {
		longer := word
		if part != "" {
			longer = part + " " + word
		}
		if part != "" && fyne.MeasureText(longer, theme.TextSize(), fyne.TextStyle{Bold: true}).Width > width {
			parts, longer = append(parts, part), word
		}
		part = longer
	}
	return append(parts, part)
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
		if run.Direction() != bidi.RightToLeft {
			pieces = append(pieces, text)
			continue
		}
		if bare := strings.TrimLeft(text, " "); bare != text && len(pieces) > 0 { // Fyne would draw a space before it at its wrong end
			pieces[len(pieces)-1], text = markLeft+text[:len(text)-len(bare)]+pieces[len(pieces)-1], bare
		}
		for _, piece := range byFont(text) {
			pieces = append(pieces, mark+piece+mark)
		}
	}
	if len(pieces) == 1 {
		return s
	}
	slices.Reverse(pieces)
	return strings.Join(pieces, "")
}

// byFont cuts a text of one direction where Fyne takes another font: its own has the marks such as a colon, but no Arabic letters.
// Spaces stay with what is before them.
func byFont(s string) []string {
	var pieces []string
	var letters, begun bool
	start := 0
	for i, r := range s {
		if r == ' ' {
			continue
		}
		arabic := fromRight(r) || unicode.Is(unicode.Mn, r) || strings.ContainsRune("،؛؟", r)
		if begun && arabic != letters {
			pieces, start = append(pieces, s[start:i]), i
		}
		letters, begun = arabic, true
	}
	if start < len(s) {
		pieces = append(pieces, s[start:])
	}
	return pieces
}
