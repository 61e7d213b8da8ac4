package ui

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// telling is a notification that the desktop should show. [tellings] derives them from the snapshot, so each ends with its reason, by
// whatever way that ends. Two equal ones look alike and do the same.
type telling struct {
	key         string
	title, body string
	sound       string              // of the desktop's theme; empty for none
	quiet       bool                // do not disturb
	ring        engine.InvitationID // the call that may be answered; empty if it tells of missed ones
	waiting     bool                // it rings while we are in another call
	missed      engine.HistoryID    // the call that may be returned
}

// maxMissedTellings bounds of how many people missed calls are told; the list of past calls has them all.
const maxMissedTellings = 5

// missedNews is how long a missed call is worth a notification, to a program that starts later.
const missedNews = 24 * time.Hour

// Bounds of the words that a caller chose, in letters.
const (
	maxTellingTitle = 80
	maxTellingBody  = 240
)

// around is what notifications depend on beside the snapshot.
type around struct {
	config   Config
	settings profile.Settings
	quiet    bool         // the desktop asks for quiet
	explain  bool         // the main window went into the tray for the first time
	ended    engine.Ended // a call that ended in the mini window, after which no window is left; empty for none
	watched  bool         // the main window is in front
	now      time.Time
}

// tellings says what the desktop should show: a notification for each call that rings, but not while the window over which it rings is
// in front, and one for each person whose calls were missed. It is pure.
func tellings(s *engine.Snapshot, a around) []telling {
	if s == nil || !a.settings.Notifications || a.config.Notifications.Off {
		return nil
	}
	quiet := a.unheard()
	var out []telling
	if !a.watched {
		for _, in := range s.Incoming {
			n := ringTelling(in, quiet)
			n.sound = a.config.Notifications.sound(in.Notification.Resource)
			out = append(out, n)
		}
	}
	if a.explain {
		out = append(out, telling{key: "tray", quiet: quiet, title: word("notify.tray"), body: word("notify.tray.text")})
	}
	if words := parting(a.ended); words != "" {
		out = append(out, telling{key: "ended", quiet: quiet, title: words, body: lastedWords(a.ended)})
	}
	if a.config.Missed.Off {
		return out
	}
	return append(out, missedTellings(s, a, quiet)...)
}

// lastedWords say how long a call lasted. They are empty for one that nobody answered.
func lastedWords(e engine.Ended) string {
	if !e.Answered {
		return ""
	}
	return word("notify.lasted", fill{"Time": lasting(e.Lasted)})
}

// ringTelling always says who calls, also when the caller chose a title.
func ringTelling(in engine.Incoming, quiet bool) telling {
	n := telling{key: "ring " + string(in.ID), ring: in.ID, waiting: in.Waiting, quiet: quiet}
	kind := word("incoming.voice")
	if in.Video {
		kind = word("incoming.video")
	}
	if len(in.Others) > 0 {
		kind = word("incoming.group", fill{"Kind": kind, "Count": len(in.Others)})
	}
	n.title = word("notify.ring", fill{"Name": shown(in.From)})
	lines := []string{kind}
	if title := oneLine(in.Notification.Title, maxTellingTitle); title != "" {
		n.title, lines = title, []string{shown(in.From), kind}
	}
	if message := oneLine(in.Notification.Message, maxTellingBody); message != "" {
		lines = append(lines, message)
	}
	n.body = strings.Join(lines, "\n")
	return n
}

// missedTellings tells of the missed calls that are news, the newest first, those of one person together.
func missedTellings(s *engine.Snapshot, a around, quiet bool) []telling {
	type missed struct {
		newest engine.HistoryEntry
		count  int
	}
	var all []missed
	for _, e := range s.History { // newest first
		if !e.Missed() || !e.Over.After(s.HistorySeen) || a.now.Sub(e.Over) > missedNews {
			continue
		}
		i := slices.IndexFunc(all, func(m missed) bool { return m.newest.By.ID == e.By.ID })
		if i < 0 {
			i, all = len(all), append(all, missed{newest: e})
		}
		all[i].count++
	}
	var out []telling
	for _, m := range all[:min(len(all), maxMissedTellings)] {
		title, body := a.config.Missed.words(m.newest, m.count)
		out = append(out, telling{
			key: "missed " + string(m.newest.By.ID), missed: m.newest.ID, quiet: quiet, title: title, body: body,
			sound: a.config.Notifications.sound(a.config.Missed.Resource),
		})
	}
	return out
}

