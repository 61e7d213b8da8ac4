//go:build !unix || darwin

package ui

import "context"

// trayPossible reports whether a tray menu does no harm.
func trayPossible() bool { return true }

// trayHosted reports whether something on the desktop shows tray icons now.
func trayHosted(context.Context) bool { return true }
