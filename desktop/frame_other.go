//go:build !unix || darwin

package desktop

import "context"

// draw says that there is no way yet to draw over what other programs show.
func (f *frame) draw(context.Context) error { return ErrUnsupported }
