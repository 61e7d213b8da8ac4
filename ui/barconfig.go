package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// Button names something that the bars of a call offer, see [BarConfig].
type Button string

// The buttons. What makes no sense at the moment is not shown: adding people where that is not allowed, the next camera where there is
// only one. The names in brackets are the call kit's.
const (
	ButtonMicrophone   Button = "microphone"    // [toggleMicrophone]
	ButtonCamera       Button = "camera"        // [toggleCamera]
	ButtonSwitchCamera Button = "switch-camera" // takes the next camera [switchCamera]
	ButtonDevices      Button = "devices"       // chooses microphone, speaker and camera [switchAudioOutput]
	ButtonShare        Button = "share"         // begins to share, and ends it [toggleScreenSharing]
	ButtonChat         Button = "chat"          // [chat]
	ButtonMembers      Button = "members"       // [showMemberList]
	ButtonDetails      Button = "details"       // how well the connection does
	ButtonAdd          Button = "add"           // calls more people
	ButtonHold         Button = "hold"
	ButtonLayout       Button = "layout"   // the next arrangement of the people
	ButtonMinimize     Button = "minimize" // [minimizing, pip]
	ButtonFullscreen   Button = "fullscreen"
	ButtonShortcuts    Button = "shortcuts" // the list of keys
	ButtonMore         Button = "more"      // where the button for all that has no place stands, if there is such
	ButtonHangUp       Button = "hang-up"   // [hangUp]
)

// BarConfig is what a bar of buttons looks like and offers. The zero value is Parley's own way. Colours and sizes are in Fyne's units.
type BarConfig struct {
	Hide        bool // it is never there
	NoAutoHide  bool // it does not hide while nothing moves
	NoClickHide bool // a click on a free area does not put it away

	// Buttons are those of the bar, in their order; nil: Parley's. What the room or Max leaves out is in More: from the end of the list,
	// but [ButtonHangUp], [ButtonMicrophone] and [ButtonCamera] last.
	Buttons []Button
	// More is what More offers in any case. Nil: what Parley offers there, or nothing if Buttons is set.
	More []Button
	Max  int // buttons on the bar at most, More among them; 0 means 8. The call kit's is 5
	// Extensions are buttons of the program. One whose Name is not in Buttons stands after all others, but before More and hanging up.
	Extensions []Extension

	Light      bool        // dark symbols on a light bar
	Background color.Color // nil: as Light says
	Height     float32     // at least; 0: as its buttons need
	Padding    float32     // between the edge of the bar and the buttons; 0: Parley's
	Margin     float32     // between the bar and the edge of the call; 0: Parley's
}

// TopBarConfig is what stands at the top of a call.
type TopBarConfig struct {
	BarConfig
	Title        string // in place of the names of the people
	HideTitle    bool
	HideDuration bool // how long the call has lasted: still told by [engine.DurationChanged]
}

// Extension is a button of an embedding program.
type Extension struct {
	Name  Button        // its own, to say in [BarConfig.Buttons] where it stands; may be empty
	Icon  fyne.Resource // drawn as it is
	Label string        // what it does, in the language of the person
	Do    func(engine.CallInfo)
}

// defaultMax is how many buttons a bar has if nobody says so.
const defaultMax = 8

// Parley's own bars.
var (
	bottomButtons = []Button{
		ButtonMicrophone, ButtonCamera, ButtonShare, ButtonChat, ButtonMembers, ButtonAdd, ButtonHold, ButtonMore, ButtonHangUp,
	}
	bottomMore = []Button{ButtonDevices, ButtonSwitchCamera, ButtonLayout, ButtonFullscreen, ButtonMinimize, ButtonDetails, ButtonShortcuts}
	topButtons = []Button{ButtonMinimize, ButtonFullscreen}
)

// orders are the names of a bar's buttons in their order, More among them, and of what is in More in any case.
func (c BarConfig) orders(own, more []Button) (names, rest []Button) {
	names, rest = slices.Clone(c.Buttons), slices.Clone(c.More)
	if c.Buttons == nil {
		names = slices.Clone(own)
	}
	if c.More == nil && c.Buttons == nil {
		rest = slices.Clone(more)
	}
	if !slices.Contains(names, ButtonMore) {
		names = slices.Insert(names, beforeHangUp(names), ButtonMore)
	}
	for i, e := range c.Extensions {
		if name := e.named(i); !slices.Contains(names, name) && !slices.Contains(rest, name) {
			names = slices.Insert(names, beforeEnd(names), name)
		}
	}
	return names, rest
}

func beforeHangUp(names []Button) int {
	if n := len(names); n > 0 && names[n-1] == ButtonHangUp {
		return n - 1
	}
	return len(names)
}

// beforeEnd is before More and hanging up, if they are at the end.
func beforeEnd(names []Button) int {
	n := beforeHangUp(names)
	if n > 0 && names[n-1] == ButtonMore {
		n--
	}
	return n
}

// named is the name of the extension with this number.
func (e Extension) named(i int) Button {
	if e.Name != "" {
		return e.Name
	}
	return Button("extension-" + string(rune('a'+i)))
}

// allot divides buttons between a bar with so many places and what More shows. More takes a place of its own if it shows anything, which
// it does in any case if full is set. Nothing gets lost.
func allot(names []Button, places int, full bool) (on, over []Button) {
	all := slices.DeleteFunc(slices.Clone(names), func(b Button) bool { return b == ButtonMore })
	if !full && len(all) <= places {
		return all, nil
	}
	room := max(0, places-1)
	for len(all)-len(over) > room {
		over = append(over, leastWorth(all, over))
	}
	for _, b := range names {
		if b == ButtonMore || !slices.Contains(over, b) {
			on = append(on, b)
		}
	}
	slices.SortFunc(over, func(a, b Button) int { return slices.Index(all, a) - slices.Index(all, b) })
	return on, over
}

// leastWorth is the next button to leave the bar.
func leastWorth(all, gone []Button) Button {
	for _, kept := range [][]Button{{ButtonHangUp, ButtonMicrophone, ButtonCamera}, {ButtonHangUp, ButtonMicrophone}, {ButtonHangUp}, nil} {
		for _, b := range slices.Backward(all) {
			if !slices.Contains(gone, b) && !slices.Contains(kept, b) {
				return b
			}
		}
	}
	return ""
}
