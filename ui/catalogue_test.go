package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/parley-calls/parley/assets"
)

// english is the English catalogue by its keys, each text in its most general form.
func english(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range messages(t, "en") {
		out[m.ID] = m.Other
	}
	return out
}

func messages(t *testing.T, tag string) []*i18n.Message {
	t.Helper()
	all, err := readMessages(language.Make(tag))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// forms are the texts of a message.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all
}

// TestEveryLanguageIsComplete finds texts that are missing, left over, not filled in as the English ones are, or without a form for
// some count.
func TestEveryLanguageIsComplete(t *testing.T) {
	t.Parallel()
	original := map[string]*i18n.Message{}
	for _, m := range messages(t, "en") {
		original[m.ID] = m
	}
	for _, l := range assets.Languages {
		t.Run(l.Tag, func(t *testing.T) {
			t.Parallel()
			there := map[string]bool{}
			for _, m := range messages(t, l.Tag) {
				there[m.ID] = true
				o := original[m.ID]
				if o == nil {
					t.Errorf("%s is not in the English catalogue", m.ID)
					continue
				}
				want, err := placeholders(o.Other)
				if err != nil {
					t.Errorf("%s: %v", m.ID, err)
				}
				for form, text := range forms(m) {
					if strings.TrimSpace(text) != text || text == "" {
						t.Errorf("%s (%s) is %q", m.ID, form, text)
					}
					got, err := placeholders(text)
					if err != nil {
						t.Errorf("%s (%s): %v", m.ID, form, err)
					}
					if form != "other" {
						got["Count"] = want["Count"] // one may be said in words
						maps.DeleteFunc(got, func(_ string, on bool) bool { return !on })
					}
					if !maps.Equal(got, want) {
						t.Errorf("%s (%s) is filled in with %v, the English one with %v", m.ID, form, sorted(got), sorted(want))
					}
				}
			}
			for key := range original {
				if !there[key] {
					t.Errorf("%s is missing", key)
				}
			}
			everyCount(t, l.Tag)
			words, err := readWords(l.Tag, nil)
			if err != nil {
				t.Fatal(err)
			}
			if months, err := words.Localize(&i18n.LocalizeConfig{MessageID: "when.months"}); len(strings.Fields(months)) != 12 {
				t.Errorf("%q are not the months (%v)", months, err)
			}
		})
	}
}

// everyCount fails if a text that has plural forms lacks one of those of its language.
func everyCount(t *testing.T, tag string) {
	t.Helper()
	words, err := readWords(tag, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages(t, tag) {
		if len(forms(m)) == 1 {
			continue
		}
		for n := range 112 { // has a number of every form of every language of ours
			if _, err := words.Localize(&i18n.LocalizeConfig{MessageID: m.ID, PluralCount: n}); err != nil {
				t.Errorf("%s: %v", m.ID, err)
				break
			}
		}
	}
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// TestNoTextStandsTwice finds keys that stand twice in a file, of which JSON takes the last.
func TestNoTextStandsTwice(t *testing.T) {
	t.Parallel()
	for _, l := range assets.Languages {
		data, err := assets.Translations.ReadFile(path.Join(assets.TranslationsDir, l.Tag+".json"))
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(data))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			if name := fmt.Sprint(key); seen[name] {
				t.Errorf("%s: %s stands twice", l.Tag, name)
			} else {
				seen[name] = true
			}
			if err := d.Decode(new(any)); err != nil {
				t.Fatalf("%s: after %v: %v", l.Tag, key, err)
			}
		}
	}
}

func TestEveryLocaleHasWords(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{
		"en": "Ringing…", "en-GB": "Ringing…", "de": "Klingelt…", "de-AT": "Klingelt…", "pt-PT": "Tocando…",
		"zh-CN": "正在响铃…", "zh-Hans-SG": "正在响铃…", "ja-JP": "呼び出し中…", "ar-EG": "يرن", "fr-CA": "Ça sonne…", "es-MX": "Sonando…", "xx": "Ringing…", "": "Ringing…", "../../x": "Ringing…",
	} {
		words, err := readWords(locale, nil)
		if err != nil {
			t.Errorf("%q: %v", locale, err)
		}
		if got, err := words.Localize(&i18n.LocalizeConfig{MessageID: "call.ringing"}); got != want {
			t.Errorf("%q says %q (%v), want %q", locale, got, err, want)
		}
	}
}

func TestWord(t *testing.T) {
	speakEnglish(t)
	if got := word("people.others", fill{"Name": "<Ana>", "Count": 2}); got != "<Ana> and 2 more" {
		t.Errorf("filled in it is %q", got)
	}
	if got := word("no.such.key"); got != "no.such.key" {
		t.Errorf("an unknown key is %q", got)
	}
	if err := speak("de"); err != nil {
		t.Fatal(err)
	}
	if got := word("call.ringing"); got != "Klingelt…" {
		t.Errorf("in German it is %q", got)
	}
}

func TestSetTexts(t *testing.T) {
	speakEnglish(t)
	if err := SetTexts(map[string]string{"call.ringing": "Ding dong", "people.others": "{{.Count}} und {{.Name}}"}); err != nil {
		t.Fatal(err)
	}
	if got := word("call.ringing"); got != "Ding dong" {
		t.Errorf("it still says %q", got)
	}
	if err := speak("de"); err != nil {
		t.Fatal(err)
	}
	for count, want := range map[int]string{1: "1 und Ana", 3: "3 und Ana"} {
		if got := word("people.others", fill{"Name": "Ana", "Count": count}); got != want {
			t.Errorf("in another language it says %q, want %q", got, want)
		}
	}
	for key, text := range map[string]string{
		"call.ringer": "Ding", "call.ringing": "Ding {{.Name}}", "people.others": "{{if .Count}}many{{end}}", "ended.busy": "{{.Name", "call.muted": "{{.Name | len}}",
	} {
		var wrong *TextError
		if err := SetTexts(map[string]string{key: text}); !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("%s = %q is refused as %v", key, text, err)
		}
	}
	if got := word("call.ringing"); got != "Ding dong" {
		t.Errorf("after refused texts it says %q", got)
	}
	if err := SetTexts(nil); err != nil {
		t.Fatal(err)
	}
	if got := word("call.ringing"); got != "Klingelt…" {
		t.Errorf("given back it says %q", got)
	}
}

// speakEnglish begins a test with the English words, and leaves them behind.
func speakEnglish(t *testing.T) {
	t.Helper()
	back := func() {
		if err := errors.Join(SetTexts(nil), speak("en")); err != nil {
			t.Error(err)
		}
	}
	back()
	t.Cleanup(back)
}

func TestMain(m *testing.M) {
	if err := speak("en"); err != nil { // whatever the desktop of the tests speaks
		panic(err)
	}
	time.Local = time.UTC // wherever they run
	m.Run()
}
