package ui

import (
	"context"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// joinLine offers to come back to a call of ours that goes on without this app. It stands above every page but that of a call.
type joinLine struct {
	root    *panel
	title   *widget.Label
	body    *widget.Label
	join    *pushButton
	away    *pushButton
	call    engine.Joinable
	putAway map[engine.CallID]bool // by the person
}

func newJoinLine(join, dismiss func(engine.Joinable)) *joinLine {
	l := &joinLine{title: text("", theme.SizeNameText, true), body: caption(""), putAway: map[engine.CallID]bool{}}
	icon := widget.NewIcon(theme.NewColoredResource(symbol(assets.Phone), theme.ColorNamePrimary))
	l.join = newButton("", func() { join(l.call) })
	l.join.Importance = widget.HighImportance
	l.away = newButton(word("joinable.dismiss"), func() {
		l.putAway[l.call.Call] = true
		visible(l.root, false)
		dismiss(l.call)
	})
	l.away.Importance = widget.LowImportance
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), l.title, l.body)
	l.root = newPanel(colorTinted, "", 0, inset(2, 2, 0, 8, newBorder(nil, nil, inset(0, 0, 14, 0, container.NewCenter(icon)),
		container.NewHBox(container.NewCenter(l.away), container.NewCenter(l.join)), words)))
	l.root.radius = 0
	l.root.Hide()
	return l
}

// show offers the newest call that has not been put away. It returns how soon the words change by themselves; 0 is never.
func (l *joinLine) show(all []engine.Joinable, now time.Time) time.Duration {
	kept := make(map[engine.CallID]bool, len(l.putAway))
	var best *engine.Joinable
	for i, j := range all {
		if l.putAway[j.Call] {
			kept[j.Call] = true
		} else if best == nil && (j.Until.IsZero() || now.Before(j.Until)) {
			best = &all[i]
		}
	}
	l.putAway = kept
	if best == nil {
		visible(l.root, false)
		return 0
	}
	l.call = *best
	name := fill{"Name": called(best.With, engine.User{})}
	var body string
	next := time.Duration(0)
	if best.Crashed {
		say(l.title, word("joinable.crashed", name))
		l.join.SetText(word("joinable.rejoin"))
	} else {
		say(l.title, word("joinable.elsewhere", name))
		l.join.SetText(word("joinable.take"))
	}
	switch {
	case !best.Until.IsZero():
		body = word("joinable.until", fill{"Seconds": int(math.Ceil(best.Until.Sub(now).Seconds()))})
		next = time.Second
	case best.Video:
		body = word("call.video")
	default:
		body = word("call.voice")
	}
	say(l.body, body)
	visible(l.root, true)
	return next
}

// crown puts the first of two things above the second, without space between them, while the first is to be seen.
type crown struct{}

func (crown) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	top, rest := objects[0], objects[1]
	h := float32(0)
	if top.Visible() {
		h = top.MinSize().Height
		top.Resize(fyne.NewSize(s.Width, h))
	}
	rest.Move(fyne.NewPos(0, h))
	rest.Resize(s.SubtractWidthHeight(0, h))
}

func (crown) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[1].MinSize()
	if objects[0].Visible() {
		s.Height += objects[0].MinSize().Height
	}
	return s
}

// rejoin enters a call of ours that goes on without this app.
func (u *UI) rejoin(j engine.Joinable) {
	u.act("join", func(ctx context.Context, b backend) error {
		return b.Join(ctx, j.Call, engine.JoinOptions{Video: j.Video, Take: !j.Crashed})
	})
}

// dismiss gives up the place that is kept in a call. A call on another device goes on there: only the offer goes.
func (u *UI) dismiss(j engine.Joinable) {
	if j.Crashed {
		u.act("dismiss", func(ctx context.Context, b backend) error { return b.Dismiss(ctx, j.Call) })
	}
}

// offerBack shows the offer on the pages on which it belongs, and says how soon its words change.
func (u *UI) offerBack(want showing, s *engine.Snapshot, now time.Time) time.Duration {
	before, next := u.back.root.Visible(), time.Duration(0)
	if want.main == viewHome || want.main == viewSettings {
		next = u.back.show(s.Joinable, now)
	} else {
		visible(u.back.root, false)
	}
	if u.back.root.Visible() != before {
		u.frame.Refresh()
	}
	return next
}
