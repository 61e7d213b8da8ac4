package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/ui"
)

// fakeWindows write down what they are told.
type fakeWindows struct {
	mu      sync.Mutex
	engines []bool // for each SetEngine: was there one
	links   []string
	failed  error
	quit    chan struct{}
	once    sync.Once
}

func newFakeWindows() *fakeWindows { return &fakeWindows{quit: make(chan struct{})} }

func (w *fakeWindows) SetEngine(c *engine.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.engines = append(w.engines, c != nil)
}

func (w *fakeWindows) Show(link string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.links = append(w.links, link)
}

func (w *fakeWindows) Fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
}

func (w *fakeWindows) Minimize() error                      { return nil }
func (w *fakeWindows) Restore() error                       { return nil }
func (w *fakeWindows) Hide() error                          { return nil }
func (w *fakeWindows) Quit()                                { w.once.Do(func() { close(w.quit) }) }
func (w *fakeWindows) Mini() engine.MiniState               { return engine.MiniIdle }
func (w *fakeWindows) FullScreenOf() engine.UserID          { return "bob" }
func (w *fakeWindows) FullScreen(engine.UserID, bool) error { return nil }

func (w *fakeWindows) lastLink() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.links) == 0 {
		return ""
	}
	return w.links[len(w.links)-1]
}

func (w *fakeWindows) seen() []bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.engines)
}

func (w *fakeWindows) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// bare is a machine without any device.
type bare struct{}

func (bare) Devices() []media.Device    { return nil }
func (bare) Watch(func()) (stop func()) { return func() {} }
func missing(k media.DeviceKind) error {
	return &media.DeviceError{Kind: k, Reason: media.ErrDeviceNotFound}
}
func (bare) OpenCamera(context.Context, string, media.VideoFormat) (media.VideoSource, error) {
	return nil, missing(media.CameraDevice)
}
func (bare) OpenMicrophone(context.Context, string) (media.AudioSource, error) {
	return nil, missing(media.MicrophoneDevice)
}
func (bare) OpenSpeaker(context.Context, string, func([]float32)) (media.AudioOutput, error) {
	return nil, missing(media.SpeakerDevice)
}
func (bare) OpenScreen(context.Context, media.Capture) (media.VideoSource, error) {
	return nil, missing(media.ScreenDevice)
}

// calm is a desktop that may want quiet.
type calm struct{ quiet *atomic.Bool }

func (c calm) DoNotDisturb() bool      { return c.quiet != nil && c.quiet.Load() }
func (calm) Can(desktop.Ability) error { return nil }

// launch makes a program with windows and devices that are not there. It is closed at the end of the test.
func launch(t *testing.T, o options) (*program, *fakeWindows) {
	t.Helper()
	if o.listen == "" {
		o.listen = "127.0.0.1:0"
	}
	p, err := profile.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	shown := newFakeWindows()
	made := newProgram(o, p, bare{}, calm{}, &haste{set: func(int) {}}, slog.New(slog.DiscardHandler))
	made.open(shown)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := made.close(ctx); err != nil {
			t.Error(err)
		}
	})
	return made, shown
}

func TestStartHereThenJoin(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	ana, seen := launch(t, options{})
	ana.begin(ctx) // nobody and nowhere yet: the person is asked
	if len(seen.seen()) != 0 || (remote{ana}).Snapshot().Connection.State != engine.Offline {
		t.Fatal("a session without a name")
	}
	if _, _, err := (remote{ana}).Invite(ctx, engine.Invite{To: []engine.UserID{"bob"}}); engine.Code(err) != "offline" {
		t.Errorf("invite without a session: %v", err)
	}
	if ana.InviteLink() != "" {
		t.Error("an invite link to nowhere")
	}
	if err := ana.StartHere(ctx, " Ana Maria "); err != nil {
		t.Fatal(err)
	}
	if got := seen.seen(); !slices.Equal(got, []bool{true}) {
		t.Errorf("engines shown: %v", got)
	}
	s := (remote{ana}).Snapshot()
	if s.Connection.State != engine.Online || s.Me.ID != "ana.maria" || s.Me.Name != "Ana Maria" {
		t.Errorf("snapshot %+v", s)
	}
	if kept := ana.profile.Settings(); kept.Name != "Ana Maria" || kept.Server != profile.Embedded {
		t.Errorf("kept %+v", kept)
	}

	bob, seen := launch(t, options{})
	if err := bob.Join(ctx, ui.Joining{Name: "Bob", Address: "parley:server/h:99999"}); engine.Code(err) != "wrong-address" {
		t.Errorf("a wrong address: %v", err)
	}
	if err := bob.Join(ctx, ui.Joining{Name: "Ana Maria", Address: ana.InviteLink()}); engine.Code(err) != "name-taken" {
		t.Errorf("a taken name: %v", err)
	}
	if len(seen.seen()) != 0 || bob.profile.Settings().Name != "" {
		t.Error("a failed attempt left traces")
	}
	if err := bob.Join(ctx, ui.Joining{Name: "Bob", Address: ana.InviteLink()}); err != nil {
		t.Fatal(err)
	}
	if kept := bob.profile.Settings(); kept.Name != "Bob" || !strings.HasPrefix(kept.Server, "127.0.0.1:") || bob.InviteLink() != "" {
		t.Errorf("kept %+v", kept)
	}
	// A step that fails leaves the session as it was; one that succeeds replaces it.
	before := bob.current()
	if err := bob.Join(ctx, ui.Joining{Name: "Bob", Address: "127.0.0.1:1"}); engine.Code(err) != "offline" || bob.current() != before {
		t.Errorf("nobody there: %v", err)
	}
	if err := bob.StartHere(ctx, "Bob"); err != nil {
		t.Fatal(err)
	}
	if got := seen.seen(); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("engines shown: %v", got)
	}
	// A switchboard of ours has to go before the next one can come.
	if err := bob.StartHere(ctx, "Robert"); err != nil {
		t.Fatal(err)
	}
	if got := seen.seen(); !slices.Equal(got, []bool{true, true, false, true}) || (remote{bob}).Snapshot().Me.ID != "robert" {
		t.Errorf("engines shown: %v", got)
	}
}

