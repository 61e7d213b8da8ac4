package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// settingsParams are what the settings page needs.
type settingsParams struct {
	Program     Program
	Desktop     Desktop
	Hardware    hardware
	Device      deviceAddParams
	About       aboutParams
	Commands    *commands
	Pump        *pump
	Back        func()
	Change      func() // to another switchboard
	Copy        func(string)
	Theme       func(profile.Theme)
	Fail        func(error)
	Language    func(locale string)                         // to speak from now on
	Pick        func(near string, picked func(path string)) // a sound file
	Tell        func(title, text string)
	Save        func(func(*profile.Settings))
	SaveDevices func(engine.DeviceChoice)
}

// settings is the page with everything that can be chosen. What is chosen is remembered and used at once.
type settings struct {
	settingsParams
	root    fyne.CanvasObject
	name    *widget.Label
	server  *widget.Label
	state   *widget.Label
	invite  *inviteCard
	scheme  []*segment // one for each of themes
	desktop *desktopSettings
	devices *deviceSettings
	device  *deviceAdd
	rings   *ringSettings
	clean   *cleaningSettings
	join    *joinSettings
	speech  *choice
	scroll  *container.Scroll
	follow  *followFocus
	replies *replySettings
}

// themes are the choices of the colours, in the order in which they stand.
var themes = []profile.Theme{profile.SystemTheme, profile.LightTheme, profile.DarkTheme}

// themeKeys are their names in the catalogue.
var themeKeys = map[profile.Theme]string{
	profile.SystemTheme: "settings.theme.system", profile.LightTheme: "settings.theme.light", profile.DarkTheme: "settings.theme.dark",
}

func newSettings(p settingsParams) *settings {
	s := &settings{settingsParams: p}
	now := p.Program.Settings()
	s.name = text(now.Name, theme.SizeNameSubHeadingText, true)
	s.server = text("", theme.SizeNameText, true)
	s.state = note("")
	s.state.Wrapping = fyne.TextWrapWord
	s.invite = newInviteCard(p.Copy)

	for _, t := range themes {
		s.scheme = append(s.scheme, newSegment(nil, word(themeKeys[t]), func() { s.choseTheme(t) }))
	}
	s.showTheme(now.Theme)
	s.desktop = newDesktopSettings(desktopParams{Program: p.Program, Desktop: p.Desktop, Commands: p.Commands, Save: s.Save, Tell: p.Tell})
	s.devices = newDeviceSettings(deviceParams{Hardware: p.Hardware, Commands: p.Commands, Pump: p.Pump, Fail: p.Fail, Save: p.SaveDevices, Settings: p.Program.Settings, Change: s.Save})
	s.rings = newRingSettings(ringParams{Hardware: p.Hardware, Commands: p.Commands, Settings: p.Program.Settings, Save: s.Save, Fail: p.Fail, Pick: p.Pick})
	s.clean = newCleaningSettings(now, engine.CanClean(), s.Save)
	s.join = newJoinSettings(now, p.Save)
	s.speech = newLanguageChoice(now.Language, s.choseLanguage)
	s.replies = newReplySettings(now, s.Save)
	change := newButton(word("settings.server.change"), p.Change)
	s.device = newDeviceAdd(p.Device)

	window := append([]fyne.CanvasObject{row(word("settings.language"), s.speech), row(word("settings.theme"), newSegments(s.scheme...))}, s.desktop.window...)
	back := newIconButton(word("settings.back"), symbol(assets.Back), p.Back)
	back.Importance = widget.LowImportance
	title := text(word("settings.title"), theme.SizeNameSubHeadingText, true)
	title.Truncation = fyne.TextTruncateOff
	head := container.NewStack(newSurface(colorSide), inset(8, 8, 10, 10, container.NewHBox(back, title)))
	page := container.New(column{width: 680, gap: 14},
		section(word("settings.you"), row(word("settings.name"), s.name)),
		section(word("settings.calls"), append(s.desktop.calls, s.join.row)...),
		section(word("settings.sound"), slices.Concat(s.devices.sound, s.rings.rows, s.clean.rows)...),
		section(word("settings.picture"), s.devices.picture...),
		section(word("settings.replies"), s.replies.rows...),
		section(word("settings.server"), row(word("settings.server.at"), newBorder(nil, nil, nil, container.NewCenter(change), s.server)), s.state),
		s.invite.root,
		s.device.root,
		section(word("settings.window"), window...),
		section(word("settings.about"), newAbout(p.About)))
	s.scroll = container.NewVScroll(inset(16, 24, 20, 20, page))
	s.follow = &followFocus{scroll: s.scroll, outside: back}
	s.root = newBorder(head, nil, nil, nil, s.scroll)
	return s
}

