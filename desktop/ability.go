package desktop

import (
	"errors"
	"fmt"
)

// ErrUnsupported is why a desktop does not do something: there is no way to it on this system, or not yet.
var ErrUnsupported = fmt.Errorf("desktop: %w", errors.ErrUnsupported)

// Ability is something that not every desktop lets a program do.
type Ability uint8

// The abilities.
const (
	Tray        Ability = iota // an icon with a menu, see [Desktop.TrayHosted]
	Buttons                    // of notifications
	QuietTimes                 // the desktop tells of them, see [Desktop.DoNotDisturb]
	OnTop                      // windows above those of other programs
	Wakefulness                // see [Standing]
	Attention                  // likewise: of a window
	Badge                      // likewise: the number on the icon
	Links                      // see [Desktop.OpenLinks]
	Frames                     // see [Desktop.Frame]
	abilities                  // how many there are
)

// Abilities are all of them.
func Abilities() []Ability {
	all := make([]Ability, abilities)
	for i := range all {
		all[i] = Ability(i)
	}
	return all
}

// Can returns nil if the desktop lets the program do something, and otherwise an [ErrUnsupported] that says why.
func (d *Desktop) Can(a Ability) error {
	if why := d.unable(a); why != "" {
		return fmt.Errorf("%w: %s", ErrUnsupported, why)
	}
	return nil
}
