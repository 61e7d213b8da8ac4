//go:build !linux

package devices

import (
	"context"
	"log/slog"
	"time"
)

// cameraPoll is how often the list is looked at where nothing tells of changes.
const cameraPoll = 5 * time.Second

func cameraAccess(camera) error { return nil }

// watchCameras sends a value now and then, until ctx ends; then the channel is closed.
func watchCameras(ctx context.Context, _ *slog.Logger) <-chan struct{} {
	news := make(chan struct{}, 1)
	go func() {
		defer close(news)
		tick := time.NewTicker(cameraPoll)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			select {
			case news <- struct{}{}:
			default:
			}
		}
	}()
	return news
}
