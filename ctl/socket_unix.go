//go:build unix

package ctl

import (
	"io/fs"
	"net"
	"os"
	"syscall"
)

// listenPrivate binds the socket so that it is closed to others from its first moment. The mask holds for the whole process;
// a file that is made elsewhere in that moment is at most too private.
func listenPrivate(path string) (net.Listener, error) {
	mask := syscall.Umask(0o077)
	defer syscall.Umask(mask)
	return net.Listen("unix", path)
}

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Getuid()
}
