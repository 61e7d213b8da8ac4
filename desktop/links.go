package desktop

import (
	"context"
	"time"
)

// linkTime bounds the tool of the system that says which program opens links.
const linkTime = 10 * time.Second

// OpensLinks reports whether the system hands links of the program's scheme to it. On Linux it asks a tool of the desktop, which
// takes a moment.
func (d *Desktop) OpensLinks(ctx context.Context) (bool, error) {
	if err := d.Can(Links); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, linkTime)
	defer cancel()
	return d.opensLinks(ctx)
}

// OpenLinks has the system hand links of the program's scheme to it from now on, for this person. It takes as long as OpensLinks.
func (d *Desktop) OpenLinks(ctx context.Context) error {
	if err := d.Can(Links); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, linkTime)
	defer cancel()
	return d.openLinks(ctx)
}
