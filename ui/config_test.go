package ui

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// configured is a stage with a configuration.
func configured(t *testing.T, change func(*Config)) *stage {
	t.Helper()
	s := newStageOn(t, nil, func(p *Params) { change(&p.Config) })
	s.enter(world())
	return s
}

// sees reports whether o and all that it is in can be seen below root.
func sees(root, o fyne.CanvasObject) bool {
	if root == o {
		return o.Visible()
	}
	if !root.Visible() {
		return false
	}
	var parts []fyne.CanvasObject
	switch r := root.(type) {
	case *fyne.Container:
		parts = r.Objects
	case fyne.Widget:
		parts = test.WidgetRenderer(r).Objects()
	}
	return slices.ContainsFunc(parts, func(p fyne.CanvasObject) bool { return sees(p, o) })
}

// wantSeen fails unless exactly the parts with true are seen.
func wantSeen(t *testing.T, root fyne.CanvasObject, parts map[string]fyne.CanvasObject, hidden ...string) {
	t.Helper()
	for name, o := range parts {
		if got, want := sees(root, o), !slices.Contains(hidden, name); got != want {
			t.Errorf("%s is seen: %t", name, got)
		}
	}
}

func TestPartsOfAnIncomingCallCanBeLeftOut(t *testing.T) {
	newApp(t)
	for hidden, change := range map[string]func(*IncomingConfig){
		"":           func(*IncomingConfig) {},
		"avatar":     func(c *IncomingConfig) { c.HideAvatar = true },
		"name":       func(c *IncomingConfig) { c.HideName = true },
		"text":       func(c *IncomingConfig) { c.HideText = true },
		"microphone": func(c *IncomingConfig) { c.HideMicrophone = true },
		"camera":     func(c *IncomingConfig) { c.HideCamera = true },
		"voice":      func(c *IncomingConfig) { c.HideVoice = true },
		"message":    func(c *IncomingConfig) { c.HideMessage = true },
		"silence":    func(c *IncomingConfig) { c.HideSilence = true },
	} {
		for _, as := range []shape{shapeCard, shapePage} {
			t.Run(fmt.Sprintf("%s shape=%d", hidden, as), func(t *testing.T) {
				p := incomingParams{Commands: (*UI)(nil), Refit: func() {}, Now: time.Now, Shape: as}
				change(&p.Config)
				in := newIncoming(p)
				in.show(ringView{call: engine.Incoming{ID: "ring", From: bob, Video: true}}, start{microphone: true, camera: true})
				wantSeen(t, in.root, map[string]fyne.CanvasObject{
					"avatar": in.portrait, "name": in.name, "text": in.kind, "microphone": in.mic, "camera": in.camera, "voice": in.other,
					"message": in.message, "silence": in.bell, "accept": in.accept, "decline": in.decline,
				}, hidden)
				if !in.accept.caption {
					t.Error("its buttons have no words")
				}
			})
		}
	}
}

func TestPreviewCanBeLeftOut(t *testing.T) {
	for _, page := range []bool{false, true} {
		s := configured(t, func(c *Config) {
			c.Incoming = IncomingConfig{NoPopUp: page, NoPreview: true, PageConfig: PageConfig{HideCaptions: true, FillPicture: true}}
		})
		s.show(world(rung(true)))
		s.want() // above all not the camera
		r := s.ui.pages.ring
		if sees(r.own.root, r.camera.tile) || !sees(r.own.root, r.own.camera) {
			t.Error("our picture is shown, or the choice whether to send it is missing")
		}
		if r.own.accept.caption || !r.camera.tile.cropped {
			t.Error("it has words below the buttons, or not all of the room is for our picture")
		}
	}
}

func TestIncomingCallFillsTheMainWindow(t *testing.T) {
	s := configured(t, func(c *Config) { c.Incoming.NoPopUp = true })
	s.show(world(rung(true)))
	r := s.ui.pages.ring
	if s.ui.shown.main != viewIncoming || s.ui.holder.Objects[0] != r.own.root || r.up {
		t.Fatalf("it shows view %d, and a window: %t", s.ui.shown.main, r.up)
	}
	s.pass(typingGuard)
	s.engine.take()
	s.key(fyne.KeyM)
	test.Tap(r.own.accept)
	s.settle()
	s.want("accept ring camera=true muted")
	s.show(world(inCall()))
	if s.ui.shown.main != viewCall {
		t.Error("the call does not take its place")
	}
	s.show(world(inCall(), alsoRung("next", cyd), func(s *engine.Snapshot) { s.Incoming[0].Waiting = true }))
	if s.ui.shown.main != viewCall || len(s.ui.overlay.Objects) != 1 || r.over.name.Text != "Cyd" {
		t.Error("a second call is not over the first one")
	}
	s.show(world(alsoRung("next", cyd)))
	if s.ui.shown.main != viewIncoming || len(s.ui.overlay.Objects) != 0 {
		t.Error("when the first one ends, the second one does not take its place")
	}
	s.ui.putAway()
	if s.ui.shown.main == viewIncoming || !s.ui.pages.small {
		t.Error("it cannot be put away")
	}
	s.ui.restore()
	s.show(world())
	if s.ui.shown.main != viewHome || s.ui.main.Canvas().Focused() != s.ui.pages.home.list() {
		t.Error("the list does not come back, with the keyboard")
	}
	nothingRings(t, s)
}

