package ui

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// Params are what the windows need.
type Params struct {
	App     fyne.App
	Program Program
	Care    Care            // nil: nothing ever goes wrong
	Desktop Desktop         // nil: there is none
	Hidden  bool            // begin in the tray, if something shows it soon
	Size    fyne.Size       // of the main window, in Fyne's units; zero means 960×640
	Begun   <-chan struct{} // closed when the first engine is there, or none will be, which the first page waits for a little; nil: at once
	Config  Config          // how they look and what they offer; zero: Parley's own way
	Events  Events          // what the program decides and hears of calls; zero: nothing
	Logger  *slog.Logger    // nil discards
}

// UI owns the windows of Parley. Its exported methods may be called from any goroutine unless they say otherwise; on Fyne's they take effect a moment later.
type UI struct {
	params   Params
	store    SettingsStore
	do       func(func())
	now      func() time.Time
	commands *commands
	pulse    *pulse
	apply    *post
	seen     atomic.Pointer[showing] // for other goroutines
	full     atomic.Bool
	reach    atomic.Pointer[backend] // the newest engine, for other goroutines; see reached
	engaged  *backend                // what reach was when it was attached
	wish     atomic.Pointer[leaving] // to leave a call, which somebody is being asked about
	watchers watchers
	closing  sync.Once
	unwatch  func()

	// The rest belongs to the UI goroutine.
	desk     desk
	last     *engine.Snapshot // that was applied
	shown    showing
	engine   backend
	stops    []func() // of the subscriptions to engine
	pages    *pages   // nil without an engine
	base     base     // what is there without a call
	welcome  *welcome // of a house
	notice   *notice
	spot     *fyne.Container // where notice is
	main     fyne.Window
	holder   *fyne.Container
	back     *joinLine       // above holder
	frame    *fyne.Container // holds both
	overlay  *fyne.Container // the call that rings, over everything else in ground or on the sheet
	ground   *fyne.Container // all that the main window holds but the sheet
	pump     *pump
	sheet    *sheet       // over the main window; nil if there is none
	linked   signal.Link  // that came and was not answered yet; nil: none
	crash    *string      // the report of the last crash that was not put away yet; nil: it was not looked for
	picking  *picker      // that is on it; nil if none is
	sharing  *sharePicker // likewise
	up       bool         // the main window is on the screen
	wasFull  bool         // it filled the screen before it was hidden
	tray     *tray
	told     map[string]telling // what the desktop was asked to show
	stood    desktop.Standing   // and what it was asked to do
	front    bool               // one of our windows has the keyboard
	forgets  int                // counts the deletions from the history
	messages int                // counts those that were sent
	lost     time.Time          // since when nothing shows how to bring the main window back; zero if something does
	explain  bool               // the person is to be told where the main window went
	volumes  volumes            // that are not remembered yet
	replugs  replugs            // of devices, in the last call in which there were any
	leaving  bool               // the question whether to quit is on the screen
	rated    bool               // the redraw rate has been set
	settled  bool               // the start is over
	settling *time.Timer        // until then; nil where no program starts
	ended    bool               // Fyne has taken the windows down
}

// Where notices stand: at the bottom, where they hide nothing that is typed, and in a call above the buttons, clear of what the page of the
// call says at its top. Until it is answered a name is there in a low window, and over that a portrait, which says the same.
var (
	noticeBelow   = corner{x: 0.5, y: 1, margin: 20, width: 560}
	noticeAbove   = corner{x: 0.5, y: 1, margin: 20, low: 112, width: 560}
	noticeDialing = byHeight{corner{x: 0.5, margin: 12, width: 560}, noticeAbove, 560}
)

