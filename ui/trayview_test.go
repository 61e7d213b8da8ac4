package ui

import (
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

func TestTrayFollowsWhatGoesOn(t *testing.T) {
	offline := func(s *engine.Snapshot) { s.Connection.State = engine.Offline }
	missed := func(n int) func(*engine.Snapshot) { return func(s *engine.Snapshot) { s.Missed = n } }
	muted := func(c *engine.CallState) { c.Microphone = false }
	held := func(c *engine.CallState) { c.Held = true }
	for _, c := range []struct {
		name string
		snap engine.Snapshot
		set  profile.Settings
		want trayView
	}{
		{"nothing", world(), profile.Settings{}, trayView{mark: trayOnline, status: "Ready for calls", offering: true}},
		{"do not disturb", world(), profile.Settings{DoNotDisturb: true}, trayView{mark: trayOnline, status: "Ready for calls", unheard: true, offering: true}},
		{"offline", world(offline, missed(2)), profile.Settings{}, trayView{missed: 2, status: "Not connected", offering: true}},
		{"one missed", world(missed(1)), profile.Settings{}, trayView{mark: trayOnline, missed: 1, status: "1 missed call", offering: true}},
		{"many missed", world(missed(12)), profile.Settings{}, trayView{mark: trayOnline, missed: 10, status: "12 missed calls", offering: true}},
		{"ringing", world(rung(true), missed(2)), profile.Settings{}, trayView{mark: trayRinging, status: "Bob Meier is calling", ring: "ring", offering: true}},
		{"in a call", world(inCall()), profile.Settings{}, trayView{mark: trayInCall, status: "In a call with Bob Meier", call: "call", mutable: true, offering: true}},
		{"in a call while the line is down", world(inCall(), offline), profile.Settings{}, trayView{mark: trayInCall, status: "In a call with Bob Meier", call: "call", mutable: true, offering: true}},
		{"muted", world(inCall(muted)), profile.Settings{}, trayView{mark: trayMuted, status: "Muted, with Bob Meier", call: "call", mutable: true, muted: true, offering: true}},
		{"on hold", world(inCall(held, muted)), profile.Settings{}, trayView{mark: trayInCall, status: "Bob Meier is on hold", call: "call", offering: true}},
		{"calling", world(inCall(outgoingTo(cyd, signal.Ringing))), profile.Settings{}, trayView{mark: trayInCall, status: "Calling Cyd", call: "call", mutable: true, offering: true}},
		{"a second call", world(inCall(muted), rung(false)), profile.Settings{}, trayView{mark: trayRinging, status: "Bob Meier is calling", ring: "ring", call: "call", mutable: true, muted: true, offering: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := trayOf(&c.snap, c.set); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
	if got := trayOf(nil, profile.Settings{}); got != (trayView{status: "No switchboard yet"}) {
		t.Errorf("without an engine: %+v", got)
	}
}
