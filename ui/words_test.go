package ui

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/internal/soundfile"
)

func TestEveryErrorHasWords(t *testing.T) {
	words := english(t)
	errs := []error{
		errors.New("something"), engine.ErrClosed, engine.ErrOffline, engine.ErrWrongAddress, engine.ErrBadToken, engine.ErrJoinCode,
		engine.ErrNameTaken, engine.ErrUnknownUser, engine.ErrNoSuchCall, engine.ErrFull, engine.ErrHeld, engine.ErrBusy, engine.ErrNotInCall,
		engine.ErrExpired, engine.ErrElsewhere,
		engine.ErrForbidden, engine.ErrBadRequest, engine.ErrTooMany, engine.ErrInternal, engine.ErrJoinFailed,
		engine.ErrMinimized, engine.ErrNotMinimized, engine.ErrNotSharing, engine.ErrInCall,
	}
	for _, kind := range []media.DeviceKind{media.CameraDevice, media.MicrophoneDevice, media.SpeakerDevice, media.ScreenDevice} {
		for _, reason := range []error{media.ErrDeviceNotFound, media.ErrDeviceBusy, media.ErrDeviceDenied, media.ErrDeviceLost, errors.New("odd")} {
			errs = append(errs, &media.DeviceError{Kind: kind, Reason: reason})
		}
	}
	for _, kind := range []media.DeviceKind{media.MicrophoneDevice, media.SpeakerDevice} {
		errs = append(errs, &media.DeviceError{Kind: kind, Reason: media.ErrNoSoundServer})
	}
	for _, reason := range []error{media.ErrNoDisplay, media.ErrWayland} {
		errs = append(errs, &media.DeviceError{Kind: media.ScreenDevice, Reason: reason})
	}
	errs = append(errs, soundfile.ErrFormat, soundfile.ErrTooLarge, soundfile.ErrUnreadable)
	for _, err := range errs {
		code := codeOf(err)
		if !slices.Contains(codes, code) {
			t.Errorf("%v has the code %q, which is not in the list", err, code)
		}
		title, text := explain(&engine.Error{Op: "test", Err: err})
		if title != words[errorTitle+code] || text != words[errorText+code] {
			t.Errorf("%s is explained as %q, %q", code, title, text)
		}
	}
	for _, code := range codes {
		if words[errorTitle+code] == "" || words[errorText+code] == "" {
			t.Errorf("the catalogue has no words for %q", code)
		}
	}
	if title, _ := explain(fmt.Errorf("join: %w", &signal.AddressError{Field: "port", Reason: "odd"})); title != words["error.title.wrong-address"] {
		t.Errorf("a mistyped address is explained as %q", title)
	}
}

func TestEndsHaveWordsWhereTheyNeedThem(t *testing.T) {
	for _, c := range []struct {
		reason          engine.EndReason
		parting, missed string
	}{
		{engine.LocalHangUp, "", ""},
		{engine.RemoteHangUp, "Bob Meier hung up", ""},
		{engine.KickedOut, "Bob Meier removed you from the call", ""},
		{engine.Elsewhere, "The call goes on on your other device", "The call from Bob Meier was taken on your other device"},
		{engine.DeclinedCall, "Bob Meier declined", ""},
		{engine.DeclinedHere, "", ""},
		{engine.BusyCall, "Bob Meier is in another call", ""},
		{engine.CancelledCall, "", "Missed call from Bob Meier"},
		{engine.CancelledHere, "", ""},
		{engine.CallerLost, "", "Missed call from Bob Meier"},
		{engine.NoAnswer, "No answer", ""},
		{engine.Unanswered, "", "Missed call from Bob Meier"},
		{engine.Unreachable, "Bob Meier cannot be reached", ""},
		{engine.NetworkLost, "The connection was lost", ""},
		{engine.JoinFailed, "No connection came about", ""},
		{engine.DeviceTrouble, "The call ended because a device does not work", ""},
		{engine.Abandoned, "The call ended because Bob Meier was missing", ""},
		{engine.MergedCall, "", ""},
		{engine.AppQuit, "", ""},
	} {
		e := engine.Ended{Reason: c.reason, By: bob, With: []engine.User{bob}}
		if got := parting(e); got != c.parting {
			t.Errorf("%s: parting = %q, want %q", c.reason, got, c.parting)
		}
		if got := missed(e); got != c.missed {
			t.Errorf("%s: missed = %q, want %q", c.reason, got, c.missed)
		}
	}
	if got, want := parting(engine.Ended{Reason: engine.KickedOut, By: bob, With: []engine.User{cyd, bob}}), "Bob Meier removed you from the call"; got != want {
		t.Errorf("removed from a group: %q, want %q", got, want)
	}
}

// quietEnds are the ends that need no words where they happen: we made them ourselves, or they are told as missed calls.
var quietEnds = []engine.EndReason{
	engine.LocalHangUp, engine.DeclinedHere, engine.CancelledHere, engine.CancelledCall, engine.CallerLost, engine.Unanswered,
	engine.MergedCall, engine.AppQuit,
}

