package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"text/template"

	"fyne.io/fyne/v2/lang"

	"github.com/parley-calls/parley/assets"
)

// english is the language in which every word exists.
const english = "en"

// texts are the words of one language by their keys.
type texts map[string]*template.Template

// loadWords reads the words of the desktop's language, once. It is not Fyne's own catalogue because that knows languages that this
// one lacks, and then shows the bare keys instead of English.
var loadWords = sync.OnceValues(func() (texts, error) { return readWords(string(lang.SystemLocale())) })

// readWords returns the words for a locale such as de-AT: those of de-AT where there are, else of de, else English.
func readWords(locale string) (texts, error) {
	out := texts{}
	var problems []error
	for _, l := range []string{english, strings.SplitN(locale, "-", 2)[0], locale} {
		problems = append(problems, out.add(l))
	}
	return out, errors.Join(problems...)
}

// add lays the words of one language over those that are there. A language without words changes nothing.
func (t texts) add(language string) error {
	name := path.Join(assets.TranslationsDir, language+".json")
	data, err := fs.ReadFile(assets.Translations, name)
	if err != nil {
		if language == english {
			return fmt.Errorf("ui: %w", err)
		}
		return nil
	}
	plain := map[string]string{}
	if err := json.Unmarshal(data, &plain); err != nil {
		return fmt.Errorf("ui: %s: %w", name, err)
	}
	for key, text := range plain {
		parsed, err := template.New(key).Parse(text)
		if err != nil {
			return fmt.Errorf("ui: %s: %w", name, err)
		}
		t[key] = parsed
	}
	return nil
}

// fill is what the placeholders of a sentence stand for.
type fill map[string]any

// word returns the text for a key of the catalogue, in the language of the desktop. A key without text is its own.
func word(key string, with ...fill) string {
	all, _ := loadWords() // newUI reports the error
	t, ok := all[key]
	if !ok {
		return key
	}
	var data any
	if len(with) > 0 {
		data = with[0]
	}
	var out strings.Builder
	if err := t.Execute(&out, data); err != nil {
		return key
	}
	return out.String()
}