func TestPartsOfAnOutgoingCallCanBeLeftOut(t *testing.T) {
	newApp(t)
	pump := newPump(func(func()) {}, fullRate)
	t.Cleanup(pump.close)
	for hidden, change := range map[string]func(*OutgoingConfig){
		"":           func(*OutgoingConfig) {},
		"avatar":     func(c *OutgoingConfig) { c.HideAvatar = true },
		"name":       func(c *OutgoingConfig) { c.HideName = true },
		"text":       func(c *OutgoingConfig) { c.HideText = true },
		"microphone": func(c *OutgoingConfig) { c.HideMicrophone = true },
		"camera":     func(c *OutgoingConfig) { c.HideCamera = true },
		"devices":    func(c *OutgoingConfig) { c.HideDevices = true },
		"minimize":   func(c *OutgoingConfig) { c.HideMinimize = true },
		"captions":   func(c *OutgoingConfig) { c.HideCaptions = true },
	} {
		t.Run(hidden, func(t *testing.T) {
			b := newFakeEngine()
			p := outgoingParams{Commands: (*UI)(nil), Calls: b.Call, Pump: pump, Menu: newDeviceMenu(menuParams{Hardware: b})}
			change(&p.Config)
			o := newOutgoing(p)
			s := world(inCall(outgoingTo(bob, signal.Ringing)))
			o.update(s.Calls[0], &s)
			wantSeen(t, o.root, map[string]fyne.CanvasObject{
				"avatar": o.portrait, "name": o.name, "text": o.state, "microphone": o.mic, "camera": o.camera, "cancel": o.cancel,
				"devices": o.devices, "minimize": o.away,
			}, hidden)
			if o.cancel.caption == (hidden == "captions") {
				t.Errorf("words below the buttons: %t", o.cancel.caption)
			}
			o.farewell(engine.Ended{Call: "call", Reason: engine.DeclinedCall, With: []engine.User{bob}, Outgoing: true})
			if !sees(o.root, o.state) || o.state.Text != "Bob Meier declined" {
				t.Error("it is not said why the call came to nothing")
			}
		})
	}
	fills := outgoingParams{Commands: (*UI)(nil), Pump: pump, Menu: newDeviceMenu(menuParams{Hardware: newFakeEngine()})}
	fills.Config.FillPicture = true
	if o := newOutgoing(fills); !o.own.cropped {
		t.Error("not all of the page is for our picture")
	}
}

