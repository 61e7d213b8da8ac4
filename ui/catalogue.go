package ui

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"sync"
	"sync/atomic"
	"text/template"
	"text/template/parse"

	"fyne.io/fyne/v2/lang"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/parley-calls/parley/assets"
)

// catalogue holds every word that a person sees, in one language at a time. Its words can be read from any goroutine; who changes
// them makes the pages anew.
//
// It is not Fyne's own because that knows languages that this one lacks, and then shows the bare keys instead of English.
type catalogue struct {
	words       atomic.Pointer[i18n.Localizer]
	rightToLeft atomic.Bool // so are the words written

	mu     sync.Mutex
	locale string            // as asked for; empty: the desktop's
	own    map[string]string // in place of ours
}

// theCatalogue is what [word] looks into.
var theCatalogue catalogue

// TextError says what is wrong with a text for [SetTexts].
type TextError struct {
	Key    string
	Reason string
}

func (e *TextError) Error() string { return fmt.Sprintf("ui: text %s: %s", e.Key, e.Reason) }

// SetTexts replaces texts of the catalogue by their keys, whatever the language, in the windows that are made from now on; nil
// gives all of them back. The keys, and the placeholders such as {{.Name}} that each text may have, are those of
// assets/translations/en.json. If a text does not fit, nothing changes and the error holds a [*TextError] for each one.
func SetTexts(texts map[string]string) error {
	english, err := readMessages(language.English)
	if err != nil {
		return err
	}
	known := map[string]*i18n.Message{}
	for _, m := range english {
		known[m.ID] = m
	}
	var problems []error
	for key, text := range texts {
		if m := known[key]; m == nil {
			problems = append(problems, &TextError{key, "there is no such key"})
		} else if err := fits(text, m); err != nil {
			problems = append(problems, &TextError{key, err.Error()})
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	return theCatalogue.change(func(c *catalogue) { c.own = maps.Clone(texts) })
}

// speak changes the language to that of a locale such as de-AT: de-AT where there is one, else de, else English. An empty one means
// the desktop's.
func speak(locale string) error { return theCatalogue.change(func(c *catalogue) { c.locale = locale }) }

// change makes the words anew.
func (c *catalogue) change(how func(*catalogue)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	how(c)
	locale := c.locale
	if locale == "" {
		locale = lang.SystemLocale().LanguageString()
	}
	words, err := readWords(locale, c.own)
	c.words.Store(words)
	script, _ := match(locale).Script()
	c.rightToLeft.Store(script == language.MustParseScript("arab"))
	return err
}

// localizer is where the words are. They are read when they are first asked for.
func (c *catalogue) localizer() *i18n.Localizer {
	if l := c.words.Load(); l != nil {
		return l
	}
	_ = c.change(func(*catalogue) {}) // New reports the error
	return c.words.Load()
}

// readWords reads the words for a locale, with some replaced. Where it fails, the keys stand for the words.
func readWords(locale string, own map[string]string) (*i18n.Localizer, error) {
	chosen := match(locale)
	bundle := i18n.NewBundle(language.English)
	var problems []error
	for _, tag := range []language.Tag{language.English, chosen} {
		messages, err := readMessages(tag)
		problems = append(problems, err, bundle.AddMessages(tag, messages...))
	}
	for key, text := range own {
		problems = append(problems, bundle.AddMessages(chosen, &i18n.Message{ID: key, Other: text}))
	}
	return i18n.NewLocalizer(bundle, chosen.String()), errors.Join(problems...)
}

// match returns the language of ours that is nearest to a locale.
func match(locale string) language.Tag {
	tags := []language.Tag{language.English} // the first one is for when none is near
	for _, l := range assets.Languages {
		tags = append(tags, language.Make(l.Tag))
	}
	_, i, _ := language.NewMatcher(tags).Match(language.Make(locale))
	return tags[i]
}

// readMessages reads the file of a language.
func readMessages(tag language.Tag) ([]*i18n.Message, error) {
	name := path.Join(assets.TranslationsDir, tag.String()+".json")
	data, err := assets.Translations.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("ui: %w", err)
	}
	file, err := i18n.ParseMessageFileBytes(data, name, nil)
	if err != nil {
		return nil, fmt.Errorf("ui: %s: %w", name, err)
	}
	return file.Messages, nil
}

// fits checks that a text has only placeholders of a message.
func fits(text string, m *i18n.Message) error {
	used, err := placeholders(text)
	if err != nil {
		return err
	}
	known, err := placeholders(m.Other)
	for name := range used {
		if !known[name] {
			err = errors.Join(err, fmt.Errorf("nothing fills in {{.%s}}", name))
		}
	}
	return err
}

// placeholders returns the names that a text has to be filled in with.
func placeholders(text string) (map[string]bool, error) {
	t, err := template.New("text").Parse(text)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, n := range t.Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			name, ok := placeholder(n)
			if !ok {
				return nil, fmt.Errorf("%s is no placeholder", n)
			}
			names[name] = true
		default:
			return nil, fmt.Errorf("%s is no placeholder", n)
		}
	}
	return names, nil
}

// placeholder returns what is between the braces of {{.Name}}.
func placeholder(n *parse.ActionNode) (string, bool) {
	if len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 {
		return "", false
	}
	field, ok := n.Pipe.Cmds[0].Args[0].(*parse.FieldNode)
	if !ok || len(field.Ident) != 1 {
		return "", false
	}
	return field.Ident[0], true
}

// fill is what the placeholders of a sentence stand for. A Count also chooses between one and many.
type fill map[string]any

// word returns the text for a key of the catalogue. A key without text is its own.
func word(key string, with ...fill) string {
	config := i18n.LocalizeConfig{MessageID: key}
	if len(with) > 0 {
		config.TemplateData, config.PluralCount = with[0], with[0]["Count"]
	}
	text, _ := theCatalogue.localizer().Localize(&config) // the nearest that there is, also with an error
	if text == "" {
		return key
	}
	return text
}
