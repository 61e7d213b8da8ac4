//go:build !unix

package ctl

import (
	"io/fs"
	"net"
)

// listenPrivate relies on the rights that the socket inherits from the directory of the user's profile.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }

func ownedByUs(fs.FileInfo) bool { return true }