// A program's own parts are made for each call with all that is known of it, and go with the call.
func TestBuilders(t *testing.T) {
	var asked []engine.CallInfo
	var made []fyne.CanvasObject
	build := func(info engine.CallInfo) fyne.CanvasObject {
		asked, made = append(asked, info), append(made, canvas.NewText("ours", nil))
		return made[len(made)-1]
	}
	for name, c := range map[string]struct {
		page   PageConfig
		parts  int
		inTurn func(ours fyne.CanvasObject, all []fyne.CanvasObject) bool
	}{
		"background": {PageConfig{Background: build}, 2, func(ours fyne.CanvasObject, all []fyne.CanvasObject) bool { return all[1] == ours }},
		"foreground": {PageConfig{Foreground: build}, 2, func(ours fyne.CanvasObject, all []fyne.CanvasObject) bool { return all[0] == ours }},
		"page":       {PageConfig{Page: build}, 1, func(ours fyne.CanvasObject, all []fyne.CanvasObject) bool { return all[0] != ours }},
		"nothing":    {PageConfig{Page: func(engine.CallInfo) fyne.CanvasObject { return nil }}, 1, func(ours fyne.CanvasObject, all []fyne.CanvasObject) bool { return all[0] == ours }},
	} {
		t.Run(name, func(t *testing.T) {
			s := configured(t, func(f *Config) { f.Incoming.PageConfig, f.Outgoing.PageConfig = c.page, c.page })
			looks := func(f *frame, root fyne.CanvasObject, info engine.CallInfo) {
				t.Helper()
				s.ui.applyNow() // asks for nothing again
				if all := f.root.Objects; len(all) != c.parts || !c.inTurn(f.page, all) {
					t.Errorf("the page has %d parts", len(all))
				}
				if name == "nothing" {
					return
				}
				if !sees(root, made[len(made)-1]) {
					t.Error("what the program made is not seen")
				}
				for _, got := range asked {
					if !reflect.DeepEqual(got, info) {
						t.Errorf("asked about %+v\nwant        %+v", got, info)
					}
				}
				asked = nil
			}
			s.show(world(rung(true)))
			if name != "nothing" && len(asked) != 2 {
				t.Errorf("asked %d times", len(asked))
			}
			in := s.ui.pages.ring.own
			looks(in.frame, in.root, engine.CallInfo{Call: "call", Invitation: "ring", Video: true, Inviter: bob, Invitees: []engine.User{ana}, Data: "Hello"})
			s.show(world(inCall(outgoingTo(bob, signal.Ringing), func(c *engine.CallState) { c.Initiator, c.Data = ana, "order 4711" })))
			if len(in.frame.root.Objects) != 1 || in.frame.root.Objects[0] != in.frame.page {
				t.Error("what was made for the last call is still there")
			}
			o := s.ui.pages.outgoing
			looks(o.frame, o.root, engine.CallInfo{Call: "call", Outgoing: true, Video: true, Inviter: ana, Invitees: []engine.User{bob}, Data: "order 4711"})
			s.show(world(over(engine.Ended{Call: "call", Reason: engine.DeclinedCall, With: []engine.User{bob}, Outgoing: true, At: s.now})))
			if !sees(o.root, o.state) {
				t.Error("it hides why the call came to nothing")
			}
		})
	}
}