// New makes the windows, which [UI.Run] shows. Fyne's goroutine only, before the app runs.
func New(p Params) *UI {
	u := newUI(p, fyne.Do, time.Now)
	life := p.App.Lifecycle()
	life.SetOnEnteredForeground(func() { u.setFront(true) })
	life.SetOnExitedForeground(func() { u.setFront(false) })
	// At its end Fyne gives this hook, which saves its preferences, to a queue that it may have closed the moment before, and then waits
	// for the hook for ever. Nobody here has such preferences.
	if l, ok := life.(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
	if u.params.Desktop.Can(desktop.Tray) == nil {
		u.tray = newTray(u.trayActs(), fyne.Do, func(err error) { u.params.Logger.Error("tray", "error", err) })
		life.SetOnStarted(u.tray.start)
	}
	return u
}

func newUI(p Params, do func(func()), now func() time.Time) *UI {
	if p.Size.IsZero() {
		p.Size = fyne.NewSize(960, 640)
	}
	return newUIOn(p, do, now, p.Program, func(u *UI) base { return newHouse(u) })
}

// newUIOn makes the parts of a UI on a base, which opens its window.
func newUIOn(p Params, do func(func()), now func() time.Time, store SettingsStore, open func(*UI) base) *UI {
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	if p.Desktop == nil {
		p.Desktop = bare{}
	}
	if p.Care == nil {
		p.Care = careless{}
	}
	if err := speak(store.Settings().Language); err != nil {
		p.Logger.Error("translations", "error", err)
	}
	u := &UI{params: p, store: store, do: do, now: now, commands: newCommands(do), desk: desk{inside: p.Config.Incoming.NoPopUp}, told: map[string]telling{}}
	u.apply = &post{do: do, run: u.applyNow}
	u.pulse = newPulse(u.apply.ask)
	u.pump = newPump(do, fullRate)
	u.base = open(u)
	u.furnish()
	u.desk.hidden = u.beginsHidden()
	u.seen.Store(&showing{visible: !u.desk.hidden})
	u.unwatch = p.Desktop.Watch(u.apply.ask)
	return u
}

// beginsHidden reports whether only the tray shows that the program is there.
func (u *UI) beginsHidden() bool { return u.params.Hidden && u.params.Desktop.Can(desktop.Tray) == nil }

// furnish makes what the main window holds beside the pages of an engine, in the words of the catalogue.
func (u *UI) furnish() {
	u.holder = container.NewStack()
	u.overlay = container.New(corner{x: 0.5, y: 0, margin: 16, width: incomingWidth})
	u.notice = newNotice()
	u.spot = container.New(noticeBelow, u.notice.object())
	u.back = newJoinLine(u.rejoin, u.dismiss)
	u.frame = container.New(crown{}, u.back.root, u.holder)
	u.ground = container.NewStack(u.frame, u.spot, u.overlay)
	if u.base.stays() { // the colours around may be anybody's
		u.frame.Objects[0] = themed(container.NewStack(u.back.root), look{}) // which takes no room while it is hidden
		u.ground.Objects[1] = themed(u.spot, look{})
	}
	u.base.furnish(u.ground)
}

// Close ends what the windows have started, and waits. It does not quit the app. It is called by [UI.Run], and otherwise on Fyne's
// goroutine. It is idempotent.
func (u *UI) Close() {
	u.closing.Do(func() {
		u.unwatch()
		u.saveVolumes(u.volumes.due)
		u.commands.close()
		u.detach()
		u.pulse.close()
		u.pump.close()
		if u.settling != nil {
			u.settling.Stop()
		}
	})
}

// SetEngine says whose calls to show from now on. A nil client asks for a switchboard again.
func (u *UI) SetEngine(c *engine.Client) {
	var b backend
	if c != nil {
		b = client{c}
	}
	u.reach.Store(&b) // what is asked before Fyne comes to it is asked of this engine
	u.do(u.engage)
}

// use is SetEngine on Fyne's goroutine.
func (u *UI) use(b backend) {
	u.reach.Store(&b)
	u.engage()
}

// engage shows the calls of the newest engine, unless it does already.
func (u *UI) engage() {
	if b := u.reach.Load(); b != u.engaged {
		u.attach(*b)
		u.engaged = b
	}
}

// Show brings the main window to the front, with the call if there is one.
func (u *UI) Show() { u.do(u.show) }

// FullScreen fills a screen with what a member shares, or leaves it: see [ScreenSharing.ShowViewInFullscreenMode].
func (u *UI) FullScreen(user engine.UserID, on bool) error {
	return u.Controller().ScreenSharing().ShowViewInFullscreenMode(user, on)
}

// FullScreenOf is whose share fills a screen, or else the first member of the call that does; empty for nobody.
func (u *UI) FullScreenOf() engine.UserID {
	seen, s := u.seen.Load(), u.snapshot()
	if seen.wide != "" || s == nil || !u.full.Load() {
		return seen.wide
	}
	if c, _ := s.Call(seen.call); len(c.Members) > 0 {
		return c.Members[0].ID
	}
	return ""
}

// Mini is the state of the mini window.
func (u *UI) Mini() engine.MiniState {
	s := u.snapshot()
	if s == nil {
		return engine.MiniIdle
	}
	return s.Mini(u.seen.Load().mini)
}

// reached is the newest engine, for any goroutine; nil without one.
func (u *UI) reached() backend {
	if b := u.reach.Load(); b != nil {
		return *b
	}
	return nil
}

// snapshot is the newest state of the newest engine, for any goroutine; nil without one.
func (u *UI) snapshot() *engine.Snapshot { return newest(u.reached()) }

func newest(b backend) *engine.Snapshot {
	if b == nil {
		return nil
	}
	return b.Snapshot()
}

// attach shows the calls of an engine, or of none. What was shown before is made anew.
func (u *UI) attach(b backend) {
	u.detach()
	u.last = nil
	u.desk.ring = ring{}
	u.engine = b
	if b == nil {
		u.applyNow()
		return
	}
	u.desk.choosing = false
	u.pages = newPages(u)
	u.stops = []func(){
		b.Updates(func(*engine.Snapshot) { u.apply.ask() }),
		b.Subscribe(func(e engine.Event) {
			switch e.Type {
			case engine.ShareStopped: // by itself, if there is an error
				u.do(func() { u.fail(e.Err) })
			case engine.DevicesChanged:
				u.do(func() {
					if u.pages != nil {
						u.base.devicesMoved()
						u.pages.refreshMenus()
					}
				})
			case engine.DeviceOrdered:
				u.do(func() { u.ordered(e) })
			case engine.DeviceMoved:
				u.do(func() { u.tellMoved(e) })
			case engine.ErrorOccurred: // nobody else waits for it
				u.do(func() { u.fail(e.Err) })
			}
		}),
	}
	u.applyNow()
}

// detach lets go of the engine.
func (u *UI) detach() {
	for _, stop := range u.stops {
		stop()
	}
	u.stops = nil
	if u.engine != nil {
		u.params.Events.follow(u.engine, u.last, u.desk.minimized)
	}
	if u.pages != nil {
		u.pages.close()
		u.pages = nil
	}
	linked := u.linked
	u.closeSheet()
	u.linked = linked // another engine asks again
	u.engine = nil
}

// applyNow brings the windows to what the newest snapshot asks for.
func (u *UI) applyNow() {
	now, s := u.now(), newest(u.engine)
	before, minimized := u.last, u.desk.minimized
	u.forgetWish(s)
	u.desk.tray = u.toTray()
	u.desk.front = u.callInFront()
	u.desk = advance(u.desk, u.last, s, now)
	if u.last != nil && s != nil {
		for _, e := range fresh(u.last.Ended, s.Ended) {
			if words := missed(e); words != "" && (e.Reason == engine.Elsewhere || !u.params.Config.Missed.Off) {
				u.notice.tell(assets.Phone, words, "", now.Add(tellTime), "", nil)
			}
		}
	}
	u.last = s
	rest := u.seekTray(now)
	want := plan(u.desk, s, now)
	u.bring(want, s)
	u.pump.flush() // a picture that is there already is drawn with the page that it is for
	u.shown = want
	u.seen.Store(&want)
	tick := sooner(want.tick, sooner(rest, u.notice.expire(now)))
	tick = sooner(tick, u.base.tick(want, now))
	if u.pages != nil {
		tick = sooner(tick, u.pages.tick(want))
		u.pages.mini.tell(u.notice.said())
	}
	tick = sooner(tick, u.offerBack(want, s, now))
	tick = sooner(tick, u.saveVolumes(now))
	u.pulse.set(tick)
	u.askLinked()
	u.tellCrash()
	u.watchers.look(s)
	u.params.Events.tellEnds(before, s, minimized)
}

// sooner is the shorter of two waits, of which 0 is the longest.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// bring shows and hides. What takes the place of a window is there before that one goes.
func (u *UI) bring(want showing, s *engine.Snapshot) {
	u.fill(want, s)
	if !want.mini {
		u.base.bring(want.visible, u.shown.mini && want.call == "")
	}
	if u.pages != nil {
		u.pages.bring(want, s)
	}
	if want.mini {
		u.base.bring(want.visible, false)
	}
	if u.sheet != nil && u.sheet.update != nil && s != nil {
		u.sheet.update(s)
	}
	u.tellDesktop(s, u.now())
	u.tray.show(trayOf(s, u.store.Settings()))
}

// setFront says whether one of our windows has the keyboard.
func (u *UI) setFront(on bool) {
	u.front = on
	u.apply.ask()
}

// fill puts the right page into the main window.
func (u *UI) fill(want showing, s *engine.Snapshot) {
	root := u.base.fill(want, s)
	called := false
	if u.pages != nil {
		if page := u.pages.fill(want, s, u.desk); page != nil && (want.visible || !u.base.stays()) {
			root, called = page, true
		}
	}
	if want.main != viewCall && u.full.Load() {
		u.setFullscreen(false)
	}
	at := fyne.Layout(noticeBelow)
	switch {
	case called && want.main == viewOutgoing:
		at = noticeDialing
	case called && want.main != viewParting:
		at = noticeAbove
	}
	if u.spot.Layout != at {
		u.spot.Layout = at
		u.spot.Refresh()
	}
	if len(u.holder.Objects) == 1 && u.holder.Objects[0] == root {
		return
	}
	u.holder.Objects = []fyne.CanvasObject{root}
	u.holder.Refresh()
	u.base.changed(want, called)
}

// windowed finds out what draws the main window, once it is on the screen.
func (u *UI) windowed() {
	if !u.rated && glfwWindow(u.main) != nil {
		u.rated = true
		u.pump.exact.Store(drawnBySoftware(u.main))
	}
}

// key handles what no widget took. It reports whether it is for us at all.
func (u *UI) key(k fyne.KeyName) bool {
	switch {
	case u.pages != nil && u.pages.ring.key(k):
	case u.sheet != nil:
		u.sheet.key(k)
	case !u.shown.main.ofCall() || !u.shown.visible && u.base.stays():
		return u.base.key(u.shown, k)
	case u.pages != nil:
		u.pages.key(u.shown.main, k)
	}
	return true
}

// show brings the main window back, and with it the call.
func (u *UI) show() {
	u.desk, _ = u.desk.restore()
	u.desk.hidden = false
	u.applyNow()
	u.main.Show()
	u.main.RequestFocus()
}

// fail tells what went wrong with something that was asked for.
func (u *UI) fail(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	u.params.Logger.Warn("command failed", "code", engine.Code(err), "error", err)
	title, body := explain(err)
	label, action := "", (func())(nil)
	switch {
	case isScreen(err):
		if call := u.shown.call; call != "" {
			label, action = word("share.again"), func() { u.pickShare(call) }
		}
	case isDevice(err):
		label, action = word("settings.title"), u.openSettings
	}
	u.notice.warn(title, body, u.now().Add(failTime), label, action)
	u.apply.ask()
}

// warn tells what went wrong with something that has no way out but another try.
func (u *UI) warn(title, text string) {
	u.params.Logger.Warn(title, "error", text)
	u.notice.warn(title, text, u.now().Add(failTime), "", nil)
	u.apply.ask()
}

// setTheme changes the colours at once.
func (u *UI) setTheme(t profile.Theme) { u.params.App.Settings().SetTheme(look{choice: t}) }

func users(c engine.CallState) []engine.User {
	out := make([]engine.User, 0, len(c.Members))
	for _, m := range c.Members {
		out = append(out, m.User)
	}
	if len(out) == 0 {
		return waitingUsers(c)
	}
	return out
}
