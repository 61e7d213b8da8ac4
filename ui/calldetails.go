package ui

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// figuresEvery is how often the figures are read while somebody looks at them.
const figuresEvery = time.Second

// callDetails is the tab with what is known of a call and its connection: what it means on top, the figures below.
type callDetails struct {
	sideParams
	root    *fyne.Container
	means   *widget.Label
	facts   *fyne.Container
	lines   map[string]*widget.Label // of facts, by the key of what they tell
	streams *fyne.Container
	invite  *pushButton // copies the link to an open call
	tracks  []*trackLine

	call    engine.CallState
	me      engine.User
	before  engine.CallStats
	read    time.Time // when the figures were asked for
	known   bool      // before is of this call
	looking bool
}

func newCallDetails(p sideParams) *callDetails {
	d := &callDetails{sideParams: p, lines: map[string]*widget.Label{}}
	d.means = widget.NewLabel("")
	d.means.Wrapping = fyne.TextWrapWord
	lines := func(gap float32) fyne.Layout { return column{width: math.MaxFloat32, gap: gap} } // they learn their width, and with it their height
	d.facts, d.streams = container.New(lines(0)), container.New(lines(0))
	for _, key := range []string{"details.since", "details.people", "details.link", "details.path", "details.encryption", "details.trip"} {
		d.facts.Add(d.fact(key))
	}
	id := d.fact("details.id")
	take := newRoundButton(assets.Copy, tonePlain, 32, word("details.copy"), func() { p.Room.copyText(string(d.call.ID)) })
	d.facts.Add(newBorder(nil, nil, nil, container.NewCenter(take), id))
	d.invite = newIconButton(word("link.copy.join"), symbol(assets.Copy), func() {
		p.Room.copyText(signal.JoinLink{Call: d.call.ID, Video: d.call.Video}.Link())
		d.invite.SetText(word("invite.copied"))
	})
	d.invite.Hide()
	card := newPanel(colorTinted, "", 6, d.means)
	d.root = container.NewStack(container.NewVScroll(inset(0, 12, 12, 12, container.New(lines(8), card, d.invite, d.facts, d.streams))))
	return d
}

// fact is a line with a name and, below it, what is known.
func (d *callDetails) fact(key string) fyne.CanvasObject {
	l := widget.NewLabel("")
	l.Wrapping = fyne.TextWrapWord
	d.lines[key] = l
	return container.New(column{width: math.MaxFloat32, gap: -18}, caption(word(key)), l)
}

// look says whether the tab can be seen.
func (d *callDetails) look(on bool) {
	if d.looking != on {
		d.looking = on
		d.read, d.known = time.Time{}, false
	}
}

// rest lets go of the call.
func (d *callDetails) rest() { d.call, d.known, d.read = engine.CallState{}, false, time.Time{} }

// update shows a call.
func (d *callDetails) update(c engine.CallState, me engine.User) {
	if d.call.ID != c.ID {
		d.invite.SetText(word("link.copy.join"))
	}
	visible(d.invite, c.Rules.Open) // an invitation makes a call that only who is invited may enter
	d.call, d.me = c, me
	if d.looking {
		d.tick()
	}
}

// tick reads the figures when it is time.
func (d *callDetails) tick() {
	now := d.Now()
	if d.call.ID == "" || now.Sub(d.read) < figuresEvery {
		return
	}
	d.read = now
	if !d.known {
		d.show(engine.CallStats{ID: d.call.ID})
	}
	d.Room.figures(d.call.ID, func(s engine.CallStats) {
		if d.looking && s.ID == d.call.ID {
			d.show(s)
			d.before, d.known = s, true
		}
	})
}

// show shows figures.
func (d *callDetails) show(s engine.CallStats) {
	before := s
	if d.known {
		before = d.before
	}
	say(d.means, strings.Join(reading(before, s, d.call), "\n"))
	put := func(key, text string) { say(d.lines[key], text) }
	since := word("call.connecting")
	if !d.call.Since.IsZero() {
		since = word("details.since.line", fill{"Time": clockIn(d.call.Since.Local(), timeLocale()), "Lasted": lasting(d.Now().Sub(d.call.Since))})
	}
	put("details.since", since)
	names := []string{word("people.you")}
	for _, m := range d.call.Members {
		names = append(names, shown(m.User))
	}
	put("details.people", strings.Join(names, ", "))
	link := word("details.link.direct")
	if len(d.call.Members) > 1 {
		link = word("details.link.mesh")
	}
	put("details.link", link)
	put("details.path", pathWords(s.Path))
	put("details.encryption", word("details.encryption.line"))
	trip := word("details.unknown")
	if s.RoundTripMS > 0 {
		trip = word("details.ms", fill{"Number": int(s.RoundTripMS + 0.5)})
	}
	put("details.trip", trip)
	put("details.id", string(d.call.ID))
	d.stream(before, s)
	d.root.Refresh() // lines may have become higher
}

// stream shows a line for each track on which something flows.
func (d *callDetails) stream(before, s engine.CallStats) {
	names := map[engine.UserID]string{d.me.ID: word("people.you")}
	for _, m := range d.call.Members {
		names[m.ID] = shown(m.User)
	}
	n := 0
	for _, t := range s.Tracks {
		if t.Packets == 0 && t.Kbps == 0 {
			continue
		}
		if n == len(d.tracks) {
			l := newTrackLine()
			d.tracks = append(d.tracks, l)
			d.streams.Add(l.root)
		}
		was := t
		for _, b := range before.Tracks {
			if b.User == t.User && b.Kind == t.Kind && b.Direction == t.Direction && b.Packets <= t.Packets {
				was = b
			}
		}
		d.tracks[n].show(names[t.User], t, share(t.Lost-was.Lost, int64(t.Packets-was.Packets)))
		n++
	}
	for i, l := range d.tracks {
		visible(l.root, i < n)
	}
}

// trackKinds are the keys of the words for what a track carries.
var trackKinds = map[string]string{
	"voice": "details.kind.voice", "camera": "details.kind.camera", "screen": "details.kind.screen", "system": "details.kind.system",
}

// trackLine shows the figures of a track.
type trackLine struct {
	root           fyne.CanvasObject
	title, figures *widget.Label
}

func newTrackLine() *trackLine {
	t := &trackLine{title: text("", theme.SizeNameText, true), figures: caption("")}
	t.figures.Wrapping, t.figures.Truncation = fyne.TextWrapWord, fyne.TextTruncateOff
	t.root = container.New(column{width: math.MaxFloat32, gap: -16}, t.title, t.figures)
	return t
}

func (l *trackLine) show(name string, t engine.TrackStats, lost float64) {
	say(l.title, word("details.track", fill{"Name": name, "Kind": word(trackKinds[t.Kind])}))
	rate := fill{"Number": int(t.Kbps + 0.5)}
	parts := []string{strings.ToUpper(t.Codec), word("details.rate", rate), word("details.loss", fill{"Percent": int(lost*100 + 0.5)})}
	if t.Width > 0 {
		shown := t.FPSShown
		if t.Direction == "out" {
			shown = t.FPSCoded
		}
		parts = append(parts, word("details.size", fill{"Width": t.Width, "Height": t.Height}), word("details.pictures", fill{"Number": int(shown + 0.5)}))
	}
	if t.Card {
		parts = append(parts, word("details.card"))
	}
	if t.BufferMS > 0 {
		parts = append(parts, word("details.buffer", fill{"Number": int(t.BufferMS + 0.5)}))
	}
	say(l.figures, strings.Join(parts, " · "))
}