// section is a card with a heading.
func section(title string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(text(title, theme.SizeNameSubHeadingText, true), newPanel(colorCard, colorLine, 12, container.NewVBox(rows...)))
}

// row is one line of a section: what it is, and how it is chosen.
func row(label string, o fyne.CanvasObject) fyne.CanvasObject {
	l := text(label, theme.SizeNameText, false)
	l.Importance = widget.LowImportance
	l.Truncation = fyne.TextTruncateOff
	return container.New(&labelled{}, l, o)
}

// labelled puts a label beside what it names, or above it where that would be wider than the place.
type labelled struct{ width float32 }

var _ fyne.Layout = (*labelled)(nil)

// labelWidth is the room for a label beside what it names, in Fyne's units.
const labelWidth = 150

func (r *labelled) above(o fyne.CanvasObject) bool {
	return r.width > 0 && labelWidth+theme.Padding()+o.MinSize().Width > r.width
}

func (r *labelled) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	r.width = s.Width
	l, o := objects[0], objects[1]
	h := l.MinSize().Height
	if r.above(o) {
		box{0, 0, s.Width, h}.put(l)
		box{0, h, s.Width, s.Height - h}.put(o)
		return
	}
	left := labelWidth + theme.Padding()
	box{0, 0, labelWidth, h}.put(l)
	box{left, 0, s.Width - left, s.Height}.put(o)
}

func (r *labelled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	l, o := objects[0].MinSize(), objects[1].MinSize()
	if r.above(objects[1]) {
		return fyne.NewSize(max(l.Width, o.Width), l.Height+o.Height)
	}
	return fyne.NewSize(max(l.Width, o.Width), max(l.Height, o.Height))
}

// update shows a snapshot.
func (s *settings) update(snap *engine.Snapshot) {
	now := s.Program.Settings()
	s.desktop.fill(now)
	name := snap.Me.Name
	if name == "" {
		name = now.Name
	}
	say(s.name, name)
	server := snap.Connection.Server
	if now.Server == profile.Embedded {
		server = word("settings.server.here")
	}
	say(s.server, strings.TrimSpace(server))
	switch c := snap.Connection; {
	case c.State == engine.Online:
		say(s.state, word("connection.online"))
	case c.Err != nil:
		title, body := explain(c.Err)
		say(s.state, title+" "+body)
	default:
		say(s.state, word("connection.connecting"))
	}
	s.device.update()
	link := s.Program.InviteLink()
	s.invite.show(link)
	visible(s.invite.root, link != "")
}

// look says whether the page can be seen: only then is anything tried out.
func (s *settings) look(on bool) {
	s.devices.look(on)
	s.rings.look(on)
	s.desktop.look(on)
}

func (s *settings) choseTheme(t profile.Theme) {
	s.showTheme(t)
	s.Save(func(v *profile.Settings) { v.Theme = t })
	s.Theme(t)
}

func (s *settings) showTheme(chosen profile.Theme) {
	for i, t := range themes {
		s.scheme[i].show(t == chosen, 0)
	}
}

func (s *settings) choseLanguage(locale string) {
	s.Save(func(v *profile.Settings) { v.Language = locale })
	s.Language(locale)
}

// save changes what is remembered.
func (u *UI) save(change func(*profile.Settings)) {
	if err := u.remember(change); err != nil {
		u.fail(err)
	}
}

// remember is save for any goroutine.
func (u *UI) remember(change func(*profile.Settings)) error {
	v := u.store.Settings()
	change(&v)
	return u.store.SaveSettings(v)
}

// saveDevices remembers which devices are used.
func (u *UI) saveDevices(c engine.DeviceChoice) {
	u.save(func(v *profile.Settings) {
		v.Camera, v.Microphone, v.Speaker, v.Ring = c.Camera, c.Microphone, c.Speaker, c.Ring
	})
}
