package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

func TestPiecesStandAsTheyAreDrawn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"Ana Maria":               "Ana Maria",
		"مكالمة واردة":            "مكالمة واردة",
		"أنهى Bob Meier المكالمة": "|المكالمة|< Bob Meier|أنهى |",
		"Bob في مكالمة أخرى":      "|في مكالمة أخرى|< Bob",
		"مكالمات فائتة 3":         "3|مكالمات فائتة |",
		"أنت: صوت":                "|صوت||: ||أنت|",
		"Bob (أنت)":               "|)||أنت||(|< Bob",
		"العرض: شبكة":             "|شبكة||: ||العرض|",
		"هذا التطبيق؛ يتصل بعضهم، ثم؟": "هذا التطبيق؛ يتصل بعضهم، ثم؟",
	} {
		if got := strings.NewReplacer(mark, "|", markLeft, "<").Replace(drawn(text)); got != want {
			t.Errorf("%q is drawn as %q, want %q", text, got, want)
		}
	}
}

func TestOnlyLanguagesFromTheRightAreTurned(t *testing.T) {
	speakEnglish(t)
	const words = "أنهى Bob المكالمة"
	if l := text(words, theme.SizeNameText, false); l.Text != words || note("").Alignment != fyne.TextAlignLeading {
		t.Errorf("in English a label says %q", l.Text)
	}
	if err := speak("ar-EG"); err != nil {
		t.Fatal(err)
	}
	if got := turned("Ana (Berlin)"); got != "Ana (Berlin)" {
		t.Errorf("a Latin name is turned into %q", got)
	}
	l := text("", theme.SizeNameText, false)
	say(l, words)
	if l.Text != drawn(words) {
		t.Errorf("in Arabic a label says %q", l.Text)
	}
	n := note("")
	say(n, words)
	if n.Text != words || n.Alignment != fyne.TextAlignTrailing {
		t.Errorf("in Arabic a paragraph says %q", n.Text)
	}
	n.Resize(fyne.NewSize(600, 40))
	say(n, words)
	if n.Text != drawn(words) {
		t.Errorf("in Arabic a paragraph of one line says %q", n.Text)
	}
	first := fyne.MeasureText("أنهى Bob المكالمة", theme.TextSize(), fyne.TextStyle{Bold: true}).Width
	n.Resize(fyne.NewSize(first+2*theme.InnerPadding()+1, 80))
	say(n, words+" ثم عاد Bob")
	if want := drawn(words) + "\n" + drawn("ثم عاد Bob"); n.Text != want {
		t.Errorf("in Arabic a paragraph of two lines says %q, want %q", n.Text, want)
	}
}
