package devices

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	stock "github.com/pion/mediadevices/pkg/driver/camera"
)

const (
	nodes      = "/dev"
	nodePrefix = "video"
)

// cameraAccess says why a camera's node may not be opened.
func cameraAccess(c camera) error {
	_, node, _ := strings.Cut(c.label, stock.LabelSeparator)
	f, err := os.OpenFile(filepath.Join(nodes, filepath.Base(node)), os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// watchCameras sends a value after a camera's node came, went or changed its rights.
func watchCameras(ctx context.Context, log *slog.Logger) <-chan struct{} {
	news, err := watchNodes(ctx, nodes, nodePrefix)
	if err != nil {
		log.Warn("cameras are not followed", "err", err)
	}
	return news
}

// watchNodes watches the names in a directory that begin with prefix, until ctx ends; then the channel is closed. Its one
// goroutine ends then too. Unlike a general file watcher it does not wake up for each byte that is written to /dev/null.
func watchNodes(ctx context.Context, dir, prefix string) (<-chan struct{}, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	f := os.NewFile(uintptr(fd), "inotify") // non-blocking: Close ends a read
	if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_CREATE|syscall.IN_DELETE|syscall.IN_ATTRIB|syscall.IN_MOVED_TO); err != nil {
		return nil, errors.Join(fmt.Errorf("inotify %s: %w", dir, err), f.Close())
	}
	news := make(chan struct{}, 1)
	release := context.AfterFunc(ctx, func() { _ = f.Close() })
	go func() {
		defer close(news)
		defer func() {
			if release() {
				_ = f.Close()
			}
		}()
		buf := make([]byte, 16*(syscall.SizeofInotifyEvent+syscall.NAME_MAX+1))
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			if !concerns(buf[:n], prefix) {
				continue
			}
			select {
			case news <- struct{}{}:
			default:
			}
		}
	}()
	return news, nil
}

// concerns reports whether one of the inotify events is about a name with that prefix, or events were lost.
func concerns(events []byte, prefix string) bool {
	for len(events) >= syscall.SizeofInotifyEvent {
		mask := binary.NativeEndian.Uint32(events[unsafe.Offsetof(syscall.InotifyEvent{}.Mask):])
		length := int(binary.NativeEndian.Uint32(events[unsafe.Offsetof(syscall.InotifyEvent{}.Len):]))
		events = events[syscall.SizeofInotifyEvent:]
		length = min(length, len(events))
		if mask&syscall.IN_Q_OVERFLOW != 0 || bytes.HasPrefix(events[:length], []byte(prefix)) {
			return true
		}
		events = events[length:]
	}
	return false
}
