package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("held by another process")

// takeover is how long a start waits for an app that neither answers nor has gone: it may be starting, or ending a call.
const takeover = 8 * time.Second

// claim makes this process the only one of a profile, until the returned file is closed or the process ends in any way.
// If another one runs, claim raises its window, unless it is to stay hidden, hands it the link and the call to accept, and returns a
// nil file and no error.
func claim(ctx context.Context, at profile.Places, link string, accept engine.CallID, hidden bool) (*os.File, error) {
	if err := os.MkdirAll(at.Config, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(at.Config, "lock")
	ctx, cancel := context.WithTimeout(ctx, takeover)
	defer cancel()
	for {
		f, err := lock(path)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, errHeld) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if hidden && link == "" && accept == "" {
			return nil, nil
		}
		if err = ctl.Show(ctx, at.Runtime, link, accept); err == nil {
			return nil, nil
		}
		if !errors.Is(err, ctl.ErrNotRunning) {
			return nil, fmt.Errorf("the Parley that already runs: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("a Parley already runs for the profile %s but does not answer: %w", at.Config, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
