//go:build !unix

package ctl

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
