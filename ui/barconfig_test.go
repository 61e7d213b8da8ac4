package ui

import (
	"slices"
	"testing"
)

func TestNothingOfABarIsCutOff(t *testing.T) {
	t.Parallel()
	mic, cam, share, chat, end, more := ButtonMicrophone, ButtonCamera, ButtonShare, ButtonChat, ButtonHangUp, ButtonMore
	all := []Button{mic, cam, share, chat, more, end}
	for _, c := range []struct {
		places   int
		full     bool
		on, over []Button
	}{
		{9, false, []Button{mic, cam, share, chat, end}, nil},
		{5, false, []Button{mic, cam, share, chat, end}, nil},
		{6, true, all, nil},
		{5, true, []Button{mic, cam, share, more, end}, []Button{chat}},
		{4, false, []Button{mic, cam, more, end}, []Button{share, chat}},
		{3, false, []Button{mic, more, end}, []Button{cam, share, chat}},
		{2, false, []Button{more, end}, []Button{mic, cam, share, chat}},
		{1, false, []Button{more}, []Button{mic, cam, share, chat, end}},
		{0, false, []Button{more}, []Button{mic, cam, share, chat, end}},
	} {
		on, over := allot(all, c.places, c.full)
		if !slices.Equal(on, c.on) || !slices.Equal(over, c.over) {
			t.Errorf("with %d places, full=%t: %q and in More %q, want %q and %q", c.places, c.full, on, over, c.on, c.over)
		}
	}
}

func TestOrderOfABar(t *testing.T) {
	t.Parallel()
	own, rest := []Button{ButtonMicrophone, ButtonMore, ButtonHangUp}, []Button{ButtonDevices}
	for _, c := range []struct {
		what       string
		config     BarConfig
		names, all []Button
	}{
		{"Parley's", BarConfig{}, own, rest},
		{"other buttons", BarConfig{Buttons: []Button{ButtonHold, ButtonHangUp}}, []Button{ButtonHold, ButtonMore, ButtonHangUp}, nil},
		{"none", BarConfig{Buttons: []Button{}}, []Button{ButtonMore}, nil},
		{"another More", BarConfig{More: []Button{ButtonHold}}, own, []Button{ButtonHold}},
		{"an empty More", BarConfig{More: []Button{}}, own, nil},
		{"extensions", BarConfig{Extensions: []Extension{{Label: "one"}, {Name: "two"}}}, []Button{ButtonMicrophone, "extension-a", "two", ButtonMore, ButtonHangUp}, rest},
		{"a placed extension", BarConfig{Buttons: []Button{"two", ButtonHold}, Extensions: []Extension{{Name: "two"}}}, []Button{"two", ButtonHold, ButtonMore}, nil},
		{"an extension in More", BarConfig{More: []Button{"two"}, Extensions: []Extension{{Name: "two"}}}, own, []Button{"two"}},
	} {
		names, all := c.config.orders(own, rest)
		if !slices.Equal(names, c.names) || !slices.Equal(all, c.all) {
			t.Errorf("%s: %q and in More %q, want %q and %q", c.what, names, all, c.names, c.all)
		}
	}
}