// missedWords say whose calls were missed, and with whom the newest one was to be.
func missedWords(e engine.HistoryEntry, count int) (title, body string) {
	name := fill{"Name": shown(e.By), "Count": count}
	switch {
	case count > 1:
		title = word("notify.missed", name)
	case e.Video:
		title = word("missed.video", name)
	default:
		title = word("missed.voice", name)
	}
	if len(e.With) > 1 {
		body = listed(e.With)
	}
	return title, body
}

// oneLine makes a line of what somebody else wrote.
func oneLine(s string, letters int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, s)
	return shortened(strings.Join(strings.Fields(s), " "), letters)
}

// tellDesktop brings the notifications of the desktop to what the snapshot asks for. What a person dismissed stays away until it
// changes. Missed calls that happen while the person looks are told by the window alone.
func (u *UI) tellDesktop(s *engine.Snapshot, now time.Time) {
	d := u.params.Desktop
	u.explain = u.explain && !u.up
	a := around{config: u.params.Config, settings: u.store.Settings(), quiet: d.DoNotDisturb(), explain: u.explain, ended: u.desk.unseen, watched: u.front && u.up, now: now}
	u.stand(s, a)
	want := tellings(s, a)
	for key := range u.told {
		if !slices.ContainsFunc(want, func(n telling) bool { return n.key == key }) {
			delete(u.told, key)
			d.Withdraw(key)
		}
	}
	for _, n := range want {
		if u.told[n.key] == n {
			continue
		}
		u.told[n.key] = n
		if n.missed == "" || !a.watched {
			d.Notify(u.notification(n))
		}
	}
}

// notification says what its buttons do. All of it happens on the UI goroutine and asks the newest snapshot, which may know better.
func (u *UI) notification(n telling) desktop.Notification {
	do := func(f func()) func() { return func() { u.do(f) } }
	out := desktop.Notification{
		Key: n.key, Title: n.title, Body: n.body, Sound: n.sound, Quiet: n.quiet,
		Actions: []desktop.Action{{Label: word("tray.show"), Default: true, Do: do(u.show)}},
	}
	switch {
	case n.missed != "" && !u.params.Config.Missed.NoCallBack:
		out.Actions = append(out.Actions, desktop.Action{Label: word("notify.back"), Do: do(func() { u.callBack(n.missed) })})
		return out
	case n.ring == "":
		return out
	}
	accept := word("incoming.accept")
	if n.waiting {
		accept = word("notify.hold")
	}
	out.Ring = true
	out.Actions = append(out.Actions,
		desktop.Action{Label: accept, Do: do(func() { u.take(n.ring) })},
		desktop.Action{Label: word("incoming.decline"), Do: do(func() { u.reject(n.ring, "") })})
	// To dismiss a ring means "not now", not "no": it goes on without a sound, here, until it ends. Its window still takes an answer.
	out.Closed = func(dismissed bool) {
		if dismissed {
			u.do(func() { u.silence(n.ring) })
		}
	}
	return out
}

// take brings the window to the front and accepts a call as it is offered; the call that we are in is held.
func (u *UI) take(id engine.InvitationID) {
	in, ok := ringing(u.snapshot(), id)
	if !ok { // it ended a moment ago
		return
	}
	u.show()
	u.acceptAs(in)
}

// callBack returns a missed call.
func (u *UI) callBack(id engine.HistoryID) {
	s := u.snapshot()
	if s == nil {
		return
	}
	u.show()
	if i := slices.IndexFunc(s.History, func(e engine.HistoryEntry) bool { return e.ID == id }); i >= 0 {
		u.dialBack(s.History[i], s.History[i].Video)
	}
}
