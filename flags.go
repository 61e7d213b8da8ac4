package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/peterbourgon/ff/v3"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// options are what the command line and the environment say. What they leave empty comes from the profile's settings.
type options struct {
	profile    string // directory; empty: the user's own profile
	server     string // HOST:PORT, an invite link or profile.Embedded
	name, user string
	camera     string // a label or ID, or a synthetic device; empty: the system's
	microphone string
	speaker    string
	listen     string // of the embedded switchboard; empty: every interface, the usual port or one near it
	size       size   // of the main window
	video      size   // to ask of the camera
	processor  bool   // codes the pictures of the camera, whatever the graphics card can
	autoAccept bool
	deviceCode string // from another device of the user
	accept     string // the ID of a call that a person has accepted elsewhere
	hidden     bool   // start in the tray
	verbose    bool
	version    bool

	appID, appSign string
	credentials    signal.Credentials // given by an operator; the zero value if none
	link           string             // a parley: link to open
	ctl            []string           // the arguments of `parley ctl`; nil if it was not asked for
	doctor         *doctorOptions     // of `parley doctor`; nil if it was not asked for
}

// maxSecret bounds a file with a token or key, in bytes.
const maxSecret = 64 << 10

// errUsage marks errors of the command line or the environment.
var errUsage = errors.New("wrong usage")

const usageText = `Parley makes calls with voice and picture.

usage: parley [FLAG…] [LINK]        open the window (or raise the one that is open)
       parley [FLAG…] ctl VERB …    steer the running app; see "parley ctl help"
       parley [FLAG…] doctor        try devices, switchboard and a call, in half a minute; see "parley doctor --help"

Each flag may stand in the environment, too: PARLEY_AUTO_ACCEPT=true. The operator of a switchboard may hand out secrets, which
are never flags: PARLEY_TOKEN (what "parley-server token" prints) or PARLEY_APP_ID with PARLEY_APP_SIGN, or the names of files
that hold them in PARLEY_TOKEN_FILE and PARLEY_APP_SIGN_FILE.

`

// parseOptions reads the command line, then the environment for what it does not say. Words for people go to w.
func parseOptions(args []string, w io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("parley", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.profile, "profile", "", "`DIR` of a separate identity with its own settings")
	fs.StringVar(&o.server, "server", "", "switchboard: HOST:PORT, an invite link, or \"embedded\" to host one here")
	fs.StringVar(&o.name, "name", "", "your `NAME`, as others see it")
	fs.StringVar(&o.user, "user", "", "your `ID` on the switchboard (default: the name in lower case, with dots for spaces)")
	fs.StringVar(&o.camera, "camera", "", "`DEVICE`: its label, or test, file:PATH.y4m, none")
	fs.StringVar(&o.microphone, "microphone", "", "`DEVICE`: its label, or test, file:PATH of a sound file, none")
	fs.StringVar(&o.speaker, "speaker", "", "`DEVICE`: its label, or none, record:PATH.wav")
	fs.StringVar(&o.listen, "listen", "", "`HOST:PORT` of the embedded switchboard (default: every interface, port 4455 or the next free one)")
	fs.Var(&o.size, "size", "`WxH` of the main window, such as 1280x800")
	fs.Var(&o.video, "video", "`WxH` to ask of the camera (default: 1280x720)")
	fs.BoolVar(&o.processor, "no-graphics-card", false, "code the pictures of the camera by the processor, whatever the graphics card can")
	fs.BoolVar(&o.autoAccept, "auto-accept", false, "accept every call at once")
	fs.StringVar(&o.deviceCode, "device-code", "", "`CODE` from your other device: become one more device of the same user")
	fs.StringVar(&o.accept, "accept", "", "`CALL`: enter the call with that ID as soon as it rings, as a notification does that was clicked")
	fs.BoolVar(&o.hidden, "hidden", false, "start in the tray, if there is one")
	fs.BoolVar(&o.verbose, "verbose", false, "write the log to the terminal, too")
	// Not a BoolVar: a PARLEY_VERSION that means something else must not stop the program.
	fs.BoolFunc("version", "print the version", func(s string) error { o.version = s == "true"; return nil })
	fs.Usage = func() {
		fmt.Fprint(w, usageText)
		fs.SetOutput(w)
		fs.PrintDefaults()
		fs.SetOutput(io.Discard)
	}

	if err := ff.Parse(fs, args, ff.WithEnvVarPrefix("PARLEY")); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if fs.Arg(0) == "ctl" {
		o.ctl = append([]string{}, fs.Args()[1:]...)
		return o, nil
	}
	if fs.Arg(0) == "doctor" {
		d, err := parseDoctor(fs.Args()[1:], w)
		if err != nil {
			return o, err
		}
		o.doctor = d
		return o, o.complete()
	}
	for _, a := range fs.Args() {
		if o.link != "" || !strings.HasPrefix(strings.ToLower(a), "parley:") {
			return o, fmt.Errorf("%w: %q is neither a flag nor a parley: link", errUsage, a)
		}
		o.link = a
	}
	return o, o.complete()
}

