package ui

import (
	"testing"
	"time"
)

func TestTimesOfTheDayByLocale(t *testing.T) {
	for _, c := range []struct {
		locale, clock, want string
	}{
		{"en_US.UTF-8", "00:05", "12:05 am"}, {"en_US.UTF-8", "11:59", "11:59 am"}, {"en_US.UTF-8", "12:00", "12:00 pm"}, {"en-AU", "15:04", "3:04 pm"},
		{"en_GB.UTF-8", "15:04", "15:04"}, {"de_DE", "09:05", "09:05"}, {"de-AT", "15:04", "15:04"}, {"C", "15:04", "15:04"}, {"C.UTF-8", "15:04", "15:04"},
		{"", "15:04", "15:04"}, {"hi_IN.UTF-8", "15:04", "3:04 pm"}, {"no such locale", "15:04", "15:04"},
	} {
		at, err := time.Parse("15:04", c.clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := clockIn(at, c.locale); got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.clock, c.locale, got, c.want)
		}
	}
}
