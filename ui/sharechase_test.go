package ui

import (
	"image"
	"testing"

	"github.com/parley-calls/parley/engine"
)

// Where others point at what we share is marked on the display itself.
func TestMarksOnTheDisplay(t *testing.T) {
	t.Parallel()
	c := chased{on: true, colour: lightPalette.accent}
	f := c.framing(image.Rect(100, 50, 300, 150), []engine.Pointer{{User: bob, X: 0.5, Y: 0.5}, {User: cyd, X: 1, Y: 0}})
	if len(f.Marks) != 2 || f.Marks[0].At != image.Pt(200, 100) || f.Marks[1].At != image.Pt(300, 50) {
		t.Errorf("marks %v", f.Marks)
	}
	if f.Marks[0].Colour != avatarColor(bob.ID) || f.Around != image.Rect(100, 50, 300, 150) || f.Colour != c.colour {
		t.Errorf("framing %+v", f)
	}
}
