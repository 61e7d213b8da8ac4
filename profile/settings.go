package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine/signal"
)

// Embedded as [Settings.Server] means that this app carries the switchboard itself.
const Embedded = "embedded"

// Theme says which colours the windows use.
type Theme string

// The themes.
const (
	SystemTheme Theme = "system" // as the desktop
	LightTheme  Theme = "light"
	DarkTheme   Theme = "dark"
)

// Settings are what a person chose, as the file settings.json holds it. Use [Defaults], not the zero value.
type Settings struct {
	Name     string          `json:"name"`                // as others see it; empty before the first start is done
	UserID   signal.UserID   `json:"user_id,omitempty"`   // empty: made from Name
	Server   string          `json:"server,omitempty"`    // [Embedded], or HOST:PORT; empty before the first start is done
	JoinCode string          `json:"join_code,omitempty"` // of Server
	Pin      string          `json:"pin,omitempty"`       // of Server's certificate; empty when not known
	DeviceID signal.DeviceID `json:"device_id"`           // of this installation; [Open] makes one

	Camera     string `json:"camera,omitempty"`     // device ID; empty: the system's choice
	Microphone string `json:"microphone,omitempty"` // device ID; empty: the system's choice
	Speaker    string `json:"speaker,omitempty"`    // device ID; empty: the system's choice
	Ring       string `json:"ring,omitempty"`       // device ID on which it rings; empty: Speaker

	EchoCancellation bool `json:"echo_cancellation"` // what the speaker plays is taken out of our voice; default true
	NoiseSuppression bool `json:"noise_suppression"` // fans, keyboards and streets are taken out of our voice; default true
	AutomaticGain    bool `json:"automatic_gain"`    // our voice is brought to one level; default false

	Theme       Theme  `json:"theme"`              // default SystemTheme
	Language    string `json:"language,omitempty"` // such as "de"; empty: the desktop's
	CloseToTray bool   `json:"close_to_tray"`      // closing the window leaves Parley reachable in the tray; default true

	TrayTold bool `json:"tray_told"` // the person was told that a closed window leaves Parley in the tray

	CallWaiting      bool      `json:"call_waiting"`       // a second call is shown instead of refused; default false
	AnswerFirst      bool      `json:"answer_first"`       // nothing connects while it rings; default false
	DoNotDisturb     bool      `json:"do_not_disturb"`     // calls are shown but not heard; default false
	ObeyDesktop      bool      `json:"obey_desktop"`       // the desktop's do-not-disturb counts too; default true
	Notifications    bool      `json:"notifications"`      // calls and missed calls are told by the desktop too; default true
	RingVolume       float32   `json:"ring_volume"`        // 0 to 1; default 1
	Tones            ToneFiles `json:"tones,omitzero"`     // own sound files
	Replies          [3]string `json:"replies,omitzero"`   // own texts to decline with; empty ones are Parley's
	JoinMuted        bool      `json:"join_muted"`         // calls begin with the microphone off; default false
	JoinWithoutVideo bool      `json:"join_without_video"` // video calls begin without our picture; default false

	Volumes    map[signal.UserID]float32 `json:"volumes,omitempty"`     // how loud people are heard, 0 to 2; who is not named is heard as sent
	MirrorSelf bool                      `json:"mirror_self"`           // our own picture is shown as in a mirror; default true
	Layout     CallLayout                `json:"layout,omitempty"`      // of calls; empty: AutoLayout
	FillTiles  bool                      `json:"fill_tiles"`            // pictures fill their tiles, however much is cut off; default false
	OwnCorner  Corner                    `json:"own_corner,omitempty"`  // where our own picture is in a call of two; empty: BottomRight
	OwnSize    float32                   `json:"own_size,omitempty"`    // its width, in Fyne's units; 0: as designed
	MiniPlace  *Place                    `json:"mini_place,omitempty"`  // of the mini window; nil: the lower right corner of the screen in use
	MiniWidth  float32                   `json:"mini_width,omitempty"`  // in Fyne's units; 0: as designed
	SharePlace *Place                    `json:"share_place,omitempty"` // of the bar that says that we share; nil: the top of the shared screen
	ShareText  bool                      `json:"share_text"`            // shares are sharp rather than smooth; default true
	ShareSound bool                      `json:"share_sound"`           // the sound of the machine is shared too; default false
}

// CallLayout says how the people of a call are arranged.
type CallLayout string

// The layouts.
const (
	AutoLayout    CallLayout = "auto"    // two at large and in a corner, more in a grid, a share at large
	GridLayout    CallLayout = "grid"    // all the same
	SpeakerLayout CallLayout = "speaker" // who speaks at large
)