func TestPartsOfTheMiniWindowCanBeLeftOut(t *testing.T) {
	s := configured(t, func(c *Config) { c.Mini = MiniConfig{HideText: true, HideCancel: true, HideAccept: true} })
	m := s.ui.pages.mini
	s.show(world(rung(true)))
	s.ui.putAway()
	if m.clock.Text != "" || !slices.Equal(m.offers(), []*roundButton{m.decline, m.back}) {
		t.Errorf("of a call to us it says %q", m.clock.Text)
	}
	s.show(world())
	s.show(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.ui.putAway()
	if m.clock.Text != "" || !slices.Equal(m.offers(), []*roundButton{m.mic, m.camera, m.back}) {
		t.Errorf("of a call of ours it says %q", m.clock.Text)
	}
	s.show(world(inCall()))
	if m.clock.Text != "1:00" || !slices.Equal(m.offers(), []*roundButton{m.mic, m.camera, m.back, m.leave}) {
		t.Error("a call that is answered lacks something")
	}
	s = configured(t, func(c *Config) { c.Mini.HideDecline = true })
	s.show(world(rung(true)))
	s.ui.putAway()
	if m := s.ui.pages.mini; m.clock.Text != "Video call" || !slices.Equal(m.offers(), []*roundButton{m.back, m.accept}) {
		t.Error("only the button to decline should be missing")
	}
}

func TestNotificationsAsConfigured(t *testing.T) {
	twice := func(s *engine.Snapshot) {
		s.History = []engine.HistoryEntry{lost("b", bob, noon), lost("a", bob, noon.Add(-time.Minute)), lost("c", cyd, noon.Add(-time.Hour))}
	}
	bell := func(s *engine.Snapshot) { s.Incoming[0].Notification.Resource = "bell" }
	for name, c := range map[string]struct {
		config Config
		want   []string // title, body, sound and buttons
	}{
		"as always": {Config{}, []string{
			"Bob Meier is calling|Voice call|bell|Open Parley,Accept,Decline", "2 missed calls from Bob Meier|||Open Parley,Call back",
			"Missed call from Cyd|||Open Parley,Call back",
		}},
		"none":            {Config{Notifications: NotificationConfig{Off: true}}, nil},
		"no missed calls": {Config{Missed: MissedConfig{Off: true}}, []string{"Bob Meier is calling|Voice call|bell|Open Parley,Accept,Decline"}},
		"no way back, and words of its own": {Config{
			Notifications: NotificationConfig{Sound: func(r string) string { return "phone-" + r }},
			Missed: MissedConfig{
				NoCallBack: true, Resource: "gone",
				Title: func(e engine.HistoryEntry, count int) string {
					if e.By == cyd {
						return ""
					}
					return fmt.Sprint(count, " times ", e.By.Name)
				},
				Message: func(e engine.HistoryEntry, _ int) string { return "entry " + string(e.ID) },
			},
		}, []string{
			"Bob Meier is calling|Voice call|phone-bell|Open Parley,Accept,Decline", "2 times Bob Meier|entry b|phone-gone|Open Parley",
			"Missed call from Cyd|entry c|phone-gone|Open Parley",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &fakeDesktop{hosted: true}
			s := newStageOn(t, d, func(p *Params) { p.Config = c.config })
			s.program.settings.Notifications = true
			s.enter(world(rung(false), bell, twice))
			var got []string
			for _, n := range d.open {
				var labels []string
				for _, a := range n.Actions {
					labels = append(labels, a.Label)
				}
				got = append(got, strings.Join([]string{n.Title, n.Body, n.Sound, strings.Join(labels, ",")}, "|"))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	s := configured(t, func(c *Config) { c.Missed.Off = true })
	s.show(world(rung(false)))
	s.show(world(over(engine.Ended{Call: "call", Reason: engine.CancelledCall, With: []engine.User{bob}, At: s.now})))
	if s.ui.notice.box.Visible() {
		t.Error("the main window tells of a missed call")
	}
}

func TestSendButtonWithoutNetworkMark(t *testing.T) {
	offline := world(func(s *engine.Snapshot) { s.Connection.State = engine.Offline })
	if b := newSending(t, offline, SendButtonOptions{}).button; !b.warns() || b.symbol() == newSending(t, world(), SendButtonOptions{}).button.symbol() {
		t.Error("it does not show that the switchboard cannot be reached")
	}
	var s *sending
	s = newSending(t, offline, collecting(&s, SendButtonOptions{To: []engine.UserID{"bob"}, HideNetwork: true}))
	if s.button.warns() || s.button.symbol() != newSending(t, world(), SendButtonOptions{}).button.symbol() {
		t.Error("it shows it all the same")
	}
	s.button.Press()
	if r := s.results(1); engine.Code(r.Err) != "offline" {
		t.Errorf("a press: %v", r.Err)
	}
}

// kitFields are the call kit's fields of invitations.
var kitFields = strings.Fields(`
	config.permissions config.endCallWhenInitiatorLeave config.systemWindowConfirmDialog config.pip config.networkLoading
	offline.autoEnterAcceptedOfflineCall inCalling.canInvitingInCalling inCalling.onlyInitiatorCanInvite
	missedCall.enabled missedCall.enableDialBack missedCall.resourceID missedCall.notificationTitle missedCall.notificationMessage
	missedCall.timeoutSeconds ringtone.incomingCallPath ringtone.outgoingCallPath ringtone.vibration notification.iOS
	notification.android notification.sound useSystemCallingUI uiConfig.withSafeArea
	general.foreground general.background general.rootNavigator general.advanceConfigs general.enableAccidentalTouchPrevention
	general.translationText requireConfig factory.oneOnOneVideo factory.oneOnOneVoice factory.groupVideo factory.groupVoice
	duration.onDurationUpdate user.requiredUsers.users user.requiredUsers.enabled user.requiredUsers.detectSeconds
	user.requiredUsers.detectInDebugMode screenSharing.autoStop.invalidCount screenSharing.autoStop.canEnd screenSharing.defaultFullScreen video
	pip.enableWhenBackground device.enableSyncDeviceStatusBySEI audioEffect beauty
	joining.turnOnCameraWhenJoining joining.useFrontCameraWhenJoining joining.turnOnMicrophoneWhenJoining joining.useSpeakerWhenJoining
	inviter.foregroundBuilder inviter.pageBuilder inviter.backgroundBuilder inviter.showAvatar inviter.showCentralName
	inviter.showCallingText inviter.spacing inviter.useVideoViewAspectFill inviter.defaultCameraOn inviter.defaultMicrophoneOn
	inviter.defaultSpeakerOn inviter.showMainButtonsText inviter.showSubButtonsText inviter.cancelButton inviter.cameraButton
	inviter.cameraSwitchButton inviter.microphoneButton inviter.speakerButton inviter.minimized.cancelButton inviter.minimized.showTips
	invitee.foregroundBuilder invitee.pageBuilder invitee.backgroundBuilder invitee.showAvatar invitee.showCentralName
	invitee.showCallingText invitee.spacing invitee.defaultCameraOn invitee.defaultMicrophoneOn invitee.defaultSpeakerOn
	invitee.cameraSwitchButton invitee.speakerButton invitee.useVideoViewAspectFill invitee.showMainButtonsText invitee.showSubButtonsText invitee.popUp.visible
	invitee.popUp.size invitee.popUp.decoration invitee.popUp.builder invitee.declineButton invitee.acceptButton invitee.cameraButton
	invitee.microphoneButton invitee.showVideoOnCalling invitee.minimized.acceptButton invitee.minimized.declineButton
	invitee.minimized.showTips`)

// The page about configuration names options that there are, with the defaults that they have, and leaves none out.
func TestConfigurationPage(t *testing.T) {
	t.Parallel()
	rows := configurationRows(t)
	types := map[string]reflect.Type{
		"engine.Options": reflect.TypeFor[engine.Options](), "engine.Rules": reflect.TypeFor[engine.Rules](), "engine.Tones": reflect.TypeFor[engine.Tones](),
		"ui.Config": reflect.TypeFor[Config](), "engine.ShareAutoStop": reflect.TypeFor[engine.ShareAutoStop](),
		"engine.CallConfig": reflect.TypeFor[engine.CallConfig](), "ui.SendButtonOptions": reflect.TypeFor[SendButtonOptions](),
		"profile.Settings": reflect.TypeFor[profile.Settings](),
	}
	var missing []string
	for _, part := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if part.Type.Kind() != reflect.Struct {
			missing = append(missing, "ui.Config."+part.Name)
			continue
		}
		name := "ui." + part.Type.Name()
		types[name] = part.Type
		for _, f := range reflect.VisibleFields(part.Type) {
			if !f.Anonymous {
				missing = append(missing, name+"."+f.Name)
			}
		}
	}
	effective := map[string]fmt.Stringer{"engine.Options.DialBackTimeout": engine.DefaultDialBackTimeout}
	fields := slices.Clone(kitFields)
	for _, r := range rows {
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == r.field })
		missing = slices.DeleteFunc(missing, func(f string) bool { return f == r.ours })
		if r.ours == "–" {
			if r.note == "" {
				t.Errorf("%s has no option, and no reason", r.field)
			}
			continue
		}
		dot := strings.LastIndex(r.ours, ".")
		of, ok := types[r.ours[:max(dot, 0)]]
		if !ok {
			t.Errorf("%s: there is no type of %q", r.field, r.ours)
			continue
		}
		f, ok := of.FieldByName(r.ours[dot+1:])
		if !ok {
			t.Errorf("%s: there is no %s", r.field, r.ours)
			continue
		}
		want := zeroOf(f.Type)
		if e := effective[r.ours]; e != nil {
			want += " = " + e.String()
		}
		if r.zero != want {
			t.Errorf("%s: the default of %s is said to be %q, and is %q", r.field, r.ours, r.zero, want)
		}
		if f.Type.Kind() == reflect.Bool && (r.there == "true" || r.there == "false") {
			deviates := (r.there == "true") != inverse(f.Name)
			if said := strings.HasPrefix(r.note, "Deviates:"); said != deviates {
				t.Errorf("%s is %s there; with %s unset ours deviates: %t; said: %t", r.field, r.there, r.ours, deviates, said)
			}
		}
	}
	if len(fields) > 0 {
		t.Errorf("nothing is said of %q", fields)
	}
	if len(missing) > 0 {
		t.Errorf("these options are not on the page: %q", missing)
	}
}

// configurationRow is a line of the table in docs/configuration.md.
type configurationRow struct{ field, there, ours, zero, note string }

func configurationRows(t *testing.T) []configurationRow {
	t.Helper()
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []configurationRow
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") || strings.HasPrefix(line, "| Field") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if len(cells) != 5 {
			t.Fatalf("%d cells in %q", len(cells), line)
		}
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		rows = append(rows, configurationRow{cells[0], cells[1], strings.Trim(cells[2], "`"), strings.Trim(cells[3], "`"), cells[4]})
	}
	return rows
}

// zeroOf writes the zero value of a type as Go does.
func zeroOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "false"
	case reflect.String:
		return `""`
	case reflect.Int, reflect.Int64, reflect.Float32:
		return "0"
	case reflect.Struct:
		return "0×0" // a size
	}
	return "nil"
}

// inverse reports whether a switch of ours turns off what one of the kit turns on.
func inverse(name string) bool {
	return name == "Off" || name == "EnterLater" || strings.HasPrefix(name, "No") || strings.HasPrefix(name, "Join") || strings.HasPrefix(name, "Hide") || strings.HasSuffix(name, "Off")
}
