package ui

import (
	"testing"

	"github.com/parley-calls/parley/engine"
)

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ana Kowalska": "AK", "ana": "A", "": "?", "  ": "?", "!?": "?", "Jean-Luc de la Tour": "JT", "王 小明": "王小", "ötzi östlund": "ÖÖ", "7 Zwerge": "7Z",
	} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAvatarColourBelongsToTheUser(t *testing.T) {
	t.Parallel()
	seen := map[any]bool{}
	for _, id := range []engine.UserID{"ana", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "joe", "kim", "lea"} {
		if first, again := avatarColor(id), avatarColor(id); first != again {
			t.Errorf("%s has two colours", id)
		}
		seen[avatarColor(id)] = true
	}
	if len(seen) < 4 {
		t.Errorf("twelve people share %d colours", len(seen))
	}
}