// TestRestartOfAHost checks that the same person comes back to their own switchboard, which has another port.
func TestRestartOfAHost(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ana, _ := launch(t, options{name: "Ana", server: profile.Embedded})
	for range 2 {
		ana.begin(ctx)
		now := ana.current()
		if now == nil {
			t.Fatal("no session")
		}
		if err := settled(ctx, now.client); err != nil {
			t.Fatal(err)
		}
		ana.replace(ctx, nil, ana.Settings())
	}
}

func TestBeginSaysWhyNot(t *testing.T) {
	t.Parallel()
	ana, seen := launch(t, options{name: "Ana", server: profile.Embedded, listen: "192.0.2.1:1"}) // not an address of ours
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ana.begin(ctx)
	if seen.failure() == nil || len(seen.seen()) != 0 {
		t.Errorf("failure %v, engines %v", seen.failure(), seen.seen())
	}
}

func TestQuitAndClose(t *testing.T) {
	t.Parallel()
	ana, seen := launch(t, options{})
	ended := 0
	ana.ending = func() { ended++ }
	ana.Quit()
	<-seen.quit
	ana.end() // as when the windows have gone
	if err := (remote{ana}).Show(""); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("showed while ending: %v", err)
	}
	if ended != 1 {
		t.Errorf("ending was told %d times", ended)
	}
	if err := ana.close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := ana.StartHere(t.Context(), "Ana"); !errors.Is(err, errClosed) {
		t.Errorf("a session after the end: %v", err)
	}
	if ana.current() != nil {
		t.Error("a session after the end")
	}
}

func TestOwnAddressStaysOnTheMachine(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{"": "127.0.0.1", ":4455": "127.0.0.1", "0.0.0.0:1": "127.0.0.1", "[::]:1": "127.0.0.1", "127.0.0.2:0": "127.0.0.2", "192.0.2.7:1": "192.0.2.7"} {
		if got := reachable(signal.Address{Host: "10.0.0.1", Port: 4455, Pin: "p"}, listen); got.Host != want || got.Port != 4455 || got.Pin != "p" {
			t.Errorf("%q: %+v", listen, got)
		}
	}
}

func TestFreeAddressSkipsWhatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	if taken > 65000 {
		t.Skip("too near the last port")
	}
	for _, first := range []int{taken, taken - 1} { // as the port, and as the next one
		got, err := freeAddress(first)
		if err != nil || got == fmt.Sprintf(":%d", first) {
			t.Errorf("from %d: %q, %v", first, got, err)
		}
	}
}

func TestVersionIsTheManifests(t *testing.T) {
	t.Parallel()
	if v := written(); len(strings.Split(v, ".")) != 3 {
		t.Errorf("version %q", v)
	}
	if !strings.Contains(manifest, `"`+appID+`"`) {
		t.Error("the ID differs from FyneApp.toml's")
	}
}

// TestPreferencesFollowSettingsAndDesktop changes both while an engine runs.
func TestPreferencesFollowSettingsAndDesktop(t *testing.T) {
	t.Parallel()
	p, _ := launch(t, options{name: "Ana", server: profile.Embedded})
	var quiet atomic.Bool
	p.desktop = calm{&quiet}
	p.begin(t.Context())
	for _, step := range []struct {
		change func(*profile.Settings)
		quiet  bool
		want   engine.Preferences
	}{
		{func(*profile.Settings) {}, false, engine.Preferences{RingVolume: 1}},
		{func(*profile.Settings) {}, true, engine.Preferences{RingVolume: 1, DoNotDisturb: true}},
		{func(s *profile.Settings) { s.ObeyDesktop = false }, true, engine.Preferences{RingVolume: 1}},
		{func(s *profile.Settings) { s.DoNotDisturb, s.CallWaiting, s.RingVolume = true, true, 0.5 }, false,
			engine.Preferences{CallWaiting: true, RingVolume: 0.5, DoNotDisturb: true}},
	} {
		quiet.Store(step.quiet)
		s := p.Settings()
		step.change(&s)
		if err := p.SaveSettings(s); err != nil {
			t.Fatal(err)
		}
		got := p.current().client.Snapshot().Preferences
		if got.Tones = (engine.Tones{}); !reflect.DeepEqual(got, step.want) {
			t.Errorf("preferences are %+v, want %+v", got, step.want)
		}
	}
}

func (bare) Surfaces(context.Context) ([]media.Surface, error) { return nil, nil }

func (bare) Thumbnail(context.Context, string, int, int) (*image.RGBA, error) { return nil, nil }

func (bare) OpenSystemSound(context.Context) (media.AudioSource, error) {
	return nil, &media.DeviceError{Kind: media.MicrophoneDevice, Reason: media.ErrDeviceNotFound}
}
