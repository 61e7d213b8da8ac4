package upkeep

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Paper is one text of the diagnostics, by the name of its file.
type Paper struct{ Name, Text string }

// MaxPaper bounds a paper that is read from a file, in bytes. What happened last is at the end of a log.
const MaxPaper = 256 << 10

// Removed stands where a secret was.
const Removed = "(removed)"

// leastSecret is the length of what is looked for: shorter texts are words, too.
const leastSecret = 4

// lookSecret is what looks like a secret wherever it stands: a token (RFC 7519), the seed of a key of NATS, what a link is let in with, and
// any long run of letters and figures.
var lookSecret = []*regexp.Regexp{
	regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?`),
	regexp.MustCompile(`\bS[A-Z][A-Z2-7]{40,}`),
	regexp.MustCompile(`[A-Za-z0-9+=]{40,}`),
}

// named is a secret by what stands before it.
var named = regexp.MustCompile(`(?i)\b(code|device|token|seed|sign|password|secret|credential)(=|":\s*")[^\s"&]+`)

// Scrub takes secrets out of a text: those that are given, and what looks like one. The home directory, which names the person, becomes ~.
func Scrub(text string, secrets []string, home string) string {
	given := slices.Clone(secrets)
	slices.SortFunc(given, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	for _, s := range given {
		if len(s) >= leastSecret {
			text = strings.ReplaceAll(text, s, Removed)
		}
	}
	for _, r := range lookSecret {
		text = r.ReplaceAllString(text, Removed)
	}
	text = named.ReplaceAllString(text, "$1$2"+Removed)
	if len(home) > 1 {
		text = strings.ReplaceAll(text, home, "~")
	}
	return text
}

// Tail is the end of a file, from the beginning of a line on; empty if there is none.
func Tail(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	cut := info.Size() > MaxPaper
	if cut {
		if _, err := f.Seek(-MaxPaper, io.SeekEnd); err != nil {
			return "", err
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxPaper))
	text := strings.ToValidUTF8(string(b), "?")
	if cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text, err
}

// Zip writes papers as an archive.
func Zip(w io.Writer, papers []Paper, at time.Time) error {
	z := zip.NewWriter(w)
	for _, p := range papers {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.Name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, p.Text); err != nil {
			return err
		}
	}
	return z.Close()
}