// Corner is a corner of a window.
type Corner string

// The corners.
const (
	TopLeft     Corner = "top-left"
	TopRight    Corner = "top-right"
	BottomLeft  Corner = "bottom-left"
	BottomRight Corner = "bottom-right"
)

// Place is where a window was left.
type Place struct {
	Screen string `json:"screen"` // name of the monitor
	X      int    `json:"x"`      // of its left edge, in screen units from that of the monitor
	Y      int    `json:"y"`
}

// ToneFiles are paths of sound files to play in place of Parley's tones; empty ones are Parley's.
type ToneFiles struct {
	Incoming string `json:"incoming,omitempty"`
	RingBack string `json:"ring_back,omitempty"`
}

// FieldError says which field of a file is wrong.
type FieldError struct {
	Field  string
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// Defaults are the settings of a first start.
func Defaults() Settings {
	return Settings{Theme: SystemTheme, CloseToTray: true, ObeyDesktop: true, Notifications: true, RingVolume: 1, MirrorSelf: true, ShareText: true,
		EchoCancellation: true, NoiseSuppression: true}
}

// maxText bounds each text of the settings, in bytes.
const maxText = 4096

// Check reports the first field that cannot be used, as a [*FieldError].
func (s Settings) Check() error {
	for _, f := range []struct {
		name, text string
		max        int
	}{
		{"name", s.Name, 256},
		{"user_id", string(s.UserID), 64},
		{"server", s.Server, maxText},
		{"join_code", s.JoinCode, maxText},
		{"pin", s.Pin, maxText},
		{"device_id", string(s.DeviceID), 256},
		{"camera", s.Camera, maxText},
		{"microphone", s.Microphone, maxText},
		{"speaker", s.Speaker, maxText},
		{"ring", s.Ring, maxText},
		{"language", s.Language, 32},
		{"tones", s.Tones.Incoming, maxText},
		{"tones", s.Tones.RingBack, maxText},
		{"replies", s.Replies[0], maxText},
		{"replies", s.Replies[1], maxText},
		{"replies", s.Replies[2], maxText},
	} {
		if len(f.text) > f.max {
			return &FieldError{f.name, fmt.Sprintf("is longer than %d bytes", f.max)}
		}
		if !utf8.ValidString(f.text) {
			return &FieldError{f.name, "is not UTF-8"}
		}
	}
	if !(s.RingVolume >= 0 && s.RingVolume <= 1) {
		return &FieldError{"ring_volume", "is not between 0 and 1"}
	}
	for _, v := range s.Volumes {
		if !(v >= 0 && v <= 2) {
			return &FieldError{"volumes", "is not between 0 and 2"}
		}
	}
	if !(s.OwnSize >= 0 && s.OwnSize <= 4096) {
		return &FieldError{"own_size", "is not between 0 and 4096"}
	}
	if !(s.MiniWidth >= 0 && s.MiniWidth <= 4096) {
		return &FieldError{"mini_width", "is not between 0 and 4096"}
	}
	if !slices.Contains([]CallLayout{"", AutoLayout, GridLayout, SpeakerLayout}, s.Layout) {
		return &FieldError{"layout", fmt.Sprintf("is %q, not auto, grid or speaker", s.Layout)}
	}
	if !slices.Contains([]Corner{"", TopLeft, TopRight, BottomLeft, BottomRight}, s.OwnCorner) {
		return &FieldError{"own_corner", fmt.Sprintf("is %q, which is no corner", s.OwnCorner)}
	}
	switch s.Theme {
	case SystemTheme, LightTheme, DarkTheme:
		return nil
	}
	return &FieldError{"theme", fmt.Sprintf("is %q, not system, light or dark", s.Theme)}
}

func decodeCredentials(data []byte) (map[string]signal.Credentials, error) {
	all := map[string]signal.Credentials{}
	if err := decode(data, &all); err != nil {
		return nil, err
	}
	if all == nil { // the file said null
		all = map[string]signal.Credentials{}
	}
	return all, nil
}

func encodeCredentials(all map[string]signal.Credentials) ([]byte, error) { return encode(all) }

// decode reads exactly one JSON value and puts errors into words that name the field or the place.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	err := d.Decode(into)
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return &FieldError{wrong.Field, "is a " + wrong.Value + ", not a " + wrong.Type.String()}
	case errors.As(err, &syntax):
		return fmt.Errorf("byte %d: %w", syntax.Offset, err)
	case err != nil:
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: more than one value", d.InputOffset())
	}
	return nil
}

func encode(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return append(data, '\n'), nil
}