// graphicsCard is that of the machine, to code the pictures of cameras, unless it is not wanted.
func (o options) graphicsCard(log *slog.Logger) *media.Card {
	card := media.CardOptions{Logger: log}
	if program, err := os.Executable(); err == nil && !o.processor {
		card.Command = []string{program, codePictures}
	}
	return media.NewCard(card)
}

// complete checks what was given, and reads the secrets.
func (o *options) complete() error {
	if o.user != "" {
		if err := signal.UserID(o.user).Check(); err != nil {
			return fmt.Errorf("%w: --user: %w", errUsage, err)
		}
	}
	if o.server != "" && o.server != profile.Embedded {
		if _, err := signal.ParseAddress(o.server); err != nil {
			return fmt.Errorf("%w: --server: %w", errUsage, err)
		}
	}
	if err := o.secrets(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

// secrets reads what may not stand on a command line, where every user of the machine could see it.
func (o *options) secrets() error {
	o.appID = os.Getenv("PARLEY_APP_ID")
	sign, err := secret("PARLEY_APP_SIGN")
	if err != nil {
		return err
	}
	if o.appSign = string(sign); (o.appID == "") != (o.appSign == "") {
		return errors.New("PARLEY_APP_ID and PARLEY_APP_SIGN go together")
	}
	token, err := secret("PARLEY_TOKEN")
	if err != nil || len(token) == 0 {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(token))
	d.DisallowUnknownFields()
	if err := d.Decode(&o.credentials); err != nil {
		return fmt.Errorf("PARLEY_TOKEN: %w", err)
	}
	if _, err := o.credentials.User(); err != nil {
		return fmt.Errorf("PARLEY_TOKEN: %w", err)
	}
	return nil
}

// secret reads a variable, or the file that the variable NAME_FILE names. It takes them out of the environment, so that no
// program that we start inherits them.
func secret(name string) ([]byte, error) {
	value, path := os.Getenv(name), os.Getenv(name+"_FILE")
	if value != "" {
		return []byte(value), os.Unsetenv(name)
	}
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s_FILE: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err == nil && len(b) > maxSecret {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("%s_FILE: %w", name, err)
	}
	return bytes.TrimSpace(b), nil
}

// size is the size of a window or picture. The zero value leaves it to that.
type size struct{ width, height int }

// Bounds of a size, in pixels: one macroblock, and what displays have.
const minSize, maxSize = 16, 16384

func (s *size) String() string {
	if s == nil || *s == (size{}) {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.width, s.height)
}

func (s *size) Set(text string) error {
	var v size
	var rest string
	n, _ := fmt.Sscanf(text+" .", "%dx%d %s", &v.width, &v.height, &rest)
	if n != 3 || rest != "." || min(v.width, v.height) < minSize || max(v.width, v.height) > maxSize {
		return fmt.Errorf("want WIDTHxHEIGHT between %d and %d", minSize, maxSize)
	}
	*s = v
	return nil
}

// fyne is the size in the units of windows.
func (s size) fyne() fyne.Size { return fyne.NewSize(float32(s.width), float32(s.height)) }
