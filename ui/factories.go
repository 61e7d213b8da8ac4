package ui

import "github.com/parley-calls/parley/profile"

// The call kit's four kinds of calls, as configurations: which buttons there are, how the people are arranged, and how the call is
// entered. Each is a beginning, of which any field may be changed. Parley's own way, the zero [Config], arranges any number of people in
// any kind of call; with [Config.Require] each call can have a kind of its own.

// OneOnOneVideo is the kit's oneOnOneVideoCall.
func OneOnOneVideo() Config {
	return Config{
		Scene:  SceneConfig{OwnCorner: profile.TopRight, Floating: true, FillPictures: true},
		TopBar: TopBarConfig{BarConfig: BarConfig{Hide: true}},
		BottomBar: BarConfig{
			Light: true, Buttons: []Button{ButtonCamera, ButtonSwitchCamera, ButtonHangUp, ButtonMicrophone, ButtonDevices},
		},
	}
}

// OneOnOneVoice is the kit's oneOnOneVoiceCall.
func OneOnOneVoice() Config {
	c := OneOnOneVideo()
	c.Joining.Voice = true
	c.BottomBar.Buttons = []Button{ButtonMicrophone, ButtonHangUp, ButtonDevices}
	return c
}

// GroupVideo is the kit's groupVideoCall.
func GroupVideo() Config {
	return Config{
		TopBar:    TopBarConfig{BarConfig: BarConfig{Buttons: []Button{ButtonMembers}}},
		BottomBar: BarConfig{Buttons: []Button{ButtonCamera, ButtonSwitchCamera, ButtonHangUp, ButtonMicrophone, ButtonDevices}},
	}
}

// GroupVoice is the kit's groupVoiceCall.
func GroupVoice() Config {
	c := GroupVideo()
	c.Joining.Voice = true
	c.BottomBar.Buttons = []Button{ButtonMicrophone, ButtonHangUp, ButtonDevices}
	return c
}
