package ctl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"strings"

	"github.com/parley-calls/parley/engine"
)

// What "share" can be asked for.
const (
	shareScreen = "screen"
	shareWindow = "window"
	shareRegion = "region"
	shareStop   = "stop"
	sharePause  = "pause"
	shareResume = "resume"
	shareList   = "list"
)

// area is a part of a surface in its pixels, as people write it: "X,Y,W,H". Empty means all of it.
type area image.Rectangle

func (a area) MarshalText() ([]byte, error) {
	r := image.Rectangle(a)
	return fmt.Appendf(nil, "%d,%d,%d,%d", r.Min.X, r.Min.Y, r.Dx(), r.Dy()), nil
}

func (a *area) UnmarshalText(b []byte) error {
	var x, y, w, h int
	var rest string
	n, _ := fmt.Sscanf(string(b), "%d,%d,%d,%d%s", &x, &y, &w, &h, &rest)
	if n != 4 || x < 0 || y < 0 || w < 1 || h < 1 || max(x, y, w, h) > 1<<15 {
		return errors.New(`want X,Y,W,H in pixels, such as "0,0,640,360"`)
	}
	*a = area(image.Rect(x, y, x+w, y+h))
	return nil
}

// surface is one thing that can be shared.
type surface struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	App    string `json:"app,omitempty"`
	Kind   string `json:"kind"`
	X      int    `json:"x"`
	Y      int    `json:"y"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// surfaces is the answer of "share list".
type surfaces struct {
	ok
	Surfaces []surface `json:"surfaces"`
}

func serveShare(ctx context.Context, s *Server, r request) (any, error) {
	if r.What == shareList {
		list, err := s.control.Surfaces(ctx)
		out := surfaces{fine, make([]surface, 0, len(list))}
		for _, f := range list {
			out.Surfaces = append(out.Surfaces, surface{f.ID, f.Label, f.App, string(f.Kind), f.Area.Min.X, f.Area.Min.Y, f.Area.Dx(), f.Area.Dy()})
		}
		return out, err
	}
	c, err := theRunning(s.control.Snapshot(), r.Call)
	if err != nil {
		return nil, err
	}
	answer := called{ok: fine, Call: c.ID}
	switch r.What {
	case shareStop:
		return answer, s.control.StopShare(ctx, c.ID)
	case sharePause, shareResume:
		if !c.Share.On {
			return nil, &failure{codeNoShare, "nothing is shared", "`parley ctl share screen` shares the screen."}
		}
		return answer, s.control.PauseShare(ctx, c.ID, r.What == sharePause)
	case shareWindow:
		if r.Surface == "" {
			return nil, &fieldError{"surface", "name the window"}
		}
	case shareRegion:
		if image.Rectangle(r.Region).Empty() {
			return nil, &fieldError{"region", "say which part, as X,Y,W,H"}
		}
	}
	what := engine.Share{Region: image.Rectangle(r.Region), Profile: r.Style, Sound: r.Sound}
	if r.Surface != "" {
		if what.Surface, err = s.theSurface(ctx, r.What, r.Surface); err != nil {
			return nil, err
		}
	}
	return answer, s.control.Share(ctx, c.ID, what)
}

// theSurface is the window, or (for what else can be shared) the screen of a name: an ID, a label or a part of one.
func (s *Server) theSurface(ctx context.Context, what, name string) (engine.Surface, error) {
	list, err := s.control.Surfaces(ctx)
	if err != nil {
		return engine.Surface{}, err
	}
	kind := shareScreen // as the kinds of surfaces are called
	if what == shareWindow {
		kind = shareWindow
	}
	var like []engine.Surface
	for _, f := range list {
		switch {
		case string(f.Kind) != kind:
		case f.ID == name || strings.EqualFold(f.Label, name):
			return f, nil
		case strings.Contains(strings.ToLower(f.Label), strings.ToLower(name)):
			like = append(like, f)
		}
	}
	switch len(like) {
	case 0:
		return engine.Surface{}, &failure{codeNoSurface, fmt.Sprintf("there is no %s %q", kind, name), "`parley ctl share list` shows what there is."}
	case 1:
		return like[0], nil
	}
	return engine.Surface{}, &failure{codeWhich, fmt.Sprintf("%d %ss are called something like %q", len(like), kind, name),
		"Name it as `parley ctl share list` does."}
}

// shareArguments reads what follows "share" on the command line.
func shareArguments(r *request, args []string) error {
	if len(args) == 0 {
		return errors.New("say screen, window, region, stop, pause, resume or list")
	}
	r.What, args = args[0], args[1:]
	switch r.What {
	case shareWindow:
		if len(args) == 0 {
			return errors.New("name the window")
		}
	case shareRegion:
		if len(args) == 0 {
			return errors.New("say which part, as X,Y,W,H")
		}
		if err := r.Region.UnmarshalText([]byte(args[0])); err != nil {
			return err
		}
		args = args[1:]
	case shareScreen:
	default:
		return atMost(args, 0)
	}
	if len(args) > 0 {
		r.Surface = args[0]
	}
	return atMost(args, 1)
}

// share is what somebody shares: a member, or we ourselves.
type share struct {
	On      bool                `json:"on"`
	Paused  bool                `json:"paused"`
	Label   string              `json:"label"`
	Sound   bool                `json:"sound"`             // what the machine plays is heard
	Surface string              `json:"surface,omitempty"` // its ID, of ours
	Style   engine.ShareProfile `json:"style,omitempty"`   // of ours
}

func newShare(s engine.ShareState) share {
	if !s.On {
		return share{}
	}
	return share{On: true, Paused: s.Paused, Label: s.Surface.Label, Sound: s.Sound && s.SoundErr == nil, Surface: s.Surface.ID,
		Style: cmp.Or(s.Profile, engine.TextShare)}
}

func newSharing(s engine.Sharing) *share {
	if !s.On {
		return nil
	}
	return &share{On: true, Paused: s.Paused, Label: s.Label, Sound: s.Sound}
}
