package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// outcome says in a word or two what became of a call of the history.
func outcome(e engine.HistoryEntry) string {
	switch {
	case e.Answered:
		return span(e.Lasted)
	case e.Missed():
		return word("recents.missed")
	case e.Incoming && e.State == signal.Declined:
		return word("recents.declined.here")
	case e.Incoming:
		return word("recents.unconnected")
	}
	switch e.Reason {
	case signal.EndDeclined:
		return word("recents.declined")
	case signal.EndBusy:
		return word("recents.busy")
	case signal.EndTimeout:
		return word("recents.timeout")
	case signal.EndCancelled:
		return word("recents.cancelled")
	case signal.EndLost, signal.EndCallerLost:
		return word("recents.lost")
	}
	return word("recents.unconnected")
}

// direction says which way a call went and of which kind it was.
func direction(e engine.HistoryEntry) string {
	switch {
	case e.Incoming && e.Video:
		return word("recents.incoming.video")
	case e.Incoming:
		return word("recents.incoming.voice")
	case e.Video:
		return word("recents.outgoing.video")
	}
	return word("recents.outgoing.voice")
}

// ending says what is worth more words beside the outcome of a call.
func ending(e engine.HistoryEntry, me engine.UserID) string {
	switch {
	case e.Missed() && e.State == signal.Refused:
		return word("recents.missed.busy")
	case !e.Answered:
		return ""
	}
	switch e.Reason {
	case signal.EndHangUp:
		if e.EndedBy == me || e.EndedBy == "" {
			return ""
		}
		for _, u := range e.With {
			if u.ID == e.EndedBy {
				return word("ended.hangup", fill{"Name": shown(u)})
			}
		}
	case signal.EndLost, signal.EndCallerLost:
		return word("ended.network")
	case "":
		return word("recents.went-on")
	}
	return ""
}

// span writes how long something took: 45 s, 1 min 35 s, 12 min, 1 h 5 min.
func span(d time.Duration) string {
	s := max(0, int(d/time.Second))
	part := func(n int, key string) string { return word(key, fill{"Count": n}) }
	var parts []string
	if h := s / 3600; h > 0 {
		parts = append(parts, part(h, "span.hours"))
	}
	if m := s / 60 % 60; m > 0 {
		parts = append(parts, part(m, "span.minutes"))
	}
	if s < 600 && (s%60 > 0 || s == 0) { // of longer calls nobody wants to know the seconds
		parts = append(parts, part(s%60, "span.seconds"))
	}
	return strings.Join(parts, " ")
}

// when names a moment shortly: the time today, yesterday, or the date, with its year if that is another one.
func when(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch d := day(now).Sub(day(t)); {
	case d <= 0:
		return clock(t)
	case d <= 36*time.Hour: // a day is not always 24 hours long
		return word("when.yesterday")
	}
	return date(t, now)
}

// moment names a moment wholly.
func moment(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	on := date(t, now)
	switch d := day(now).Sub(day(t)); {
	case d <= 0:
		on = word("when.today")
	case d <= 36*time.Hour:
		on = word("when.yesterday")
	}
	return word("when.moment", fill{"Date": on, "Time": clock(t)})
}

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func clock(t time.Time) string { return t.Format("15:04") }

// date writes a day. The catalogue holds the names of the months as one list.
func date(t, now time.Time) string {
	month := strconv.Itoa(int(t.Month()))
	if names := strings.Fields(word("when.months")); len(names) == 12 {
		month = names[t.Month()-1]
	}
	with := fill{"Day": t.Day(), "Month": month, "Year": t.Year()}
	if t.Year() == now.Year() {
		return word("when.date", with)
	}
	return word("when.date.year", with)
}

// listed writes the names of all people of a call.
func listed(with []engine.User) string {
	names := make([]string, 0, len(with))
	for _, u := range with {
		names = append(names, shown(u))
	}
	return strings.Join(names, ", ")
}

// shortened cuts a text to so many letters.
func shortened(s string, letters int) string {
	if all := []rune(s); len(all) > letters {
		return string(append(all[:letters-1], '…'))
	}
	return s
}
