// Package assets holds the bytes that Parley shows and plays: its icon, its symbols, its words and its tones, all made by this
// project. It knows no toolkit, starts no goroutine and has no state.
package assets

import "embed"

// Icon is the app's icon as SVG.
//
//go:embed icon.svg
var Icon []byte

// IconPNG is [Icon] at 128×128 pixels, for windows: a start waits until every pixel is with the desktop.
//
//go:embed icon-128.png
var IconPNG []byte

// SmallIconPNG is [Icon] at 64×64 pixels. Notifications send every pixel over a message bus.
//
//go:embed icon-64.png
var SmallIconPNG []byte

// Translations holds the catalogue of all words, one JSON file for each of the [Languages] in the folder [TranslationsDir], named
// after its tag. A text with a count may have plural forms: see the CLDR names in https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
//
//go:embed translations/*.json
var Translations embed.FS

// TranslationsDir is the folder inside [Translations].
const TranslationsDir = "translations"

// Language is one that all words exist in.
type Language struct {
	Tag  string // BCP 47
	Name string // in itself
}

// Languages are all of them, in the order in which to offer them.
var Languages = []Language{
	{"de", "Deutsch"}, {"en", "English"}, {"es", "Español"}, {"fr", "Français"}, {"pt", "Português"}, {"ar", "العربية"}, {"zh", "中文"}, {"ja", "日本語"},
}

//go:embed icons/*.svg
var symbols embed.FS

// Symbol is the name of a drawing of one colour on a grid of 24×24.
type Symbol string

// The symbols.
const (
	ArrowIn       Symbol = "arrow-in"
	ArrowOut      Symbol = "arrow-out"
	Back          Symbol = "back"
	Bell          Symbol = "bell"
	BellOff       Symbol = "bell-off"
	Bluetooth     Symbol = "bluetooth"
	Camera        Symbol = "camera"
	CameraNext    Symbol = "camera-next"
	CameraOff     Symbol = "camera-off"
	Checked       Symbol = "checked"
	Close         Symbol = "close"
	Copy          Symbol = "copy"
	Delete        Symbol = "delete"
	Down          Symbol = "down"
	Echo          Symbol = "echo"
	Fill          Symbol = "fill"
	Fit           Symbol = "fit"
	Fullscreen    Symbol = "fullscreen"
	Group         Symbol = "group"
	HangUp        Symbol = "hang-up"
	Headphone     Symbol = "headphone"
	Hold          Symbol = "hold"
	Host          Symbol = "host"
	Info          Symbol = "info"
	Invite        Symbol = "invite"
	Join          Symbol = "join"
	Keyboard      Symbol = "keyboard"
	Layout        Symbol = "layout"
	Left          Symbol = "left"
	Message       Symbol = "message"
	Microphone    Symbol = "microphone"
	MicrophoneOff Symbol = "microphone-off"
	Minimize      Symbol = "minimize"
	Mirror        Symbol = "mirror"
	Moderator     Symbol = "moderator"
	More          Symbol = "more"
	Phone         Symbol = "phone"
	PhoneHold     Symbol = "phone-hold"
	Pin           Symbol = "pin"
	PinOff        Symbol = "pin-off"
	Play          Symbol = "play"
	Pointer       Symbol = "pointer"
	Recents       Symbol = "recents"
	Region        Symbol = "region"
	Restore       Symbol = "restore"
	Resume        Symbol = "resume"
	Right         Symbol = "right"
	ScreenNext    Symbol = "screen-next"
	Search        Symbol = "search"
	Send          Symbol = "send"
	Settings      Symbol = "settings"
	Share         Symbol = "share"
	SignalFair    Symbol = "signal-fair"
	SignalGood    Symbol = "signal-good"
	SignalLost    Symbol = "signal-lost"
	SignalPoor    Symbol = "signal-poor"
	Speaker       Symbol = "speaker"
	SpeakerOff    Symbol = "speaker-off"
	Stop          Symbol = "stop"
	StopShare     Symbol = "share-stop"
	Swap          Symbol = "swap"
	Text          Symbol = "text"
	USB           Symbol = "usb"
	Unchecked     Symbol = "unchecked"
	Up            Symbol = "up"
	Warning       Symbol = "warning"
	Window        Symbol = "window"
	Windowed      Symbol = "windowed"
	ZoomIn        Symbol = "zoom-in"
	ZoomOut       Symbol = "zoom-out"
)

// SVG returns the drawing, and nil for an unknown name. It is black; whoever shows it gives it a colour.
func (s Symbol) SVG() []byte {
	data, err := symbols.ReadFile("icons/" + string(s) + ".svg")
	if err != nil {
		return nil
	}
	return data
}
