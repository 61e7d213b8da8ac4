package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parley-calls/parley/engine"
)

// hangUpKeys are those that a call takes of a window.
var hangUpKeys = &desktop.CustomShortcut{KeyName: fyne.KeyH, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}

// Two calls in one window: the keys are those of the one that goes on, whichever came first and whichever goes first, and what the
// window did on them before it does again after the last.
func TestTwoCallsInOneWindow(t *testing.T) {
	for name, firstGoesFirst := range map[string]bool{"in the order they came": true, "the other way round": false} {
		t.Run(name, func(t *testing.T) {
			var typed []fyne.KeyName
			chords := 0
			chord := func(fyne.Shortcut) { chords++ }
			one := newMounted(t, newFakeEngine(), func(o *CallOptions) { o.HangUpKeys = chord })
			two := newCall(one.engine, CallOptions{CallID: "two"}, one.do, one.call.now, one.call.find)
			t.Cleanup(two.Close)
			one.window = fyne.CurrentApp().NewWindow("Shop")
			c := one.window.Canvas()
			c.SetOnTypedKey(func(k *fyne.KeyEvent) { typed = append(typed, k.Name) })
			c.AddShortcut(hangUpKeys, chord)
			one.window.SetContent(container.NewGridWithColumns(2, one.call, two))
			one.window.Resize(fyne.NewSize(800, 400))
			one.window.Show()
			one.call.look()
			two.look()
			one.ui = one.call.ui

			settle := func() {
				for _, u := range []*UI{one.call.ui, two.ui} {
					if u != nil {
						one.ui = u
						one.settle()
					}
				}
			}
			expect := func(when string, asked []string, theirs int) {
				t.Helper()
				settle()
				one.engine.take()
				typed, chords = nil, 0
				one.now = one.now.Add(time.Second) // a device is not switched twice by one unsteady press
				c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyM})
				typeShortcut(c, hangUpKeys)
				settle()
				got := one.engine.take()
				slices.Sort(got)
				slices.Sort(asked)
				if !slices.Equal(got, asked) || len(typed) != theirs || chords != theirs {
					t.Errorf("%s: asked for %q, and the window got %v and %d shortcuts", when, got, typed, chords)
				}
			}
			expect("before any call", nil, 1)
			held := func(c *engine.CallState) { c.Held = true }
			other := func(change ...func(*engine.CallState)) func(*engine.Snapshot) {
				return inCall(append(change, func(c *engine.CallState) { c.ID = "two" })...)
			}
			one.show(world(inCall()))
			expect("in the first", []string{"microphone call false", "hangup call"}, 0)
			one.show(world(inCall(held), other()))
			expect("in the second", []string{"microphone two false", "hangup two"}, 0)
			one.show(world(inCall(), other(held)))
			expect("in the first again", []string{"microphone call false", "hangup call"}, 0)
			first, second, left := one.call, two, "call"
			if firstGoesFirst {
				left = "two"
				one.show(world(inCall(held), other()))
			} else {
				first, second = two, one.call
			}
			first.Close()
			one.until(t, func() string {
				return unless(slices.ContainsFunc(one.engine.take(), func(a string) bool { return strings.HasPrefix(a, "hangup") }), "it is not left")
			})
			expect("with one gone", []string{"microphone " + left + " false", "hangup " + left}, 0)
			second.Close()
			one.until(t, func() string { return unless(slices.Contains(one.engine.take(), "hangup "+left), "it is not left") })
			expect("with none", nil, 1)
			if len(keysOfWindows) != 0 {
				t.Error("something is kept of the window")
			}
		})
	}
}
