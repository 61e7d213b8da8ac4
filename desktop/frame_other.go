//go:build !unix || darwin

package desktop

import (
	"context"
	"errors"
)

// MarksPointers says whether [Desktop.Frame] can show marks here.
const MarksPointers = false

// draw says that there is no way yet to draw over what other programs show.
func (f *frame) draw(context.Context) error { return errors.ErrUnsupported }
