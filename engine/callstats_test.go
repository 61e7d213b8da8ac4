package engine_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/parley-calls/parley/engine"
)

// notes is a log that can be read while it is written.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// lines are those with some words.
func (n *notes) lines(words string) (out []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for line := range strings.Lines(n.text.String()) {
		if strings.Contains(line, words) {
			out = append(out, line)
		}
	}
	return out
}

// The figures of a call outlast it in the log, on the side that hangs up as well as on the other one, and do not say with whom it was.
func TestFiguresOutlastTheCall(t *testing.T) {
	t.Parallel()
	at, kept := board(t), map[string]*notes{"ana": {}, "bob": {}}
	come := func(name string) *person {
		return join(t, at, name, func(o *engine.Options) { o.Logger = slog.New(slog.NewTextHandler(kept[name], nil)) })
	}
	ana, bob := come("ana"), come("bob")
	id := ana.invite("bob", false)
	if _, err := bob.Accept(t.Context(), bob.awaitRing().ID, engine.Answer{}); err != nil {
		t.Fatal(err)
	}
	ana.await("bob's voice", func(*engine.Snapshot) string {
		track, _ := ana.track(id, "bob", "voice")
		return unless(track.Packets > 100, "few packets")
	})
	bob.await("ana's voice", func(*engine.Snapshot) string {
		track, _ := bob.track(id, "ana", "voice")
		return unless(track.Packets > 100, "few packets")
	})
	_ = ana.Call(id).HangUp(t.Context())
	ana.awaitEnd(engine.LocalHangUp)
	bob.awaitEnd(engine.RemoteHangUp)
	for name, p := range map[string]*person{"ana": ana, "bob": bob} {
		const words = "figures of a member who is gone"
		p.await("the figures", func(*engine.Snapshot) string { return unless(len(kept[name].lines(words)) > 0, "none") })
		all := kept[name].lines(words)
		if len(all) != 1 || !regexp.MustCompile(`path=(host|srflx|prflx|relay) .*voice_in\.packets=\d+ .*voice_out\.packets=\d+ `).MatchString(all[0]) {
			t.Errorf("%s has %q", name, all)
		}
		if strings.Contains(all[0], "ana") || strings.Contains(all[0], "bob") {
			t.Errorf("%s is told with whom: %s", name, all[0])
		}
	}
}