func TestEveryEndHasWordsOrNeedsNone(t *testing.T) {
	for _, reason := range endReasons(t) {
		if got := parting(engine.Ended{Reason: reason, By: bob, With: []engine.User{bob}}); (got == "") != slices.Contains(quietEnds, reason) {
			t.Errorf("%s: parting = %q", reason, got)
		}
	}
}

// endReasons reads all reasons from where they are declared, so that a new one is not forgotten.
func endReasons(t *testing.T) []engine.EndReason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../engine/snapshot.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []engine.EndReason
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "EndReason" {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, engine.EndReason(text))
			}
		}
		return true
	})
	if len(out) < 19 {
		t.Fatalf("found only %d reasons", len(out))
	}
	return out
}

func TestWordsOfADeclineAreShown(t *testing.T) {
	e := engine.Ended{Reason: engine.DeclinedCall, Data: "I call back at four", With: []engine.User{bob}}
	if got, want := parting(e), "Bob Meier declined: “I call back at four”"; got != want {
		t.Errorf("parting = %q, want %q", got, want)
	}
}

func TestCalled(t *testing.T) {
	for _, c := range []struct {
		with []engine.User
		by   engine.User
		want string
	}{
		{[]engine.User{bob}, ana, "Bob Meier"},
		{[]engine.User{bob, cyd, ana}, ana, "Bob Meier and 2 more"},
		{[]engine.User{{ID: "only.id"}}, ana, "only.id"},
		{nil, ana, "Ana"},
		{nil, engine.User{}, "Somebody"},
	} {
		if got := called(c.with, c.by); got != c.want {
			t.Errorf("called(%v, %v) = %q, want %q", c.with, c.by, got, c.want)
		}
	}
}

func TestCallingWords(t *testing.T) {
	for _, c := range []struct {
		states []signal.PartyState
		want   string
	}{
		{nil, "Calling…"},
		{[]signal.PartyState{signal.Calling}, "Calling…"},
		{[]signal.PartyState{signal.Ringing}, "Ringing…"},
		{[]signal.PartyState{signal.Unreached, signal.Ringing}, "Ringing…"},
		{[]signal.PartyState{signal.Unreached, signal.Calling}, "Calling…"},
		{[]signal.PartyState{signal.Unreached}, "Offline. It rings as soon as they come online."},
	} {
		var call engine.CallState
		for _, s := range c.states {
			call.Waiting = append(call.Waiting, engine.Waiting{User: bob, State: s})
		}
		if got := callingWords(call); got != c.want {
			t.Errorf("%v is %q, want %q", c.states, got, c.want)
		}
	}
}

func TestLasting(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0:00", 0: "0:00", 7900 * time.Millisecond: "0:07", 12*time.Minute + 34*time.Second: "12:34",
		time.Hour: "1:00:00", 25*time.Hour + time.Minute + 2*time.Second: "25:01:02",
	} {
		if got := lasting(d); got != want {
			t.Errorf("lasting(%v) = %q, want %q", d, got, want)
		}
	}
}

// keyShape is what a key of the catalogue looks like in the source.
var keyShape = regexp.MustCompile(`^[a-z]+(\.[a-z-]+)+$`)

// notWords are strings of the source that nobody reads.
var notWords = map[string]bool{"software rasterizer": true, "gdi generic": true, "<path ": true}

// TestTheCatalogueAndTheSourceAgree finds keys that have no words, words that nothing uses, and words that are in the source
// instead of the catalogue.
func TestTheCatalogueAndTheSourceAgree(t *testing.T) {
	words := english(t)
	used, fillNames := map[string]bool{}, map[string]bool{}
	for _, text := range words {
		names, _ := placeholders(text) // wrong ones are another test's
		maps.Copy(fillNames, names)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CompositeLit:
				if t, ok := n.Type.(*ast.Ident); ok && t.Name == "TextError" {
					return false // for the programmer
				}
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Error", "Warn", "Info", "Debug", "CallWithContext"}, s.Sel.Name) {
					return false // for the log or the bus, not for the screen
				}
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "New" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "errors" {
						return false // for the programmer
					}
				}
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				if n.Kind != token.STRING || err != nil {
					return true
				}
				switch {
				case keyShape.MatchString(text) && !strings.Contains(text, ".svg") && !strings.Contains(text, ".png"):
					used[text] = true
					if words[text] == "" {
						t.Errorf("%s: %q is not in the catalogue", set.Position(n.Pos()), text)
					}
				case readable(text) && !notWords[text] && !fillNames[text]:
					t.Errorf("%s: %q belongs into the catalogue", set.Position(n.Pos()), text)
				}
			}
			return true
		})
	}
	for key := range words {
		if !used[key] && !strings.HasPrefix(key, errorTitle) && !strings.HasPrefix(key, errorText) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// readable reports whether a text looks like words for people: with a space between letters, or a capital and small letters.
func readable(s string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || r == ' ' {
			return r
		}
		return -1
	}, s)
	if strings.ContainsAny(s, "%#<_") || strings.Contains(s, "/") || strings.HasPrefix(s, "org.") {
		return false
	}
	first := []rune(strings.TrimSpace(letters))
	if len(first) < 2 {
		return false
	}
	return strings.Contains(strings.TrimSpace(letters), " ") || unicode.IsUpper(first[0]) && unicode.IsLower(first[1])
}
