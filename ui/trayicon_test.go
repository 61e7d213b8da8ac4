package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"
)

// TestTrayIconsDiffer draws every icon and checks that each says something of its own, and fills its square.
func TestTrayIconsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for mark := trayOffline; mark <= trayMuted; mark++ {
		for _, missed := range []int{0, 1, 9, moreMissed} {
			name := fmt.Sprintf("mark %d with %d missed", mark, missed)
			data, err := drawTray(mark, missed)
			if err != nil {
				t.Fatal(err)
			}
			if other, same := seen[string(data)]; same {
				t.Errorf("%s looks like %s", name, other)
			}
			seen[string(data)] = name
			m, err := png.Decode(bytes.NewReader(data))
			if err != nil || m.Bounds() != image.Rect(0, 0, traySize, traySize) {
				t.Fatalf("%s is %v, %v", name, m.Bounds(), err)
			}
			if _, _, _, a := m.At(0, 0).RGBA(); a != 0 {
				t.Errorf("%s has a corner", name)
			}
			white := 0
			for y := range traySize {
				for x := range traySize {
					if r, g, b, _ := m.At(x, y).RGBA(); min(r, g, b) == 0xFFFF {
						white++
					}
				}
			}
			if white < traySize*traySize/40 {
				t.Errorf("%s has no symbol: %d white pixels", name, white)
			}
		}
	}
}
